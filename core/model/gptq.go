package model

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
)

// GPTQ as auto-gptq and gptqmodel write it, per linear X:
//
//	X.qweight I32 [in·b/32, out]      codes along in, low bits first
//	X.qzeros  I32 [groups, out·b/32]  zero points along out, low bits first
//	X.scales  F16|BF16|F32 [groups, out]
//	X.g_idx   I32 [in]                the group of each input; absent: i/group
//
// W[o,i] = (code − zero[g(i),o]) · scales[g(i),o], rounded to the dtype of the
// scales. Version 1 (checkpoint_format gptq, the default) stores zero − 1, so
// zero = stored + 1; version 2 stores it as it is. 3-bit codes lie astride
// words. Act-order changes g_idx only.
//
// Kernels disagree on a version 1 zero point stored as all ones (the original
// was 0 or 2^b): here it is stored + 1, as auto-gptq computes it.

// gptqSettings is what the configuration says for the whole model.
type gptqSettings struct {
	bits, group int  // 0 when not said
	perModule   bool // gptqmodel's "dynamic" rules change bits and group by module
	zeroPlus    int
	symmetric   bool
	detail      []string
}

// gptqSettings reads the configuration; ok is false for a variant that is not known.
func (g *grouping) gptqSettings(q *quantConfig) (s gptqSettings, ok bool, err error) {
	s = gptqSettings{
		bits:      q.integer("bits", 0),
		group:     q.integer("group_size", 0),
		symmetric: q.boolean("sym", true),
		perModule: q.has("dynamic"),
		zeroPlus:  1,
	}
	format, packed, actOrder := q.str("checkpoint_format"), q.str("pack_dtype"), q.boolean("desc_act", false)
	if q.broken != nil {
		return s, false, q.broken
	}
	switch {
	case format == "gptq_v2":
		s.zeroPlus = 0
		s.detail = append(s.detail, "v2")
	case format != "" && format != "gptq":
		g.refuse(q, "the GPTQ checkpoint_format %q", format)
		return s, false, nil
	case packed != "" && packed != "int32":
		g.refuse(q, "GPTQ packed in %q", packed)
		return s, false, nil
	}
	if actOrder {
		s.detail = append(s.detail, "act-order")
	}
	return s, true, nil
}

func (g *grouping) gptq() error {
	anchors := g.anchors(".qweight")
	if len(anchors) == 0 {
		return nil
	}
	settings, ok, err := g.gptqSettings(g.config.quant)
	if err != nil || !ok {
		return err
	}
	for _, a := range anchors {
		l, err := g.gptqLinear(a, settings)
		if err != nil {
			return err
		}
		parts := []stored{l.qweight, l.qzeros, l.scales}
		if l.gidx != nil {
			parts = append(parts, *l.gidx)
		}
		g.add(methodGPTQ, packing{
			name: a.prefix + ".weight", dtype: l.scales.DType, shape: []int{l.out, l.in}, parts: parts, decode: l,
			stored: report.Stored{Bits: report.Number(l.bits), Group: groupOf(l.group, l.in), Symmetric: settings.symmetric, Detail: strings.Join(settings.detail, ", ")},
		})
	}
	return nil
}

// groupOf is a group size for a report, 0 when one group is a whole row.
func groupOf(group, in int) int {
	if group >= in {
		return 0
	}
	return group
}

// gptqLinear checks the parts of one linear against each other and the settings.
func (g *grouping) gptqLinear(a anchor, s gptqSettings) (*gptqLinear, error) {
	l := &gptqLinear{qweight: a.stored, zeroPlus: s.zeroPlus}
	var err error
	if l.qzeros, err = g.need(a.stored, a.prefix+".qzeros"); err != nil {
		return nil, err
	}
	if l.scales, err = g.need(a.stored, a.prefix+".scales"); err != nil {
		return nil, err
	}
	for _, p := range []stored{l.qweight, l.qzeros} {
		if err := wantMatrix(p, safetensors.I32, safetensors.U32); err != nil {
			return nil, err
		}
	}
	if err := wantMatrix(l.scales, scaleTypes()...); err != nil {
		return nil, err
	}
	l.groups, l.out = l.scales.Shape[0], l.scales.Shape[1]
	if l.qweight.Shape[1] != l.out {
		return nil, damaged(l.qweight, "shape %v, but the scales have %d output channels", l.qweight.Shape, l.out)
	}
	inputs := 0 // as g_idx tells, where there is one
	if p, ok := g.part(a.prefix + ".g_idx"); ok && len(p.Shape) == 1 {
		inputs = p.Shape[0]
	}
	if l.bits, err = l.width(s, inputs); err != nil {
		return nil, err
	}
	if l.qzeros.Shape[0] != l.groups {
		return nil, damaged(l.qzeros, "shape %v, but the scales have %d groups", l.qzeros.Shape, l.groups)
	}
	if l.qweight.Shape[0]*32%l.bits != 0 {
		return nil, damaged(l.qweight, "%d words a column are not a whole number of %d-bit codes", l.qweight.Shape[0], l.bits)
	}
	l.in = l.qweight.Shape[0] * 32 / l.bits
	return l, g.gptqGroups(a, l, s)
}

// width is the number of bits that the configuration says, or, where it can
// differ by module, the shapes: 16 zero points of 3 and of 4 bits take two words
// each, so that the codes have to fit as well.
func (l *gptqLinear) width(s gptqSettings, inputs int) (int, error) {
	fits := func(b int) bool { return ceilDiv(l.out*b, 32) == l.qzeros.Shape[1] }
	widths := []int{2, 3, 4, 8}
	if s.bits != 0 && !s.perModule {
		if !slices.Contains(widths, s.bits) {
			return 0, tensorError(l.qweight, "check quantization_config.bits", "GPTQ with %d bits is not known; known are 2, 3, 4 and 8", s.bits)
		}
		if !fits(s.bits) {
			return 0, damaged(l.qzeros, "shape %v does not hold %d zero points of %d bits a row", l.qzeros.Shape, l.out, s.bits)
		}
		return s.bits, nil
	}
	if i := slices.Index(widths, s.bits); i > 0 { // the setting first, where several fit
		widths = slices.Insert(slices.Delete(widths, i, i+1), 0, s.bits)
	}
	for _, b := range widths {
		if fits(b) && (inputs == 0 || ceilDiv(inputs*b, 32) == l.qweight.Shape[0]) {
			return b, nil
		}
	}
	return 0, damaged(l.qzeros, "shape %v holds %d zero points a row at no known width", l.qzeros.Shape, l.out)
}

// gptqGroups checks g_idx and the number of groups.
func (g *grouping) gptqGroups(a anchor, l *gptqLinear, s gptqSettings) error {
	if p, ok := g.part(a.prefix + ".g_idx"); ok {
		if err := wantShape(p, []int{l.in}, safetensors.I32, safetensors.I64); err != nil {
			return err
		}
		l.gidx = &p
	}
	l.group = s.group
	// A rule by module may say otherwise: the setting holds where it fits.
	fits := s.group > 0 && ceilDiv(l.in, s.group) == l.groups
	if l.group <= 0 || s.perModule && !fits {
		if (s.group < 0 && !s.perModule) || l.groups == 1 {
			l.group = l.in
		} else {
			l.group = ceilDiv(l.in, l.groups)
		}
	}
	if ceilDiv(l.in, l.group) != l.groups {
		return damaged(l.scales, "%d groups, but %d inputs in groups of %d are %d", l.groups, l.in, l.group, ceilDiv(l.in, l.group))
	}
	return nil
}

// wantMatrix checks the dtype of a part and that it is a matrix with something in it.
func wantMatrix(s stored, dtypes ...safetensors.DType) error {
	if err := want(s, dtypes...); err != nil {
		return err
	}
	if len(s.Shape) != 2 || s.Shape[0] == 0 || s.Shape[1] == 0 {
		return damaged(s, "shape %v, want a matrix", s.Shape)
	}
	return nil
}

// gptqLinear decodes one linear.
type gptqLinear struct {
	qweight, qzeros, scales stored
	gidx                    *stored
	bits, in, out           int
	group, groups, zeroPlus int
}

func (l *gptqLinear) scheme() string {
	return fmt.Sprintf("gptq %d bits, group %d, zero + %d", l.bits, l.group, l.zeroPlus)
}

func (l *gptqLinear) load(ctx context.Context) (rowDecoder, error) {
	d := &columnCodes{in: l.in, out: l.out, round: rounding(l.scales.DType)}
	words, err := loadWords(ctx, l.qweight)
	if err != nil {
		return nil, err
	}
	d.pick = func(k, o int) int { return code(words, o, l.out, k*l.bits, l.bits) }
	if d.scales, err = loadFloats(ctx, l.scales); err != nil {
		return nil, err
	}
	packed, err := loadWords(ctx, l.qzeros)
	if err != nil {
		return nil, err
	}
	row := l.qzeros.Shape[1]
	d.zeros = make([]int16, l.groups*l.out)
	for i := range d.zeros {
		d.zeros[i] = int16(code(packed, i/l.out*row, 1, i%l.out*l.bits, l.bits) + l.zeroPlus)
	}
	if l.gidx != nil {
		d.groupOf, err = loadGroupIndex(ctx, *l.gidx, l.groups)
		return d, err
	}
	d.groupOf = plainGroups(l.in, l.group)
	return d, nil
}
