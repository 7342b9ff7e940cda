package main

import (
	"fmt"

	"github.com/mmtui/mmtui/internal/kernelgen/simd"
)

// scores multiplies rows of keys by a tile of queries, whose lanes lie side by side.
func scores(m simd.Machine, s shape) {
	m.Begin(s.name(m, "scores"), fmt.Sprintf(
		"is st[j, i] = Σ_d k[j, d]·qt[d, i], fused one after another from 0, for groups of %d keys j, stride bytes apart. Rows of st and qt hold 32 floats.", s.rows),
		"st *float32", "k *float32", "stride int", "groups int", "qt *float32", "depth int")
	st, k, stride, queries, depth := m.Arg("st"), m.Arg("k"), m.Arg("stride"), m.Arg("qt"), m.Arg("depth")
	m.Loop(m.Arg("groups"), func() {
		rows := m.Rows(k, stride, s.rows)
		acc := s.grid(func(_, _ int) simd.Vec { return m.Zero() })
		qt := m.Copy(queries)
		step := func(n int) {
			key := make([]simd.Scalars, s.rows)
			for i := range key {
				key[i] = m.Scalars(rows[i], 0, n)
			}
			for d := range n {
				q := make([]simd.Vec, s.cols)
				for j := range q {
					q[j] = m.Load(qt, rowBytes*d+j*size(m))
				}
				for i := range key {
					x := m.Pick(key[i], d)
					for j := range q {
						m.Accumulate(acc[i][j], q[j], x)
					}
				}
			}
			m.StepRows(rows, 4*n)
			m.Step(qt, rowBytes*n)
		}
		rest := m.Low(depth, 3)
		fours := m.Copy(depth)
		m.Shift(fours, -2)
		m.Loop(fours, func() { step(4) })
		m.Loop(rest, func() { step(1) })
		s.registers(func(i, j int) { m.Store(acc[i][j], st, rowBytes*i+j*size(m)) })
		m.Step(st, rowBytes*s.rows)
		for range s.rows {
			m.StepBy(k, stride)
		}
	})
	m.End()
}

// values adds up rows of the values, of which it takes a few columns d, with the weights of a tile.
func values(m simd.Machine, s shape) {
	m.Begin(s.name(m, "values"), fmt.Sprintf(
		"is ot[d, i] = ot[d, i]·alpha[i] + Σ_j v[j, d]·st[j, i], fused one after another, for %d columns d of rows that are stride bytes apart. Rows of ot and st hold 32 floats.", s.rows),
		"ot *float32", "v *float32", "stride int", "keys int", "st *float32", "alpha *float32")
	ot, v, stride, st, alpha := m.Arg("ot"), m.Arg("v"), m.Arg("stride"), m.Arg("st"), m.Arg("alpha")
	factor := make([]simd.Vec, s.cols)
	for j := range factor {
		factor[j] = m.Load(alpha, j*size(m))
	}
	acc := s.grid(func(i, j int) simd.Vec { return m.Mul(m.Load(ot, rowBytes*i+j*size(m)), factor[j]) })
	row := m.Rows(v, stride, 1)
	m.Loop(m.Arg("keys"), func() {
		p := make([]simd.Vec, s.cols)
		for j := range p {
			p[j] = m.Load(st, j*size(m))
		}
		for at := 0; at < s.rows; {
			n := 1
			if s.rows-at >= 4 {
				n = 4
			}
			some := m.Scalars(row[0], 4*at, n)
			for i := range n {
				x := m.Pick(some, i)
				for j := range p {
					m.Accumulate(acc[at+i][j], p[j], x)
				}
			}
			at += n
		}
		m.Step(st, rowBytes)
		m.StepRowsBy(row, stride)
	})
	s.registers(func(i, j int) { m.Store(acc[i][j], ot, rowBytes*i+j*size(m)) })
	m.End()
}

// weights turns scores into weights that lie below 1, with a running maximum and sum a lane.
func weights(m simd.Machine, cols int) {
	m.Begin(fmt.Sprintf("weights%d", cols*m.Lanes()),
		"raises top[i] to the largest st[j, i], makes st[j, i] e^(st[j, i] − top[i]), and alpha[i] e^(top before − top after), by which it multiplies sum[i] before it adds the weights in turn.",
		"st *float32", "keys int", "top *float32", "sum *float32", "alpha *float32")
	st, keys := m.Arg("st"), m.Arg("keys")
	e := simd.NewExp(m, m.Suffix() != "AVX2")
	low := m.Const(-104)
	if m.Suffix() != "AVX2" {
		low = m.Hold(low)
	}
	top, sum, alpha := m.Arg("top"), m.Arg("sum"), m.Arg("alpha")
	high, total := make([]simd.Vec, cols), make([]simd.Vec, cols)
	for j := range cols {
		high[j] = m.Load(top, j*size(m))
	}
	at, n := m.Copy(st), m.Copy(keys)
	m.Loop(n, func() {
		for j := range cols {
			m.Raise(high[j], m.Load(at, j*size(m)))
		}
		m.Step(at, rowBytes)
	})
	for j := range cols {
		a := e.Of(m.Max(low, m.Sub(m.Load(top, j*size(m)), high[j])))
		total[j] = m.Mul(m.Load(sum, j*size(m)), a)
		m.Store(a, alpha, j*size(m))
		m.Store(high[j], top, j*size(m))
	}
	m.Loop(keys, func() {
		for j := range cols {
			p := e.Of(m.Max(low, m.Sub(m.Load(st, j*size(m)), high[j])))
			m.Store(p, st, j*size(m))
			m.Increase(total[j], p)
		}
		m.Step(st, rowBytes)
	})
	for j := range cols {
		m.Store(total[j], sum, j*size(m))
	}
	m.End()
}

// turn transposes squares of as many rows as a vector has lanes.
func turn(m simd.Machine) {
	m.Begin("turn", fmt.Sprintf(
		"is dst[j, i] = src[i, j]·factor[j] for %d columns j and squares times as many rows i. Rows are dstStride and srcStride bytes apart.", m.Lanes()),
		"dst *float32", "src *float32", "factor *float32", "dstStride int", "srcStride int", "squares int")
	dst, src, factor := m.Arg("dst"), m.Arg("src"), m.Load(m.Arg("factor"), 0)
	dstStride, srcStride := m.Arg("dstStride"), m.Arg("srcStride")
	m.Loop(m.Arg("squares"), func() {
		rows := make([]simd.Vec, m.Lanes())
		for i := range rows {
			rows[i] = m.Mul(factor, m.Load(src, 0))
			m.StepBy(src, srcStride)
		}
		at := m.Copy(dst)
		for _, row := range m.Transpose(rows) {
			m.Store(row, at, 0)
			m.StepBy(at, dstStride)
		}
		m.Step(dst, size(m))
	})
	m.End()
}
