package int2

import (
	"context"
	"errors"
	"fmt"
	"runtime"
)

// ErrNotFinite is returned for a matrix that holds a NaN or an infinity.
var ErrNotFinite = errors.New("the matrix holds NaN or infinite values")

// RowReader gives a matrix [rows, cols], row-major, a block of rows at a time.
// It must allow concurrent calls.
type RowReader interface {
	Dims() (rows, cols int)
	// ReadRows fills dst, of (hi−lo)·cols values, with rows lo up to hi.
	ReadRows(ctx context.Context, lo, hi int, dst []float32) error
}

// Options of a quantization run. The zero value measures only.
type Options struct {
	Workers  int            // goroutines; 0: GOMAXPROCS
	Keep     bool           // return the packed matrix
	Detail   bool           // return the per-row and per-group figures, histogram and column statistics
	Ideal    bool           // compute Metrics.BelowIdealDB (a second pass over the weights)
	Progress func(rows int) // called with the number of rows finished so far, from any goroutine
}

func (o Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// measureOnly are the options of a run that others are compared with.
func (o Options) measureOnly() Options {
	return Options{Workers: o.Workers, Progress: o.Progress}
}

// Result of Quantize.
type Result struct {
	Metrics      Metrics
	Packed       *Packed // with Options.Keep
	Detail       *Detail // with Options.Detail
	Solver       Solver  // the solver whose result was kept: differs from the scheme's for Best, and when SINQ or HQQ measured worse than RTN
	FallbackRows int     // rows that kept the RTN result because the solver's measured worse
	HasCol       bool    // the packed form has a scale per input channel (SINQ): see Scheme.SizeBytes
}

// Quantize finds scales and codes for a matrix, rounds the scales to the
// number format, chooses the codes again, and measures the result against the
// weights in one streaming pass. Memory is bounded by a block of rows a worker
// and four bytes a group (HQQ and SINQ, hence Best on the affine grid, need the
// whole matrix). Results do not depend on Workers.
//
// Search and LS are never worse than RTN: a row where they measure worse keeps
// the RTN result. HQQ and SINQ, which are methods of a whole matrix, give way to
// RTN as a whole.
//
// A matrix with a NaN or an infinity is not quantized: ErrNotFinite, with
// Metrics.NaNs and Infs counted in the Result that comes with it. Other errors
// come without a Result: ErrTooWide, ctx's, the reader's, a scheme that is not valid.
func Quantize(ctx context.Context, w RowReader, s Scheme, opt Options) (*Result, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	rows, cols := w.Dims()
	if err := checkDims(rows, cols); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	switch {
	case s.Solver == Best && s.Grid == Affine:
		return quantizeBest(ctx, w, s, opt)
	case s.Solver == Best:
		s.Solver = Search // beside it there is RTN only, to which it falls back by itself
	}
	if s.Solver == HQQ || s.Solver == SINQ {
		return quantizeMatrix(ctx, w, s, opt)
	}
	return quantizeRows(ctx, w, s, nil, opt)
}

// quantizeMatrix runs a solver that looks at the whole matrix.
func quantizeMatrix(ctx context.Context, w RowReader, s Scheme, opt Options) (*Result, error) {
	f, err := newFormat(s, second(w.Dims()))
	if err != nil {
		return nil, err
	}
	m, err := load(ctx, w)
	if err != nil {
		return nil, err
	}
	if _, _, finite := rangeOf(m.Data); !finite {
		return notFinite(m)
	}
	p, err := solveMatrix(ctx, m, f, opt.workers())
	if err != nil {
		return nil, err
	}
	p.Codes = nil // chosen again
	p.dropCol()
	progress := opt.Progress
	if p.usable() {
		opt.Progress = share(progress, m.Rows, 0, 2)
		res, err := quantizeRows(ctx, m, s, p, opt)
		if err != nil {
			return nil, err
		}
		if res.Solver == s.Solver {
			if progress != nil {
				progress(m.Rows)
			}
			return res, nil
		}
	}
	s.Solver = RTN
	opt.Progress = share(progress, m.Rows, 1, 2)
	res, err := quantizeRows(ctx, m, s, nil, opt)
	if err == nil {
		res.FallbackRows = m.Rows
	}
	return res, err
}

func second(_, n int) int { return n }

// notFinite counts what makes a matrix unfit.
func notFinite(m *Dense) (*Result, error) {
	s := rowSums{count: int64(len(m.Data))}
	s.nans, s.infs = countNotFinite(m.Data)
	return s.refuse()
}

// refuse is the answer for a matrix with NaN or Inf.
func (s *rowSums) refuse() (*Result, error) {
	empty := rowSums{nans: s.nans, infs: s.infs}
	m := empty.metrics()
	m.Count = s.count
	return &Result{Metrics: m}, fmt.Errorf("%w (%d NaN, %d infinite)", ErrNotFinite, s.nans, s.infs)
}

// quantizeBest runs every solver of the affine grid and keeps the one with the
// least measured error, the first of equals.
func quantizeBest(ctx context.Context, w RowReader, s Scheme, opt Options) (*Result, error) {
	m, err := load(ctx, w)
	if err != nil {
		return nil, err
	}
	candidates := []Solver{RTN, Search, LS, HQQ, SINQ}
	passes := len(candidates) + 1
	var best *Result
	for i, solver := range candidates {
		s.Solver = solver
		try := opt.measureOnly()
		try.Progress = share(opt.Progress, m.Rows, i, passes)
		res, err := Quantize(ctx, m, s, try)
		if err != nil {
			return res, err
		}
		if best == nil || res.Metrics.Error < best.Metrics.Error {
			best = res
		}
	}
	s.Solver = best.Solver
	opt.Progress = share(opt.Progress, m.Rows, passes-1, passes)
	return Quantize(ctx, m, s, opt)
}

// share turns the progress of one pass of several into the progress of all.
func share(progress func(int), rows, pass, passes int) func(int) {
	if progress == nil {
		return nil
	}
	return func(done int) { progress((pass*rows + done) / passes) }
}
