package live

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The nearest rank by its definition: the smallest value that at least q in 100
// of the values do not exceed.
func nearestRank(values []float64, percent int) float64 {
	best := math.NaN()
	for _, v := range values {
		n := 0
		for _, w := range values {
			if w <= v {
				n++
			}
		}
		if 100*n >= percent*len(values) && !(v >= best) {
			best = v
		}
	}
	return best
}

func TestQuantileIsTheNearestRank(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 130 {
		values := make([]float64, n)
		for i := range values {
			values[i] = float64(rng.IntN(40)) // with equal ones
		}
		points := make([]point, n)
		for i, v := range values {
			points[i].value = v
		}
		s := statsOf(points, false)
		for percent, got := range map[int]float64{50: float64(s.P50), 95: float64(s.P95), 99: float64(s.P99)} {
			if want := nearestRank(values, percent); got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
				t.Fatalf("p%d of %v is %v, want %v", percent, values, got, want)
			}
		}
	}
}

// A ring holds what the end of a slice would, for every number of points.
func TestRingKeepsTheNewest(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, capacity := range []int{1, 2, 7, 64} {
		r := newRing(capacity)
		var all []point
		at := int64(0)
		for i := range 3*capacity + 2 {
			at += int64(rng.IntN(3)) // equal moments too
			p := point{at: at, value: float64(i)}
			r.add(p)
			all = append(all, p)
			kept := all[max(0, len(all)-capacity):]
			if r.len() != len(kept) || cap(r.points) != capacity {
				t.Fatalf("%d points of a capacity of %d in %d cells, want %d", r.len(), capacity, cap(r.points), len(kept))
			}
			from := int64(rng.IntN(int(at) + 2))
			to := from + int64(rng.IntN(8))
			got, partial := r.between(from, to)
			want := slices.DeleteFunc(slices.Clone(kept), func(p point) bool { return p.at < from || p.at > to })
			if !slices.Equal(got, want) {
				t.Fatalf("between %d and %d: %v, want %v", from, to, got, want)
			}
			if lost := len(all) > capacity && all[len(all)-capacity-1].at >= from; lost && !partial {
				t.Fatalf("values from %d on were dropped and it is not said", from)
			}
		}
	}
}

func TestRingWhenTheClockIsSetBack(t *testing.T) {
	r := newRing(8)
	for _, at := range []int64{10, 20, 5, 30} {
		r.add(point{at: at})
	}
	for i := 1; i < r.len(); i++ {
		if r.at(i).at < r.at(i-1).at {
			t.Fatalf("out of order: %v", r.points[:4])
		}
	}
}

// Every value falls into one column, and each column has the percentiles of its own.
func TestHistory(t *testing.T) {
	points := []point{{at: 0, value: 5}, {at: 1, value: 1}, {at: 49, value: 3}, {at: 99, value: 7}, {at: 100, value: 9}}
	got := historyOf(points, 0, 100, 4)
	for i, want := range []float64{1, 3, math.NaN(), 7} {
		if v := got[i].P50; v != want && !(math.IsNaN(v) && math.IsNaN(want)) {
			t.Errorf("column %d: p50 %v, want %v", i, v, want)
		}
	}
	if got[0].P99 != 5 || got[3].P99 != 9 {
		t.Errorf("p99: %v and %v", got[0].P99, got[3].P99)
	}
	if n := len(historyOf(points, 0, 100, 0)); n != 0 {
		t.Errorf("%d columns", n)
	}
}

// The integral is the sum over every small step of the value that holds there.
func TestIntegral(t *testing.T) {
	points := []point{{at: 2e9, span: 2e9, value: 10}, {at: 3e9, span: 1e9, value: 30}, {at: 6e9, span: 2e9, value: 5}}
	holds := func(at int64) (float64, bool) {
		for _, p := range points {
			if p.at-p.span <= at && at < p.at {
				return p.value, true
			}
		}
		return 0, false
	}
	const step = int64(1e7)
	for _, c := range [][2]int64{{0, 6e9}, {1e9, 25e8}, {29e8, 5e9}, {35e8, 39e8}, {7e9, 8e9}, {5, 5}} {
		var sum, covered float64
		for at := c[0]; at < c[1]; at += step {
			if v, ok := holds(at); ok {
				sum += v * 0.01
				covered += float64(step) / float64(c[1]-c[0])
			}
		}
		gotSum, gotCovered := integral(points, c[0], c[1])
		if math.Abs(gotSum-sum) > 1e-6 || math.Abs(gotCovered-covered) > 1e-6 {
			t.Errorf("%v: %v over %v, want %v over %v", c, gotSum, gotCovered, sum, covered)
		}
	}
	twice := append(slices.Clone(points), point{at: 6e9, span: 6e9, value: 99})
	if sum, _ := integral(twice, 0, 6e9); sum != 60 {
		t.Errorf("time counted twice: %v", sum)
	}
}
