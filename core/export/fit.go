package export

import "math"

// fitter chooses scale, whole zero and codes of a group for the least squared
// error, for levels that another format cannot take over as they are.
type fitter struct {
	top   int                   // largest code, 2^bits−1
	fixed int                   // the zero to use, when it is not free; 0: free
	round func(float32) float32 // of the scale, to the dtype it is stored in
}

// group fits w and writes its codes. It starts from the levels of the packed
// group, when they are in the units of the weights, and from the range of the
// weights, tries the whole zeros on both sides, and alternates codes and scale
// (the scale of least squares for given codes is Σw(q−z) / Σ(q−z)²).
func (f fitter) group(w []float32, from affine, useFrom bool, codes []uint8) (scale float32, zero uint8) {
	lo, hi := extent(w)
	if lo == 0 && hi == 0 {
		z := f.zeros(float64(f.top+1) / 2)[0]
		for i := range codes {
			codes[i] = uint8(z)
		}
		return idle, uint8(z)
	}
	best := math.Inf(1)
	trial := make([]uint8, len(w))
	for _, start := range f.starts(lo, hi, from, useFrom) {
		for _, z := range f.zeros(-start.min / start.step) {
			s, e := f.alternate(w, start.step, z, trial)
			if e < best {
				best, scale, zero = e, s, uint8(z)
				copy(codes, trial)
			}
		}
	}
	return scale, zero
}

type line struct{ step, min float64 }

// starts lists the levels to start from.
func (f fitter) starts(lo, hi float64, from affine, useFrom bool) []line {
	lo, hi = min(lo, 0), max(hi, 0)
	step := (hi - lo) / float64(f.top)
	if f.fixed > 0 {
		step = max(-lo/float64(f.fixed), hi/float64(max(f.top-f.fixed, 1)))
	}
	all := []line{{step, lo}, {0.8 * step, 0.8 * lo}, {0.6 * step, 0.6 * lo}}
	if s := float64(from.half) * float64(from.step); useFrom && s > 0 {
		all = append(all, line{s, float64(from.half) * float64(from.min)})
	}
	return all
}

// zeros lists the whole zeros beside z that are allowed.
func (f fitter) zeros(z float64) []int {
	if f.fixed > 0 {
		return []int{f.fixed}
	}
	clamp := func(v float64) int { return int(min(max(v, 0), float64(f.top))) }
	a, b := clamp(math.Floor(z)), clamp(math.Ceil(z))
	if a == b {
		return []int{a}
	}
	return []int{a, b}
}

// alternate improves a scale for zero z in a few rounds and returns it with
// the squared error of the codes it leaves in q.
func (f fitter) alternate(w []float32, step float64, z int, q []uint8) (float32, float64) {
	scale := f.positive(step)
	err := f.choose(w, scale, z, q)
	next := make([]uint8, len(q))
	for range 6 {
		var num, den float64
		for i, c := range q {
			d := float64(int(c) - z)
			num += float64(w[i]) * d
			den += d * d
		}
		if den == 0 || num <= 0 {
			break
		}
		s := f.positive(num / den)
		e := f.choose(w, s, z, next)
		if e >= err {
			break
		}
		scale, err = s, e
		copy(q, next)
	}
	return scale, err
}

// positive rounds a scale, and keeps it above zero.
func (f fitter) positive(s float64) float32 {
	if r := f.round(float32(s)); r > 0 {
		return r
	}
	return idle
}

// choose writes the nearest codes and returns the squared error.
func (f fitter) choose(w []float32, scale float32, z int, q []uint8) float64 {
	var sum float64
	for i, v := range w {
		c := math.RoundToEven(float64(v)/float64(scale)) + float64(z)
		c = min(max(c, 0), float64(f.top))
		q[i] = uint8(c)
		d := float64(v) - (c-float64(z))*float64(scale)
		sum += d * d
	}
	return sum
}

func extent(w []float32) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, v := range w {
		lo, hi = min(lo, float64(v)), max(hi, float64(v))
	}
	return lo, hi
}
