package main

import (
	"math"

	"github.com/mmtui/mmtui/internal/kernelgen/simd"
)

func activations(m simd.Machine) {
	unary(m, "exp", "is dst[i] = e^src[i].", func() func(x simd.Vec) simd.Vec {
		e := simd.NewExp(m, false)
		return func(x simd.Vec) simd.Vec {
			return e.Of(m.Min(m.Const(89), m.Max(m.Const(-104), x)))
		}
	})
	unary(m, "gelu", "is dst[i] = src[i]·Φ(src[i]).", func() func(x simd.Vec) simd.Vec { return gelu(m) })
	unary(m, "geluTanh", "is dst[i] = src[i]·σ(y), y = √(8/π)·(src[i] + 0.044715·src[i]³).", func() func(x simd.Vec) simd.Vec {
		tail := logistic(m)
		return func(x simd.Vec) simd.Vec {
			a := magnitude(m, x)
			factor := m.FMA(m.Const(tanhCubic), m.Mul(a, a), m.Const(tanhLinear))
			return gate(m, x, a, tail(m.Mul(a, factor)))
		}
	})
	unary(m, "quickGELU", "is dst[i] = src[i]·σ(1.702·src[i]).", func() func(x simd.Vec) simd.Vec {
		tail := logistic(m)
		return func(x simd.Vec) simd.Vec {
			a := magnitude(m, x)
			return gate(m, x, a, tail(m.Mul(a, m.Const(1.702))))
		}
	})
	unary(m, "silu", "is dst[i] = src[i]·σ(src[i]).", func() func(x simd.Vec) simd.Vec { return silu(m) })
	siluMul(m)
}

// √(8/π), which is twice the factor inside the tanh, and the same times 0.044715.
const (
	tanhLinear = 2 * math.Sqrt2 / math.SqrtPi
	tanhCubic  = tanhLinear * 0.044715
)

func unary(m simd.Machine, name, doc string, prepare func() func(x simd.Vec) simd.Vec) {
	m.Begin(name, doc, "dst *float32", "src *float32", "blocks int")
	dst, src := m.Arg("dst"), m.Arg("src")
	f := prepare()
	each(m, block, func(_, at int) { m.Store(f(m.Load(src, at)), dst, at) }, dst, src)
	m.End()
}

// magnitude is |x|.
func magnitude(m simd.Machine, x simd.Vec) simd.Vec { return m.And(x, m.Bits(0x7fffffff)) }

// gate is max(x, 0) − |x|·q: x·(1 − q) on the right, x·q on the left, where q is
// a distribution function at −|x|. At +∞ it is +∞ and at −∞ not a number, as in PyTorch.
func gate(m simd.Machine, x, a, q simd.Vec) simd.Vec {
	minus := m.Or(a, m.Bits(0x80000000))
	// −|x|, but no less than −16 on the right, where q is 0 from there on.
	minus = m.Max(minus, m.Min(m.Const(-limit), x))
	return m.FMA(minus, q, m.Max(x, m.Const(0)))
}

// limit is where an activation has become x or 0 in float32.
const limit = 128

// logistic gives the function σ(−y) for y ≥ 0.
func logistic(m simd.Machine) func(y simd.Vec) simd.Vec {
	e := simd.NewExp(m, false)
	return func(y simd.Vec) simd.Vec {
		t := e.Of(m.Or(m.Min(m.Const(104), y), m.Bits(0x80000000)))
		return m.Div(t, m.Add(t, m.Const(1)))
	}
}

func silu(m simd.Machine) func(x simd.Vec) simd.Vec {
	tail := logistic(m)
	return func(x simd.Vec) simd.Vec {
		a := magnitude(m, x)
		return gate(m, x, a, tail(a))
	}
}

func siluMul(m simd.Machine) {
	m.Begin("siluMul", "is dst[i] = gate[i]·σ(gate[i])·up[i].", "dst *float32", "gate *float32", "up *float32", "blocks int")
	dst, g, up := m.Arg("dst"), m.Arg("gate"), m.Arg("up")
	f := silu(m)
	each(m, block, func(_, at int) { m.Store(m.Mul(f(m.Load(g, at)), m.Load(up, at)), dst, at) }, dst, g, up)
	m.End()
}

// gelu computes Φ(−b) = e^(−b²/2)·R(b) for b = min(|x|, 16), with b² to twice
// the precision and R(b)·(b + centre) a polynomial in (b − centre)/(b + centre)
// that minimises the relative error over 0 … 14.6 (6·10⁻⁹ before rounding).
func gelu(m simd.Machine) func(x simd.Vec) simd.Vec {
	const centre = 2.5
	coefficients := [11]float32{0.706656635, -0.433692098, 0.131986976, 0.00923823193, -0.0163857304, -0.00161630171,
		0.00251792092, 0.00072245812, -0.000289963995, -0.000189319035, -2.28964636e-05}
	e := simd.NewExp(m, false)
	return func(x simd.Vec) simd.Vec {
		a := magnitude(m, x)
		b := m.Min(m.Const(16), a)
		h := m.Mul(b, m.Const(-0.5))
		square := m.Mul(h, b)
		density := e.Corrected(square, m.NegFMA(h, b, square))
		t := m.Div(m.Const(1), m.Add(b, m.Const(centre)))
		u := m.Mul(m.Sub(b, m.Const(centre)), t)
		p := polynomial(m, coefficients, u)
		return gate(m, x, a, m.Mul(m.Mul(t, p), density))
	}
}

// polynomial is Σ c[i]·uⁱ by pairs, pairs of pairs, and powers of u⁴: a chain of
// ten fused products would have every vector wait for itself.
func polynomial(m simd.Machine, c [11]float32, u simd.Vec) simd.Vec {
	square := m.Mul(u, u)
	fourth := m.Mul(square, square)
	pair := func(i int) simd.Vec { return m.FMA(m.Const(c[i+1]), u, m.Const(c[i])) }
	low := m.FMA(pair(2), square, pair(0))
	middle := m.FMA(pair(6), square, pair(4))
	high := m.FMA(m.Const(c[10]), square, pair(8))
	return m.FMA(m.FMA(high, fourth, middle), fourth, low)
}
