package int2

import "math"

// fitRTN is round-to-nearest: on the half and twos grids the scale is
// absmax/2^(b−1), on the affine grid the first level is the smallest weight and
// the last the largest.
func (f *format) fitRTN(lo, hi float32) groupFit {
	if f.scheme.Grid != Affine {
		return f.onGrid(float64(absMax(lo, hi)) / float64((f.top+1)/2))
	}
	if f.scheme.IntegerZero {
		return f.fitIntegerZero(lo, hi)
	}
	return groupFit{(float64(hi) - float64(lo)) / float64(f.top), float64(lo)}
}

// fitIntegerZero is pseudo_quantize_tensor of mit-han-lab/llm-awq
// (awq/quantize/quantizer.py): the range is at least 1e-5 wide and the zero
// point is a whole number clamped to the codes, all in float32.
func (f *format) fitIntegerZero(lo, hi float32) groupFit {
	width := min(float64(hi)-float64(lo), maxFloat32)
	s := max(float32(width), 1e-5) / float32(f.top)
	z := min(max(-math.RoundToEven(float64(lo/s)), 0), float64(f.top))
	return groupFit{float64(s), -z * float64(s)}
}
