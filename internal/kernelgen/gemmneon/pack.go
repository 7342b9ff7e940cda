package main

import "github.com/mmtui/mmtui/internal/kernelgen/neon"

// pack turns four rows on their side.
func pack(f *neon.File, k kind) {
	f.Begin("pack"+k.name+"NEON", "dst[k·8 + r] = src[r][k] of 4 rows at a distance of stride bytes and 4·blocks columns.",
		"dst *float32", "src *byte", "stride int", "blocks int")
	const dst, stride, blocks, src neon.R = 0, 1, 2, 3 // the rows are in R3 … R6
	f.Arg("dst", dst)
	f.Arg("src", src)
	f.Arg("stride", stride)
	f.Arg("blocks", blocks)
	for r := range neon.R(3) {
		f.Op("ADD R%d, R%d, R%d", stride, src+r, src+r+1)
	}
	f.Label("block")
	for r := range 4 {
		if k.bytes == 4 {
			f.LoadStep(neon.V(r), src+neon.R(r), 16)
			continue
		}
		f.LoadHalf(neon.V(8+r), src+neon.R(r), 0)
		f.Op("ADD $8, R%d, R%d", src+neon.R(r), src+neon.R(r))
		k.widen(f, neon.V(r), neon.V(8+r), false)
	}
	f.TRN1(4, 0, 1)
	f.TRN2(5, 0, 1)
	f.TRN1(6, 2, 3)
	f.TRN2(7, 2, 3)
	f.Low(0, 4, 6)
	f.Low(1, 5, 7)
	f.High(2, 4, 6)
	f.High(3, 5, 7)
	for c := range 4 {
		f.Store(neon.V(c), dst, 4*tileCols*c)
	}
	f.Op("ADD $%d, R%d, R%d", 4*tileCols*4, dst, dst)
	f.Op("SUBS $1, R%d, R%d", blocks, blocks)
	f.Op("BNE block")
	f.Op("RET")
}
