package vec

import (
	"math"

	"github.com/mmtui/mmtui/internal/isa"
)

// Dot is Σ a[i]·b[i].
func Dot(a, b []float32) float32 { return dot(tier, a, b) }

func dot(t isa.Tier, a, b []float32) float32 {
	b = b[:len(a)]
	var acc [reduce]float32
	for len(a) >= reduce {
		n := min(len(a)&^(reduce-1), longest)
		dotBlocks(t, a[:n], b[:n], &acc)
		a, b = a[n:], b[n:]
	}
	if len(a) > 0 {
		var left, right [reduce]float32
		copy(left[:], a)
		copy(right[:], b)
		dotBlocks(t, left[:], right[:], &acc)
	}
	return fold(&acc)
}

// fold adds up the lanes as the package's specification says.
func fold(acc *[reduce]float32) float32 {
	for half := reduce / 2; half > 0; half /= 2 {
		for i := range half {
			acc[i] += acc[i+half]
		}
	}
	return acc[0]
}

// Max is the largest element, −∞ of none. Where an element is not a number the
// result is one of the others or NaN.
func Max(src []float32) float32 { return largest(tier, src) }

func largest(t isa.Tier, src []float32) float32 {
	var acc [reduce]float32
	fill(&acc, float32(math.Inf(-1)))
	for len(src) >= reduce {
		n := min(len(src)&^(reduce-1), longest)
		largestBlocks(t, src[:n], &acc)
		src = src[n:]
	}
	if len(src) > 0 {
		var pad [reduce]float32
		fill(&pad, float32(math.Inf(-1)))
		copy(pad[:], src)
		largestBlocks(t, pad[:], &acc)
	}
	top := acc[0]
	for _, v := range acc[1:] {
		if !(v <= top) {
			top = v
		}
	}
	return top
}

func fill(a *[reduce]float32, v float32) {
	for i := range a {
		a[i] = v
	}
}

// ExpSum is dst[i] = e^(src[i] − top), and returns the sum; no element of src may be above top.
func ExpSum(dst, src []float32, top float32) float32 { return expSum(tier, dst, src, top) }

func expSum(t isa.Tier, dst, src []float32, top float32) float32 {
	dst = dst[:len(src)]
	var acc [reduce]float32
	for len(src) >= reduce {
		n := min(len(src)&^(reduce-1), longest)
		expSumBlocks(t, dst[:n], src[:n], top, &acc)
		dst, src = dst[n:], src[n:]
	}
	if len(src) > 0 {
		var pad [reduce]float32
		fill(&pad, float32(math.Inf(-1))) // whose e^x is 0
		copy(pad[:], src)
		expSumBlocks(t, pad[:], pad[:], top, &acc)
		copy(dst, pad[:])
	}
	return fold(&acc)
}

// Softmax is dst = softmax(src), of one row; an empty row stays empty. As in
// PyTorch a row that holds +∞, NaN or nothing but −∞ becomes NaN.
func Softmax(dst, src []float32) { softmax(tier, dst, src) }

func softmax(t isa.Tier, dst, src []float32) {
	sum := expSum(t, dst, src, largest(t, src))
	scale(t, dst[:len(src)], dst[:len(src)], 1/sum)
}

// LayerNorm is dst = (src − mean)/√(variance + eps)·gain + bias of one row; the
// variance divides by the length.
//
// The deviations are taken from the mean as a float32 and corrected by their
// own mean, so that a row far from zero loses nothing.
func LayerNorm(dst, src, gain, bias []float32, eps float32) {
	layerNorm(tier, dst, src, gain, bias, eps)
}

func layerNorm(t isa.Tier, dst, src, gain, bias []float32, eps float32) {
	if len(src) == 0 {
		return
	}
	dst, gain, bias = dst[:len(src)], gain[:len(src)], bias[:len(src)]
	n := float64(len(src))
	mean := float32(float64(sum(t, src)) / n)
	rest, square := moments(t, src, mean)
	off := float64(rest) / n
	variance := max(float64(square)/n-float64(off*off), 0)
	par := [3]float32{mean, float32(off), float32(1 / math.Sqrt(variance+float64(eps)))}
	for len(src) >= block {
		n := min(len(src)&^(block-1), longest)
		normalizeBlocks(t, dst[:n], src[:n], gain[:n], bias[:n], &par)
		dst, src, gain, bias = dst[n:], src[n:], gain[n:], bias[n:]
	}
	normalizeTwin(dst, src, gain, bias, &par)
}

func sum(t isa.Tier, src []float32) float32 {
	var acc [reduce]float32
	for len(src) >= reduce {
		n := min(len(src)&^(reduce-1), longest)
		sumBlocks(t, src[:n], &acc)
		src = src[n:]
	}
	if len(src) > 0 {
		var pad [reduce]float32
		copy(pad[:], src)
		sumBlocks(t, pad[:], &acc)
	}
	return fold(&acc)
}

// moments are Σ(src − pivot) and Σ(src − pivot)².
func moments(t isa.Tier, src []float32, pivot float32) (first, second float32) {
	var acc [2][reduce]float32
	for len(src) >= reduce {
		n := min(len(src)&^(reduce-1), longest)
		momentsBlocks(t, src[:n], pivot, &acc)
		src = src[n:]
	}
	if len(src) > 0 {
		var pad [reduce]float32
		fill(&pad, pivot) // whose deviation is 0
		copy(pad[:], src)
		momentsBlocks(t, pad[:], pivot, &acc)
	}
	return fold(&acc[0]), fold(&acc[1])
}

// RMSNorm is dst = src/√(mean(src²) + eps)·gain of one row.
func RMSNorm(dst, src, gain []float32, eps float32) { rmsNorm(tier, dst, src, gain, eps) }

func rmsNorm(t isa.Tier, dst, src, gain []float32, eps float32) {
	dst, gain = dst[:len(src)], gain[:len(src)]
	factor := float32(1 / math.Sqrt(float64(dot(t, src, src))/float64(len(src))+float64(eps)))
	for len(src) >= block {
		n := min(len(src)&^(block-1), longest)
		scaleGainBlocks(t, dst[:n], src[:n], factor, gain[:n])
		dst, src, gain = dst[n:], src[n:], gain[n:]
	}
	scaleGainTwin(dst, src, factor, gain)
}
