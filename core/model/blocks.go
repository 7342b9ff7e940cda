package model

// blocks says which scale belongs to which weight of a [out, in] matrix, after
// the shape of the scales, as compressed-tensors infers it: one value for the
// tensor, [out, 1] per channel, [out, groups] or [1, groups] per group, else
// blocks of rows and columns.
type blocks struct {
	part                 stored
	rows, perRow         int // of the scales
	blockRows, blockCols int // weights that a scale spans
}

// newBlocks checks the shape of the scales. block is the configured block
// structure [rows, cols], nil for the other strategies.
func newBlocks(s stored, out, in int, block []int) (blocks, error) {
	b := blocks{part: s, rows: 1, perRow: 1}
	switch {
	case s.Parameters() == 1:
	case len(s.Shape) == 2 && s.Shape[0] > 0 && s.Shape[1] > 0:
		b.rows, b.perRow = s.Shape[0], s.Shape[1]
	default:
		return b, damaged(s, "shape %v fits no strategy for a weight of [%d, %d]", s.Shape, out, in)
	}
	b.blockRows, b.blockCols = ceilDiv(out, b.rows), ceilDiv(in, b.perRow)
	if len(block) == 2 && block[0] > 0 && block[1] > 0 {
		b.blockRows, b.blockCols = min(block[0], out), min(block[1], in)
	} else if out%b.rows != 0 || in%b.perRow != 0 {
		return b, damaged(s, "shape %v does not divide a weight of [%d, %d]", s.Shape, out, in)
	}
	if ceilDiv(out, b.blockRows) != b.rows || ceilDiv(in, b.blockCols) != b.perRow {
		return b, damaged(s, "shape %v, but a weight of [%d, %d] in blocks of %d × %d has [%d, %d]", s.Shape, out, in,
			b.blockRows, b.blockCols, ceilDiv(out, b.blockRows), ceilDiv(in, b.blockCols))
	}
	return b, nil
}

// row is the index of the first scale of a weight's row.
func (b *blocks) row(r int) int { return r / b.blockRows * b.perRow }
