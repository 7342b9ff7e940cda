package nn

import (
	"context"
	"fmt"

	"github.com/mmtui/mmtui/int2/kernel"
)

// Quantized is a Linear over weights in the number format: activations are
// quantized to 8 bits a row at a time, and the product is integer. Several runs
// may use it at once.
type Quantized struct {
	engine  *Engine
	weights *kernel.Weights
	bias    []float32
}

// NewQuantized makes a linear layer of quantized weights and a bias [out] or nil.
func NewQuantized(e *Engine, w *kernel.Weights, bias []float32) (*Quantized, error) {
	if out, _ := w.Dims(); bias != nil && len(bias) != out {
		return nil, fmt.Errorf("a bias of %d for %d outputs", len(bias), out)
	}
	return &Quantized{engine: e, weights: w, bias: bias}, nil
}

// Shape is [out, in].
func (q *Quantized) Shape() (out, in int) { return q.weights.Dims() }

// Weights are what the layer multiplies by.
func (q *Quantized) Weights() *kernel.Weights { return q.weights }

// Forward fills y [rows, out] from x [rows, in].
func (q *Quantized) Forward(ctx context.Context, y, x []float32, rows int) error {
	k := q.engine.take()
	defer q.engine.give(k)
	return k.int2.Linear(ctx, y, x, rows, q.weights, q.bias)
}

// fusedQuantized is several Quantized of one engine: their input is quantized once.
type fusedQuantized []*Quantized

// Fuse joins quantized layers of one engine and one input width.
func (q *Quantized) Fuse(others []Linear) Fused {
	all := fusedQuantized{q}
	_, in := q.Shape()
	for _, l := range others {
		g, ok := l.(*Quantized)
		if !ok || g.engine != q.engine {
			return nil
		}
		if _, other := g.Shape(); other != in {
			return nil
		}
		all = append(all, g)
	}
	return all
}

func (f fusedQuantized) Forward(ctx context.Context, ys [][]float32, x []float32, rows int) error {
	k := f[0].engine.take()
	defer f[0].engine.give(k)
	for i, l := range f {
		k.quantized = append(k.quantized, kernel.Product{Y: ys[i], Weights: l.weights, Bias: l.bias})
	}
	err := k.int2.Linears(ctx, x, rows, k.quantized)
	clear(k.quantized)
	k.quantized = k.quantized[:0]
	return err
}
