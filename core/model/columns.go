package model

import (
	"context"
	"encoding/binary"

	"github.com/mmtui/mmtui/core/safetensors"
)

// columnCodes decodes the transposed layouts of GPTQ and AWQ: scales and zero
// points are [groups, out], and a row of the weight is a column on disk.
type columnCodes struct {
	in, out int
	pick    func(k, o int) int // the code of input k and output o
	zeros   []int16            // [groups, out]
	scales  []float32          // [groups, out]
	groupOf []int32            // [in]
	round   func(float32) float32
}

// decodeRows computes (code − zero)·scale. Code and zero are whole and the
// scale has at most 24 bits, so the product is rounded once, to the dtype.
func (d *columnCodes) decodeRows(ctx context.Context, lo, hi int, dst []float32) error {
	for k := range d.in {
		if k%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		at := int(d.groupOf[k]) * d.out
		for o := lo; o < hi; o++ {
			q := d.pick(k, o) - int(d.zeros[at+o])
			dst[(o-lo)*d.in+k] = d.round(float32(q) * d.scales[at+o])
		}
	}
	return nil
}

// plainGroups is the group of each input when groups follow the columns.
func plainGroups(in, group int) []int32 {
	index := make([]int32, in)
	for i := range index {
		index[i] = int32(i / group)
	}
	return index
}

// loadGroupIndex reads a g_idx, I32 or I64 [in], and checks that every entry
// names one of the groups.
func loadGroupIndex(ctx context.Context, s stored, groups int) ([]int32, error) {
	b, err := loadBytes(ctx, s)
	if err != nil {
		return nil, err
	}
	width := s.DType.Bits() / 8
	index := make([]int32, len(b)/width)
	for i := range index {
		var v int64
		if s.DType == safetensors.I64 {
			v = int64(binary.LittleEndian.Uint64(b[8*i:]))
		} else {
			v = int64(int32(binary.LittleEndian.Uint32(b[4*i:])))
		}
		if v < 0 || v >= int64(groups) {
			return nil, damaged(s, "input %d is in group %d, but there are %d groups", i, v, groups)
		}
		index[i] = int32(v)
	}
	return index, nil
}
