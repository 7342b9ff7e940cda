package model

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/mmtui/mmtui/core/safetensors"
)

// ctRows decodes rows of a compressed-tensors linear.
type ctRows struct {
	*ctLinear
	scales  []float32 // as stored
	zeros   []float32 // one a scale, nil when symmetric
	groupOf []int32   // [in]
	round   func(float32) float32
}

// decodeRows reads the codes of the rows and computes (q − z)·s. The difference
// is rounded to the dtype too, as the tool does it; with integers it is exact.
func (d *ctRows) decodeRows(ctx context.Context, lo, hi int, dst []float32) error {
	if err := d.readCodes(ctx, lo, hi, dst); err != nil {
		return err
	}
	for r := lo; r < hi; r++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		row := dst[(r-lo)*d.in:][:d.in]
		first := d.scale.row(r)
		scales := d.scales[first:]
		if d.zeros == nil {
			for k := range row {
				row[k] = d.round(row[k] * scales[d.groupOf[k]])
			}
			continue
		}
		zeros := d.zeros[first:]
		for k := range row {
			g := d.groupOf[k]
			row[k] = d.round(d.round(row[k]-zeros[g]) * scales[g])
		}
	}
	return nil
}

// readCodes puts the signed codes into dst.
func (d *ctRows) readCodes(ctx context.Context, lo, hi int, dst []float32) error {
	if d.codes.DType != safetensors.I32 {
		return d.codes.File.ReadValues(ctx, d.codes.Info, int64(lo)*int64(d.in), dst)
	}
	words := d.codes.Shape[1]
	raw := make([]byte, (hi-lo)*words*4)
	if err := d.codes.File.ReadBytes(d.codes.Info, int64(lo)*int64(words)*4, raw); err != nil {
		return err
	}
	packed := make([]uint32, (hi-lo)*words)
	for i := range packed {
		packed[i] = binary.LittleEndian.Uint32(raw[4*i:])
	}
	offset := 1 << (d.bits - 1)
	for i := range dst {
		dst[i] = float32(d.code(packed, i/d.in*words, 1, i%d.in) - offset)
	}
	return nil
}

// code is code i of a run of words that starts at base and goes on step apart.
func (l *ctLinear) code(words []uint32, base, step, i int) int {
	at := i * l.bits
	if l.padded {
		perWord := 32 / l.bits
		at = i/perWord*32 + i%perWord*l.bits
	}
	return code(words, base, step, at, l.bits)
}

// loadZeros gives one zero point a scale, without the offset, or nil.
func (l *ctLinear) loadZeros(ctx context.Context, n int) ([]float32, error) {
	if l.zero == nil {
		return nil, nil
	}
	if l.zero.DType != safetensors.I32 {
		return loadFloats(ctx, *l.zero)
	}
	words, err := loadWords(ctx, *l.zero)
	if err != nil {
		return nil, err
	}
	zeros := make([]float32, n)
	offset := 1 << (l.bits - 1)
	for i := range zeros {
		r, g := i/l.scale.perRow, i%l.scale.perRow
		zeros[i] = float32(l.code(words, g, l.scale.perRow, r) - offset)
	}
	return zeros, nil
}

// groupIndex is the group of each input. A g_idx with −1 in it is a leftover
// that the tool ignores.
func (l *ctLinear) groupIndex(ctx context.Context) ([]int32, error) {
	plain := plainGroups(l.in, l.scale.blockCols)
	if l.gidx == nil {
		return plain, nil
	}
	v, err := loadFloats(ctx, *l.gidx)
	if err != nil {
		return nil, err
	}
	if slices.Contains(v, -1) {
		return plain, nil
	}
	return loadGroupIndex(ctx, *l.gidx, l.scale.perRow)
}
