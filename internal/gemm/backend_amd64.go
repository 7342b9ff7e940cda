package gemm

import "github.com/mmtui/mmtui/internal/isa"

func backendOf(t isa.Tier) backend {
	switch t {
	case isa.AVX512:
		return newAVX512()
	case isa.AVX2:
		return newAVX2()
	}
	return portable{}
}

func newAVX512() *assembly {
	return &assembly{
		size: shape{rows: 12, cols: 32, group: 16, chunk: 48 << 20, lanes: 16},
		tiles: []tileKernel{
			tile1x32AVX512, tile2x32AVX512, tile3x32AVX512, tile4x32AVX512, tile5x32AVX512, tile6x32AVX512,
			tile7x32AVX512, tile8x32AVX512, tile9x32AVX512, tile10x32AVX512, tile11x32AVX512, tile12x32AVX512,
		},
		packs: [3]packKernel{packF32AVX512, packBF16AVX512, packF16AVX512},
		dots: [3][]dotKernel{
			{dot1xF32AVX512, dot2xF32AVX512, dot3xF32AVX512, dot4xF32AVX512},
			{dot1xBF16AVX512, dot2xBF16AVX512, dot3xBF16AVX512, dot4xBF16AVX512},
			{dot1xF16AVX512, dot2xF16AVX512, dot3xF16AVX512, dot4xF16AVX512},
		},
		fmas:  fmaAVX512,
		reads: readAVX512,
	}
}

func newAVX2() *assembly {
	return &assembly{
		size: shape{rows: 6, cols: 16, group: 8, chunk: 24 << 20, lanes: 8},
		tiles: []tileKernel{
			tile1x16AVX2, tile2x16AVX2, tile3x16AVX2, tile4x16AVX2, tile5x16AVX2, tile6x16AVX2,
		},
		packs: [3]packKernel{packF32AVX2, packBF16AVX2, packF16AVX2},
		dots:  [3][]dotKernel{{dot1xF32AVX2}, {dot1xBF16AVX2}, {dot1xF16AVX2}},
		fmas:  fmaAVX2,
		reads: readAVX2,
	}
}
