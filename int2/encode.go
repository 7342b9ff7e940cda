package int2

import "math"

// encodedRow is one row in the number format, with its codes chosen for the
// rounded scales and the values they stand for.
type encodedRow struct {
	scale float32 // S
	group []groupCode
	mult  []uint8
	off   []int16 // affine only
	codes []uint8
	q     []float32
}

func newEncodedRow(f *format) *encodedRow {
	r := &encodedRow{
		group: make([]groupCode, f.groups), mult: make([]uint8, f.groups),
		codes: make([]uint8, f.cols), q: make([]float32, f.cols),
	}
	if f.scheme.Grid == Affine {
		r.off = make([]int16, f.groups)
	}
	return r
}

// encode rounds the float scales of a row to the number format and chooses the
// codes again. w are the weights, divided by the column scales where there are any.
func (f *format) encode(r *encodedRow, w []float32, fits []groupFit) {
	r.scale = f.rowScale(fits)
	half := r.scale / 2
	most := int64(0)
	for g, fit := range fits {
		lo, hi := f.bounds(g)
		r.group[g] = f.roundGroup(half, fit, w[lo:hi])
		most = max(most, r.group[g].largestCoef())
	}
	if float64(half)*float64(most) > maxFloat32 { // only for weights next to the largest float32
		r.scale = math.Nextafter32(float32(2*maxFloat32/float64(most)), 0)
		for g, c := range r.group {
			r.group[g] = f.code(r.scale/2, c.step/2, c.v)
		}
	}
	for g := range r.group {
		lo, hi := f.bounds(g)
		c := &r.group[g]
		quantizeGroup(r.codes[lo:hi], r.q[lo:hi], w[lo:hi], c)
		r.mult[g] = uint8(c.step / 2)
		switch {
		case f.scheme.Grid == Affine:
			r.off[g] = int16(c.v)
		case f.scheme.Grid == Twos && c.step > 0 && c.v == f.fixedOffset(c.step/2, true):
			r.mult[g] |= signFlag
		}
	}
}

// rowScale is the smallest S whose multipliers and offsets fit, float32; 0 for
// a row without scales.
func (f *format) rowScale(fits []groupFit) float32 {
	s := 0.0
	constant := true
	for _, t := range fits {
		s = max(s, math.Abs(t.scale)/float64(f.maxMult))
		if f.scheme.Grid == Affine {
			s = max(s, f.offsetScale(t))
		}
		constant = constant && t.scale == 0 && t.min == fits[0].min
	}
	if constant && f.scheme.Grid == Affine {
		s = math.Abs(fits[0].min) // v = ±2 is exact
	}
	if s == 0 {
		return 0
	}
	return float32(min(max(s, minRowScale), maxFloat32))
}

// offsetScale is the smallest S at which a group's first and last level fit.
// With a whole zero point z the rounding of u to the next integer moves them
// by z and by top−z units.
func (f *format) offsetScale(t groupFit) float64 {
	maxOff, maxCoef := float64(f.maxOff), float64(f.maxCoef)
	last := t.min + float64(t.scale*float64(f.top))
	if f.wholeZero && t.scale != 0 {
		z := math.Abs(math.RoundToEven(t.min / t.scale))
		maxOff = max(maxOff-z, 1)
		maxCoef = max(maxCoef-z-float64(f.top), 1)
	}
	return max(2*math.Abs(t.min)/maxOff, 2*math.Abs(last)/maxCoef)
}

// roundGroup rounds one group to a multiplier and an offset. Where a multiplier
// is so small that its rounding shows, both neighbours are measured.
func (f *format) roundGroup(half float32, fit groupFit, w []float32) groupCode {
	if half == 0 || fit.scale == 0 {
		return f.code(half, 0, f.offset(half, fit, 0))
	}
	exact := math.Abs(fit.scale) / (2 * float64(half))
	u := min(int32(math.RoundToEven(min(exact, 256))), f.maxMult)
	best, ok := f.candidate(half, fit, u)
	for !ok { // a zero point beyond what offsets can carry
		u--
		best, ok = f.candidate(half, fit, u)
	}
	if exact >= float64(int(64)<<(f.scheme.Bits-2)) || f.maxMult == 1 {
		return best
	}
	other := u + 1
	if float64(u) > exact {
		other = u - 1
	}
	c, ok := f.candidate(half, fit, other)
	if ok && groupError(w, &c) < groupError(w, &best) {
		return c
	}
	return best
}

// candidate is the group at multiplier u, unless u or its offset is out of bounds.
func (f *format) candidate(half float32, fit groupFit, u int32) (groupCode, bool) {
	if u <= 0 {
		return f.code(half, 0, f.offset(half, fit, 0)), u == 0
	}
	c := f.code(half, u, f.offset(half, fit, u))
	ok := u <= f.maxMult && c.largestCoef() <= int64(f.maxCoef)
	if f.scheme.Grid == Affine {
		ok = ok && max(c.v, -c.v) <= f.maxOff
	}
	return c, ok
}

// offset is v for a fit whose scale became the multiplier u. On the affine grid
// the middle of the levels stays where the fit has it, so that the rounding of
// the scale is shared by both ends, unless the zero point is whole.
func (f *format) offset(half float32, fit groupFit, u int32) int32 {
	if f.scheme.Grid != Affine {
		return f.fixedOffset(u, fit.scale < 0)
	}
	if half == 0 {
		return 0
	}
	if f.wholeZero && u > 0 {
		return int32(clampFloat(2*float64(u)*math.RoundToEven(fit.min/fit.scale), math.MaxInt32/2))
	}
	middle := float64(f.top) / 2
	low := fit.min + float64((fit.scale-2*float64(half)*float64(u))*middle)
	v := math.RoundToEven(low / float64(half))
	// At the limits a level moves by the unit that rounding cost.
	end := 2 * float64(u) * float64(f.top)
	v = min(max(v, -float64(f.maxCoef)), float64(f.maxCoef)-end)
	return int32(clampFloat(v, float64(f.maxOff)))
}

func clampFloat(x, limit float64) float64 { return min(max(x, -limit), limit) }
