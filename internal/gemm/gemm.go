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

// Linear computes y[m, n] = Σ_k x[m, k]·w[n, k] + bias[n], with x [rows, w.Cols]
// and y [rows, w.Rows]; a nil bias is none. Each output is summed in an order
// that depends neither on the number of workers nor on the kernels in use.
//
// Errors are slices that are too short for their shape, the end of ctx, and
// pool.ErrFault when the weights' file became shorter; y is then half written.
func (k *Kernels) Linear(ctx context.Context, y, x []float32, rows int, w Weights, bias []float32) error {
	if err := check(y, x, rows, w, bias); err != nil {
		return err
	}
	if rows == 0 || w.Rows == 0 {
		return ctx.Err()
	}
	j := job{y: y, x: x, rows: rows, w: w, bias: bias}
	if rows <= FewRows {
		return k.few.run(ctx, k.pool, j)
	}
	return k.many.run(ctx, k.pool, j)
}

// job is one multiplication.
type job struct {
	y, x []float32
	rows int
	w    Weights
	bias []float32
}

// check keeps shapes that do not fit away from the assembly.
func check(y, x []float32, rows int, w Weights, bias []float32) error {
	if rows < 0 || w.Rows < 0 || w.Cols < 0 || w.Type > F16 {
		return fmt.Errorf("matrix product of %d rows by type %d [%d, %d]: no such shape", rows, w.Type, w.Rows, w.Cols)
	}
	for _, s := range []struct {
		name         string
		have         int
		rows, length int
	}{
		{"input", len(x), rows, w.Cols},
		{"output", len(y), rows, w.Rows},
		{"weight bytes", len(w.Data), w.Rows, w.Cols * w.Type.Bytes()},
	} {
		if s.length > 0 && s.rows > s.have/s.length {
			return fmt.Errorf("matrix product of %d rows by [%d, %d]: %d elements of %s, want %d·%d",
				rows, w.Rows, w.Cols, s.have, s.name, s.rows, s.length)
		}
	}
	if bias != nil && len(bias) < w.Rows {
		return fmt.Errorf("matrix product by [%d, %d]: bias has %d elements", w.Rows, w.Cols, len(bias))
	}
	return nil
}
