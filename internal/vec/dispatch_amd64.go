package vec

import "github.com/mmtui/mmtui/internal/isa"

// The functions of this file choose among the tiers. All slices of a call are
// equally long, a whole number of blocks and not empty.

func applyBlocks(t isa.Tier, f function, dst, src []float32) {
	d, s, n := &dst[0], &src[0], len(src)/block
	switch t {
	case isa.AVX512:
		applyAVX512(f, d, s, n)
	case isa.AVX2:
		applyAVX2(f, d, s, n)
	default:
		applyTwin(f, dst, src)
	}
}

func applyAVX512(f function, dst, src *float32, blocks int) {
	switch f {
	case expFunction:
		expAVX512(dst, src, blocks)
	case geluFunction:
		geluAVX512(dst, src, blocks)
	case geluTanhFunction:
		geluTanhAVX512(dst, src, blocks)
	case quickGELUFunction:
		quickGELUAVX512(dst, src, blocks)
	case siluFunction:
		siluAVX512(dst, src, blocks)
	}
}

func applyAVX2(f function, dst, src *float32, blocks int) {
	switch f {
	case expFunction:
		expAVX2(dst, src, blocks)
	case geluFunction:
		geluAVX2(dst, src, blocks)
	case geluTanhFunction:
		geluTanhAVX2(dst, src, blocks)
	case quickGELUFunction:
		quickGELUAVX2(dst, src, blocks)
	case siluFunction:
		siluAVX2(dst, src, blocks)
	}
}

func combineBlocks(t isa.Tier, o operation, dst, a, b []float32) {
	x, y, z, n := &dst[0], &a[0], &b[0], len(a)/block
	switch t {
	case isa.AVX512:
		combineAVX512(o, x, y, z, n)
	case isa.AVX2:
		combineAVX2(o, x, y, z, n)
	default:
		combineTwin(o, dst, a, b)
	}
}

func combineAVX512(o operation, dst, a, b *float32, blocks int) {
	switch o {
	case addOperation:
		addAVX512(dst, a, b, blocks)
	case mulOperation:
		mulAVX512(dst, a, b, blocks)
	case siluMulOperation:
		siluMulAVX512(dst, a, b, blocks)
	}
}

func combineAVX2(o operation, dst, a, b *float32, blocks int) {
	switch o {
	case addOperation:
		addAVX2(dst, a, b, blocks)
	case mulOperation:
		mulAVX2(dst, a, b, blocks)
	case siluMulOperation:
		siluMulAVX2(dst, a, b, blocks)
	}
}

func expSumBlocks(t isa.Tier, dst, src []float32, top float32, acc *[reduce]float32) {
	switch t {
	case isa.AVX512:
		expSumAVX512(&dst[0], &src[0], &top, len(src)/reduce, &acc[0])
	case isa.AVX2:
		expSumAVX2(&dst[0], &src[0], &top, len(src)/reduce, &acc[0])
	default:
		expSumTwin(dst, src, top, acc)
	}
}

func largestBlocks(t isa.Tier, src []float32, acc *[reduce]float32) {
	switch t {
	case isa.AVX512:
		largestAVX512(&src[0], len(src)/reduce, &acc[0])
	case isa.AVX2:
		largestAVX2(&src[0], len(src)/reduce, &acc[0])
	default:
		largestTwin(src, acc)
	}
}

func sumBlocks(t isa.Tier, src []float32, acc *[reduce]float32) {
	switch t {
	case isa.AVX512:
		sumAVX512(&src[0], len(src)/reduce, &acc[0])
	case isa.AVX2:
		sumAVX2(&src[0], len(src)/reduce, &acc[0])
	default:
		sumTwin(src, acc)
	}
}

func momentsBlocks(t isa.Tier, src []float32, pivot float32, acc *[2][reduce]float32) {
	switch t {
	case isa.AVX512:
		momentsAVX512(&src[0], &pivot, len(src)/reduce, &acc[0][0])
	case isa.AVX2:
		momentsAVX2(&src[0], &pivot, len(src)/reduce, &acc[0][0])
	default:
		momentsTwin(src, pivot, acc)
	}
}

func dotBlocks(t isa.Tier, a, b []float32, acc *[reduce]float32) {
	switch t {
	case isa.AVX512:
		dotAVX512(&a[0], &b[0], len(a)/reduce, &acc[0])
	case isa.AVX2:
		dotAVX2(&a[0], &b[0], len(a)/reduce, &acc[0])
	default:
		dotTwin(a, b, acc)
	}
}

func scaleBlocks(t isa.Tier, dst, src []float32, factor float32) {
	switch t {
	case isa.AVX512:
		scaleAVX512(&dst[0], &src[0], &factor, len(src)/block)
	case isa.AVX2:
		scaleAVX2(&dst[0], &src[0], &factor, len(src)/block)
	default:
		scaleTwin(dst, src, factor)
	}
}

func scaleGainBlocks(t isa.Tier, dst, src []float32, factor float32, gain []float32) {
	switch t {
	case isa.AVX512:
		scaleGainAVX512(&dst[0], &src[0], &factor, &gain[0], len(src)/block)
	case isa.AVX2:
		scaleGainAVX2(&dst[0], &src[0], &factor, &gain[0], len(src)/block)
	default:
		scaleGainTwin(dst, src, factor, gain)
	}
}

func normalizeBlocks(t isa.Tier, dst, src, gain, bias []float32, par *[3]float32) {
	switch t {
	case isa.AVX512:
		normalizeAVX512(&dst[0], &src[0], &gain[0], &bias[0], &par[0], len(src)/block)
	case isa.AVX2:
		normalizeAVX2(&dst[0], &src[0], &gain[0], &bias[0], &par[0], len(src)/block)
	default:
		normalizeTwin(dst, src, gain, bias, par)
	}
}

func rotateBlocks(t isa.Tier, x, y, cos, sin []float32) {
	switch t {
	case isa.AVX512:
		rotateAVX512(&x[0], &y[0], &cos[0], &sin[0], len(x)/block)
	case isa.AVX2:
		rotateAVX2(&x[0], &y[0], &cos[0], &sin[0], len(x)/block)
	default:
		rotateTwin(x, y, cos, sin)
	}
}
