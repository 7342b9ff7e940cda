package int2

import (
	"context"
	"fmt"
)

// Compare measures b against a, which must have the same dimensions, with the
// same sums in the same order as Quantize: what Quantize reports for a matrix
// is what Compare reports for the matrix and its dequantized form, to the last bit.
// Fields that need codes (occupancy, clipping, ideal) are NaN or nil.
//
// A NaN or an infinity in either is ErrNotFinite, with the counts over both.
func Compare(ctx context.Context, a, b RowReader, opt Options) (*Result, error) {
	rows, cols := a.Dims()
	if r, c := b.Dims(); r != rows || c != cols {
		return nil, fmt.Errorf("a matrix of %d×%d cannot be compared with one of %d×%d", rows, cols, r, c)
	}
	if err := checkDims(rows, cols); err != nil {
		return nil, err
	}
	c := &comparison{a: a, b: b, rows: rows, cols: cols, opt: opt}
	if opt.Detail {
		var err error
		if c.detail, err = newDetailBuilder(ctx, a, &format{cols: cols, groupLen: max(cols, 1)}, opt.workers()); err != nil {
			return nil, err
		}
	}
	if cols > 0 {
		err := inOrder(ctx, rows, blockRows(cols), opt.workers(), func() blockTask { return newCompareTask(c) })
		if err != nil {
			return nil, err
		}
	}
	if c.total.nans+c.total.infs > 0 {
		c.total.count = int64(rows) * int64(cols)
		return c.total.refuse()
	}
	res := &Result{Metrics: c.total.metrics()}
	if c.detail != nil {
		res.Detail = c.detail.finish(&c.total)
	}
	return res, ctx.Err()
}

// comparison is one streaming pass over two matrices.
type comparison struct {
	a, b       RowReader
	rows, cols int
	opt        Options
	total      rowSums
	detail     *detailBuilder
}

// compareTask is one goroutine's part of a comparison.
type compareTask struct {
	*comparison
	blockA, blockB []float32
	sums           rowSums
	columns        *columnSums // with detail
}

func newCompareTask(c *comparison) *compareTask {
	n := min(blockRows(c.cols), c.rows) * c.cols
	t := &compareTask{comparison: c, blockA: make([]float32, n), blockB: make([]float32, n)}
	if c.detail != nil {
		t.columns = newColumnSums(c.cols, 1)
	}
	return t
}

func (t *compareTask) run(ctx context.Context, lo, hi int) error {
	a, b := t.blockA[:(hi-lo)*t.cols], t.blockB[:(hi-lo)*t.cols]
	if err := readRows(ctx, t.a, lo, hi, a); err != nil {
		return err
	}
	if err := readRows(ctx, t.b, lo, hi, b); err != nil {
		return err
	}
	t.sums = rowSums{}
	if t.columns != nil {
		t.columns.reset()
	}
	for r := lo; r < hi; r++ {
		t.row(r, a[(r-lo)*t.cols:][:t.cols], b[(r-lo)*t.cols:][:t.cols])
	}
	return ctx.Err()
}

func (t *compareTask) row(r int, w, q []float32) {
	lo, hi, finite := rangeOf(w)
	if _, _, ok := rangeOf(q); !finite || !ok {
		for _, row := range [][]float32{w, q} {
			nans, infs := countNotFinite(row)
			t.sums.nans += nans
			t.sums.infs += infs
		}
		return
	}
	sums := sumErrors(w, q)
	t.sums.addRow(w, sums, lo, hi)
	if t.detail != nil {
		t.detail.row(t.columns, r, w, &encodedRow{q: q}, sums, absMax(lo, hi))
	}
}

func (t *compareTask) merge(hi int) {
	t.total.merge(&t.sums)
	if t.columns != nil {
		t.detail.merge(t.columns)
	}
	if t.opt.Progress != nil {
		t.opt.Progress(hi)
	}
}
