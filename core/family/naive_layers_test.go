package family_test

import (
	"fmt"
	"math"
)

// matrix is row-major float64, the arithmetic of the naive reference: loops
// over scalars, written from the modelling code of transformers 5 and nothing
// of this package.
type matrix struct {
	rows, cols int
	v          []float64
}

func newMatrix(rows, cols int) matrix {
	return matrix{rows, cols, make([]float64, rows*cols)}
}

func (m matrix) row(i int) []float64 { return m.v[i*m.cols : (i+1)*m.cols] }

// span is rows lo up to hi; it shares memory.
func (m matrix) span(lo, hi int) matrix {
	return matrix{hi - lo, m.cols, m.v[lo*m.cols : hi*m.cols]}
}

func (m matrix) plus(o matrix) matrix {
	if m.rows != o.rows || m.cols != o.cols {
		panic(fmt.Sprintf("adding [%d, %d] to [%d, %d]", o.rows, o.cols, m.rows, m.cols))
	}
	s := newMatrix(m.rows, m.cols)
	for i := range s.v {
		s.v[i] = m.v[i] + o.v[i]
	}
	return s
}

func (m matrix) apply(f func(float64) float64) matrix {
	s := newMatrix(m.rows, m.cols)
	for i, x := range m.v {
		s.v[i] = f(x)
	}
	return s
}

func (m matrix) append(o matrix) matrix {
	return matrix{m.rows + o.rows, o.cols, append(append([]float64{}, m.v...), o.v...)}
}

// tensor of a checkpoint, with the values that its dtype keeps.
type tensor struct {
	shape []int
	v     []float64
}

// checkpoint holds tensors by name.
type checkpoint map[string]tensor

func (c checkpoint) get(name string) tensor {
	t, ok := c[name]
	if !ok {
		panic("the reference asks for a tensor that the checkpoint lacks: " + name)
	}
	return t
}

// matrix is a tensor as [first dimension, the rest].
func (c checkpoint) matrix(name string) matrix {
	t := c.get(name)
	return matrix{t.shape[0], len(t.v) / max(t.shape[0], 1), t.v}
}

// linear is x·Wᵀ, plus the bias of the same name if there is to be one.
func (c checkpoint) linear(x matrix, name string, bias bool) matrix {
	var b []float64
	if bias {
		b = c.get(name + ".bias").v
	}
	return product(x, c.matrix(name+".weight"), b)
}

func product(x, w matrix, bias []float64) matrix {
	if x.cols != w.cols {
		panic(fmt.Sprintf("[%d, %d] times [%d, %d]", x.rows, x.cols, w.rows, w.cols))
	}
	y := newMatrix(x.rows, w.rows)
	for i := range x.rows {
		a, out := x.row(i), y.row(i)
		for j := range w.rows {
			s := 0.0
			for k, b := range w.row(j) {
				s += a[k] * b
			}
			if bias != nil {
				s += bias[j]
			}
			out[j] = s
		}
	}
	return y
}

// layerNorm is torch.nn.LayerNorm over the last dimension.
func (c checkpoint) layerNorm(x matrix, name string, eps float64) matrix {
	gain, bias := c.get(name+".weight").v, c.get(name+".bias").v
	y := newMatrix(x.rows, x.cols)
	for i := range x.rows {
		mean, variance := 0.0, 0.0
		for _, v := range x.row(i) {
			mean += v / float64(x.cols)
		}
		for _, v := range x.row(i) {
			variance += (v - mean) * (v - mean) / float64(x.cols)
		}
		for k, v := range x.row(i) {
			y.row(i)[k] = (v-mean)/math.Sqrt(variance+eps)*gain[k] + bias[k]
		}
	}
	return y
}

// rmsNorm is LlamaRMSNorm.
func (c checkpoint) rmsNorm(x matrix, name string, eps float64) matrix {
	gain := c.get(name + ".weight").v
	y := newMatrix(x.rows, x.cols)
	for i := range x.rows {
		square := 0.0
		for _, v := range x.row(i) {
			square += v * v / float64(x.cols)
		}
		for k, v := range x.row(i) {
			y.row(i)[k] = v / math.Sqrt(square+eps) * gain[k]
		}
	}
	return y
}

// attention is softmax(q·kᵀ/√dim)·v by heads; keys without sees are left out.
func attention(q, k, v matrix, heads, kvHeads int, sees func(query, key int) bool) matrix {
	dim := q.cols / heads
	y := newMatrix(q.rows, q.cols)
	for h := range heads {
		shared := h / (heads / kvHeads)
		for i := range q.rows {
			p := make([]float64, k.rows)
			top := math.Inf(-1)
			for j := range k.rows {
				p[j] = math.Inf(-1)
				if !sees(i, j) {
					continue
				}
				s := 0.0
				for d := range dim {
					s += q.row(i)[h*dim+d] * k.row(j)[shared*dim+d]
				}
				p[j] = s / math.Sqrt(float64(dim))
				top = max(top, p[j])
			}
			sum := 0.0
			for j := range p {
				p[j] = math.Exp(p[j] - top)
				sum += p[j]
			}
			for j, e := range p {
				for d := range dim {
					y.row(i)[h*dim+d] += e / sum * v.row(j)[shared*dim+d]
				}
			}
		}
	}
	return y
}

func everything(int, int) bool           { return true }
func causal(query, key int) bool         { return key <= query }
func sigmoid(x float64) float64          { return 1 / (1 + math.Exp(-x)) }
func cappedBy(x, lo, hi float64) float64 { return math.Min(math.Max(x, lo), hi) }

// activations are those of transformers' activations.py that have no weights.
func activations() map[string]func(float64) float64 {
	exact := func(x float64) float64 { return x * 0.5 * (1 + math.Erf(x/math.Sqrt2)) }
	tanhForm := func(x float64) float64 {
		return 0.5 * x * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
	}
	silu := func(x float64) float64 { return x * sigmoid(x) }
	return map[string]func(float64) float64{
		"gelu": exact, "gelu_python": exact,
		"gelu_10":  func(x float64) float64 { return cappedBy(exact(x), -10, 10) },
		"gelu_new": tanhForm, "gelu_fast": tanhForm, "gelu_pytorch_tanh": tanhForm,
		"gelu_accurate": tanhForm, "gelu_python_tanh": tanhForm,
		"quick_gelu": func(x float64) float64 { return x * sigmoid(1.702*x) },
		"laplace": func(x float64) float64 {
			return 0.5 * (1 + math.Erf((x-0.707107)/(0.282095*math.Sqrt2)))
		},
		"leaky_relu": func(x float64) float64 { return math.Max(x, 0) + 0.01*math.Min(x, 0) },
		"linear":     func(x float64) float64 { return x },
		"mish":       func(x float64) float64 { return x * math.Tanh(math.Log1p(math.Exp(x))) },
		"relu":       func(x float64) float64 { return math.Max(x, 0) },
		"relu2":      func(x float64) float64 { return math.Max(x, 0) * math.Max(x, 0) },
		"relu6":      func(x float64) float64 { return cappedBy(x, 0, 6) },
		"sigmoid":    sigmoid,
		"silu":       silu, "swish": silu,
		"tanh": math.Tanh,
	}
}

// activation finds one by its name in config.json.
func activation(name string) func(float64) float64 {
	f, ok := activations()[name]
	if !ok {
		panic("the reference has no activation " + name)
	}
	return f
}

// yarn is _compute_yarn_parameters: frequencies, and what cos and sin are scaled by.
func yarn(r object, theta float64, dim int, factor, original float64) ([]float64, float64) {
	mscale := func(m float64) float64 {
		if factor <= 1 {
			return 1
		}
		return 0.1*m*math.Log(factor) + 1
	}
	scale := mscale(1)
	if r.num("mscale", 0) != 0 && r.num("mscale_all_dim", 0) != 0 {
		scale = mscale(r.num("mscale", 0)) / mscale(r.num("mscale_all_dim", 0))
	}
	correction := func(turns float64) float64 {
		return float64(dim) * math.Log(original/(turns*2*math.Pi)) / (2 * math.Log(theta))
	}
	low, high := correction(r.num("beta_fast", 32)), correction(r.num("beta_slow", 1))
	if r.flag("truncate", true) {
		low, high = math.Floor(low), math.Ceil(high)
	}
	low, high = math.Max(low, 0), math.Min(high, float64(dim-1))
	if low == high {
		high += 0.001
	}
	f := make([]float64, dim/2)
	for i := range f {
		power := math.Pow(theta, float64(2*i)/float64(dim))
		ramp := cappedBy((float64(i)-low)/(high-low), 0, 1)
		f[i] = 1/(factor*power)*ramp + 1/power*(1-ramp)
	}
	return f, r.num("attention_factor", scale)
}

// frequencies are the inverse frequencies of modeling_rope_utils.py.
func frequencies(kind string, theta float64, dim int, factor, low, high, original float64) []float64 {
	f := make([]float64, dim/2)
	for i := range f {
		f[i] = 1 / math.Pow(theta, float64(2*i)/float64(dim))
		switch kind {
		case "default", "dynamic": // dynamic stretches beyond max_position_embeddings
		case "linear":
			f[i] /= factor
		case "llama3":
			wave := 2 * math.Pi / f[i]
			smooth := (original/wave - low) / (high - low)
			switch {
			case wave > original/low:
				f[i] /= factor
			case wave >= original/high:
				f[i] = (1-smooth)*f[i]/factor + smooth*f[i]
			}
		default:
			panic("the reference has no rope type " + kind)
		}
	}
	return f
}

// rotated turns the heads of x, whose first row is at position 0, by halves.
func rotated(x matrix, heads int, f []float64, scale float64) matrix {
	dim := x.cols / heads
	y := newMatrix(x.rows, x.cols)
	for t := range x.rows {
		for h := range heads {
			a, b := x.row(t)[h*dim:(h+1)*dim], y.row(t)[h*dim:(h+1)*dim]
			for i, w := range f {
				sin, cos := math.Sincos(float64(t) * w)
				sin, cos = sin*scale, cos*scale
				b[i] = a[i]*cos - a[i+dim/2]*sin
				b[i+dim/2] = a[i+dim/2]*cos + a[i]*sin
			}
		}
	}
	return y
}

// patches lays the patches of one picture [3, height, width] out as rows in
// the order of a convolution's weights; what does not fill a patch is unused.
func patches(pixels []float64, height, width, size int) matrix {
	down, across := height/size, width/size
	m := newMatrix(down*across, 3*size*size)
	for r := range down {
		for c := range across {
			out := m.row(r*across + c)[:0]
			for ch := range 3 {
				for y := range size {
					at := ch*height*width + (r*size+y)*width + c*size
					out = append(out, pixels[at:at+size]...)
				}
			}
		}
	}
	return m
}

// encoder is one of the transformer stacks of SigLIP's and CLIP's code, which
// Idefics3 shares: it records h0 up to hN under prefix.
func (c checkpoint) encoder(x matrix, prefix, trace string, s tower, sees func(q, k int) bool, record func(string, matrix)) matrix {
	act := activation(s.act)
	record(trace+".h0", x)
	for i := range s.layers {
		p := fmt.Sprintf("%s.layers.%d.", prefix, i)
		y := c.layerNorm(x, p+"layer_norm1", s.eps)
		q := c.linear(y, p+"self_attn.q_proj", true)
		k := c.linear(y, p+"self_attn.k_proj", true)
		v := c.linear(y, p+"self_attn.v_proj", true)
		x = x.plus(c.linear(attention(q, k, v, s.heads, s.heads, sees), p+"self_attn.out_proj", true))
		y = c.linear(c.layerNorm(x, p+"layer_norm2", s.eps), p+"mlp.fc1", true).apply(act)
		x = x.plus(c.linear(y, p+"mlp.fc2", true))
		record(fmt.Sprintf("%s.h%d", trace, i+1), x)
	}
	return x
}

// tower is the part of a config that every encoder has.
type tower struct {
	hidden, mlp, layers, heads int
	act                        string
	eps                        float64
}
