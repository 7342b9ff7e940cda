package int2

import (
	"math"
	"slices"
)

// rowSums are the figures of a block of rows, or of all blocks merged in order.
type rowSums struct {
	rows       int64
	count      int64
	nans, infs int64
	errorSums
	lo, hi   float32
	spread   spread
	clipped  int64
	counts   [256]int64 // of every code
	fallback int64      // rows that kept round-to-nearest
	rtnErr   float64    // Σ(q−w)² of round-to-nearest, where it was measured beside another solver
	ideal    float64    // Σ of the exact optimum's error
	noIdeal  bool       // a group has no exact optimum
}

// addRow adds the sums of a row of finite weights in [lo, hi] and its quantized form.
func (s *rowSums) addRow(w []float32, sums errorSums, lo, hi float32) {
	if s.count == 0 {
		s.lo, s.hi = lo, hi
		s.spread.pivot = float64(w[0])
	}
	s.rows++
	s.count += int64(len(w))
	s.lo, s.hi = min(s.lo, lo), max(s.hi, hi)
	s.addErrors(sums)
	s.spread.addRow(w)
}

func (s *errorSums) addErrors(o errorSums) {
	s.signal += o.signal
	s.energy += o.energy
	s.err += o.err
	s.product += o.product
	s.maxErr = max(s.maxErr, o.maxErr)
}

// merge adds the sums of the block that follows.
func (s *rowSums) merge(o *rowSums) {
	if s.count == 0 {
		s.lo, s.hi = o.lo, o.hi
	} else if o.count > 0 {
		s.lo, s.hi = min(s.lo, o.lo), max(s.hi, o.hi)
	}
	s.rows += o.rows
	s.count += o.count
	s.nans += o.nans
	s.infs += o.infs
	s.addErrors(o.errorSums)
	s.spread.merge(o.spread.central())
	s.clipped += o.clipped
	for i, c := range o.counts {
		s.counts[i] += c
	}
	s.fallback += o.fallback
	s.rtnErr += o.rtnErr
	s.ideal += o.ideal
	s.noIdeal = s.noIdeal || o.noIdeal
}

// spread gathers the first four moments of a block about a pivot (its first
// weight, so that a large common offset does not drown the differences), or,
// for merged blocks, holds the central moments.
type spread struct {
	pivot float64
	seen  float64 // weights in sums
	sums  momentSums
	moments
}

// moments are central: Σ(w−mean)ᵏ for k = 2, 3, 4.
type moments struct{ n, mean, m2, m3, m4 float64 }

func (s *spread) addRow(w []float32) {
	m := sumMoments(w, s.pivot)
	s.seen += float64(len(w))
	for i, v := range m {
		s.sums[i] += v
	}
}

// central turns sums about the pivot into central moments.
func (s *spread) central() moments {
	if s.seen == 0 {
		return moments{}
	}
	d := s.sums[0] / s.seen // mean − pivot
	s2, s3, s4 := s.sums[1], s.sums[2], s.sums[3]
	d2 := d * d
	return moments{
		n: s.seen, mean: s.pivot + d,
		m2: s2 - float64(s.seen*d2),
		m3: s3 - float64(3*d*s2) + float64(2*s.seen*d2*d),
		m4: s4 - float64(4*d*s3) + float64(6*d2*s2) - float64(3*s.seen*d2*d2),
	}
}

// merge adds the moments of another block: Pébay, Formulas for robust one-pass
// parallel computation of covariances and arbitrary-order statistical moments
// (Sandia report SAND2008-6212), eqs. 2.1, 3.1.
func (s *moments) merge(b moments) {
	if b.n == 0 {
		return
	}
	if s.n == 0 {
		*s = b
		return
	}
	a, n := *s, s.n+b.n
	d := b.mean - a.mean
	dn := d / n
	dn2 := dn * dn
	s.n = n
	s.mean = a.mean + float64(dn*b.n)
	s.m2 = a.m2 + b.m2 + float64(d*dn*a.n*b.n)
	s.m3 = a.m3 + b.m3 + float64(d*dn2*a.n*b.n*(a.n-b.n)) + float64(3*dn*(float64(a.n*b.m2)-float64(b.n*a.m2)))
	s.m4 = a.m4 + b.m4 + float64(d*dn2*dn*a.n*b.n*(float64(a.n*a.n)-float64(a.n*b.n)+float64(b.n*b.n))) +
		float64(6*dn2*(float64(a.n*a.n*b.m2)+float64(b.n*b.n*a.m2))) + float64(4*dn*(float64(a.n*b.m3)-float64(b.n*a.m3)))
}

// metrics turns the merged sums of a matrix into figures. Those that need
// codes stay NaN or nil.
func (s *rowSums) metrics() Metrics {
	nan := math.NaN()
	m := Metrics{
		Count: s.count, NaNs: s.nans, Infs: s.infs, Signal: s.signal, Error: s.err,
		SQNRdB: ratioDB(s.signal, s.err), RelativeRMSE: nan, Cosine: nan,
		MaxAbsError: s.maxErr, MaxAbs: float64(absMax(s.lo, s.hi)), Min: float64(s.lo), Max: float64(s.hi),
		Mean: s.spread.mean, Kurtosis: nan,
		BelowIdealDB: nan, ClippedRatio: nan, CodeEntropyBits: nan, ScaleSpread: nan,
	}
	if s.count == 0 {
		m.MaxAbsError, m.MaxAbs, m.Min, m.Max, m.Mean = nan, nan, nan, nan, nan
		return m
	}
	if s.signal > 0 {
		m.RelativeRMSE = math.Sqrt(s.err / s.signal)
		if s.energy > 0 {
			m.Cosine = clampFloat(s.product/(math.Sqrt(s.signal)*math.Sqrt(s.energy)), 1)
		}
	}
	if c := s.spread.moments; c.m2 > 0 {
		m.Kurtosis = c.n * c.m4 / (c.m2 * c.m2)
	}
	return m
}

// ratioDB is 10·log10(signal/noise), NaN when either is zero.
func ratioDB(signal, noise float64) float64 {
	if !(signal > 0) || !(noise > 0) {
		return math.NaN()
	}
	return 10 * math.Log10(signal/noise)
}

// addCodes adds the figures that need codes. scales are the float scales of all
// groups (rounded to multipliers, groups far below the row's largest vanish),
// without their sign.
func (s *rowSums) addCodes(m *Metrics, levels int, scales []float32) {
	if s.count == 0 {
		return
	}
	m.ClippedRatio = float64(s.clipped) / float64(s.count)
	m.CodeOccupancy = make([]float64, levels)
	m.CodeEntropyBits = 0
	for i := range m.CodeOccupancy {
		p := float64(s.counts[i]) / float64(s.count)
		m.CodeOccupancy[i] = p
		if p > 0 {
			m.CodeEntropyBits -= float64(p * math.Log2(p))
		}
	}
	m.ScaleSpread = scaleSpread(scales)
	if s.ideal > 0 && s.err > 0 && !s.noIdeal {
		m.BelowIdealDB = 10 * math.Log10(s.err/s.ideal)
	}
}

// scaleSpread is the largest scale over the median one, of those that are not
// zero; NaN when all are.
func scaleSpread(scales []float32) float64 {
	largest, n := float32(0), 0
	for _, s := range scales {
		largest = max(largest, s)
		if s > 0 {
			n++
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return float64(largest) / float64(medianPositive(scales, n))
}

// medianPositive is the element n/2 of the n positive values of s in ascending
// order.
func medianPositive(s []float32, n int) float32 {
	if n > 1<<12 {
		return medianOfMany(s, n)
	}
	sorted := make([]float32, 0, n)
	for _, v := range s {
		if v > 0 {
			sorted = append(sorted, v)
		}
	}
	slices.Sort(sorted)
	return sorted[n/2]
}

// medianOfMany finds the median by two counting passes over the halves of the bits.
func medianOfMany(s []float32, n int) float32 {
	counts := make([]int32, 1<<16)
	count := func(use func(b uint32) (key uint32, ok bool), rank int) (uint32, int) {
		clear(counts)
		for _, v := range s {
			if v > 0 {
				if k, ok := use(math.Float32bits(v)); ok {
					counts[k]++
				}
			}
		}
		for k, c := range counts {
			if rank < int(c) {
				return uint32(k), rank
			}
			rank -= int(c)
		}
		return uint32(len(counts) - 1), 0
	}
	high, rank := count(func(b uint32) (uint32, bool) { return b >> 16, true }, n/2)
	low, _ := count(func(b uint32) (uint32, bool) { return b & 0xffff, b>>16 == high }, rank)
	return math.Float32frombits(high<<16 | low)
}
