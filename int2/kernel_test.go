package int2

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// laneReference is the definition of a lane sum, written as the definition says.
func laneReference(n int, term func(i int) float64) float64 {
	var l laneSums
	for i := range n {
		l[i%lanes] += term(i)
	}
	return ((l[0] + l[1]) + (l[2] + l[3])) + ((l[4] + l[5]) + (l[6] + l[7]))
}

func TestLaneSums(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 1))
	for n := range 70 {
		w, q := make([]float32, n), make([]float32, n)
		for i := range w {
			w[i], q[i] = float32(rng.NormFloat64()), float32(rng.NormFloat64())
		}
		x := func(i int) float64 { return float64(w[i]) }
		y := func(i int) float64 { return float64(q[i]) }
		e := func(i int) float64 { return y(i) - x(i) }
		worst := 0.0
		for i := range w {
			worst = max(worst, math.Abs(e(i)))
		}
		if got, want := sumErrors(w, q), (errorSums{
			laneReference(n, func(i int) float64 { return x(i) * x(i) }), laneReference(n, func(i int) float64 { return y(i) * y(i) }),
			laneReference(n, func(i int) float64 { return e(i) * e(i) }), laneReference(n, func(i int) float64 { return x(i) * y(i) }), worst,
		}); got != want {
			t.Fatalf("sumErrors of %d: %v, want %v", n, got, want)
		}
		const pivot = 0.25
		var m momentSums
		for k := range m {
			m[k] = laneReference(n, func(i int) float64 {
				d := x(i) - pivot
				return [4]float64{d, d * d, d * d * d, (d * d) * (d * d)}[k]
			})
		}
		if got := sumMoments(w, pivot); got != m {
			t.Fatalf("sumMoments of %d: %v, want %v", n, got, m)
		}
		sum, squares := sumPlain(w)
		if sum != laneReference(n, x) || squares != sumErrors(w, q).signal {
			t.Fatalf("sumPlain of %d: %v, %v", n, sum, squares)
		}
		g := groupCode{inv: 1.7, off: 1.4, half: 0.3, step: 2, v: -3, top: 7}
		codes, values := make([]uint8, n), make([]float32, n)
		quantizeGroup(codes, values, w, &g)
		var c, cc int64
		for _, k := range codes {
			c += int64(k)
			cc += int64(k) * int64(k)
		}
		want := codeSums{c, cc, laneReference(n, func(i int) float64 { return float64(codes[i]) * x(i) })}
		if got := sumCodes(w, g.inv, g.off, g.top); got != want {
			t.Fatalf("sumCodes of %d: %v, want %v", n, got, want)
		}
		if got := groupError(w, &g); got != sumErrors(w, values).err {
			t.Fatalf("groupError of %d: %v, want %v", n, got, sumErrors(w, values).err)
		}
	}
}

// The bit trick of code must be a rounding half to even with a clamp, whatever
// the size of its argument.
func TestCodeRounding(t *testing.T) {
	t.Parallel()
	values := []float32{
		0, float32(math.Copysign(0, -1)), 0.5, -0.5, 1.5, 2.5, 3.5, -1.5, 254.5, 255.5, 1e-45, -1e-45, 3e6, -3e6, 5e6, -5e6,
		12582912, -12582912, -12582911, 1e7, -1e7, 1e8, -1e8, 3e38, -3e38, float32(math.Inf(1)), float32(math.Inf(-1)),
	}
	rng := rand.New(rand.NewPCG(5, 5))
	for range 20000 {
		v := math.Float32frombits(rng.Uint32())
		if v == v {
			values = append(values, v)
		}
		values = append(values, float32(rng.IntN(1200)-300)/4)
	}
	for _, top := range []int32{3, 7, 15, 255} {
		g := groupCode{inv: 1, half: 1, step: 1, top: top}
		codes, q := make([]uint8, len(values)), make([]float32, len(values))
		quantizeGroup(codes, q, values, &g)
		for i, v := range values {
			want := math.Min(math.Max(math.RoundToEven(float64(v)), 0), float64(top))
			if float64(codes[i]) != want || float64(q[i]) != want {
				t.Fatalf("code of %v up to %d is %d (value %v), want %v", v, top, codes[i], q[i], want)
			}
		}
	}
}

func TestRangeOf(t *testing.T) {
	t.Parallel()
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	negativeZero := float32(math.Copysign(0, -1))
	for _, c := range []struct {
		w      []float32
		lo, hi float32
		finite bool
	}{
		{nil, 0, 0, true},
		{[]float32{3}, 3, 3, true},
		{[]float32{-3}, -3, -3, true},
		{[]float32{negativeZero}, 0, 0, true},
		{[]float32{negativeZero, -1, negativeZero}, -1, 0, true},
		{[]float32{0, negativeZero, 0, 0, 0}, 0, 0, true},
		{[]float32{-5, -1, -2, -3, -4}, -5, -1, true},
		{[]float32{5, 1, 2, 3, 4}, 1, 5, true},
		{[]float32{-1e-45, 1e-45}, -1e-45, 1e-45, true},
		{[]float32{1, nan}, 0, 0, false},
		{[]float32{1, 1, 1, -nan, 1}, 0, 0, false},
		{[]float32{inf, -1, 0, 1, 2, 3}, 0, 0, false},
		{[]float32{-1, -inf, -2, -3, -4}, 0, 0, false},
	} {
		lo, hi, finite := rangeOf(c.w)
		if finite != c.finite {
			t.Errorf("%v: finite is %v", c.w, finite)
		}
		if finite && (math.Float32bits(lo) != math.Float32bits(c.lo) || math.Float32bits(hi) != math.Float32bits(c.hi)) {
			t.Errorf("%v: range %v … %v, want %v … %v", c.w, lo, hi, c.lo, c.hi)
		}
	}
	rng := rand.New(rand.NewPCG(9, 9))
	for range 2000 {
		w := make([]float32, 1+rng.IntN(20))
		for i := range w {
			w[i] = float32(rng.NormFloat64()) + float32(rng.IntN(5)-2)
		}
		lo, hi, finite := rangeOf(w)
		if lo != slices.Min(w) || hi != slices.Max(w) || !finite {
			t.Fatalf("%v: range %v … %v", w, lo, hi)
		}
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(2, 2))
	for n := range 40 {
		for _, levels := range []int{4, 8, 16, 256} {
			codes := make([]uint8, n)
			got, want := make([]int64, levels), make([]int64, levels)
			for i := range codes {
				codes[i] = uint8(rng.IntN(levels))
				want[codes[i]]++
			}
			countCodes(got, codes)
			if !slices.Equal(got, want) {
				t.Fatalf("%v: %v, want %v", codes, got, want)
			}
		}
	}
	if n := countOutside([]float32{-2, -1, 0, 1, 2, 3}, -1, 2); n != 2 {
		t.Errorf("%d outside, want 2", n)
	}
}

func TestSorter(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(4, 4))
	var s sorter
	for round := range 400 {
		w := make([]float32, 1+rng.IntN(300))
		peak := float32(0)
		for i := range w {
			switch round % 4 {
			case 0:
				w[i] = float32(rng.NormFloat64())
			case 1: // crowded near zero
				w[i] = float32(math.Pow(rng.NormFloat64(), 9))
			case 2: // few values, signed zeros
				w[i] = float32(rng.IntN(3)-1) * 0.5
			case 3: // subnormal
				w[i] = float32(rng.NormFloat64()) * 1e-42
			}
			peak = max(peak, w[i], -w[i])
		}
		want := make([]uint32, len(w))
		for i, v := range w {
			want[i] = sortKey(v)
		}
		slices.Sort(want)
		if got := s.sort(w, peak); !slices.Equal(got, want) {
			t.Fatalf("round %d: not sorted", round)
		}
	}
}
