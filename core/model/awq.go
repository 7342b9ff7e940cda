package model

import (
	"context"
	"fmt"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
)

// AWQ as AutoAWQ's GEMM version writes it, 4 bits, per linear X:
//
//	X.qweight I32 [in, out/8]      eight codes a word, along out
//	X.qzeros  I32 [groups, out/8]  zero points, the same way
//	X.scales  F16 [groups, out]
//
// Nibble j of a word, low first, is output 8w + awqOrder[j]. Zero points are
// stored as they are. W[o,i] = (code − zero)·scale, in the dtype of the scales.

// awqShift is where in a word the code of output 8w + j lies, in bits.
func awqShift(j int) int {
	// Nibbles hold outputs 0, 2, 4, 6, 1, 3, 5, 7: even ones first.
	return 4 * (j/2 + j%2*4)
}

const awqBits, awqPerWord = 4, 8

func (g *grouping) awq() error {
	anchors := g.anchors(".qweight")
	if len(anchors) == 0 {
		return nil
	}
	q := g.config.quant
	bits, group := q.integer("bits", awqBits), q.integer("group_size", 0)
	version, zeroPoint := q.str("version"), q.boolean("zero_point", true)
	if version == "" {
		version = q.str("checkpoint_format") // gptqmodel's spelling
	}
	if q.broken != nil {
		return q.broken
	}
	if version != "" && version != "gemm" {
		g.refuse(q, "the AWQ version %q", version)
		return nil
	}
	if bits != awqBits {
		g.refuse(q, "AWQ with %d bits", bits)
		return nil
	}
	for _, a := range anchors {
		l, err := g.awqLinear(a, group)
		if err != nil {
			return err
		}
		g.add(methodAWQ, packing{
			name: a.prefix + ".weight", dtype: l.scales.DType, shape: []int{l.out, l.in},
			parts: []stored{l.qweight, l.qzeros, l.scales}, decode: l,
			stored: report.Stored{Bits: awqBits, Group: groupOf(l.group, l.in), Symmetric: !zeroPoint, Detail: "gemm"},
		})
	}
	return nil
}

// awqLinear checks the parts of one linear against each other.
func (g *grouping) awqLinear(a anchor, group int) (*awqLinear, error) {
	l := &awqLinear{qweight: a.stored}
	var err error
	if l.qzeros, err = g.need(a.stored, a.prefix+".qzeros"); err != nil {
		return nil, err
	}
	if l.scales, err = g.need(a.stored, a.prefix+".scales"); err != nil {
		return nil, err
	}
	if err := wantMatrix(l.qweight, safetensors.I32, safetensors.U32); err != nil {
		return nil, err
	}
	l.in, l.out = l.qweight.Shape[0], l.qweight.Shape[1]*awqPerWord
	if err := wantMatrix(l.scales, scaleTypes()...); err != nil {
		return nil, err
	}
	l.groups = l.scales.Shape[0]
	if l.scales.Shape[1] != l.out {
		return nil, damaged(l.scales, "shape %v, but the codes have %d output channels", l.scales.Shape, l.out)
	}
	if err := wantShape(l.qzeros, []int{l.groups, l.out / awqPerWord}, safetensors.I32, safetensors.U32); err != nil {
		return nil, err
	}
	l.group = group
	if group <= 0 {
		l.group = ceilDiv(l.in, l.groups)
		if group < 0 {
			l.group = l.in
		}
	}
	if n := ceilDiv(l.in, l.group); n != l.groups {
		return nil, damaged(l.scales, "%d groups, but %d inputs in groups of %d are %d", l.groups, l.in, l.group, n)
	}
	return l, nil
}

// awqLinear decodes one linear.
type awqLinear struct {
	qweight, qzeros, scales stored
	in, out, group, groups  int
}

func (l *awqLinear) scheme() string { return fmt.Sprintf("awq gemm, group %d", l.group) }

func (l *awqLinear) load(ctx context.Context) (rowDecoder, error) {
	d := &columnCodes{in: l.in, out: l.out, round: rounding(l.scales.DType), groupOf: plainGroups(l.in, l.group)}
	words, err := loadWords(ctx, l.qweight)
	if err != nil {
		return nil, err
	}
	zeros, err := loadWords(ctx, l.qzeros)
	if err != nil {
		return nil, err
	}
	if d.scales, err = loadFloats(ctx, l.scales); err != nil {
		return nil, err
	}
	row := l.out / awqPerWord
	pick := func(words []uint32, k, o int) int {
		return int(words[k*row+o/awqPerWord] >> awqShift(o%awqPerWord) & (1<<awqBits - 1))
	}
	d.pick = func(k, o int) int { return pick(words, k, o) }
	d.zeros = make([]int16, l.groups*l.out)
	for i := range d.zeros {
		d.zeros[i] = int16(pick(zeros, i/l.out, i%l.out))
	}
	return d, nil
}
