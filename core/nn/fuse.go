package nn

import (
	"context"

	"github.com/mmtui/mmtui/internal/gemm"
)

// Fused is several linear layers of one input in one pass: the queries, keys
// and values of an attention, or an MLP's gate and its values.
type Fused interface {
	// Forward fills ys[i] [rows, out of layer i] from x [rows, in], with the bits
	// that the layers give one by one. It keeps nothing of ys.
	Forward(ctx context.Context, ys [][]float32, x []float32, rows int) error
}

// Fuser is a Linear that may go with others.
type Fuser interface {
	// Fuse makes one pass of the layer and those after it, nil when they do not fit.
	Fuse(others []Linear) Fused
}

// Fuse makes one pass of layers that read the same input, nil when there is none.
func Fuse(layers ...Linear) Fused {
	if len(layers) < 2 {
		return nil
	}
	f, ok := layers[0].(Fuser)
	if !ok {
		return nil
	}
	return f.Fuse(layers[1:])
}

// fusedFloat is several Floats of one engine.
type fusedFloat []*Float

// Fuse joins float layers of one engine and one input width.
func (f *Float) Fuse(others []Linear) Fused {
	all := fusedFloat{f}
	for _, l := range others {
		g, ok := l.(*Float)
		if !ok || g.engine != f.engine || g.weights.Cols != f.weights.Cols {
			return nil
		}
		all = append(all, g)
	}
	return all
}

func (f fusedFloat) Forward(ctx context.Context, ys [][]float32, x []float32, rows int) error {
	for _, l := range f {
		if small(l.weights, rows) {
			return f.oneByOne(ctx, ys, x, rows)
		}
	}
	k := f[0].engine.take()
	defer f[0].engine.give(k)
	for i, l := range f {
		k.products = append(k.products, gemm.Product{Y: ys[i], Weights: l.weights, Bias: l.bias})
	}
	err := k.Linears(ctx, x, rows, k.products)
	clear(k.products)
	k.products = k.products[:0]
	return err
}

func (f fusedFloat) oneByOne(ctx context.Context, ys [][]float32, x []float32, rows int) error {
	for i, l := range f {
		if err := l.Forward(ctx, ys[i], x, rows); err != nil {
			return err
		}
	}
	return nil
}
