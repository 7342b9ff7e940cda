package int2

import (
	"context"
	"math"
	"sync/atomic"
)

// quantization is one streaming pass over a matrix.
type quantization struct {
	w          RowReader
	rows, cols int
	f, rtn     *format
	params     *Params
	opt        Options
	total      rowSums
	unfit      atomic.Bool // a NaN or Inf was met: go on counting only
	packed     *Packed
	scales     []float32 // float scale of every group, without its sign
	detail     *detailBuilder
	evidence   *evidence // with Ideal or Detail
}

// quantizeRows quantizes rows one by one, with the scales of p when it is not
// nil. With p, Result.Solver is RTN when that measured better over all; the rest
// of the result is then not RTN's and not to be used.
func quantizeRows(ctx context.Context, w RowReader, s Scheme, p *Params, opt Options) (*Result, error) {
	rows, cols := w.Dims()
	f, err := newFormat(s, cols)
	if err != nil {
		return nil, err
	}
	s.Solver = RTN
	rtn, err := newFormat(s, cols)
	if err != nil {
		return nil, err
	}
	r := &quantization{w: w, rows: rows, cols: cols, f: f, rtn: rtn, params: p, opt: opt}
	hasCol := p != nil && p.Col != nil
	if opt.Keep {
		r.packed = newPacked(rows, cols, f.scheme, hasCol)
		if hasCol {
			copy(r.packed.Col, p.Col)
		}
	}
	if opt.Detail {
		if r.detail, err = newDetailBuilder(ctx, w, f, opt.workers()); err != nil {
			return nil, err
		}
	}
	if opt.Ideal || opt.Detail {
		r.evidence = &evidence{columns: newColumnSums(cols, 0)}
	}
	r.scales = make([]float32, rows*f.groups)
	if err := r.stream(ctx); err != nil {
		return nil, err
	}
	if r.total.nans+r.total.infs > 0 {
		r.total.count = int64(rows) * int64(cols)
		return r.total.refuse()
	}
	return r.result(hasCol), nil
}

func (r *quantization) stream(ctx context.Context) error {
	if r.cols == 0 {
		return ctx.Err()
	}
	return inOrder(ctx, r.rows, blockRows(r.cols), r.opt.workers(), func() blockTask {
		t := &quantizeTask{quantization: r, coder: newRowCoder(r.f, r.rtn, r.params)}
		t.block = make([]float32, min(blockRows(r.cols), r.rows)*r.cols)
		if r.detail != nil {
			t.columns = newColumnSums(r.cols, r.f.scheme.Levels())
		}
		if r.evidence != nil {
			t.seen = &evidence{columns: newColumnSums(r.cols, 0)}
		}
		return t
	})
}

func (r *quantization) result(hasCol bool) *Result {
	res := &Result{
		Metrics: r.total.metrics(), Packed: r.packed, Solver: r.f.scheme.Solver,
		FallbackRows: int(r.total.fallback), HasCol: hasCol,
	}
	if r.params != nil && !(r.total.err <= r.total.rtnErr) {
		res.Solver = RTN
	}
	r.total.addCodes(&res.Metrics, r.f.scheme.Levels(), r.scales)
	if r.evidence == nil {
		res.Metrics.BelowIdealDB = math.NaN()
	}
	if r.detail != nil {
		res.Detail = r.detail.finish(&r.total)
	}
	verdict := diagnose(&res.Metrics, r.evidence, r.f)
	res.Metrics.Cause = verdict.Cause
	if res.Detail != nil {
		res.Detail.Verdict = verdict
	}
	return res
}

// quantizeTask is one goroutine's part of a run.
type quantizeTask struct {
	*quantization
	coder   *rowCoder
	block   []float32
	sums    rowSums
	columns *columnSums // with detail
	seen    *evidence   // with Ideal or Detail
	best    optimizer
}

// checkEvery is the number of weights after which a block looks at its context.
const checkEvery = 1 << 13

func (t *quantizeTask) run(ctx context.Context, lo, hi int) error {
	block := t.block[:(hi-lo)*t.cols]
	if err := readRows(ctx, t.w, lo, hi, block); err != nil {
		return err
	}
	t.sums = rowSums{}
	if t.columns != nil {
		t.columns.reset()
	}
	if t.seen != nil {
		t.seen.reset()
	}
	since := 0
	for r := lo; r < hi; r++ {
		if since += t.cols; since >= checkEvery {
			since = 0
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		t.row(r, block[(r-lo)*t.cols:][:t.cols])
	}
	return nil
}

// row quantizes and measures one row.
func (t *quantizeTask) row(r int, w []float32) {
	if !t.coder.measure(w) {
		nans, infs := countNotFinite(w)
		t.sums.nans += nans
		t.sums.infs += infs
		t.unfit.Store(true)
	}
	if t.unfit.Load() {
		return
	}
	row := t.coder.code(r, w)
	lo, hi := t.coder.rowRange()
	t.sums.addRow(w, row.errorSums, lo, hi)
	t.sums.rtnErr += row.rtnErr
	if row.fellBack {
		t.sums.fallback++
	}
	countCodes(t.sums.counts[:t.f.scheme.Levels()], row.codes)
	t.sums.clipped += t.coder.clipped(w, &row)
	for g, fit := range row.fits {
		t.scales[r*t.f.groups+g] = float32(math.Abs(fit.scale))
	}
	if t.seen != nil {
		t.seen.addRow(w, t.coder.rounded(w), &row)
		if !t.sums.noIdeal {
			t.ideal(w, &row)
		}
	}
	if t.packed != nil {
		t.packed.setRow(r, row.encodedRow)
	}
	if t.detail != nil {
		t.detail.row(t.columns, r, w, row.encodedRow, row.errorSums, absMax(lo, hi))
	}
}

// ideal adds the error of the exact optimum of the row's groups.
func (t *quantizeTask) ideal(w []float32, row *codedRow) {
	for g := range t.f.groups {
		lo, hi := t.f.bounds(g)
		sse, ok := t.best.groupError(w[lo:hi], t.f.scheme)
		if !ok {
			t.sums.noIdeal = true
			return
		}
		t.sums.ideal += sse
		t.seen.addGroup(sumErrors(w[lo:hi], row.q[lo:hi]).err, sse)
	}
}

func (t *quantizeTask) merge(hi int) {
	t.total.merge(&t.sums)
	if t.seen != nil {
		t.evidence.merge(t.seen)
	}
	if t.columns != nil {
		t.detail.merge(t.columns)
	}
	if t.opt.Progress != nil {
		t.opt.Progress(hi)
	}
}
