package export

import (
	"context"
	"fmt"

	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/int2"
)

// levels is a matrix as the formats of other tools store it: the value of code
// q in a group is (q − zero)·scale, zero being whole.
type levels struct {
	rows, cols int
	bits       int  // width a code is stored in
	group      int  // weights along a row that share a scale and a zero; cols when a row is one group
	symmetric  bool // every zero is 2^(bits−1)
	codes      []uint8
	zeros      []uint8   // [rows, groups]
	scales     []float32 // [rows, groups], already rounded to the dtype they are stored in
	rechosen   int       // groups whose codes were chosen again, because their levels have no whole zero
}

func (l *levels) groups() int { return l.cols / l.group }

// idle is the scale of a group that is all zero: any would do, and the
// smallest normal F16 stays small in every dtype.
const idle = 0x1p-14

// The largest finite F16 and BF16.
const (
	maxF16  = 65504
	maxBF16 = 0x1.fep127
)

// target is what a format takes.
type target struct {
	method    string             // the word of --export
	widths    []int              // widths a code may be stored in, ascending
	packsZero func(l shape) bool // whether zeros are stored at all
}

// shape of an export, before anything is read: it depends on the scheme and the matrix's dimensions only.
type shape struct {
	rows, cols int
	bits       int // container
	group      int // weights a scale; cols when a row is one group
	symmetric  bool
	refit      bool // no group can be taken over as it is
}

// container is the narrowest width of the format that takes b bits, 0 for none.
func (t target) container(b int) int {
	for _, w := range t.widths {
		if w >= b {
			return w
		}
	}
	return 0
}

// shapeOf says how a matrix [rows, cols] under s is stored, or why it cannot be.
//
// The half grid is (s/2)·(2q − (2^b−1)), odd multiples of s/2. Its levels have
// no whole zero in b bits, but with b+1 they are (q' − 2^b)·(s/2) exactly. At 2
// bits that is 3, and the 4-bit container is taken, which every tool loads.
// At 8 bits the next width would be 9: codes are chosen again around 128.
func (t target) shapeOf(s int2.Scheme, rows, cols int) (shape, error) {
	sh := shape{rows: rows, cols: cols}
	switch {
	case s.Grid == int2.Half && s.Bits == 2:
		sh.bits, sh.symmetric = 4, true
	case s.Grid == int2.Half && s.Bits == 8:
		sh.bits, sh.symmetric, sh.refit = 8, true, true
	case s.Grid == int2.Half:
		sh.bits, sh.symmetric = t.container(s.Bits+1), true
	case s.Grid == int2.Twos:
		sh.bits, sh.symmetric = t.container(s.Bits), true
	default:
		sh.bits = t.container(s.Bits)
	}
	if sh.bits == 0 {
		return shape{}, fmt.Errorf("%s has no width for %d bits on the %s grid", t.method, s.Bits, s.Grid)
	}
	sh.group = exportGroup(s.GroupLen(cols), cols)
	if sh.group == 0 {
		return shape{}, fmt.Errorf("%d columns do not divide into groups of %d", cols, s.GroupLen(cols))
	}
	return sh, t.divides(sh)
}

// divides checks the rules of whole 32-bit words.
func (t target) divides(sh shape) error {
	inUnit, outUnit := 32/sh.bits, 32/sh.bits
	if sh.bits == 3 { // 32 codes in three words
		inUnit, outUnit = 32, 32
	}
	if sh.cols%inUnit != 0 {
		return fmt.Errorf("%d input channels are not a multiple of %d, as %d-bit codes in 32-bit words need", sh.cols, inUnit, sh.bits)
	}
	if sh.rows%outUnit != 0 && t.packsZero(sh) {
		return fmt.Errorf("%d output channels are not a multiple of %d, as %d-bit zero points in 32-bit words need", sh.rows, outUnit, sh.bits)
	}
	return nil
}

// exportGroup is the group size that other tools take for groups of g weights
// in rows of cols: the same, or a power of two that divides both (a scale is
// repeated then, which changes nothing), or cols for one group a row. 0: none.
func exportGroup(g, cols int) int {
	if g == cols {
		return cols
	}
	for _, size := range []int{256, 128, 64, 32, 16} {
		if g%size == 0 && cols%size == 0 {
			return size
		}
	}
	return 0
}

// express turns a packed matrix into levels. Groups whose zero is whole are
// taken over exactly but for the rounding of their scale by round; the others
// are fitted again to the weights that src gives.
func (t target) express(ctx context.Context, p *int2.Packed, sh shape, src int2.RowReader, round func(float32) float32) (*levels, error) {
	l := &levels{
		rows: sh.rows, cols: sh.cols, bits: sh.bits, group: sh.group, symmetric: sh.symmetric,
		codes: make([]uint8, sh.rows*sh.cols),
	}
	groups := l.groups()
	l.zeros = make([]uint8, sh.rows*groups)
	l.scales = make([]float32, sh.rows*groups)
	packed := make([]uint8, sh.cols)
	weights := make([]float32, sh.cols)
	fit := fitter{top: 1<<p.Scheme.Bits - 1, round: round}
	if sh.symmetric {
		fit.fixed = 1 << (sh.bits - 1)
	}
	for r := range sh.rows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p.CodesRow(packed, r)
		loaded := false
		for g := range groups {
			lo, hi := g*l.group, (g+1)*l.group
			at := r*groups + g
			from := affineOf(p, r, lo/p.Scheme.GroupLen(sh.cols))
			dst := l.codes[r*sh.cols+lo : r*sh.cols+hi]
			if !sh.refit && p.Col == nil {
				if scale, zero, ok := from.whole(p.Scheme, sh, packed[lo:hi], dst); ok {
					l.scales[at], l.zeros[at] = round(scale), zero
					continue
				}
			}
			if !loaded {
				if err := src.ReadRows(ctx, r, r+1, weights); err != nil {
					return nil, err
				}
				loaded = true
			}
			l.scales[at], l.zeros[at] = fit.group(weights[lo:hi], from, p.Col == nil, dst)
			l.rechosen++
		}
	}
	if err := l.finite(); err != nil {
		return nil, &unfitError{err}
	}
	return l, nil
}

// finite refuses scales that the stored dtype cannot hold.
func (l *levels) finite() error {
	for _, s := range l.scales {
		if s > maxF16 || s < -maxF16 || s != s {
			return fmt.Errorf("a scale of %g does not fit the 16-bit float it is stored in", s)
		}
	}
	return nil
}

// affine is a group of a packed matrix: the value of code c is step·c + min,
// both in units of half a row scale.
type affine struct {
	half       float32 // S/2
	step       int     // 2u, negative on twos with complemented codes
	min        int     // v
	complement bool
}

func affineOf(p *int2.Packed, row, group int) affine {
	at := row*p.Scheme.Groups(p.Cols) + group
	u := int(p.Mult[at])
	a := affine{half: p.RowScale[row] / 2}
	top := 1<<p.Scheme.Bits - 1
	switch p.Scheme.Grid {
	case int2.Half:
		a.step, a.min = 2*u, -top*u
	case int2.Twos:
		a.complement = u&0x80 != 0
		u &= 0x7f
		a.step, a.min = 2*u, -(top+1)*u
		if a.complement {
			a.min = -(top - 1) * u
		}
	case int2.Affine:
		a.step, a.min = 2*u, int(p.Offset[at])
	}
	return a
}

// whole writes the codes of a group in the export's width and gives its scale
// and zero, when its levels have a whole zero in range. Round trips are exact:
// (dst − zero)·scale are the packed values.
func (a affine) whole(s int2.Scheme, sh shape, codes, dst []uint8) (scale float32, zero uint8, ok bool) {
	top := 1<<s.Bits - 1
	middle := 1 << (sh.bits - 1)
	switch {
	case a.half == 0 || (a.step == 0 && a.min == 0): // every value is zero
		zero = uint8(middle)
		if !sh.symmetric {
			zero = uint8((top + 1) / 2)
		}
		for i := range dst {
			dst[i] = zero
		}
		return idle, zero, true
	case s.Grid == int2.Half:
		for i, c := range codes {
			dst[i] = uint8(middle + 2*int(c) - top)
		}
		return a.half * float32(a.step/2), uint8(middle), true
	case s.Grid == int2.Twos:
		// With complemented codes the value is S·u·(c − (2^(b−1)−1)), which is −S·u·(c' − 2^(b−1)) for c' = 2^b−1 − c.
		scale = a.half * float32(a.step)
		below := middle - (top+1)/2
		for i, c := range codes {
			q := int(c)
			if a.complement {
				q = top - q
			}
			dst[i] = uint8(below + q)
		}
		if a.complement {
			scale = -scale
		}
		return scale, uint8(middle), true
	case a.step == 0: // a constant group: one step above the zero
		zero = uint8((top + 1) / 2)
		for i := range dst {
			dst[i] = zero + 1
		}
		return a.half * float32(a.min), zero, true
	case a.min%a.step != 0 || a.min > 0 || -a.min/a.step > top:
		return 0, 0, false
	}
	copy(dst, codes)
	return a.half * float32(a.step), uint8(-a.min / a.step), true
}

// rounding gives the rounding of a scale that is stored in d.
func rounding(d safetensors.DType) func(float32) float32 {
	if d == safetensors.F16 {
		return func(f float32) float32 { return safetensors.F16ToF32(safetensors.F32ToF16(f)) }
	}
	return func(f float32) float32 { return safetensors.BF16ToF32(safetensors.F32ToBF16(f)) }
}
