package int2

import (
	"fmt"
	"math"
)

// Validate checks everything that a reader relies on: sizes, a value for every
// code that is finite, and sums that stay within int32. Arrays that come from a
// file must pass it before any other method is called.
func (p *Packed) Validate() error {
	if err := p.Scheme.Validate(); err != nil {
		return err
	}
	if err := checkDims(p.Rows, p.Cols); err != nil {
		return err
	}
	if p.Cols > p.Scheme.MaxCols() {
		return fmt.Errorf("%w: %d columns with %d bits on the %s grid, at most %d",
			ErrTooWide, p.Cols, p.Scheme.Bits, p.Scheme.Grid, p.Scheme.MaxCols())
	}
	if err := p.validateSizes(); err != nil {
		return err
	}
	widest, err := p.validateCol()
	if err != nil {
		return err
	}
	for r := range p.Rows {
		if err := p.validateRow(r, widest); err != nil {
			return fmt.Errorf("row %d: %w", r, err)
		}
	}
	return nil
}

func (p *Packed) validateSizes() error {
	groups := p.Scheme.Groups(p.Cols)
	offsets := 0
	if p.Scheme.Grid == Affine {
		offsets = p.Rows * groups
	}
	for _, a := range []struct {
		name       string
		have, want int
	}{
		{"codes", len(p.Codes), p.Rows * p.Scheme.RowBytes(p.Cols)},
		{"multipliers", len(p.Mult), p.Rows * groups},
		{"offsets", len(p.Offset), offsets},
		{"row_scale", len(p.RowScale), p.Rows},
	} {
		if a.have != a.want {
			return fmt.Errorf("%s has %d elements; a %d×%d matrix under %s has %d",
				a.name, a.have, p.Rows, p.Cols, p.Scheme, a.want)
		}
	}
	if p.Col != nil && len(p.Col) != p.Cols {
		return fmt.Errorf("col has %d elements; a %d×%d matrix has %d", len(p.Col), p.Rows, p.Cols, p.Cols)
	}
	return nil
}

// validateCol returns the largest column scale, at least 1: the product before
// it must be finite, too.
func (p *Packed) validateCol() (widest float64, err error) {
	widest = 1
	for k, c := range p.Col {
		if !(c >= minNormal && c <= maxFloat32) {
			return 0, fmt.Errorf("col[%d] is %v; a column scale is a positive normal float32", k, c)
		}
		widest = max(widest, float64(c))
	}
	return widest, nil
}

func (p *Packed) validateRow(r int, widest float64) error {
	s := p.RowScale[r]
	if s != 0 && !(s >= minRowScale && s <= maxFloat32) {
		return fmt.Errorf("row_scale is %v; it is 0 or from 2^-125 to the largest float32", s)
	}
	if math.Signbit(float64(s)) {
		return fmt.Errorf("row_scale is %v; it has no sign", s)
	}
	var sum, most int64
	groupLen := p.Scheme.GroupLen(p.Cols)
	for g := range p.Scheme.Groups(p.Cols) {
		c := p.group(r, g)
		coef := c.largestCoef()
		most = max(most, coef)
		sum += coef * int64(min(groupLen, p.Cols-g*groupLen)) * maxInput
	}
	if sum > maxSum {
		return fmt.Errorf("multipliers and offsets are so large that a sum with int8 inputs could reach %d; int32 holds %d", sum, maxSum)
	}
	if float64(s/2)*float64(most)*widest > maxFloat32 {
		return fmt.Errorf("row_scale %v with coefficients up to %d leaves float32", s, most)
	}
	bytes := p.Scheme.RowBytes(p.Cols)
	if spare := bytes*8 - p.Cols*p.Scheme.Bits; spare > 0 && p.Codes[(r+1)*bytes-1]>>(8-spare) != 0 {
		return fmt.Errorf("the %d spare bits after the last code are not zero", spare)
	}
	return nil
}
