package tensor

import (
	"math"
	"slices"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/chart"
)

// facts is a tensor's detail with what is worked out from it once.
type facts struct {
	detail       *report.TensorDetail
	rows, perRow int // of the map; perRow is 0 when there are no groups
	channels     []float64
	lowest       int     // channel of the lowest SQNR, -1: none
	median       float64 // SQNR of the median channel
	highest      float64 // SQNR of the best channel, at least 0
}

func newFacts(d *report.TensorDetail) *facts {
	f := &facts{detail: d, lowest: -1, median: math.NaN()}
	if g := d.Groups; g != nil && g.PerRow > 0 && len(g.SQNRdB) >= g.PerRow {
		f.perRow = g.PerRow
		f.rows = len(g.SQNRdB) / g.PerRow
	}
	f.channels = make([]float64, len(d.Channels))
	var finite []float64
	for i, c := range d.Channels {
		f.channels[i] = float64(c.SQNRdB)
		if !c.SQNRdB.Valid() {
			f.channels[i] = math.NaN()
			continue
		}
		if f.lowest < 0 || f.channels[i] < f.channels[f.lowest] {
			f.lowest = i
		}
		finite = append(finite, f.channels[i])
		f.highest = max(f.highest, f.channels[i])
	}
	if len(finite) > 0 {
		slices.Sort(finite)
		f.median = finite[len(finite)/2]
	}
	return f
}

// at is the SQNR of a group in dB, NaN where it does not exist.
func (f *facts) at(row, group int) float64 {
	i := row*f.perRow + group
	if i < 0 || i >= len(f.detail.Groups.SQNRdB) {
		return math.NaN()
	}
	n := f.detail.Groups.SQNRdB[i]
	if !n.Valid() {
		return math.NaN()
	}
	return float64(n)
}

func (f *facts) clamp(p place) place {
	return place{min(max(p.row, 0), max(f.rows-1, 0)), min(max(p.group, 0), max(f.perRow-1, 0))}
}

// worst is the group of the lowest SQNR, the first group when none has one.
func (f *facts) worst() place { return f.extreme(place{-1, -1}, true) }

// extreme is the group that follows from on the way from the worst (or the
// best) to the other end, the end itself when from is no group. Groups of equal
// SQNR follow each other in the order of the matrix.
func (f *facts) extreme(from place, worst bool) place {
	sign := 1.0
	if !worst {
		sign = -1
	}
	after, fromIndex := math.Inf(-1), -1
	if from.row >= 0 && f.perRow > 0 {
		if v := f.at(from.row, from.group); !math.IsNaN(v) {
			after, fromIndex = sign*v, from.row*f.perRow+from.group
		}
	}
	best, bestValue := -1, math.Inf(1)
	for i := range f.rows * f.perRow {
		n := f.detail.Groups.SQNRdB[i]
		if !n.Valid() {
			continue
		}
		v := sign * float64(n)
		if later := v > after || v == after && i > fromIndex; later && v < bestValue {
			best, bestValue = i, v
		}
	}
	if best < 0 {
		if fromIndex >= 0 {
			return from
		}
		return place{}
	}
	return place{best / f.perRow, best % f.perRow}
}

// columns is the range of matrix columns that a group covers.
func (f *facts) columns(group int) (lo, hi int) {
	n := f.detail.Scheme.GroupLen(f.detail.Cols)
	lo = group * n
	return lo, min(lo+n, f.detail.Cols)
}

// occupancy is the share of every code: the row's, or for a tensor that stays
// as it is that of the histograms by code. Nil where there are no codes.
func (f *facts) occupancy() []float64 {
	if known := f.detail.Tensor.CodeOccupancy; len(known) > 0 {
		out := make([]float64, len(known))
		for i, s := range known {
			if s.Valid() {
				out[i] = float64(s)
			}
		}
		return out
	}
	var total int64
	counts := make([]int64, len(f.detail.CodeHistograms))
	for code, h := range f.detail.CodeHistograms {
		for _, n := range h.Counts {
			counts[code] += n
		}
		total += counts[code]
	}
	if total == 0 {
		return nil
	}
	out := make([]float64, len(counts))
	for i, n := range counts {
		out[i] = float64(n) / float64(total)
	}
	return out
}

// histogram is the picture of the weights.
func (f *facts) histogram() chart.Histogram {
	d := f.detail
	h := chart.Histogram{
		Lo: float64(d.Histogram.Lo), Hi: float64(d.Histogram.Hi), Total: d.Histogram.Counts,
		ClipLow: finiteOrNaN(d.ClipLow), ClipHigh: finiteOrNaN(d.ClipHigh),
	}
	for _, c := range d.CodeHistograms {
		h.Counts = append(h.Counts, c.Counts)
	}
	for _, l := range d.LevelsMedian {
		h.Levels = append(h.Levels, finiteOrNaN(l))
	}
	return h
}

func finiteOrNaN(n report.Number) float64 {
	if !n.Valid() {
		return math.NaN()
	}
	return float64(n)
}
