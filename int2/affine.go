package int2

// A start of the least-squares alternation: the width of the levels as a share
// of the weights' range, around the mean or around the middle of the range.
type affineStart struct {
	width  float64
	middle bool
}

// lsStarts suffice for bell shapes; searchStarts also reach the optimum of
// groups with a few far weights (within 0.02 dB of the exact optimum on Gauss,
// Student-t5 and exponential groups of 32 and 64).
var (
	lsStarts     = []affineStart{{1, false}, {0.85, false}, {0.7, false}, {0.55, false}, {0.85, true}, {0.65, true}}
	searchStarts = []affineStart{
		{1, false}, {0.85, false}, {0.7, false}, {0.55, false}, {0.4, false}, {0.25, false},
		{1, true}, {0.85, true}, {0.7, true}, {0.55, true}, {0.4, true},
	}
)

// maxAlternations bounds one descent; it converges in about five steps.
const maxAlternations = 20

// fitAffine minimises Σ(w − s·c − m)² by turns over the codes c (nearest level)
// and over (s, m) (linear least squares), from several starts, and keeps the best.
func (f *format) fitAffine(w []float32, lo, hi float32, starts []affineStart) groupFit {
	if lo == hi {
		return groupFit{0, float64(lo)}
	}
	sum, _ := sumPlain(w)
	n := float64(len(w))
	span := float64(hi) - float64(lo)
	best, bestGain := groupFit{0, sum / n}, 0.0
	for _, start := range starts {
		center := sum / n
		if start.middle {
			center = float64(lo) + span/2
		}
		s := start.width * span / float64(f.top)
		fit, gain := f.alternate(w, sum, groupFit{s, center - s*float64(f.top)/2})
		if gain > bestGain {
			best, bestGain = fit, gain
		}
	}
	return best
}

// alternate descends from one start. gain is the part of Σ(w−mean)² that the
// returned fit explains: cov(c,w)²/var(c), both times n.
func (f *format) alternate(w []float32, sum float64, fit groupFit) (best groupFit, gain float64) {
	n := float64(len(w))
	for range maxAlternations {
		c := sumCodes(w, reciprocal(fit.scale), float32(-fit.min/fit.scale), f.top)
		spread := float64(c.cc) - float64(float64(c.c)*float64(c.c))/n
		cov := c.cw - float64(sum*float64(c.c))/n
		if !(spread > 0) || !(cov > 0) {
			break // all weights on one level
		}
		g := cov / spread * cov
		if !(g > gain) {
			break
		}
		fit.scale = cov / spread
		fit.min = (sum - float64(fit.scale*float64(c.c))) / n
		best, gain = fit, g
	}
	return best, gain
}
