package model

import (
	"context"
	"slices"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
)

// BitNet as transformers writes it, per linear X:
//
//	X.weight       U8 [⌈out/4⌉, in]  row r + k·(out/4) is bits 2k of packed row r
//	X.weight_scale F16|BF16|F32, one value
//
// A code is the ternary weight + 1. linear_class autobitlinear multiplies by
// the scale, bitlinear (also without linear_class) divides by it; the result is
// rounded to the dtype of the scale.

func (g *grouping) bitnet() error {
	anchors := slices.DeleteFunc(g.anchors(".weight"), func(a anchor) bool {
		_, scaled := g.part(a.prefix + ".weight_scale")
		return !scaled || a.DType != safetensors.U8
	})
	if len(anchors) == 0 {
		return nil
	}
	q := g.config.quant
	class := q.str("linear_class")
	if q.broken != nil {
		return q.broken
	}
	if class != "" && class != "bitlinear" && class != "autobitlinear" {
		g.refuse(q, "the BitNet linear_class %q", class)
		return nil
	}
	for _, a := range anchors {
		scale, _ := g.part(a.prefix + ".weight_scale")
		if err := wantMatrix(a.stored, safetensors.U8); err != nil {
			return err
		}
		if err := want(scale, scaleTypes()...); err != nil {
			return err
		}
		if scale.Parameters() != 1 {
			return damaged(scale, "shape %v, want one value", scale.Shape)
		}
		l := &bitnetLinear{codes: a.stored, scale: scale, divide: class != "autobitlinear"}
		g.add(methodBitNet, packing{
			name: a.Name, dtype: scale.DType, shape: []int{4 * a.Shape[0], a.Shape[1]}, parts: []stored{a.stored, scale}, decode: l,
			stored: report.Stored{Bits: 2, Symmetric: true, Detail: "ternary, " + l.class()},
		})
	}
	return nil
}

// bitnetLinear decodes one linear; rows are read as they are asked for.
type bitnetLinear struct {
	codes, scale stored
	divide       bool
}

func (l *bitnetLinear) class() string {
	if l.divide {
		return "bitlinear"
	}
	return "autobitlinear"
}

func (l *bitnetLinear) scheme() string { return "bitnet " + l.class() }

func (l *bitnetLinear) load(ctx context.Context) (rowDecoder, error) {
	scale, err := loadFloats(ctx, l.scale)
	if err != nil {
		return nil, err
	}
	round := rounding(l.scale.DType)
	d := &bitnetRows{l.codes, [3]float32{}}
	for code := range d.levels {
		ternary := float32(code - 1)
		if l.divide {
			d.levels[code] = round(ternary / scale[0])
		} else {
			d.levels[code] = round(ternary * scale[0])
		}
	}
	return d, nil
}

type bitnetRows struct {
	codes  stored
	levels [3]float32 // of codes 0, 1, 2
}

func (d *bitnetRows) decodeRows(ctx context.Context, lo, hi int, dst []float32) error {
	packed := d.codes.Shape[0]
	for lo < hi {
		if err := ctx.Err(); err != nil {
			return err
		}
		// Rows up to the next multiple of packed lie side by side, in the same bits.
		end := min(hi, (lo/packed+1)*packed)
		n, err := d.decodeRun(lo, end, dst)
		if err != nil {
			return err
		}
		lo, dst = end, dst[n:]
	}
	return nil
}

func (d *bitnetRows) decodeRun(lo, hi int, dst []float32) (n int, err error) {
	packed, in := d.codes.Shape[0], d.codes.Shape[1]
	raw := make([]byte, (hi-lo)*in)
	if err := d.codes.File.ReadBytes(d.codes.Info, int64(lo%packed)*int64(in), raw); err != nil {
		return 0, err
	}
	shift := 2 * (lo / packed)
	for i, b := range raw {
		code := b >> shift & 3
		if code == 3 {
			return 0, damaged(d.codes, "row %d, column %d holds code 3, which no ternary weight has", lo+i/in, i%in)
		}
		dst[i] = d.levels[code]
	}
	return len(raw), nil
}
