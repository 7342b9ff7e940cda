package nn

import (
	"context"
	"fmt"

	"github.com/mmtui/mmtui/internal/gemm"
)

// Float is a Linear over float weights as they lie in a file: float32, bfloat16
// or float16. Arithmetic is float32. Several runs may use it at once.
type Float struct {
	engine  *Engine
	weights gemm.Weights
	bias    []float32
}

// NewFloat makes a linear layer of weights [out, in] and a bias [out] or nil.
func NewFloat(e *Engine, w gemm.Weights, bias []float32) (*Float, error) {
	if w.Rows < 1 || w.Cols < 1 || len(w.Data) != w.Rows*w.Cols*w.Type.Bytes() {
		return nil, fmt.Errorf("%d bytes are not a matrix [%d, %d] of %d-byte weights", len(w.Data), w.Rows, w.Cols, w.Type.Bytes())
	}
	if bias != nil && len(bias) != w.Rows {
		return nil, fmt.Errorf("a bias of %d for %d outputs", len(bias), w.Rows)
	}
	return &Float{engine: e, weights: w, bias: bias}, nil
}

// Shape is [out, in].
func (f *Float) Shape() (out, in int) { return f.weights.Rows, f.weights.Cols }

// Slice is the layer of outputs lo up to hi alone; it shares the weights.
func (f *Float) Slice(lo, hi int) Linear {
	s := &Float{engine: f.engine, weights: f.weights}
	row := f.weights.Cols * f.weights.Type.Bytes()
	s.weights.Data, s.weights.Rows = f.weights.Data[lo*row:hi*row], hi-lo
	if f.bias != nil {
		s.bias = f.bias[lo:hi]
	}
	return s
}

// Forward fills y [rows, out] from x [rows, in].
func (f *Float) Forward(ctx context.Context, y, x []float32, rows int) error {
	if len(x) < rows*f.weights.Cols || len(y) < rows*f.weights.Rows {
		return fmt.Errorf("%d inputs and room for %d outputs for %d rows of [%d, %d]", len(x), len(y), rows, f.weights.Rows, f.weights.Cols)
	}
	if rows == 0 {
		return ctx.Err()
	}
	y, x = y[:rows*f.weights.Rows], x[:rows*f.weights.Cols]
	k := f.engine.take()
	defer f.engine.give(k)
	if small(f.weights, rows) {
		return k.small.multiply(ctx, f.engine, y, x, rows, f.weights, f.bias)
	}
	return k.Linear(ctx, y, x, rows, f.weights, f.bias)
}
