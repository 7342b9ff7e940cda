package nn

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/internal/vec"
)

// Activation is an element-wise function, named as config.json names it.
type Activation uint8

// The activations of transformers' activations.py. GELUTanh is written there in
// three ways that differ by rounding only (gelu_new, gelu_pytorch_tanh, gelu_fast).
const (
	GELU Activation = iota
	GELUTanh
	QuickGELU
	SiLU
	ReLU
	ReLU2 // relu(x)²
	Sigmoid
	Tanh
	Identity
	ClippedGELU // gelu within ±10
	LeakyReLU   // slope 0.01
	ReLU6       // relu up to 6
	Mish
	Laplace
)

// activationNames lists what config.json may say.
func activationNames() map[string]Activation {
	return map[string]Activation{
		"gelu": GELU, "gelu_python": GELU,
		"gelu_new": GELUTanh, "gelu_pytorch_tanh": GELUTanh, "gelu_fast": GELUTanh, "gelu_python_tanh": GELUTanh, "gelu_accurate": GELUTanh,
		"quick_gelu": QuickGELU,
		"silu":       SiLU, "swish": SiLU,
		"relu": ReLU, "relu2": ReLU2, "sigmoid": Sigmoid, "tanh": Tanh, "linear": Identity,
		"gelu_10": ClippedGELU, "leaky_relu": LeakyReLU, "relu6": ReLU6, "mish": Mish, "laplace": Laplace,
	}
}

// ParseActivation finds an activation by its name in config.json.
func ParseActivation(name string) (Activation, error) {
	names := activationNames()
	a, ok := names[name]
	if !ok {
		known := make([]string, 0, len(names))
		for n := range names {
			known = append(known, n)
		}
		slices.Sort(known)
		return 0, fmt.Errorf("activation %q is not known (known: %s)", name, strings.Join(known, ", "))
	}
	return a, nil
}

// Apply is dst[i] = f(src[i]); dst may be src.
func (a Activation) Apply(dst, src []float32) {
	switch a {
	case GELU:
		vec.GELU(dst, src)
	case GELUTanh:
		vec.GELUTanh(dst, src)
	case QuickGELU:
		vec.QuickGELU(dst, src)
	case SiLU:
		vec.SiLU(dst, src)
	case ReLU:
		for i, v := range src {
			dst[i] = max(v, 0)
		}
	case ReLU2:
		for i, v := range src {
			v = max(v, 0)
			dst[i] = v * v
		}
	case Sigmoid:
		for i, v := range src {
			dst[i] = float32(1 / (1 + math.Exp(-float64(v))))
		}
	case Tanh:
		for i, v := range src {
			dst[i] = float32(math.Tanh(float64(v)))
		}
	case Identity:
		copy(dst, src)
	default:
		for i, v := range src {
			dst[i] = float32(a.rare(float64(v)))
		}
	}
}

// rare is one of the activations that need not be fast.
func (a Activation) rare(x float64) float64 {
	switch a {
	case ClippedGELU:
		return min(max(x*0.5*(1+math.Erf(x/math.Sqrt2)), -10), 10)
	case LeakyReLU:
		return max(x, 0) + 0.01*min(x, 0)
	case ReLU6:
		return min(max(x, 0), 6)
	case Mish:
		return x * math.Tanh(max(x, 0)+math.Log1p(math.Exp(-math.Abs(x))))
	default: // Laplace, with the published mean and deviation
		return 0.5 * (1 + math.Erf((x-0.707107)/(0.282095*math.Sqrt2)))
	}
}

// Gate is dst[i] = f(gate[i])·up[i]; dst may be gate.
func (a Activation) Gate(dst, gate, up []float32) {
	if a == SiLU {
		vec.SiLUMul(dst, gate, up)
		return
	}
	a.Apply(dst, gate)
	vec.Mul(dst, dst, up)
}
