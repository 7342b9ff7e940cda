package vision

import "math"

// Pillow computes with 22 fractional bits: 8 bits of value and up to two of
// overshoot leave 22 of an int32.
const (
	precision = 22
	half      = 1 << (precision - 1)
)

// taps says how each output position of one axis is made: output i is the sum
// of weights[j]·source[first[i]+j] over its weights, in units of 2^-22.
type taps struct {
	first   []int   // [outputs]
	start   []int   // [outputs+1], where the weights of an output begin
	weights []int64 // a sign-extended int32 each, so that one multiplication serves two lanes
}

func (t *taps) of(i int) (first int, weights []int64) {
	return t.first[i], t.weights[t.start[i]:t.start[i+1]]
}

// span is the range of source positions that the outputs read.
func (t *taps) span() (lo, hi int) {
	lo, hi = math.MaxInt, 0
	for i, f := range t.first {
		lo = min(lo, f)
		hi = max(hi, f+t.start[i+1]-t.start[i])
	}
	return lo, hi
}

// shift makes the taps read from a source that begins at position by.
func (t *taps) shift(by int) {
	for i := range t.first {
		t.first[i] -= by
	}
}

// newTaps computes the weights of outputs from..to-1 when an axis of in
// positions becomes one of out (Pillow's precompute_coeffs). The arithmetic is
// in doubles and its order matters: a weight that rounds the other way is
// another pixel.
func newTaps(in, out, from, to int, f Filter) *taps {
	scale := float64(in) / float64(out)
	widen := max(scale, 1)
	support := f.support() * widen
	inverse := 1 / widen

	n := to - from
	t := &taps{first: make([]int, n), start: make([]int, n+1)}
	var raw []float64
	for i := range n {
		centre := float64((float64(from+i) + 0.5) * scale)
		lo := max(int(centre-support+0.5), 0)
		hi := min(int(centre+support+0.5), in)
		raw = raw[:0]
		sum := 0.0
		for j := lo; j < hi; j++ {
			w := f.weight(float64((float64(j) - centre + 0.5) * inverse))
			raw = append(raw, w)
			sum += w
		}
		for _, w := range raw {
			if sum != 0 {
				w /= sum
			}
			t.weights = append(t.weights, fixedPoint(w))
		}
		t.first[i] = lo
		t.start[i+1] = len(t.weights)
	}
	return t
}

// fixedPoint rounds half away from zero, as Pillow does.
func fixedPoint(w float64) int64 {
	x := float64(w * (1 << precision))
	if w < 0 {
		return int64(int32(x - 0.5))
	}
	return int64(int32(x + 0.5))
}

// nearestIndex is the source position of outputs from..to-1 for Nearest. The
// position is a running sum, which drifts from (i+0.5)·scale.
func nearestIndex(in, out, from, to int) []int {
	scale := float64(in) / float64(out)
	position := scale * 0.5
	index := make([]int, 0, to-from)
	for i := range to {
		if i >= from {
			index = append(index, min(int(position), in-1))
		}
		position += scale
	}
	return index
}
