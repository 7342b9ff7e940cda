package model

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
)

// compressed-tensors, pack-quantized, per linear X:
//
//	X.weight_packed     I32 [out, ⌈in·b/32⌉]  codes along in, low bits first
//	X.weight_scale      F16|BF16|F32 [out, groups]; [out, 1] per channel, one value per tensor
//	X.weight_shape      I64 [2]
//	X.weight_zero_point I32 [⌈out·b/32⌉, groups], asymmetric only: along dimension 0
//	X.weight_g_idx      I32 [in], with act-order only; −1 in it means unused
//
// and int-quantized, float-quantized or naive-quantized:
//
//	X.weight            I8 or F8_E4M3 [out, in]
//	X.weight_scale      as above
//	X.weight_zero_point I8 …, asymmetric only
//
// Codes and zero points carry an offset of 2^(b−1). W = (q − z)·s, rounded to
// the dtype of the scales after the product. Codes lie astride words where 32/b
// is not whole; releases before 0.14 padded each word instead (⌊32/b⌋ codes a
// word), which the number of words tells apart.

// ctArgs is one `weights` entry of config_groups.
type ctArgs struct {
	bits, group int
	kind        string // int or float
	symmetric   bool
	block       []int // [rows, cols] of the block strategy
}

// ctGroups reads config_groups: what the linears may be packed as. It is empty
// without a configuration: the parts then speak for themselves. ok is false for
// a format that is not known.
func (g *grouping) ctGroups() (all []ctArgs, ok bool, err error) {
	q := g.config.quant
	if q == nil || q.method != methodCompressed {
		return nil, true, nil
	}
	format, groups := q.str("format"), q.object("config_groups")
	if q.broken != nil {
		return nil, false, q.broken
	}
	switch format {
	case "", "pack-quantized", "int-quantized", "float-quantized", "naive-quantized", "mixed-precision", "dense":
	default:
		g.refuse(q, "the compressed-tensors format %q", format)
		return nil, false, nil
	}
	if groups == nil {
		return nil, true, nil
	}
	for _, name := range slices.Sorted(maps.Keys(groups.fields)) {
		w, err := groups.object(name).weights()
		if err != nil {
			return nil, false, err
		}
		if w == nil {
			continue
		}
		a := ctArgs{bits: w.integer("num_bits", 8), group: w.integer("group_size", 0), kind: w.str("type"), symmetric: w.boolean("symmetric", true)}
		w.read("block_structure", "a list of two whole numbers", &a.block)
		if w.broken != nil {
			return nil, false, w.broken
		}
		if a.kind == "" {
			a.kind = "int"
		}
		all = append(all, a)
	}
	return all, true, nil
}

// weights is the part of a config group that says how weights are packed, nil
// when it quantizes activations only.
func (q *quantConfig) weights() (*quantConfig, error) {
	if q == nil {
		return nil, nil
	}
	w := q.object("weights")
	return w, q.broken
}

// compressedPacked finds pack-quantized linears.
func (g *grouping) compressedPacked() error {
	anchors := g.anchors(".weight_packed")
	if len(anchors) == 0 {
		return nil
	}
	groups, ok, err := g.ctGroups()
	if err != nil || !ok {
		return err
	}
	for _, a := range anchors {
		_, shaped := g.part(a.prefix + ".weight_shape")
		_, scaled := g.part(a.prefix + ".weight_scale")
		if !g.says(methodCompressed) && (!shaped || !scaled) {
			continue // other tools use the name
		}
		if a.DType != safetensors.I32 || len(a.Shape) != 2 {
			g.refused = true
			g.warn("%s: tensor %s: compressed-tensors packed as %s is not known (nvfp4, mxfp4 and stacked experts are not read): listed as stored",
				safetensors.Printable(a.File.Path), safetensors.Printable(a.Name), typed(a.stored))
			continue
		}
		l, shape, err := g.ctPacked(a, groups)
		if err != nil {
			return err
		}
		g.add(methodCompressed, packing{
			name: a.prefix + ".weight", dtype: l.scale.part.DType, shape: []int{l.out, l.in},
			parts: l.parts(a.stored, &shape), decode: l,
			stored: l.report("pack-quantized"),
		})
	}
	return nil
}

// ctPacked checks the parts of one pack-quantized linear.
func (g *grouping) ctPacked(a anchor, groups []ctArgs) (*ctLinear, stored, error) {
	shape, err := g.need(a.stored, a.prefix+".weight_shape")
	if err != nil {
		return nil, shape, err
	}
	if err := wantMatrix(a.stored, safetensors.I32); err != nil {
		return nil, shape, err
	}
	dims, err := loadShape(g.ctx, shape, a.Size()*8)
	if err != nil {
		return nil, shape, err
	}
	if len(dims) != 2 || dims[0] != a.Shape[0] {
		return nil, shape, damaged(shape, "says %v, but the codes are %v", dims, a.Shape)
	}
	l := &ctLinear{codes: a.stored, out: dims[0], in: dims[1]}
	fitting := l.chooseWidth(groups)
	if len(groups) == 0 && len(fitting) > 1 { // a row shorter than a word fits several
		return nil, shape, tensorError(a.stored, "put the model's config.json beside the file",
			"%d codes a row may be of %d or of %d bits, and no quantization_config says", l.in, fitting[0].bits, fitting[1].bits)
	}
	if len(fitting) == 0 {
		return nil, shape, damaged(a.stored, "shape %v does not hold %d codes a row at the configured number of bits", a.Shape, l.in)
	}
	return l, shape, g.ctFinish(a.prefix, l, fitting)
}

// chooseWidth finds the bits whose words a row fit, and returns the config
// groups that say so; those of the others belong to other linears.
func (l *ctLinear) chooseWidth(groups []ctArgs) []ctArgs {
	if len(groups) == 0 {
		for b := 1; b <= 8; b++ {
			groups = append(groups, ctArgs{bits: b, kind: "int", symmetric: true})
		}
	}
	// The present layout before the older one: where both have the same number
	// of words, which no multiple of 32 columns has, nothing tells them apart.
	for _, padded := range []bool{false, true} {
		var fitting []ctArgs
		for _, a := range groups {
			if a.bits >= 1 && a.bits <= 8 && a.kind == "int" && l.codes.Shape[1] == ctWords(l.in, a.bits, padded) {
				fitting = append(fitting, a)
			}
		}
		if len(fitting) > 0 {
			l.bits, l.padded = fitting[0].bits, padded
			return fitting
		}
	}
	return nil
}

// ctWords is the number of words that n codes of b bits take.
func ctWords(n, b int, padded bool) int {
	if padded {
		return ceilDiv(n, 32/b)
	}
	return ceilDiv(n*b, 32)
}

// ctKind is the `type` of codes stored one an element, "" for other dtypes.
func ctKind(d safetensors.DType) string {
	switch d {
	case safetensors.I8:
		return "int"
	case safetensors.F8E4M3, safetensors.F8E5M2:
		return "float"
	}
	return ""
}

// compressedPlain finds linears whose codes are stored one an element.
func (g *grouping) compressedPlain() error {
	anchors := slices.DeleteFunc(g.anchors(".weight"), func(a anchor) bool {
		_, scaled := g.part(a.prefix + ".weight_scale")
		return !scaled || ctKind(a.DType) == "" || len(a.Shape) != 2
	})
	if len(anchors) == 0 {
		return nil
	}
	groups, ok, err := g.ctGroups()
	if err != nil || !ok {
		return err
	}
	for _, a := range anchors {
		kind := ctKind(a.DType)
		if err := wantMatrix(a.stored, a.DType); err != nil {
			return err
		}
		l := &ctLinear{codes: a.stored, out: a.Shape[0], in: a.Shape[1], bits: 8}
		var fitting []ctArgs
		for _, c := range groups {
			if c.kind == kind && c.bits >= 1 && c.bits <= 8 {
				fitting = append(fitting, c)
			}
		}
		if len(fitting) == 0 {
			fitting = []ctArgs{{bits: 8, kind: kind, symmetric: true}}
		}
		l.bits = fitting[0].bits
		if err := g.ctFinish(a.prefix, l, fitting); err != nil {
			return err
		}
		g.add(methodCompressed, packing{
			name: a.Name, dtype: l.scale.part.DType, shape: a.Shape, parts: l.parts(a.stored, nil), decode: l,
			stored: l.report(kind + "-quantized"),
		})
	}
	return nil
}

// ctFinish finds and checks scales, zero points and act-order of a linear. Of
// the fitting config groups it takes the first with the group size of the scales.
func (g *grouping) ctFinish(prefix string, l *ctLinear, fitting []ctArgs) error {
	scale, err := g.need(l.codes, prefix+".weight_scale")
	if err != nil {
		return err
	}
	if err := want(scale, scaleTypes()...); err != nil {
		return err
	}
	perRow := 1
	if len(scale.Shape) == 2 {
		perRow = scale.Shape[1]
	}
	args := fitting[0]
	for _, a := range fitting {
		if a.group <= 0 || ceilDiv(l.in, a.group) == perRow {
			args = a
			break
		}
	}
	if args.group > 0 && ceilDiv(l.in, args.group) != perRow {
		return damaged(scale, "%d groups a row, but %d inputs in groups of %d are %d", perRow, l.in, args.group, ceilDiv(l.in, args.group))
	}
	if l.scale, err = newBlocks(scale, l.out, l.in, args.block); err != nil {
		return err
	}
	// The tool divides a row evenly and refuses a group size that does not.
	if args.group > 0 && perRow > 1 && l.scale.blockCols != args.group {
		return damaged(scale, "%d inputs do not divide into groups of %d", l.in, args.group)
	}
	if zero, ok := g.part(prefix + ".weight_zero_point"); ok {
		if err := l.takeZero(zero); err != nil {
			return err
		}
	} else if !args.symmetric {
		return damaged(l.codes, "%s is missing, and the configuration says asymmetric", safetensors.Printable(prefix+".weight_zero_point"))
	}
	if gidx, ok := g.part(prefix + ".weight_g_idx"); ok {
		if err := wantShape(gidx, []int{l.in}, safetensors.I32, safetensors.I64); err != nil {
			return err
		}
		l.gidx = &gidx
	}
	return nil
}

// takeZero checks the zero points: packed along dimension 0 beside packed
// codes, one an element otherwise.
func (l *ctLinear) takeZero(zero stored) error {
	l.zero = &zero
	if zero.DType == safetensors.I32 && l.codes.DType == safetensors.I32 {
		return wantShape(zero, []int{ctWords(l.scale.rows, l.bits, l.padded), l.scale.perRow}, safetensors.I32)
	}
	if err := want(zero, safetensors.I8, safetensors.U8, safetensors.F8E4M3, safetensors.F8E5M2, safetensors.BF16, safetensors.F16, safetensors.F32); err != nil {
		return err
	}
	if zero.Parameters() != l.scale.part.Parameters() {
		return damaged(zero, "shape %v, but the scales are %v", zero.Shape, l.scale.part.Shape)
	}
	return nil
}

// ctLinear decodes one linear; rows are read as they are asked for.
type ctLinear struct {
	codes   stored
	scale   blocks
	zero    *stored
	gidx    *stored
	out, in int
	bits    int
	padded  bool // ⌊32/b⌋ codes a word, as releases before 0.14 wrote
}

func (l *ctLinear) parts(codes stored, shape *stored) []stored {
	parts := []stored{codes, l.scale.part}
	for _, p := range []*stored{shape, l.zero, l.gidx} {
		if p != nil {
			parts = append(parts, *p)
		}
	}
	return parts
}

func (l *ctLinear) report(format string) report.Stored {
	if l.gidx != nil {
		format += ", act-order"
	}
	return report.Stored{Bits: report.Number(l.bits), Group: groupOf(l.scale.blockCols, l.in), Symmetric: l.zero == nil, Detail: format}
}

func (l *ctLinear) scheme() string {
	return fmt.Sprintf("compressed-tensors %d bits, padded %v, blocks %d × %d", l.bits, l.padded, l.scale.blockRows, l.scale.blockCols)
}

func (l *ctLinear) load(ctx context.Context) (rowDecoder, error) {
	d := &ctRows{ctLinear: l, round: rounding(l.scale.part.DType)}
	var err error
	if d.scales, err = loadFloats(ctx, l.scale.part); err != nil {
		return nil, err
	}
	if d.zeros, err = l.loadZeros(ctx, len(d.scales)); err != nil {
		return nil, err
	}
	d.groupOf, err = l.groupIndex(ctx)
	return d, err
}
