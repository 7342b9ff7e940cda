// Package gemm multiplies float32 activations by weights that lie in memory as
// a file has them: float32, bfloat16 or float16, row-major, little-endian.
// Arithmetic is float32 throughout: weights are widened, which is exact, and
// nothing is rounded to 16 bits.
//
// # The order of sums
//
// It is part of the package's contract and the same for every tier of
// instructions (package isa), for every number of workers and every cut into
// chunks, so that results agree to the last bit. fma is the fused product and
// sum, rounded once; every chain starts from +0.
//
// Up to FewRows rows: output (m, n) is sixteen chains, chain l = fma over
// k = l, l+16, l+32 … of x[m, k]·w[n, k], with both padded by zeros to a
// multiple of 16 columns. The chains are added 8 apart (0+8, 1+9 …), then 4
// apart, 2 apart, and the last two; then comes the bias.
//
// More rows: output (m, n) is one chain of fma for each block of Depth
// columns; the blocks are added in order, then comes the bias.
//
// So one row's result depends on how many rows come with it, within rounding:
// a token decoded alone and the same token inside a prompt agree to about
// K·2⁻²⁴, not to the bit. NaN comes out as NaN; its payload is the machine's.
package gemm

import (
	"context"
	"fmt"

	"github.com/mmtui/mmtui/internal/isa"
	"github.com/mmtui/mmtui/internal/pool"
)

// The constants of the order of sums.
const (
	FewRows  = 12  // up to so many rows are multiplied without packing the weights
	Depth    = 256 // columns in a block of the packed way
	dotLanes = 16  // chains of an output in the unpacked way
)

// Kernels multiplies on a pool with scratch memory of its own; one belongs to
// one run at a time.
type Kernels struct {
	pool    *pool.Pool
	backend backend
	few     few
	many    many
	one     [1]Product // of Linear
}

// New chooses the best kernels of this machine, or those that MMTUI_ISA names.
func New(p *pool.Pool) *Kernels { return newKernels(p, isa.Current()) }

func newKernels(p *pool.Pool, tier isa.Tier) *Kernels { return newKernelsOf(p, backendOf(tier)) }

func newKernelsOf(p *pool.Pool, b backend) *Kernels {
	k := &Kernels{pool: p, backend: b}
	k.few.start(b, p.Workers())
	k.many.start(b, p.Workers())
	return k
}

// Product is one matrix that multiplies an input: Y [rows, Weights.Rows] is
// x·Weightsᵀ + Bias; a nil Bias is none.
type Product struct {
	Y       []float32
	Weights Weights
	Bias    []float32
}

// Linear computes y[m, n] = Σ_k x[m, k]·w[n, k] + bias[n], with x [rows, w.Cols]
// and y [rows, w.Rows]; a nil bias is none. Each output is summed in an order
// that depends neither on the number of workers nor on the kernels in use.
//
// Errors are slices that are too short for their shape, the end of ctx, and
// pool.ErrFault when the weights' file became shorter; y is then half written.
func (k *Kernels) Linear(ctx context.Context, y, x []float32, rows int, w Weights, bias []float32) error {
	k.one[0] = Product{y, w, bias}
	err := k.Linears(ctx, x, rows, k.one[:])
	k.one[0] = Product{}
	return err
}

// Linears computes several products of one input x [rows, Cols], such as those
// of an attention's queries, keys and values, in one pass of the workers. Each
// output has the bits that Linear gives. It keeps nothing of products.
func (k *Kernels) Linears(ctx context.Context, x []float32, rows int, products []Product) error {
	outputs := 0
	for i := range products {
		if err := check(&products[i], x, rows); err != nil {
			return err
		}
		if products[i].Weights.Cols != products[0].Weights.Cols {
			return fmt.Errorf("matrix products of one input by [%d, %d] and [%d, %d]", products[0].Weights.Rows,
				products[0].Weights.Cols, products[i].Weights.Rows, products[i].Weights.Cols)
		}
		outputs += products[i].Weights.Rows
	}
	if rows == 0 || outputs == 0 {
		return ctx.Err()
	}
	if rows <= FewRows {
		return k.few.run(ctx, k.pool, x, rows, products)
	}
	return k.many.run(ctx, k.pool, x, rows, products)
}

// check keeps shapes that do not fit away from the assembly.
func check(p *Product, x []float32, rows int) error {
	w := p.Weights
	if rows < 0 || w.Rows < 0 || w.Cols < 0 || w.Type > F16 {
		return fmt.Errorf("matrix product of %d rows by type %d [%d, %d]: no such shape", rows, w.Type, w.Rows, w.Cols)
	}
	for _, s := range []struct {
		name         string
		have         int
		rows, length int
	}{
		{"input", len(x), rows, w.Cols},
		{"output", len(p.Y), rows, w.Rows},
		{"weight bytes", len(w.Data), w.Rows, w.Cols * w.Type.Bytes()},
	} {
		if s.length > 0 && s.rows > s.have/s.length {
			return fmt.Errorf("matrix product of %d rows by [%d, %d]: %d elements of %s, want %d·%d",
				rows, w.Rows, w.Cols, s.have, s.name, s.rows, s.length)
		}
	}
	if p.Bias != nil && len(p.Bias) < w.Rows {
		return fmt.Errorf("matrix product by [%d, %d]: bias has %d elements", w.Rows, w.Cols, len(p.Bias))
	}
	return nil
}
