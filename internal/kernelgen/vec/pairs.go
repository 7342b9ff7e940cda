package main

import "github.com/mmtui/mmtui/internal/kernelgen/simd"

// pairs are the plain operations on two vectors.
func pairs(m simd.Machine) {
	two(m, "add", "is dst[i] = a[i] + b[i].", m.Add)
	two(m, "mul", "is dst[i] = a[i]·b[i].", m.Mul)

	m.Begin("scale", "is dst[i] = src[i]·*factor.", "dst *float32", "src *float32", "factor *float32", "blocks int")
	dst, a := m.Arg("dst"), m.Arg("src")
	factor := m.Splat(m.Arg("factor"), 0)
	each(m, block, func(_, at int) { m.Store(m.Mul(m.Load(a, at), factor), dst, at) }, dst, a)
	m.End()

	m.Begin("dot", "adds up a[i]·b[i], fused, in 32 lanes.", "a *float32", "b *float32", "blocks int", "acc *float32")
	a = m.Arg("a")
	b := m.Arg("b")
	lanes(m, 1, func(sums [][]simd.Vec) {
		each(m, reduce, func(i, at int) { m.Accumulate(sums[0][i], m.Load(a, at), m.Load(b, at)) }, a, b)
	})
	m.End()

	rotate(m)
}

func two(m simd.Machine, name, doc string, f func(a, b simd.Vec) simd.Vec) {
	m.Begin(name, doc, "dst *float32", "a *float32", "b *float32", "blocks int")
	dst, a, b := m.Arg("dst"), m.Arg("a"), m.Arg("b")
	each(m, block, func(_, at int) { m.Store(f(m.Load(a, at), m.Load(b, at)), dst, at) }, dst, a, b)
	m.End()
}

// lanes loads n accumulators of 32 lanes each from acc, and stores them after body.
func lanes(m simd.Machine, n int, body func(sums [][]simd.Vec)) {
	acc := m.Arg("acc")
	sums := make([][]simd.Vec, n)
	for j := range sums {
		for i := range vectors(m, reduce) {
			sums[j] = append(sums[j], m.Load(acc, 4*reduce*j+i*size(m)))
		}
	}
	body(sums)
	for j := range sums {
		for i, v := range sums[j] {
			m.Store(v, acc, 4*reduce*j+i*size(m))
		}
	}
}

// rotate rounds both products, as PyTorch's q·cos + rotate_half(q)·sin does.
func rotate(m simd.Machine) {
	m.Begin("rotate", "turns the pairs (x[i], y[i]).", "x *float32", "y *float32", "cos *float32", "sin *float32", "blocks int")
	x, y, cos, sin := m.Arg("x"), m.Arg("y"), m.Arg("cos"), m.Arg("sin")
	each(m, block, func(_, at int) {
		a, b, c, s := m.Load(x, at), m.Load(y, at), m.Load(cos, at), m.Load(sin, at)
		m.Store(m.Sub(m.Mul(a, c), m.Mul(b, s)), x, at)
		m.Store(m.Add(m.Mul(b, c), m.Mul(a, s)), y, at)
	}, x, y, cos, sin)
	m.End()
}
