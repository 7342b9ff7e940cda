package main

import "github.com/mmtui/mmtui/internal/kernelgen/neon"

// fma measures what the registers can do.
func fma(f *neon.File) {
	f.Begin("fmaNEON", "does 12 register-only FMA a turn, each into a sum of its own.", "turns int")
	f.Arg("turns", 0)
	for i := range neon.V(13) {
		f.Zero(i)
	}
	f.Label("turn")
	for i := range neon.V(12) {
		f.FMLA(i, 12, 12)
	}
	f.Op("SUBS $1, R0, R0")
	f.Op("BNE turn")
	f.Op("RET")
}

// read measures what memory can do, with four streams as the dot kernels have.
func read(f *neon.File) {
	f.Begin("readNEON", "reads 256·blocks bytes.", "p *byte", "blocks int")
	const stream, blocks, quarter neon.R = 0, 4, 5
	f.Arg("p", stream)
	f.Arg("blocks", blocks)
	f.Op("LSL $6, R%d, R%d", blocks, quarter)
	for r := range neon.R(3) {
		f.Op("ADD R%d, R%d, R%d", quarter, stream+r, stream+r+1)
	}
	for i := range neon.V(4) {
		f.Zero(i)
	}
	f.Label("block")
	for r := range neon.V(4) {
		f.Op("PRFM 2048(R%d), PLDL1KEEP", r)
		for range 4 {
			f.LoadStep(4+r, neon.R(r), 16)
			f.OR(r, r, 4+r)
		}
	}
	f.Op("SUBS $1, R%d, R%d", blocks, blocks)
	f.Op("BNE block")
	f.Op("RET")
}
