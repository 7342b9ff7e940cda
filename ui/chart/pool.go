package chart

import "math"

// Pool says what stands for several values that share one cell.
type Pool uint8

// The ways to pool.
const (
	Min  Pool = iota // the smallest: a bad group never disappears
	Mean             // the arithmetic mean
)

func (p Pool) String() string {
	if p == Mean {
		return "mean"
	}
	return "min"
}

// of pools values, leaving out NaN; NaN when nothing is left. +Inf, the SQNR
// of an exact group, counts as it is for Min and is left out of a Mean that
// has anything else.
func (p Pool) of(values []float64) float64 {
	lowest, sum, finite, exact := math.Inf(1), 0.0, 0, 0
	for _, v := range values {
		switch {
		case v != v: // NaN
		case v > math.MaxFloat64:
			exact++
		default:
			finite++
			sum += v
			if v < lowest {
				lowest = v
			}
		}
	}
	switch {
	case finite == 0 && exact == 0:
		return math.NaN()
	case finite == 0:
		return math.Inf(1)
	case p == Mean:
		return sum / float64(finite)
	}
	return lowest
}
