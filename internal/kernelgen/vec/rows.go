package main

import "github.com/mmtui/mmtui/internal/kernelgen/simd"

func softmax(m simd.Machine) {
	m.Begin("largest", "raises 32 lane maxima.", "src *float32", "blocks int", "acc *float32")
	src := m.Arg("src")
	lanes(m, 1, func(top [][]simd.Vec) {
		each(m, reduce, func(i, at int) { m.Raise(top[0][i], m.Load(src, at)) }, src)
	})
	m.End()

	m.Begin("expSum", "is dst[i] = e^(src[i] − *top), which is not above 1, and adds it up in 32 lanes.",
		"dst *float32", "src *float32", "top *float32", "blocks int", "acc *float32")
	dst, src := m.Arg("dst"), m.Arg("src")
	top := m.Splat(m.Arg("top"), 0)
	e := simd.NewExp(m, false)
	lanes(m, 1, func(sums [][]simd.Vec) {
		each(m, reduce, func(i, at int) {
			v := e.Of(m.Max(m.Const(-104), m.Sub(m.Load(src, at), top)))
			m.Store(v, dst, at)
			m.Increase(sums[0][i], v)
		}, dst, src)
	})
	m.End()
}

func norms(m simd.Machine) {
	m.Begin("sum", "adds up in 32 lanes.", "src *float32", "blocks int", "acc *float32")
	src := m.Arg("src")
	lanes(m, 1, func(sums [][]simd.Vec) {
		each(m, reduce, func(i, at int) { m.Increase(sums[0][i], m.Load(src, at)) }, src)
	})
	m.End()

	m.Begin("moments", "adds up d = src[i] − *pivot and d², fused, in 32 lanes each.",
		"src *float32", "pivot *float32", "blocks int", "acc *float32")
	src = m.Arg("src")
	pivot := m.Splat(m.Arg("pivot"), 0)
	lanes(m, 2, func(sums [][]simd.Vec) {
		each(m, reduce, func(i, at int) {
			d := m.Sub(m.Load(src, at), pivot)
			m.Increase(sums[0][i], d)
			m.Accumulate(sums[1][i], d, d)
		}, src)
	})
	m.End()

	m.Begin("normalize", "is dst[i] = ((src[i] − par[0]) − par[1])·par[2]·gain[i] + bias[i], the last two fused.",
		"dst *float32", "src *float32", "gain *float32", "bias *float32", "par *float32", "blocks int")
	dst, src := m.Arg("dst"), m.Arg("src")
	gain, bias, par := m.Arg("gain"), m.Arg("bias"), m.Arg("par")
	mean, rest, inverse := m.Splat(par, 0), m.Splat(par, 4), m.Splat(par, 8)
	each(m, block, func(_, at int) {
		v := m.Mul(m.Sub(m.Sub(m.Load(src, at), mean), rest), inverse)
		m.Store(m.FMA(v, m.Load(gain, at), m.Load(bias, at)), dst, at)
	}, dst, src, gain, bias)
	m.End()

	m.Begin("scaleGain", "is dst[i] = src[i]·*factor·gain[i].", "dst *float32", "src *float32", "factor *float32", "gain *float32", "blocks int")
	dst, src = m.Arg("dst"), m.Arg("src")
	factor := m.Splat(m.Arg("factor"), 0)
	gain = m.Arg("gain")
	each(m, block, func(_, at int) {
		m.Store(m.Mul(m.Mul(m.Load(src, at), factor), m.Load(gain, at)), dst, at)
	}, dst, src, gain)
	m.End()
}
