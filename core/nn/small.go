package nn

import (
	"context"

	"github.com/mmtui/mmtui/internal/gemm"
)

// A product of so few weights, and so few multiplications in all, is overhead
// for the most part: panels and vectors gain nothing a user would notice. It is
// summed in double instead, which gives the float32 next to the true sum, so
// that a small network's error is that of its activations alone. The smallest
// layer of a published model is larger.
const (
	smallWeights  = 1 << 16
	smallProducts = 1 << 21
)

// small says whether a product is one of these.
func small(w gemm.Weights, rows int) bool {
	n := w.Rows * w.Cols
	return n <= smallWeights && rows <= smallProducts/n
}

// smallTask multiplies in double, some outputs a chunk. One belongs to one
// product at a time.
type smallTask struct {
	span
	y, x   []float32
	rows   int
	w      gemm.Weights
	bias   []float32
	buffer [][]float32 // a row of weights, by worker
}

// Chunk computes some outputs for all rows. The order of the sums does not
// depend on the chunks, and the products are exact in double.
func (t *smallTask) Chunk(worker, i int) {
	in, out := t.w.Cols, t.w.Rows
	row := t.buffer[worker][:in]
	lo, hi := t.of(i)
	for o := lo; o < hi; o++ {
		t.w.Row(row, o)
		for r := range t.rows {
			var sum float64
			x := t.x[r*in:][:in]
			for k, v := range row {
				sum += float64(v) * float64(x[k])
			}
			if t.bias != nil {
				sum += float64(t.bias[o])
			}
			t.y[r*out+o] = float32(sum)
		}
	}
}

// multiply is y = x·Wᵀ + bias.
func (t *smallTask) multiply(ctx context.Context, e *Engine, y, x []float32, rows int, w gemm.Weights, bias []float32) error {
	if t.buffer == nil {
		t.buffer = make([][]float32, e.pool.Workers())
	}
	for i := range t.buffer {
		if len(t.buffer[i]) < w.Cols {
			t.buffer[i] = make([]float32, w.Cols)
		}
	}
	t.span = cut(w.Rows, rows*w.Cols)
	t.y, t.x, t.rows, t.w, t.bias = y, x, rows, w, bias
	err := e.pool.Run(ctx, (t.total+t.per-1)/t.per, t)
	t.y, t.x, t.w, t.bias = nil, nil, gemm.Weights{}, nil
	return err
}
