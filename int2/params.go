package int2

import (
	"context"
	"fmt"
	"math"
	"runtime"
)

// Params are the float scales that a solver found for a matrix, before they are
// rounded to the number format: code c in group g of row r stands for
// (c − Zero[r,g])·Scale[r,g], and then ·Col[k] where there is a Col.
type Params struct {
	Rows, Cols int
	Scheme     Scheme
	Scale      []float32 // [Rows, Groups]; negative only on twos
	Zero       []float32 // [Rows, Groups]
	Col        []float32 // [Cols], SINQ only, else nil
	Codes      []uint8   // [Rows, Cols]
}

// SolveFloat finds float scales and codes of a matrix w [rows, cols], row-major,
// without rounding the scales to the number format. It is what the published
// quantizers return, and what tests compare with them. The solver Best has no
// float form. A matrix with NaN or Inf is refused: ErrNotFinite.
func SolveFloat(ctx context.Context, w []float32, rows, cols int, s Scheme) (*Params, error) {
	m := Dense{Rows: rows, Cols: cols, Data: w}
	if err := m.check(); err != nil {
		return nil, err
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if s.Solver == Best {
		return nil, fmt.Errorf("solver %q compares measured results and has no float scales of its own", Best)
	}
	f, err := newFormat(s, cols)
	if err != nil {
		return nil, err
	}
	if _, _, finite := rangeOf(w); !finite {
		return nil, ErrNotFinite
	}
	p, err := solveMatrix(ctx, &m, f, runtime.GOMAXPROCS(0))
	if err != nil || p != nil {
		return p, err
	}
	return solveGroups(ctx, &m, f)
}

// solveMatrix runs the solvers that look at the whole matrix; nil for the others.
func solveMatrix(ctx context.Context, m *Dense, f *format, workers int) (*Params, error) {
	switch f.scheme.Solver {
	case HQQ:
		return solveHQQ(ctx, m, f, workers)
	case SINQ:
		return solveSINQ(ctx, m, f, workers)
	}
	return nil, nil
}

func newParams(m *Dense, f *format) *Params {
	n := m.Rows * f.groups
	return &Params{
		Rows: m.Rows, Cols: m.Cols, Scheme: f.scheme,
		Scale: make([]float32, n), Zero: make([]float32, n), Codes: make([]uint8, m.Rows*m.Cols),
	}
}

// solveGroups runs a solver that looks at one group at a time.
func solveGroups(ctx context.Context, m *Dense, f *format) (*Params, error) {
	p := newParams(m, f)
	t := fitter{f: f}
	for r := range m.Rows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		row := m.Data[r*m.Cols : (r+1)*m.Cols]
		for g := range f.groups {
			lo, hi := f.bounds(g)
			least, most, _ := rangeOf(row[lo:hi])
			fit := t.fitGroup(row[lo:hi], least, most)
			scale, zero := float32(fit.scale), f.zero
			if f.scheme.Grid == Affine {
				zero = 0
				if fit.scale != 0 {
					zero = -fit.min / fit.scale
				}
			}
			p.Scale[r*f.groups+g], p.Zero[r*f.groups+g] = scale, float32(zero)
			nearestCodes(p.Codes[r*m.Cols+lo:r*m.Cols+hi], row[lo:hi], scale, float32(zero), f.top)
		}
	}
	return p, nil
}

// nearestCodes writes round(w/scale + zero), half to even, clamped to the codes.
func nearestCodes(codes []uint8, w []float32, scale, zero float32, top int32) {
	for i, x := range w {
		t := zero
		if scale != 0 {
			t += x / scale
		}
		codes[i] = roundCode(t, top)
	}
}

// roundCode rounds a float code half to even and clamps it to 0 … top.
func roundCode(t float32, top int32) uint8 {
	return uint8(min(max(math.RoundToEven(float64(t)), 0), float64(top)))
}

// Dequantize writes the matrix that the float scales and codes stand for to
// dst, of Rows·Cols values.
func (p *Params) Dequantize(dst []float32) {
	groups, groupLen := p.Scheme.Groups(p.Cols), p.Scheme.GroupLen(p.Cols)
	for i := range dst[:p.Rows*p.Cols] {
		r, c := i/p.Cols, i%p.Cols
		g := r*groups + c/groupLen
		v := (float32(p.Codes[i]) - p.Zero[g]) * p.Scale[g]
		if p.Col != nil {
			v *= p.Col[c]
		}
		dst[i] = v
	}
}

// fits writes the fits of one row.
func (p *Params) fits(dst []groupFit, row int) {
	for g := range dst {
		s, z := float64(p.Scale[row*len(dst)+g]), float64(p.Zero[row*len(dst)+g])
		dst[g] = groupFit{s, -z * s}
	}
}

// usable reports whether the number format can hold the scales at all: finite,
// column factors positive, and no level anywhere near the largest float32.
func (p *Params) usable() bool {
	for _, list := range [][]float32{p.Scale, p.Zero, p.Col} {
		if _, _, finite := rangeOf(list); !finite {
			return false
		}
	}
	widest := 1.0
	for _, c := range p.Col {
		if !(c >= minNormal) {
			return false
		}
		widest = max(widest, float64(c))
	}
	for i, s := range p.Scale {
		reach := math.Abs(float64(p.Zero[i])) + float64(p.Scheme.Levels())
		if math.Abs(float64(s))*reach*widest > maxFloat32/4 {
			return false
		}
	}
	return true
}

// dropCol removes column scales that are all one.
func (p *Params) dropCol() {
	for _, c := range p.Col {
		if c != 1 {
			return
		}
	}
	p.Col = nil
}
