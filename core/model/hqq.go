package model

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
)

// HQQ as HQQLinear.state_dict writes it, per linear X, everything as tensors:
//
//	X.W_q   U8 or I32 [⌈rows/k⌉, cols], k codes an element
//	X.scale, X.zero  [rows, 1] (axis 1) or [1, cols] (axis 0), or one value
//	X.shape I64 [out, in]; X.nbits, X.group_size, X.axis scalars
//	X.packing, X.compute_dtype strings as U8; X.view_as_float and others U8
//
// The matrix is reshaped to [−1, group] (axis 1) or [group, −1] (axis 0) before
// packing. Packing splits those rows into k equal parts: the first lies in the
// highest bits of an element. W = (code − zero)·scale, the difference and the
// product both rounded to the compute dtype; the zero point is fractional.

// hqqPacking is one of the published packings: codes an element, bits a code,
// and the bytes of an element.
type hqqPacking struct{ codes, bits, bytes int }

func hqqPackings(name string) (hqqPacking, bool) {
	switch name {
	case "8bit_u8": // 5, 6 and 8 bits
		return hqqPacking{1, 8, 1}, true
	case "4bit_u8":
		return hqqPacking{2, 4, 1}, true
	case "2bit_u8": // 2 and 1.58 bits
		return hqqPacking{4, 2, 1}, true
	case "1bit_u8":
		return hqqPacking{8, 1, 1}, true
	case "3bit_32":
		return hqqPacking{10, 3, 4}, true
	}
	return hqqPacking{}, false
}

// hqqDefaultPacking is the packing of a width where none is recorded.
func hqqDefaultPacking(nbits float64) string {
	switch nbits {
	case 8, 6, 5:
		return "8bit_u8"
	case 4:
		return "4bit_u8"
	case 3:
		return "3bit_32"
	case 2:
		return "2bit_u8"
	case 1:
		return "1bit_u8"
	}
	return ""
}

func (g *grouping) hqq() error {
	for _, a := range g.anchors(".W_q") {
		if err := g.ctx.Err(); err != nil {
			return err
		}
		if _, described := g.part(a.prefix + ".packing"); !described && !g.says(methodHQQ) {
			continue // a query projection has this name too
		}
		l, parts, err := g.hqqLinear(a)
		if err != nil {
			return err
		}
		if l == nil {
			continue
		}
		p := packing{name: a.prefix + ".weight", dtype: l.dtype, shape: l.shape, parts: parts, decode: l}
		p.stored = report.Stored{Bits: report.Number(l.nbits), Group: l.group, Detail: fmt.Sprintf("axis %d", l.axis)}
		if l.axis == 1 {
			p.stored.Group = groupOf(l.group, l.shape[1])
		}
		g.add(methodHQQ, p)
	}
	return nil
}

// hqqLinear reads the meta tensors of one linear and checks all parts. It is
// nil for a variant that is not known, which was warned of.
func (g *grouping) hqqLinear(a anchor) (*hqqLinear, []stored, error) {
	m := newHQQReader(g, a)
	l := &hqqLinear{codes: a.stored, nbits: m.number("nbits", 0), axis: m.integer("axis", 1), group: m.integer("group_size", 0),
		single: !m.flag("channel_wise", true)}
	name, floatView, compute := m.str("packing"), m.flag("view_as_float", false), m.str("compute_dtype")
	quantized := m.flag("quant_scale", false) || m.flag("quant_zero", false)
	if m.err != nil {
		return nil, nil, m.err
	}
	if name == "" {
		name = hqqDefaultPacking(l.nbits)
	}
	var ok bool
	if l.how, ok = hqqPackings(name); !ok || quantized {
		what := fmt.Sprintf("packing %q of %v bits", safetensors.Printable(name), l.nbits)
		if quantized {
			what = "quantized scales or zero points"
		}
		g.refused = true
		g.warn("%s: tensor %s: HQQ with %s is not known: listed as stored",
			safetensors.Printable(a.File.Path), safetensors.Printable(a.Name), what)
		return nil, nil, nil
	}
	shape := m.need("shape")
	l.scale, l.zero = m.need("scale"), m.need("zero")
	if m.err != nil {
		return nil, nil, m.err
	}
	var err error
	if l.shape, err = loadShape(g.ctx, shape, a.Size()*8); err != nil {
		return nil, nil, err
	}
	if l.dtype, err = l.computeType(compute); err != nil {
		return nil, nil, err
	}
	if _, grouped := g.part(a.prefix + ".group_size"); !grouped && len(l.shape) == 2 {
		l.group = l.shape[l.axis&1] // None in the tool, not stored: the matrix was not reshaped
	}
	return l, m.parts, l.check(floatView)
}

// computeType is the dtype that values are computed in: the recorded one, else
// that of the scales.
func (l *hqqLinear) computeType(name string) (safetensors.DType, error) {
	switch name {
	case "torch.float16", "torch.half":
		return safetensors.F16, nil
	case "torch.bfloat16":
		return safetensors.BF16, nil
	case "torch.float32", "torch.float":
		return safetensors.F32, nil
	case "":
		return l.scale.DType, want(l.scale, scaleTypes()...)
	}
	return "", damaged(l.codes, "compute dtype %q is not float16, bfloat16 or float32", safetensors.Printable(name))
}

// check fits packed codes, scales and zero points to the shape.
func (l *hqqLinear) check(floatView bool) error {
	if len(l.shape) != 2 {
		return damaged(l.codes, "shape %v, want a matrix", l.shape)
	}
	n := l.shape[0] * l.shape[1]
	if l.axis != 0 && l.axis != 1 {
		return damaged(l.codes, "axis %d is neither 0 nor 1", l.axis)
	}
	if !l.single && (l.group < 1 || n%l.group != 0) {
		return damaged(l.codes, "groups of %d do not divide %d weights", l.group, n)
	}
	switch {
	case l.single: // one scale for the tensor: the matrix was not reshaped
		l.rows, l.cols = l.shape[0], l.shape[1]
	case l.axis == 1:
		l.rows, l.cols = n/l.group, l.group
	default:
		l.rows, l.cols = l.group, n/l.group
	}
	l.packedRows = ceilDiv(l.rows, l.how.codes)
	if l.how.bits != 3 && l.rows%l.how.codes != 0 {
		return damaged(l.codes, "%d rows do not split into %d parts", l.rows, l.how.codes)
	}
	if err := l.checkCodes(floatView); err != nil {
		return err
	}
	for _, p := range []stored{l.scale, l.zero} {
		if err := l.checkSide(p); err != nil {
			return err
		}
	}
	return nil
}

// checkSide fits scales or zero points to the reshaped matrix.
func (l *hqqLinear) checkSide(p stored) error {
	switch {
	case l.single && p.Parameters() == 1:
		return want(p, scaleTypes()...)
	case l.single:
		return damaged(p, "shape %v, want one value for the tensor", p.Shape)
	case l.axis == 0:
		return wantShape(p, []int{1, l.cols}, scaleTypes()...)
	}
	return wantShape(p, []int{l.rows, 1}, scaleTypes()...)
}

// checkCodes accepts the published element types; with view_as_float the same
// bytes are labelled as floats.
func (l *hqqLinear) checkCodes(floatView bool) error {
	size := int64(l.packedRows) * int64(l.cols) * int64(l.how.bytes)
	if !floatView {
		element := safetensors.U8
		if l.how.bytes == 4 {
			element = safetensors.I32
		}
		return wantShape(l.codes, []int{l.packedRows, l.cols}, element)
	}
	if l.codes.Size() != size {
		return damaged(l.codes, "%d bytes, want %d for %d × %d codes", l.codes.Size(), size, l.rows, l.cols)
	}
	return want(l.codes, scaleTypes()...)
}

// hqqLinear decodes one linear.
type hqqLinear struct {
	codes, scale, zero     stored
	how                    hqqPacking
	nbits                  float64
	axis, group            int
	shape                  []int
	rows, cols, packedRows int // of the reshaped matrix
	single                 bool
	dtype                  safetensors.DType
}

func (l *hqqLinear) scheme() string {
	return fmt.Sprintf("hqq %d bits, %d × %d, axis %d", l.how.bits, l.rows, l.cols, l.axis)
}

func (l *hqqLinear) load(ctx context.Context) (rowDecoder, error) {
	d := &hqqRows{hqqLinear: l, round: rounding(l.dtype)}
	var err error
	if d.data, err = loadBytes(ctx, l.codes); err != nil {
		return nil, err
	}
	if d.scales, err = l.loadSide(ctx, l.scale); err != nil {
		return nil, err
	}
	d.zeros, err = l.loadSide(ctx, l.zero)
	return d, err
}

// loadSide reads scales or zero points, which the tool casts to the compute
// dtype when it loads them.
func (l *hqqLinear) loadSide(ctx context.Context, s stored) ([]float32, error) {
	v, err := loadFloats(ctx, s)
	if err != nil {
		return nil, err
	}
	round := rounding(l.dtype)
	for i := range v {
		v[i] = round(v[i])
	}
	return v, nil
}

// hqqRows decodes rows of the weight.
type hqqRows struct {
	*hqqLinear
	data          []byte
	scales, zeros []float32
	round         func(float32) float32
}

func (d *hqqRows) decodeRows(ctx context.Context, lo, hi int, dst []float32) error {
	in := d.shape[1]
	mask := uint32(1)<<d.how.bits - 1
	for i := range dst {
		if i%(1<<16) == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		at := lo*in + i
		r, c := at/d.cols, at%d.cols
		element := r%d.packedRows*d.cols + c
		shift := (d.how.codes - 1 - r/d.packedRows) * d.how.bits
		var word uint32
		if d.how.bytes == 4 {
			word = binary.LittleEndian.Uint32(d.data[4*element:])
		} else {
			word = uint32(d.data[element])
		}
		g := r
		switch {
		case d.single:
			g = 0
		case d.axis == 0:
			g = c
		}
		q := float32(word >> shift & mask)
		dst[i] = d.round(d.round(q-d.zeros[g]) * d.scales[g])
	}
	return nil
}
