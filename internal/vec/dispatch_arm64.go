package vec

import "github.com/mmtui/mmtui/internal/isa"

// The functions of this file choose among the tiers. All slices of a call are
// equally long, a whole number of blocks and not empty.

func applyBlocks(t isa.Tier, f function, dst, src []float32) {
	d, s, n := &dst[0], &src[0], len(src)/block
	switch t {
	case isa.NEON:
		applyNEON(f, d, s, n)
	default:
		applyTwin(f, dst, src)
	}
}

func applyNEON(f function, dst, src *float32, blocks int) {
	switch f {
	case expFunction:
		expNEON(dst, src, blocks)
	case geluFunction:
		geluNEON(dst, src, blocks)
	case geluTanhFunction:
		geluTanhNEON(dst, src, blocks)
	case quickGELUFunction:
		quickGELUNEON(dst, src, blocks)
	case siluFunction:
		siluNEON(dst, src, blocks)
	}
}

func combineBlocks(t isa.Tier, o operation, dst, a, b []float32) {
	x, y, z, n := &dst[0], &a[0], &b[0], len(a)/block
	switch t {
	case isa.NEON:
		combineNEON(o, x, y, z, n)
	default:
		combineTwin(o, dst, a, b)
	}
}

func combineNEON(o operation, dst, a, b *float32, blocks int) {
	switch o {
	case addOperation:
		addNEON(dst, a, b, blocks)
	case mulOperation:
		mulNEON(dst, a, b, blocks)
	case siluMulOperation:
		siluMulNEON(dst, a, b, blocks)
	}
}

func expSumBlocks(t isa.Tier, dst, src []float32, top float32, acc *[reduce]float32) {
	switch t {
	case isa.NEON:
		expSumNEON(&dst[0], &src[0], &top, len(src)/reduce, &acc[0])
	default:
		expSumTwin(dst, src, top, acc)
	}
}

func largestBlocks(t isa.Tier, src []float32, acc *[reduce]float32) {
	switch t {
	case isa.NEON:
		largestNEON(&src[0], len(src)/reduce, &acc[0])
	default:
		largestTwin(src, acc)
	}
}

func sumBlocks(t isa.Tier, src []float32, acc *[reduce]float32) {
	switch t {
	case isa.NEON:
		sumNEON(&src[0], len(src)/reduce, &acc[0])
	default:
		sumTwin(src, acc)
	}
}

func momentsBlocks(t isa.Tier, src []float32, pivot float32, acc *[2][reduce]float32) {
	switch t {
	case isa.NEON:
		momentsNEON(&src[0], &pivot, len(src)/reduce, &acc[0][0])
	default:
		momentsTwin(src, pivot, acc)
	}
}

func dotBlocks(t isa.Tier, a, b []float32, acc *[reduce]float32) {
	switch t {
	case isa.NEON:
		dotNEON(&a[0], &b[0], len(a)/reduce, &acc[0])
	default:
		dotTwin(a, b, acc)
	}
}

func scaleBlocks(t isa.Tier, dst, src []float32, factor float32) {
	switch t {
	case isa.NEON:
		scaleNEON(&dst[0], &src[0], &factor, len(src)/block)
	default:
		scaleTwin(dst, src, factor)
	}
}

func scaleGainBlocks(t isa.Tier, dst, src []float32, factor float32, gain []float32) {
	switch t {
	case isa.NEON:
		scaleGainNEON(&dst[0], &src[0], &factor, &gain[0], len(src)/block)
	default:
		scaleGainTwin(dst, src, factor, gain)
	}
}

func normalizeBlocks(t isa.Tier, dst, src, gain, bias []float32, par *[3]float32) {
	switch t {
	case isa.NEON:
		normalizeNEON(&dst[0], &src[0], &gain[0], &bias[0], &par[0], len(src)/block)
	default:
		normalizeTwin(dst, src, gain, bias, par)
	}
}

func rotateBlocks(t isa.Tier, x, y, cos, sin []float32) {
	switch t {
	case isa.NEON:
		rotateNEON(&x[0], &y[0], &cos[0], &sin[0], len(x)/block)
	default:
		rotateTwin(x, y, cos, sin)
	}
}
