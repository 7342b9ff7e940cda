// Package kernel multiplies activations by quantized weights as they are
// packed: 2, 3, 4 and 8 bits against 8-bit activations, integer up to one
// float32 product.
//
// # Specification
//
// Every tier of instructions, every number of workers and every cut into
// chunks gives the same bits, of which portable.go is the specification.
//
// A row x of activations is quantized alone. Where the weights have a scale per
// input channel, x[k]·Col[k] (rounded) takes the place of x[k]. With m = max |x|
// the scale is a = m/127 and the code of x[k] is x[k]·(127/m) rounded to the
// nearest, ties to even; in a row of zeros, and one so small that 127/m is no
// finite number, all codes and a are 0. A row with a NaN or an infinity has all
// codes 0 and the scale NaN, so that its outputs are NaN: as in float, a fault
// is not hidden.
//
// Output (m, n) is float32(acc)·(a·(S/2)) + bias, each operation rounded once,
// with acc = Σ_g (2·u_g·Σ c·x + v_g·Σ x) in int32 (see int2.Packed, whose
// Validate says that it fits). Without a bias nothing is added.
package kernel

import (
	"context"
	"fmt"

	"github.com/mmtui/mmtui/internal/pool"
)

// Product is one matrix that multiplies an input: Y [rows, outputs] is
// x·Weightsᵀ + Bias; a nil Bias is none.
type Product struct {
	Y       []float32
	Weights *Weights
	Bias    []float32
}

// Kernels multiplies on a pool with scratch memory of its own; one belongs to
// one run at a time.
type Kernels struct {
	pool    *pool.Pool
	backend backend
	task    task
	one     [1]Product // of Linear
}

// New chooses the best kernels of this machine, or those that the environment
// names (see Current).
func New(p *pool.Pool) *Kernels { return newKernels(p, backendOf(Current())) }

func newKernels(p *pool.Pool, b backend) *Kernels { return &Kernels{pool: p, backend: b} }

// Linear is Linears of one product.
func (k *Kernels) Linear(ctx context.Context, y, x []float32, rows int, w *Weights, bias []float32) error {
	k.one[0] = Product{y, w, bias}
	err := k.Linears(ctx, x, rows, k.one[:])
	k.one[0] = Product{}
	return err
}

// Linears computes products of one input x [rows, Cols]. The input is quantized
// once for all products whose weights have the same scales per input channel.
// It allocates nothing after its first calls and keeps nothing of products.
//
// Errors are slices that are too short for their shape, widths that differ, and
// the end of ctx; the outputs are then half written.
func (k *Kernels) Linears(ctx context.Context, x []float32, rows int, products []Product) error {
	outputs := 0
	for i := range products {
		if err := check(&products[i], x, rows); err != nil {
			return err
		}
		if products[i].Weights.cols != products[0].Weights.cols {
			return fmt.Errorf("matrix products of one input by %d and %d columns", products[0].Weights.cols, products[i].Weights.cols)
		}
		outputs += products[i].Weights.rows
	}
	if rows == 0 || outputs == 0 {
		return ctx.Err()
	}
	return k.task.run(ctx, k.pool, k.backend, x, rows, products)
}

func check(p *Product, x []float32, rows int) error {
	w := p.Weights
	if rows < 0 {
		return fmt.Errorf("matrix product of %d rows", rows)
	}
	if w.cols > 0 && rows > len(x)/w.cols {
		return fmt.Errorf("matrix product of %d rows by [%d, %d]: %d inputs", rows, w.rows, w.cols, len(x))
	}
	if w.rows > 0 && rows > len(p.Y)/w.rows {
		return fmt.Errorf("matrix product of %d rows by [%d, %d]: room for %d outputs", rows, w.rows, w.cols, len(p.Y))
	}
	if p.Bias != nil && len(p.Bias) < w.rows {
		return fmt.Errorf("matrix product by [%d, %d]: bias has %d elements", w.rows, w.cols, len(p.Bias))
	}
	return nil
}
