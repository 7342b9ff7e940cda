package main

import "github.com/mmtui/mmtui/internal/kernelgen/neon"

// dot walks down the weights, four rows a turn, with sixteen sums a row. The
// four rows are a quarter of the weights apart, so that memory sees four long
// streams whatever the length of a row.
func dot(f *neon.File, k kind) {
	f.Begin("dot1x"+k.name+"NEON", "y[0][j] = Σ x[0][k]·w[j][k], 4·quads rows of w at a distance of stride bytes, 16·blocks columns. "+
		"Memory is asked for ahead bytes in front of what is read, from the last turn rows of a quarter on later bytes.",
		"y *float32", "ldy int", "x *float32", "ldx int", "w *byte", "stride int", "quads int", "blocks int", "ahead int", "turn int", "later int")
	const y, x, stride, quads, blocks, todo, xs, w, ahead, place, left, turn neon.R = 0, 1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 14 // w's rows are in R7 … R10
	f.Arg("y", y)
	f.Arg("x", x)
	f.Arg("w", w)
	f.Arg("stride", stride)
	f.Arg("quads", quads)
	f.Arg("blocks", blocks)
	f.Arg("ahead", ahead)
	f.Arg("turn", turn)
	f.Op("MUL R%d, R%d, R%d", stride, quads, place)
	for r := range neon.R(3) {
		f.Op("ADD R%d, R%d, R%d", place, w+r, w+r+1)
	}
	f.Op("MOVD R%d, R%d", quads, left)
	f.Label("quad")
	f.Op("CMP R%d, R%d", left, turn)
	f.Op("BNE same")
	f.Arg("later", ahead)
	f.Label("same")
	for i := range neon.V(16) {
		f.Zero(i)
	}
	f.Op("MOVD R%d, R%d", x, xs)
	f.Op("MOVD R%d, R%d", blocks, todo)
	f.Op("CBZ R%d, reduce", todo)
	f.Label("block")
	for p := range neon.V(4) {
		f.LoadStep(16+p, xs, 16)
	}
	for r := range 4 {
		f.Op("ADD R%d, R%d, R%d", ahead, w+neon.R(r), place)
		f.Op("PRFM (R%d), PLDL1KEEP", place)
		row(f, k, w+neon.R(r))
		for p := range neon.V(4) {
			f.FMLA(neon.V(4*r)+p, 20+p, 16+p)
		}
	}
	f.Op("SUBS $1, R%d, R%d", todo, todo)
	f.Op("BNE block")
	f.Label("reduce")
	reduce(f)
	f.Op("MOVD R%d, R%d", y, place)
	for lane := range 4 {
		f.Op("VST1 V0.S[%d], (R%d)", lane, place)
		f.Op("ADD R%d<<2, R%d, R%d", quads, place, place)
	}
	f.Op("ADD $4, R%d, R%d", y, y)
	// Each row of a quarter ends where it began plus its columns.
	f.Op("MOVD $%d, R%d", 16*k.bytes, place)
	f.Op("MUL R%d, R%d, R%d", blocks, place, place)
	f.Op("SUB R%d, R%d, R%d", place, stride, place)
	for r := range neon.R(4) {
		f.Op("ADD R%d, R%d, R%d", place, w+r, w+r)
	}
	f.Op("SUBS $1, R%d, R%d", left, left)
	f.Op("BNE quad")
	f.Op("RET")
}

// row reads sixteen weights into V20 … V23.
func row(f *neon.File, k kind, from neon.R) {
	if k.bytes == 4 {
		for p := range neon.V(4) {
			f.LoadStep(20+p, from, 16)
		}
		return
	}
	for p := range neon.V(2) {
		f.LoadStep(24+p, from, 16)
		k.widen(f, 20+2*p, 24+p, false)
		k.widen(f, 21+2*p, 24+p, true)
	}
}

// reduce adds up the sums of four rows, l to l+8, to l+4, to l+2, to l+1, into V0.
func reduce(f *neon.File) {
	for r := range neon.V(4) {
		s := 4 * r
		f.FADD(s, s, s+2)
		f.FADD(s+1, s+1, s+3)
		f.FADD(16+r, s, s+1)
	}
	for i := range neon.V(2) {
		f.ZIP1(20, 16+2*i, 17+2*i)
		f.ZIP2(21, 16+2*i, 17+2*i)
		f.FADD(22+i, 20, 21)
	}
	f.Low(0, 22, 23)
	f.High(1, 22, 23)
	f.FADD(0, 0, 1)
}
