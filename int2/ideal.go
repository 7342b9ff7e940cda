package int2

import (
	"cmp"
	"math"
	"slices"
)

// maxIdealWork bounds the steps that the exact optimum of one group may take.
const maxIdealWork = 1 << 20

// optimizer finds the exact optimum of groups; it keeps its buffers between
// groups and serves one goroutine.
type optimizer struct {
	keys   [256]uint32
	start  [257]uint32
	values []float64 // centred weights in ascending order
	suffix []float64 // suffix[i] = Σ values[i:]
	moves  []move
}

// move is a weight that steps one level outwards as the scale falls to at.
type move struct {
	at, magnitude, den float64
}

// groupError is Σ(q−w)² of the exact optimum of one group of finite weights on
// the grid and bits of s: the least over every scale (of either sign on twos;
// and every minimum on affine) and all codes, in unrounded scales. ok is false
// where the exact search would be too long: 8 bits, more than 2 bits on the
// affine grid, and very long groups.
func (o *optimizer) groupError(w []float32, s Scheme) (sse float64, ok bool) {
	lo, hi, finite := rangeOf(w)
	if !finite {
		return 0, false
	}
	_, squares := sumPlain(w)
	var gain float64
	switch {
	case s.Grid == Affine:
		return o.affineError(w, s.Bits)
	case s.Bits == 2:
		sorter := sorter{keys: o.keys[:], start: o.start[:]}
		sorted := sorter.sort(w, absMax(lo, hi))
		if s.Grid == Half {
			_, gain = halfOptimum(sorted)
		} else {
			_, a := twosOptimum(sorted, false)
			_, b := twosOptimum(sorted, true)
			gain = max(a, b)
		}
	case len(w)*s.Levels() > maxIdealWork || s.Bits > 4:
		return 0, false
	case s.Grid == Half:
		gain = o.halfGain(w, s.Levels()/2)
	default:
		gain = max(o.twosGain(w, s.Levels()/2, false), o.twosGain(w, s.Levels()/2, true))
	}
	return max(0, squares-gain), true
}

// halfGain is the part of Σw² that the best scale on the half grid explains,
// with levels (j+½)·s, j < half, on either side: a weight moves from level
// j−½ to j+½ at s = |w|/j.
func (o *optimizer) halfGain(w []float32, half int) float64 {
	o.moves = o.moves[:0]
	var num float64
	for _, x := range w {
		a := math.Abs(float64(x))
		num += 0.5 * a
		for j := 1; j < half; j++ {
			o.moves = append(o.moves, move{a / float64(j), a, float64(2 * j)})
		}
	}
	return o.bestGain(num, 0.25*float64(len(w)))
}

// twosGain is halfGain on s·{−half … half−1} for a scale of one sign: a weight
// moves from level j−1 to j at s = |w|/(j−½).
func (o *optimizer) twosGain(w []float32, half int, negative bool) float64 {
	o.moves = o.moves[:0]
	for _, x := range w {
		a := math.Abs(float64(x))
		reach := half - 1
		if x < 0 != negative {
			reach = half // the side that has one level more
		}
		for j := 1; j <= reach; j++ {
			o.moves = append(o.moves, move{a / (float64(j) - 0.5), a, float64(2*j - 1)})
		}
	}
	return o.bestGain(0, 0)
}

// bestGain lets the scale fall from +∞ and returns the largest (Σwl)²/Σl² met
// on the way, from the sums at its start.
func (o *optimizer) bestGain(num, den float64) float64 {
	slices.SortFunc(o.moves, func(a, b move) int { return cmp.Compare(b.at, a.at) })
	var best float64
	if den > 0 {
		best = num * num / den
	}
	for _, m := range o.moves {
		num += m.magnitude
		den += m.den
		best = max(best, num*num/den)
	}
	return best
}

// affineError is the least Σ(s·c + m − w)² over s, m and codes c of 2 bits.
//
// The best codes are monotone in w, so with the weights in ascending order
// they are told by three cuts i ≤ j ≤ k: the code is the number of cuts at or
// below the weight's place. For given codes the best (s, m) is the regression of w on c; with
// centred weights it explains (Σcw)²/(Σc² − (Σc)²/n), and Σcw is the sum of
// the suffix sums at the three cuts. The levels are equally spaced, so the
// middle threshold lies half-way between the outer two, which leaves few j for
// a pair (i, k). A code 0 that nothing takes only shifts the others, so i ≥ 1.
func (o *optimizer) affineError(w []float32, bits int) (float64, bool) {
	n := len(w)
	if bits != 2 || n*n > maxIdealWork {
		return 0, false
	}
	total := o.centre(w)
	v, t := o.values, o.suffix
	var best float64
	for i := 1; i <= n; i++ {
		first := i
		for k := i; k <= n; k++ {
			// t1 lies in (v[i−1], v[i]], t3 in (v[k−1], v[k]].
			low, high := v[i-1]/2+at(v, k-1, math.Inf(-1))/2, at(v, i, math.Inf(1))/2+at(v, k, math.Inf(1))/2
			for first < k && v[first] < low {
				first++
			}
			for j := first; j <= k; j++ {
				best = max(best, cutGain(t, n, i, j, k))
				if j < n && v[j] > high {
					break
				}
			}
		}
	}
	return max(0, total-best), true
}

// cutGain is the part of Σw² that codes with the cuts i, j, k explain.
func cutGain(suffix []float64, n, i, j, k int) float64 {
	a, b, c := n-i, n-j, n-k
	sum, squares := float64(a+b+c), float64(a+3*b+5*c)
	den := squares - sum*sum/float64(n)
	if den <= 0 {
		return 0
	}
	num := suffix[i] + suffix[j] + suffix[k]
	return num * num / den
}

// centre fills values and suffix, and returns Σ(w−mean)².
func (o *optimizer) centre(w []float32) float64 {
	sum, _ := sumPlain(w)
	mean := sum / float64(len(w))
	o.values = o.values[:0]
	var squares float64
	for _, x := range w {
		d := float64(x) - mean
		squares += d * d
		o.values = append(o.values, d)
	}
	slices.Sort(o.values)
	o.suffix = slices.Grow(o.suffix[:0], len(w)+1)[:len(w)+1]
	o.suffix[len(w)] = 0
	for i := len(w) - 1; i >= 0; i-- {
		o.suffix[i] = o.suffix[i+1] + o.values[i]
	}
	return squares
}

// at is v[i], or beyond for an index past the end.
func at(v []float64, i int, beyond float64) float64 {
	if i < len(v) {
		return v[i]
	}
	return beyond
}
