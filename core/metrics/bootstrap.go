package metrics

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// Interval is a confidence interval. Its ends are NaN where there is none.
type Interval struct{ Low, High float64 }

// Side says which ends of an interval are open.
type Side int

// The sides of an interval.
const (
	TwoSided Side = iota
	Less          // low is −Inf
	Greater       // high is +Inf
)

// Resamples draws resamples with replacement from n items and gives the
// statistic of each. The same seed draws the same ones. It stops when ctx ends.
func Resamples(ctx context.Context, n, resamples int, seed uint64, statistic func(indexes []int) float64) ([]float64, error) {
	random := rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))
	indexes := make([]int, n)
	out := make([]float64, resamples)
	for i := range out {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for j := range indexes {
			indexes[j] = random.IntN(n)
		}
		out[i] = statistic(indexes)
	}
	return out, nil
}

// Percentile is the interval between two quantiles of the distribution.
func Percentile(distribution []float64, level float64, side Side) Interval {
	sorted := slices.Clone(distribution)
	slices.Sort(sorted)
	switch side {
	case Less:
		return Interval{math.Inf(-1), quantileOfSorted(sorted, level)}
	case Greater:
		return Interval{quantileOfSorted(sorted, 1-level), math.Inf(1)}
	}
	alpha := (1 - level) / 2
	return Interval{quantileOfSorted(sorted, alpha), quantileOfSorted(sorted, 1-alpha)}
}

// Basic is the percentile interval mirrored at the statistic of the sample.
func Basic(distribution []float64, statistic, level float64) Interval {
	p := Percentile(distribution, level, TwoSided)
	return Interval{2*statistic - p.High, 2*statistic - p.Low}
}

// BCa is the bias-corrected and accelerated interval (Efron 1987). jackknife
// holds the statistic with each item left out in turn. Data that do not vary
// have none: NaN.
func BCa(distribution []float64, statistic float64, jackknife []float64, level float64) Interval {
	sorted := slices.Clone(distribution)
	slices.Sort(sorted)
	below, within := 0, 0
	for _, v := range sorted {
		if v < statistic {
			below++
		}
		if v <= statistic {
			within++
		}
	}
	bias := normalQuantile(float64(below+within) / (2 * float64(len(sorted))))
	mean := Mean(jackknife)
	cubes, squares := 0.0, 0.0
	for _, v := range jackknife {
		d := mean - v
		cubes += d * d * d
		squares += d * d
	}
	acceleration := cubes / math.Pow(squares, 1.5) / 6
	end := func(p float64) float64 {
		z := bias + normalQuantile(p)
		return quantileOfSorted(sorted, normalCDF(bias+z/(1-acceleration*z)))
	}
	alpha := (1 - level) / 2
	return Interval{end(alpha), end(1 - alpha)}
}

// Jackknife is the statistic of n items with each left out in turn.
func Jackknife(n int, statistic func(indexes []int) float64) []float64 {
	out := make([]float64, n)
	indexes := make([]int, 0, n)
	for i := range n {
		indexes = indexes[:0]
		for j := range n {
			if j != i {
				indexes = append(indexes, j)
			}
		}
		out[i] = statistic(indexes)
	}
	return out
}

func normalCDF(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

func normalQuantile(p float64) float64 { return -math.Sqrt2 * math.Erfcinv(2*p) }
