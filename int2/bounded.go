package int2

// boundedStarts are the scales that the search beyond 2 bits begins from, as
// shares of round-to-nearest's: about a step of 7% down to a sixth, which a
// group needs whose largest weight is some ten times the rest.
var boundedStarts = []float64{
	1.1, 1, 0.94, 0.88, 0.82, 0.76, 0.71, 0.66, 0.61, 0.57, 0.53, 0.49, 0.43, 0.37, 0.31, 0.25, 0.2, 0.16,
}

// fitBounded looks for the least-squares scale on the half and twos grids with
// more than 2 bits: every start is scored with the best scale for its codes,
// and the best start descends by turns over scale and codes. On twos both signs
// of the scale are tried.
func (f *format) fitBounded(w []float32, lo, hi float32) groupFit {
	sum, _ := sumPlain(w)
	rtn := f.fitRTN(lo, hi).scale
	best, gain := 0.0, 0.0
	signs := []float64{1, -1}
	if f.scheme.Grid == Half {
		signs = signs[:1] // symmetric
	}
	for _, sign := range signs {
		for _, share := range boundedStarts {
			if s, g := f.refitScale(w, sum, sign*share*rtn); g > gain {
				best, gain = s, g
			}
		}
	}
	for range maxAlternations {
		s, g := f.refitScale(w, sum, best)
		if !(g > gain) {
			break
		}
		best, gain = s, g
	}
	return f.onGrid(best)
}

// refitScale chooses codes for a scale and returns the scale of least squared
// error for those codes, Σ(c−z)w / Σ(c−z)², with the part of Σw² it explains.
func (f *format) refitScale(w []float32, sum, scale float64) (refit, gain float64) {
	if scale == 0 {
		return 0, 0
	}
	c := sumCodes(w, reciprocal(scale), float32(f.zero), f.top)
	num := c.cw - float64(f.zero*sum)
	den := float64(c.cc) - float64(2*f.zero*float64(c.c)) + float64(f.zero*f.zero*float64(len(w)))
	if !(den > 0) {
		return 0, 0
	}
	return num / den, num / den * num
}
