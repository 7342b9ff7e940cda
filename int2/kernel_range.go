package int2

import "math"

const (
	signBit = uint32(1) << 31
	infBits = uint32(0x7f800000)
)

// rangeOf returns the smallest and the largest value of w, with +0 for −0.
// finite is false when w holds a NaN or an infinity; lo and hi are then
// meaningless. An empty w gives 0, 0, true.
//
// Read as int32, the largest bit pattern is the largest value, unless all are
// negative; read as uint32, it is the smallest value, unless none is. The two
// exceptions take a second look.
func rangeOf(w []float32) (lo, hi float32, finite bool) {
	hi0, lo0, done := rangeBlocks(w)
	hi1, lo1 := hi0, lo0
	rest := w[done:]
	for len(rest) >= 4 {
		a, b := math.Float32bits(rest[0]), math.Float32bits(rest[1])
		c, d := math.Float32bits(rest[2]), math.Float32bits(rest[3])
		hi0, lo0 = max(hi0, int32(a)), max(lo0, a)
		hi1, lo1 = max(hi1, int32(b)), max(lo1, b)
		hi0, lo0 = max(hi0, int32(c)), max(lo0, c)
		hi1, lo1 = max(hi1, int32(d)), max(lo1, d)
		rest = rest[4:]
	}
	for _, v := range rest {
		b := math.Float32bits(v)
		hi0, lo0 = max(hi0, int32(b)), max(lo0, b)
	}
	hi0, lo0 = max(hi0, hi1), max(lo0, lo1)
	finite = hi0 < int32(infBits) && (lo0 < signBit || lo0&^signBit < infBits)
	if hi0 >= 0 && lo0 >= signBit {
		return math.Float32frombits(lo0) + 0, math.Float32frombits(uint32(hi0)), finite
	}
	lo, hi = oneSignedRange(w)
	return lo, hi, finite
}

// oneSignedRange is rangeOf of values that are all negative or all not.
func oneSignedRange(w []float32) (lo, hi float32) {
	if len(w) == 0 {
		return 0, 0
	}
	small, large := uint32(math.MaxUint32), uint32(0)
	for _, v := range w {
		b := math.Float32bits(v)
		small, large = min(small, b), max(large, b)
	}
	lo, hi = math.Float32frombits(small), math.Float32frombits(large)
	if small >= signBit {
		lo, hi = hi, lo
	}
	return lo + 0, hi + 0
}

// countNotFinite counts the NaNs and the infinities of w.
func countNotFinite(w []float32) (nans, infs int64) {
	for _, v := range w {
		switch b := math.Float32bits(v) &^ signBit; {
		case b > infBits:
			nans++
		case b == infBits:
			infs++
		}
	}
	return nans, infs
}

// absMax is the largest magnitude in [lo, hi].
func absMax(lo, hi float32) float32 { return max(-lo, hi) }
