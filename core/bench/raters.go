package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/int2/kernel"
	"github.com/mmtui/mmtui/internal/gemm"
	"github.com/mmtui/mmtui/internal/pool"
)

// subject is the kernels of one tier on so many threads.
type subject struct {
	tier    string
	scheme  *int2.Scheme // nil of float weights
	threads int
}

// String names the subject for a line of progress.
func (s subject) String() string {
	unit := "threads"
	if s.threads == 1 {
		unit = "thread"
	}
	return fmt.Sprintf("%s, %d %s,", s.tier, s.threads, unit)
}

// product is a shape by one kernel's weights, in memory or in the caches.
type product struct {
	Shape
	kernel   string
	streamed bool
}

// String names the product for a line of progress.
func (p product) String() string {
	if p.streamed {
		return p.kernel + " " + p.Shape.String() + " from memory"
	}
	return p.kernel + " " + p.Shape.String()
}

// products are the shapes as the subject is measured: by few rows from the
// caches, where arithmetic bounds, and from memory; float weights always from memory.
func (s subject) products(shapes []Shape) []product {
	var out []product
	if s.scheme == nil {
		for _, name := range []string{float32Kernel, bfloat16Kernel} {
			for _, shape := range shapes {
				out = append(out, product{shape, name, true})
			}
		}
		return out
	}
	name := fmt.Sprintf("w%da8", s.scheme.Bits)
	for _, shape := range shapes {
		out = append(out, product{shape, name, false})
		if shape.Rows <= gemm.FewRows {
			out = append(out, product{shape, name, true})
		}
	}
	return out
}

// peaks is what the machine reaches at most; 0 or less is not known.
type peaks struct{ ops, read float64 } // operations and bytes a second

// rated is what a product took, beside the peaks reached in between.
type rated struct {
	seconds float64
	bytes   float64 // of weights
	peak    peaks
}

// rater measures one subject. It serves one goroutine.
type rater interface {
	peak(ctx context.Context) (peaks, error)
	rate(ctx context.Context, p product, length time.Duration) (rated, error)
	close()
}

// openRater takes threads and a buffer beyond the caches.
func openRater(s subject) rater {
	p := pool.New(s.threads)
	if s.scheme != nil {
		return &integerRater{p, kernel.NewMeter(p, kernel.Tier(s.tier)), *s.scheme}
	}
	return &floatRater{p, gemm.NewMeter(p)}
}

// floatRater measures products by float weights.
type floatRater struct {
	pool  *pool.Pool
	meter *gemm.Meter
}

func (r *floatRater) close() { r.pool.Close() }

func (r *floatRater) peak(ctx context.Context) (peaks, error) {
	p, err := r.meter.Measure(ctx)
	return peaks{p.FMAFlops, p.ReadBytes}, err
}

func (r *floatRater) rate(ctx context.Context, p product, length time.Duration) (rated, error) {
	kind := gemm.F32
	if p.kernel == bfloat16Kernel {
		kind = gemm.BF16
	}
	got, err := r.meter.Rate(ctx, gemm.Case{Rows: p.Rows, Outputs: p.Outputs, Cols: p.Cols, Type: kind}, length)
	return rated{got.Seconds, got.Bytes * got.Seconds, peaks{got.Peak.FMAFlops, got.Peak.ReadBytes}}, err
}

// integerRater measures products by quantized weights.
type integerRater struct {
	pool   *pool.Pool
	meter  *kernel.Meter
	scheme int2.Scheme
}

func (r *integerRater) close() { r.pool.Close() }

func (r *integerRater) peak(ctx context.Context) (peaks, error) {
	p, err := r.meter.Measure(ctx)
	return peaks{p.IntOps, p.ReadBytes}, err
}

func (r *integerRater) rate(ctx context.Context, p product, length time.Duration) (rated, error) {
	got, err := r.meter.Rate(ctx, kernel.Case{Rows: p.Rows, Outputs: p.Outputs, Cols: p.Cols, Scheme: r.scheme, Streamed: p.streamed}, length)
	return rated{got.Seconds, got.Bytes * got.Seconds, peaks{got.Peak.IntOps, got.Peak.ReadBytes}}, err
}
