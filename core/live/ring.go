package live

import (
	"math"
	"slices"
	"sort"
)

// point is a value at a moment, in nanoseconds since 1970; span as of Sample.
type point struct {
	at    int64
	span  int64 // ns
	value float64
}

// ring keeps the newest points of a metric. It takes its memory once.
type ring struct {
	points []point
	next   int // where the next point goes
	full   bool
}

func newRing(capacity int) *ring { return &ring{points: make([]point, capacity)} }

// add puts a point at the end; the oldest makes room.
func (r *ring) add(p point) {
	if n := r.len(); n > 0 { // a clock that is set back must not undo the order
		p.at = max(p.at, r.at(n-1).at)
	}
	r.points[r.next] = p
	if r.next++; r.next == len(r.points) {
		r.next, r.full = 0, true
	}
}

func (r *ring) len() int {
	switch {
	case r == nil:
		return 0
	case r.full:
		return len(r.points)
	}
	return r.next
}

// at is the i-th point, the oldest first.
func (r *ring) at(i int) point {
	if r.full {
		i = (r.next + i) % len(r.points)
	}
	return r.points[i]
}

// between gives the points from … to, both included, the oldest first. partial
// is set when older ones in that time may have been dropped.
func (r *ring) between(from, to int64) (points []point, partial bool) {
	n := r.len()
	lo := sort.Search(n, func(i int) bool { return r.at(i).at >= from })
	hi := sort.Search(n, func(i int) bool { return r.at(i).at > to })
	for i := lo; i < hi; i++ {
		points = append(points, r.at(i))
	}
	return points, n > 0 && r.full && lo == 0
}

// quantile is the smallest of the values that at least a share q of them does
// not exceed (nearest rank), so that it is always one that occurred; NaN of none.
// sorted is in ascending order, 0 < q ≤ 1.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	// 0.95·20 is not 19 in floating point; what is that close to a whole number is one.
	rank := int(math.Ceil(q*float64(len(sorted)) - 1e-9))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// sortedValues are the values of points in ascending order.
func sortedValues(points []point) []float64 {
	out := make([]float64, len(points))
	for i, p := range points {
		out[i] = p.value
	}
	slices.Sort(out)
	return out
}

// integral adds value × time over from … to, in value-seconds. Each point holds
// for its span before it. covered is the share of the time that points hold for.
func integral(points []point, from, to int64) (sum, covered float64) {
	if to <= from {
		return 0, 0
	}
	end := from // time up to here is counted; spans that overlap count once
	for _, p := range points {
		lo, hi := max(p.at-p.span, end), min(p.at, to)
		if hi <= lo {
			continue
		}
		sum += p.value * float64(hi-lo) / 1e9
		covered += float64(hi - lo)
		end = hi
	}
	return sum, covered / float64(to-from)
}
