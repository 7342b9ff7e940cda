package diverge

import (
	"math"

	"github.com/mmtui/mmtui/core/report"
)

// sums gathers what the figures of one tensor b against another, a, are made
// of, in float64. Nothing of the tensors is kept.
type sums struct {
	n              int64
	aa, bb, ab, ee float64 // Σa², Σb², Σab, Σ(b−a)²
	brokenA        int64   // values that are NaN or infinite
	brokenB        int64
}

// add takes values of equal length, times times.
func (s *sums) add(a, b []float32, times int64) {
	var aa, bb, ab, ee float64
	b = b[:len(a)]
	for i, v := range a {
		x, y := float64(v), float64(b[i])
		e := y - x
		aa += x * x
		bb += y * y
		ab += x * y
		ee += e * e
	}
	t := float64(times)
	s.n += times * int64(len(a))
	s.aa, s.bb, s.ab, s.ee = s.aa+t*aa, s.bb+t*bb, s.ab+t*ab, s.ee+t*ee
	// Squares of float32 cannot overflow: a sum that is no number tells of values that are none.
	if finite(aa) && finite(bb) {
		return
	}
	s.brokenA += times * broken(a)
	s.brokenB += times * broken(b)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func broken(v []float32) int64 {
	var n int64
	for _, f := range v {
		if !finite(float64(f)) {
			n++
		}
	}
	return n
}

// whole says whether every value is a number.
func (s *sums) whole() bool { return s.brokenA+s.brokenB == 0 }

// exact says whether no value differs.
func (s *sums) exact() bool { return s.whole() && s.ee == 0 }

// sqnr is 10·log10(Σa²/Σ(b−a)²) in dB; +Inf, and so null, for equal values.
func (s *sums) sqnr() report.Number {
	if !s.whole() || s.n == 0 {
		return report.NA()
	}
	return report.Number(10 * math.Log10(s.aa/s.ee))
}

// relative is the error's root mean square over that of a; NaN without a signal.
func (s *sums) relative() float64 {
	if !s.whole() || s.n == 0 {
		return math.NaN()
	}
	return math.Sqrt(s.ee / s.aa)
}

func (s *sums) cosine() report.Number {
	if !s.whole() || s.aa == 0 || s.bb == 0 {
		return report.NA()
	}
	return report.Number(min(1, max(-1, s.ab/(math.Sqrt(s.aa)*math.Sqrt(s.bb)))))
}
