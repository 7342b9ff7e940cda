package int2

import (
	"errors"
	"fmt"
	"math"
)

// ErrTooWide is returned for rows so long that a dot product with int8
// activations could leave int32 whatever the multipliers.
var ErrTooWide = errors.New("rows are too long for int32 sums")

const (
	minNormal   = 0x1p-126      // smallest normal float32
	minRowScale = 2 * minNormal // S/2 must be normal: hardware may flush smaller numbers to zero
	maxSum      = math.MaxInt32 // largest |Σ (2uc+v)·x| of a row
	maxInput    = 127           // largest |x| of an int8 activation
	maxFloat32  = math.MaxFloat32
)

// format holds what the number format of docs/format.md allows for the rows of
// one matrix.
type format struct {
	scheme   Scheme
	cols     int
	groupLen int // weights of a full group
	groups   int // a row
	top      int32
	zero     float64 // code of weight 0, half and twos
	maxMult  int32   // largest u
	maxOff   int32   // largest |v|, affine
	maxCoef  int32   // largest |2uc+v|

	// wholeZero makes v a whole multiple of 2u, as solvers with an integer zero point mean it.
	wholeZero bool
}

// coefLimit is the largest |2uc+v| that keeps any row of cols weights within int32.
func coefLimit(cols int) int64 { return maxSum / (maxInput * int64(max(cols, 1))) }

// leastCoef is the coefficient that the narrowest useful group needs.
func (s Scheme) leastCoef() int64 {
	switch s.Grid {
	case Half:
		return int64(s.Levels()) - 1
	case Twos:
		return int64(s.Levels())
	}
	return 2 * int64(s.Levels())
}

// MaxCols is the largest number of columns that a matrix may have under the scheme.
func (s Scheme) MaxCols() int { return int(maxSum / (maxInput * s.leastCoef())) }

func newFormat(s Scheme, cols int) (*format, error) {
	if cols > s.MaxCols() {
		return nil, fmt.Errorf("%w: %d columns with %d bits on the %s grid, at most %d; use fewer bits or keep the matrix in float",
			ErrTooWide, cols, s.Bits, s.Grid, s.MaxCols())
	}
	f := &format{
		scheme: s, cols: cols, groupLen: s.GroupLen(cols), groups: s.Groups(cols), top: int32(s.Levels() - 1),
		maxCoef: int32(min(coefLimit(cols), math.MaxInt32)),
	}
	switch s.Grid {
	case Half:
		f.zero = float64(f.top) / 2
		f.maxMult = min(255, f.maxCoef/f.top)
	case Twos:
		f.zero = float64(f.top+1) / 2
		f.maxMult = min(127, f.maxCoef/(f.top+1))
	case Affine:
		f.maxMult = 255
		f.maxOff = min(math.MaxInt16, f.maxCoef)
		f.wholeZero = s.IntegerZero || s.Solver == SINQ
	}
	if f.groups == 1 && s.Grid != Affine {
		f.maxMult = 1 // S is the scale itself, exactly
	}
	return f, nil
}

// bounds are the columns [lo, hi) of a group.
func (f *format) bounds(group int) (lo, hi int) {
	lo = group * f.groupLen
	return lo, min(lo+f.groupLen, f.cols)
}

// code makes the group of multiplier u and offset v in a row of scale 2·half.
func (f *format) code(half float32, u, v int32) groupCode {
	g := groupCode{half: half, step: 2 * u, v: v, top: f.top, off: float32(f.zero)}
	if u > 0 && half > 0 {
		g.inv = 1 / (float32(g.step) * half)
		g.off = -float32(v) / float32(g.step)
	}
	return g
}

// fixedOffset is v of the grids that imply it.
func (f *format) fixedOffset(u int32, negative bool) int32 {
	switch {
	case f.scheme.Grid == Half:
		return -f.top * u
	case negative:
		return -(f.top - 1) * u
	}
	return -(f.top + 1) * u
}

// largestCoef is max |2uc+v| over the codes.
func (g *groupCode) largestCoef() int64 {
	v, end := int64(g.v), int64(g.v)+int64(g.step)*int64(g.top)
	return max(v, -v, end, -end)
}

// groupFit is a group in float scales: code c stands for min + scale·c. On the
// half and twos grids min follows from the scale.
type groupFit struct{ scale, min float64 }

// onGrid completes a fit on a grid without an offset of its own.
func (f *format) onGrid(scale float64) groupFit { return groupFit{scale, -f.zero * scale} }

// reciprocal of a scale as the loops take it: never infinite, so that no
// product with it is NaN.
func reciprocal(scale float64) float32 {
	return float32(min(max(1/scale, -maxFloat32), maxFloat32))
}
