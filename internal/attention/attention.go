// Package attention computes softmax(Q·Kᵀ·scale + mask)·V in float32 without
// keeping the matrix of scores.
//
// # Specification
//
// Every tier of instructions (package isa) and every number of workers gives
// the same bits; the twins in twin.go say which.
//
// Several queries are taken 32 at a time, from query 0 on, one a lane: nothing
// is ever added up across lanes. The keys are taken 96 at a time (keysAtOnce).
// A score is Σ_d k[d]·(scale·q[d]), fused one after another from d = 0; a key
// that a query must not see has the score −∞. The running maximum starts at
// −MaxFloat32; where a block of keys raises it from m to m′, the sum and the
// output are multiplied by e^(m−m′), which is exact where nothing changes. The
// weights e^(score−m′) are added to the sum, and times the values to the
// output, fused, one key after another. The output is multiplied by 1/sum.
//
// One query whose HeadDim is a multiple of 16 is a matter of memory speed and
// goes another way: keys in parts of 128, the scores in 16 lanes that are added
// up by halves, the parts put together at the end. So a query alone agrees with
// the same query among others within rounding.
//
// A NaN or an infinity in what a query sees goes into its output; so it may
// where it lies in the values of a key that is hidden from it: 0·NaN is NaN.
package attention

import (
	"context"

	"github.com/mmtui/mmtui/internal/isa"
	"github.com/mmtui/mmtui/internal/pool"
)

//go:generate go run ../kernelgen/attention

// Args is one call. Row i of the queries holds its heads one after another,
// Q[i·QStride + h·HeadDim …], and likewise for the others; strides are in
// elements. Heads is a multiple of KVHeads: query head h reads key head
// h / (Heads/KVHeads). Sequences that do not see each other lie one after
// another: Queries rows of Q and Keys rows of K each.
type Args struct {
	Q, K, V, Out              []float32
	QStride, KStride, VStride int
	OutStride                 int
	Sequences                 int // 0 is 1
	Queries, Keys             int // of one sequence
	Heads, KVHeads, HeadDim   int
	Scale                     float32
	Causal                    bool   // query i sees keys 0 … Keys−Queries+i
	Mask                      []bool // [Sequences, Keys], false hides a key from every query; nil hides none
}

// Kernels attends on a pool with scratch memory of its own; one belongs to one
// run at a time.
type Kernels struct {
	pool    *pool.Pool
	tier    isa.Tier
	args    *Args // of the call under way
	workers []scratch
	single  single
	one     Args // a sequence of several
}

// New chooses the best kernels of this machine, or those that MMTUI_ISA names.
func New(p *pool.Pool) *Kernels { return newTier(p, isa.Current()) }

func newTier(p *pool.Pool, t isa.Tier) *Kernels {
	return &Kernels{pool: p, tier: t, workers: make([]scratch, p.Workers())}
}

// Attend fills a.Out, which must not overlap the others. A query that sees no
// key at all gets zeros. An error is that of ctx, of the pool, or of arguments
// that do not fit together; a.Out is then undefined.
func (k *Kernels) Attend(ctx context.Context, a *Args) error {
	if err := a.check(); err != nil {
		return err
	}
	k.args = a
	defer func() { k.args = nil }()
	if a.Queries == 1 && a.HeadDim%16 == 0 {
		for s := range a.sequences() {
			k.one = a.sequence(s)
			k.args = &k.one
			if err := k.attendSingle(ctx); err != nil {
				return err
			}
		}
		k.one = Args{}
		return nil
	}
	for i := range k.workers {
		k.workers[i].grow(a.HeadDim)
	}
	t := (*tileTask)(k)
	return k.pool.Run(ctx, a.sequences()*a.Heads*t.chunks(), t)
}
