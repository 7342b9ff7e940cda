package vec

import (
	"math"

	"github.com/mmtui/mmtui/internal/isa"
)

// The constants of the exponential; see Exp in internal/kernelgen/simd.
const (
	log2e   = 1.44269504088896340736
	ln2High = 0.693147182464599609375   // ln 2 as a float32
	ln2Low  = -1.904654299957767878e-09 // ln 2 − ln2High
	shifter = 12582912                  // 1.5·2²³ rounds what is added to it to a whole number
)

// Exponential is e^x of one float for x of −174 … 89, as every kernel computes it.
func Exponential(x float32) float32 { return exponential(x, 0) }

// exponential is e^(x − less) for x of −174 … 89: n = x·log₂e to the nearest
// whole number, r = x − n·ln 2 − less in three steps, and e^r times 2ⁿ, with
// e^r = 1 + (r + r²·q(r)) and coefficients that minimise the relative error
// over |r| ≤ ½·ln 2 (3·10⁻⁹ before rounding).
func exponential(x, less float32) float32 {
	shifted := isa.FMA(x, log2e, shifter)
	n := shifted - shifter
	r := isa.FMA(-n, ln2High, x)
	r = isa.FMA(-n, ln2Low, r) - less
	square := float32(r * r)
	q := isa.FMA(0.00138145837, square, isa.FMA(0.00836872403, r, 0.041668389))
	q = isa.FMA(q, square, isa.FMA(0.166665211, r, 0.49999994))
	y := 1 + isa.FMA(q, square, r)
	// Two powers of two: the first product is exact, the second may be subnormal.
	whole := int32(math.Float32bits(shifted) - math.Float32bits(shifter))
	half := whole >> 1
	return float32(y*power(half)) * power(whole-half)
}

// power is 2ⁿ for n of −126 … 127.
func power(n int32) float32 { return math.Float32frombits(uint32(n+127) << 23) }

func expTwin(dst, src []float32) {
	for i, x := range src {
		dst[i] = exponential(lower(89, raise(-104, x)), 0)
	}
}

// raise is max(c, x), and lower is min(c, x), that let a NaN pass.
func raise(c, x float32) float32 {
	if c > x {
		return c
	}
	return x
}

func lower(c, x float32) float32 {
	if c < x {
		return c
	}
	return x
}

func magnitude(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }

// limit is where an activation has become x or 0 in float32.
const limit = 128

// gate is max(x, 0) − |x|·q: x·(1 − q) on the right, x·q on the left, where q is
// a distribution function at −|x|. At +∞ it is +∞ and at −∞ not a number, as in PyTorch.
func gate(x, q float32) float32 {
	minus := -magnitude(x)
	if x > limit {
		minus = -limit
	}
	right := float32(0)
	if x > 0 {
		right = x
	}
	return isa.FMA(minus, q, right)
}

// logistic is σ(−y) for y ≥ 0.
func logistic(y float32) float32 {
	t := exponential(-lower(104, y), 0)
	return t / (t + 1)
}

func silu(x float32) float32 { return gate(x, logistic(magnitude(x))) }

func siluTwin(dst, src []float32) {
	for i, x := range src {
		dst[i] = silu(x)
	}
}

func siluMulTwin(dst, gate, up []float32) {
	for i, x := range gate {
		dst[i] = silu(x) * up[i]
	}
}

func quickGELUTwin(dst, src []float32) {
	for i, x := range src {
		dst[i] = gate(x, logistic(magnitude(x)*1.702))
	}
}

// √(8/π), which is twice the factor inside the tanh, and the same times 0.044715.
const (
	tanhLinear = 2 * math.Sqrt2 / math.SqrtPi
	tanhCubic  = tanhLinear * 0.044715
)

func geluTanhTwin(dst, src []float32) {
	for i, x := range src {
		a := magnitude(x)
		dst[i] = gate(x, logistic(a*isa.FMA(tanhCubic, float32(a*a), tanhLinear)))
	}
}

// geluTwin computes Φ(−b) = e^(−b²/2)·R(b) for b = min(|x|, 16), with b² to
// twice the precision and R(b)·(b + 2.5) a polynomial in (b − 2.5)/(b + 2.5)
// that minimises the relative error over 0 … 14.6 (6·10⁻⁹ before rounding).
func geluTwin(dst, src []float32) {
	const centre = 2.5
	for i, x := range src {
		b := lower(16, magnitude(x))
		h := float32(b * -0.5)
		square := float32(h * b)
		density := exponential(square, isa.FMA(-h, b, square))
		t := 1 / (b + centre)
		u := float32(b-centre) * t
		p := millsPolynomial(u)
		dst[i] = gate(x, float32(t*p)*density)
	}
}

// millsPolynomial sums up by pairs, pairs of pairs, and powers of u⁴.
func millsPolynomial(u float32) float32 {
	square := float32(u * u)
	fourth := float32(square * square)
	low := isa.FMA(isa.FMA(0.00923823193, u, 0.131986976), square, isa.FMA(-0.433692098, u, 0.706656635))
	middle := isa.FMA(isa.FMA(0.00072245812, u, 0.00251792092), square, isa.FMA(-0.00161630171, u, -0.0163857304))
	high := isa.FMA(-2.28964636e-05, square, isa.FMA(-0.000189319035, u, -0.000289963995))
	return isa.FMA(isa.FMA(high, fourth, middle), fourth, low)
}
