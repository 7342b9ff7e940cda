package main

import (
	"fmt"

	"github.com/mmtui/mmtui/internal/kernelgen/simd"
)

// dots are the scores of one query.
func dots(m simd.Machine) {
	m.Begin("dots", "is out[j] = Σ_d k[j, d]·q[d] over blocks of 16, fused in 16 lanes, which are then added up by halves. Rows of k are stride bytes apart.",
		"out *float32", "k *float32", "stride int", "keys int", "q *float32", "blocks int")
	out, k, stride, query, blocks := m.Arg("out"), m.Arg("k"), m.Arg("stride"), m.Arg("q"), m.Arg("blocks")
	vectors := 16 / m.Lanes()
	m.Loop(m.Arg("keys"), func() {
		at, q, n := m.Copy(k), m.Copy(query), m.Copy(blocks)
		acc := make([]simd.Vec, vectors)
		for i := range acc {
			acc[i] = m.Zero()
		}
		m.Loop(n, func() {
			for i := range acc {
				m.Accumulate(acc[i], m.Load(q, i*size(m)), m.Load(at, i*size(m)))
			}
			m.Step(at, 4*16)
			m.Step(q, 4*16)
		})
		m.StoreScalar(m.Fold(acc), out, 0)
		m.Step(out, 4)
		m.StepBy(k, stride)
	})
	m.End()
}

// mix adds up rows with one weight each.
func mix(m simd.Machine, blocks int) {
	m.Begin(fmt.Sprintf("mix%d", 16*blocks), "is out[d] += Σ_j p[j]·v[j, d], fused one after another. Rows of v are stride bytes apart.",
		"out *float32", "v *float32", "stride int", "keys int", "p *float32")
	out, v, stride, p := m.Arg("out"), m.Arg("v"), m.Arg("stride"), m.Arg("p")
	acc := make([]simd.Vec, 16*blocks/m.Lanes())
	for i := range acc {
		acc[i] = m.Load(out, i*size(m))
	}
	m.Loop(m.Arg("keys"), func() {
		weight := m.Splat(p, 0)
		for i := range acc {
			m.Accumulate(acc[i], weight, m.Load(v, i*size(m)))
		}
		m.Step(p, 4)
		m.StepBy(v, stride)
	})
	for i := range acc {
		m.Store(acc[i], out, i*size(m))
	}
	m.End()
}
