package int2

// fitter finds float scales of groups, one group at a time. It holds scratch,
// so every goroutine has its own.
type fitter struct {
	f      *format
	sorter sorter
}

// fitGroup returns the scale of one group of finite weights in [lo, hi], under
// the solver of the format.
func (t *fitter) fitGroup(w []float32, lo, hi float32) groupFit {
	solver := t.f.scheme.Solver
	if len(w) == 0 || absMax(lo, hi) < minNormal {
		return groupFit{} // zero, or below what a row scale can carry
	}
	switch {
	case solver == RTN:
		return t.f.fitRTN(lo, hi)
	case t.f.scheme.Grid == Affine && solver == LS:
		return t.f.fitAffine(w, lo, hi, lsStarts)
	case t.f.scheme.Grid == Affine:
		return t.f.fitAffine(w, lo, hi, searchStarts)
	case t.f.scheme.Bits == 2:
		return t.fitExact(w, lo, hi)
	}
	return t.f.fitBounded(w, lo, hi)
}

// fitExact is the least-squares scale at 2 bits on the half and twos grids.
func (t *fitter) fitExact(w []float32, lo, hi float32) groupFit {
	keys := t.sorter.sort(w, absMax(lo, hi))
	if t.f.scheme.Grid == Half {
		s, _ := halfOptimum(keys)
		return t.f.onGrid(s)
	}
	s, gain := twosOptimum(keys, false)
	if n, g := twosOptimum(keys, true); g > gain {
		s = n
	}
	return t.f.onGrid(s)
}
