package int2

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestPackRow(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 3))
	for _, bits := range BitWidths() {
		for n := range 50 {
			codes := make([]uint8, n)
			for i := range codes {
				codes[i] = uint8(rng.IntN(1 << bits))
			}
			want := make([]byte, (n*bits+7)/8) // bit by bit, as docs/format.md says
			for i, c := range codes {
				for b := range bits {
					at := i*bits + b
					want[at/8] |= c >> b & 1 << (at % 8)
				}
			}
			got := bytes.Repeat([]byte{0xaa}, len(want)) // old contents must not shine through
			PackRow(got, codes, bits)
			if !bytes.Equal(got, want) {
				t.Fatalf("%d codes of %d bits: %x, want %x", n, bits, got, want)
			}
			back := make([]uint8, n)
			UnpackRow(back, got, bits)
			if !slices.Equal(back, codes) {
				t.Fatalf("%d codes of %d bits: %v, want %v", n, bits, back, codes)
			}
		}
	}
}

func validPacked() *Packed {
	p := newPacked(2, 20, Scheme{Bits: 2, Grid: Affine, Group: 16, Solver: RTN}, true)
	for i := range p.RowScale {
		p.RowScale[i] = 0.01
	}
	fill(p.Col, 1)
	return p
}

func TestValidate(t *testing.T) {
	t.Parallel()
	if err := validPacked().Validate(); err != nil {
		t.Fatal(err)
	}
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, c := range []struct {
		say   string // in the error
		spoil func(p *Packed)
	}{
		{"bits", func(p *Packed) { p.Scheme.Bits = 5 }},
		{"grid", func(p *Packed) { p.Scheme.Grid = "round" }},
		{"out of range", func(p *Packed) { p.Rows = -1 }},
		{"out of range", func(p *Packed) { p.Rows, p.Cols = math.MaxInt, math.MaxInt }},
		{"too long", func(p *Packed) { p.Rows, p.Cols = 1, 1<<30 }},
		{"codes", func(p *Packed) { p.Codes = p.Codes[1:] }},
		{"multipliers", func(p *Packed) { p.Mult = append(p.Mult, 0) }},
		{"offsets", func(p *Packed) { p.Offset = nil }},
		{"offsets", func(p *Packed) { p.Scheme.Grid, p.Scheme.Solver = Half, RTN }},
		{"row_scale", func(p *Packed) { p.RowScale = p.RowScale[:1] }},
		{"col", func(p *Packed) { p.Col = p.Col[:3] }},
		{"col", func(p *Packed) { p.Col = []float32{} }},
		{"col[19]", func(p *Packed) { p.Col[19] = 0 }},
		{"col[1]", func(p *Packed) { p.Col[1] = nan }},
		{"col[2]", func(p *Packed) { p.Col[2] = inf }},
		{"col[2]", func(p *Packed) { p.Col[2] = 1e-40 }},
		{"row 1: row_scale", func(p *Packed) { p.RowScale[1] = nan }},
		{"row 0: row_scale", func(p *Packed) { p.RowScale[0] = inf }},
		{"row 0: row_scale", func(p *Packed) { p.RowScale[0] = -1 }},
		{"row 0: row_scale", func(p *Packed) { p.RowScale[0] = 1e-38 }},
		{"row 0: row_scale", func(p *Packed) { p.RowScale[0] = float32(math.Copysign(0, -1)) }},
		{"leaves float32", func(p *Packed) { p.RowScale[0], p.Offset[0] = 1e37, 100 }},
		{"leaves float32", func(p *Packed) { p.RowScale[0], p.Offset[0], p.Col[0] = 1e20, 100, 1e20 }},
		{"leaves float32", func(p *Packed) { // the product before col does
			p.RowScale[0], p.Offset[0] = 1e37, 100
			fill(p.Col, 1e-3)
		}},
		{"spare bits", func(p *Packed) {
			*p = *newPacked(1, 3, Scheme{Bits: 2, Grid: Half, Group: 16, Solver: RTN}, false)
			p.Codes[0] = 0x40
		}},
		{"int32", func(p *Packed) {
			*p = *newPacked(1, 16578, Scheme{Bits: 2, Grid: Affine, Group: 256, Solver: RTN}, false)
			for i := range p.Offset {
				p.Offset[i] = -1020
			}
		}},
	} {
		p := validPacked()
		c.spoil(p)
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("want an error about %q, got %v", c.say, err)
		}
	}
}

// FuzzPacked builds matrices from any bytes: what Validate lets through must
// dequantize to finite values, and nothing may panic.
func FuzzPacked(f *testing.F) {
	f.Add(uint8(0), uint8(0), uint8(1), uint16(2), uint16(20), false, []byte{1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Add(uint8(1), uint8(1), uint8(0), uint16(3), uint16(33), false, bytes.Repeat([]byte{0xff, 0, 0x3f}, 50))
	f.Add(uint8(3), uint8(2), uint8(4), uint16(1), uint16(65), true, bytes.Repeat([]byte{0x3f, 0x80}, 200))
	f.Add(uint8(2), uint8(2), uint8(2), uint16(0), uint16(0), true, []byte{})
	f.Fuzz(func(t *testing.T, bits, grid, group uint8, rows, cols uint16, hasCol bool, data []byte) {
		s := Scheme{Bits: BitWidths()[bits%4], Grid: Grids()[grid%3], Group: int(group%18) * 16, Solver: RTN}
		p := newPacked(int(rows%64), int(cols%1024), s, hasCol)
		next := func() byte {
			if len(data) == 0 {
				return 0
			}
			b := data[0]
			data = data[1:]
			return b
		}
		next32 := func() float32 {
			return math.Float32frombits(uint32(next()) | uint32(next())<<8 | uint32(next())<<16 | uint32(next())<<24)
		}
		for i := range p.RowScale {
			p.RowScale[i] = next32()
		}
		for i := range p.Mult {
			p.Mult[i] = next()
		}
		for i := range p.Offset {
			p.Offset[i] = int16(next()) | int16(next())<<8
		}
		for i := range p.Col {
			p.Col[i] = next32()
		}
		for i := range p.Codes {
			p.Codes[i] = next()
		}
		if n := int(next()); n > 200 { // a size that does not fit
			p.Codes = p.Codes[:len(p.Codes)/2]
		}
		if p.Validate() != nil {
			return
		}
		values, codes := make([]float32, p.Cols), make([]uint8, p.Cols)
		for r := range p.Rows {
			p.DequantizeRow(values, r)
			p.CodesRow(codes, r)
			if _, _, finite := rangeOf(values); !finite {
				t.Fatalf("row %d has values that are not finite", r)
			}
		}
	})
}
