package int2

import (
	"context"
	"fmt"
)

// signFlag in a multiplier byte on twos says that the scale is negative; the
// other bits are the multiplier.
const signFlag = 0x80

// Packed is a quantized matrix in the number format of docs/format.md.
//
// The value of code c in group g of row r is
//
//	(RowScale[r]/2) · (2·u·c + v)   [· Col[k]]
//
// in float32: the integer first, then one product (two with Col). u is the
// group's multiplier; v is −(2^b−1)·u on the half grid, Offset on the affine
// one, and on twos −2^b·u, or, with the sign bit of Mult set, −(2^b−2)·u with
// complemented codes (a negative scale).
type Packed struct {
	Rows, Cols int
	Scheme     Scheme
	Codes      []byte    // [Rows, Scheme.RowBytes(Cols)], low bits first
	Mult       []byte    // [Rows, Groups]; on twos bit 7 is the sign of the scale and bits 0..6 the multiplier
	Offset     []int16   // [Rows, Groups], affine only
	RowScale   []float32 // [Rows]
	Col        []float32 // [Cols], or nil
}

// newPacked allocates the arrays of a [rows, cols] matrix.
func newPacked(rows, cols int, s Scheme, hasCol bool) *Packed {
	p := &Packed{
		Rows: rows, Cols: cols, Scheme: s,
		Codes: make([]byte, rows*s.RowBytes(cols)), Mult: make([]byte, rows*s.Groups(cols)),
		RowScale: make([]float32, rows),
	}
	if s.Grid == Affine {
		p.Offset = make([]int16, rows*s.Groups(cols))
	}
	if hasCol {
		p.Col = make([]float32, cols)
	}
	return p
}

// setRow stores an encoded row.
func (p *Packed) setRow(r int, row *encodedRow) {
	bytes, groups := p.Scheme.RowBytes(p.Cols), len(row.mult)
	PackRow(p.Codes[r*bytes:(r+1)*bytes], row.codes, p.Scheme.Bits)
	copy(p.Mult[r*groups:], row.mult)
	if p.Offset != nil {
		copy(p.Offset[r*groups:], row.off)
	}
	p.RowScale[r] = row.scale
}

// group reads a group's integers. It needs nothing that Validate checks but the sizes.
func (p *Packed) group(r, g int) groupCode {
	i := r*p.Scheme.Groups(p.Cols) + g
	c := groupCode{half: p.RowScale[r] / 2, top: int32(p.Scheme.Levels() - 1)}
	u := int32(p.Mult[i])
	switch p.Scheme.Grid {
	case Half:
		c.v = -c.top * u
	case Twos:
		negative := u&signFlag != 0
		u &^= signFlag
		c.v = -(c.top + 1) * u
		if negative {
			c.v = -(c.top - 1) * u
		}
	case Affine:
		c.v = int32(p.Offset[i])
	}
	c.step = 2 * u
	return c
}

// GroupScale returns what the codes of group g of row r stand for, before Col:
// code c stands for min + scale·c, up to the rounding of this float32 form. The
// scale is negative for no group: codes of a negative scale on twos are stored
// complemented.
func (p *Packed) GroupScale(r, g int) (scale, min float32) {
	c := p.group(r, g)
	return float32(c.step) * c.half, float32(c.v) * c.half
}

// GroupCode returns the integers of group g of row r: code c stands for
// (RowScale[r]/2)·(2·u·c + v).
func (p *Packed) GroupCode(r, g int) (u, v int32) {
	c := p.group(r, g)
	return c.step / 2, c.v
}

// CodesRow writes the codes of row r, as stored, to dst of Cols values.
func (p *Packed) CodesRow(dst []uint8, r int) {
	bytes := p.Scheme.RowBytes(p.Cols)
	UnpackRow(dst[:p.Cols], p.Codes[r*bytes:(r+1)*bytes], p.Scheme.Bits)
}

// DequantizeRow writes the values of row r to dst of Cols values.
func (p *Packed) DequantizeRow(dst []float32, r int) {
	p.dequantizeRow(dst[:p.Cols], make([]uint8, p.Cols), r)
}

func (p *Packed) dequantizeRow(dst []float32, codes []uint8, r int) {
	p.CodesRow(codes, r)
	groupLen := p.Scheme.GroupLen(p.Cols)
	for g := range p.Scheme.Groups(p.Cols) {
		c := p.group(r, g)
		lo := g * groupLen
		hi := min(lo+groupLen, p.Cols)
		values := dst[lo:hi]
		for i, code := range codes[lo:hi] {
			values[i] = c.value(int32(code))
		}
	}
	if p.Col != nil {
		scaleColumns(dst, p.Col)
	}
}

// scaleColumns multiplies a row by the column scales.
func scaleColumns(row, col []float32) {
	for i, c := range col[:len(row)] {
		row[i] *= c
	}
}

// Dims returns rows and columns: a Packed is a RowReader of its values.
func (p *Packed) Dims() (rows, cols int) { return p.Rows, p.Cols }

// ReadRows writes the values of rows lo up to hi to dst.
func (p *Packed) ReadRows(ctx context.Context, lo, hi int, dst []float32) error {
	if lo < 0 || hi < lo || hi > p.Rows {
		return fmt.Errorf("rows %d to %d of a matrix with %d", lo, hi, p.Rows)
	}
	codes := make([]uint8, p.Cols)
	for r := lo; r < hi; r++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		p.dequantizeRow(dst[(r-lo)*p.Cols:][:p.Cols], codes, r)
	}
	return nil
}

// SizeBytes is the size of the arrays.
func (p *Packed) SizeBytes() int64 { return p.Scheme.SizeBytes(p.Rows, p.Cols, p.Col != nil) }
