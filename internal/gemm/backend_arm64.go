package gemm

import "github.com/mmtui/mmtui/internal/isa"

func backendOf(t isa.Tier) backend {
	if t == isa.NEON {
		return newNEON()
	}
	return portable{}
}

func newNEON() *assembly {
	return &assembly{
		size: shape{rows: 8, cols: 8, group: 4, chunk: 6 << 20, lanes: 4},
		tiles: []tileKernel{
			tile1x8NEON, tile2x8NEON, tile3x8NEON, tile4x8NEON, tile5x8NEON, tile6x8NEON, tile7x8NEON, tile8x8NEON,
		},
		packs: [3]packKernel{packF32NEON, packBF16NEON, packF16NEON},
		dots:  [3][]dotKernel{{dot1xF32NEON}, {dot1xBF16NEON}, {dot1xF16NEON}},
		fmas:  fmaNEON,
		reads: readNEON,
	}
}
