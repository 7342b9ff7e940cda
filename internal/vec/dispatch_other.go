//go:build !amd64 && !arm64

package vec

import "github.com/mmtui/mmtui/internal/isa"

// There is one tier here: the twins.

func applyBlocks(_ isa.Tier, f function, dst, src []float32) { applyTwin(f, dst, src) }

func combineBlocks(_ isa.Tier, o operation, dst, a, b []float32) { combineTwin(o, dst, a, b) }

func expSumBlocks(_ isa.Tier, dst, src []float32, top float32, acc *[reduce]float32) {
	expSumTwin(dst, src, top, acc)
}

func largestBlocks(_ isa.Tier, src []float32, acc *[reduce]float32) { largestTwin(src, acc) }

func sumBlocks(_ isa.Tier, src []float32, acc *[reduce]float32) { sumTwin(src, acc) }

func momentsBlocks(_ isa.Tier, src []float32, pivot float32, acc *[2][reduce]float32) {
	momentsTwin(src, pivot, acc)
}

func dotBlocks(_ isa.Tier, a, b []float32, acc *[reduce]float32) { dotTwin(a, b, acc) }

func scaleBlocks(_ isa.Tier, dst, src []float32, factor float32) { scaleTwin(dst, src, factor) }

func scaleGainBlocks(_ isa.Tier, dst, src []float32, factor float32, gain []float32) {
	scaleGainTwin(dst, src, factor, gain)
}

func normalizeBlocks(_ isa.Tier, dst, src, gain, bias []float32, par *[3]float32) {
	normalizeTwin(dst, src, gain, bias, par)
}

func rotateBlocks(_ isa.Tier, x, y, cos, sin []float32) { rotateTwin(x, y, cos, sin) }
