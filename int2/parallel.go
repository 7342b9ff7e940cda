package int2

import (
	"context"
	"sync"
	"sync/atomic"
)

// blockWeights is the number of weights a block of rows holds, about: it fits
// a core's second-level cache together with what is computed from it.
const blockWeights = 1 << 16

// blockRows is the number of rows of a block. It depends on the width only, so
// that sums over blocks do not depend on who computes them.
func blockRows(cols int) int { return max(1, blockWeights/max(1, cols)) }

// blockTask is the work of one goroutine on the blocks it claims.
type blockTask interface {
	run(ctx context.Context, lo, hi int) error // rows [lo, hi)
	merge(hi int)                              // called after run, in the order of the blocks, one at a time
}

// inOrder runs blocks of rows on up to workers goroutines and merges their
// results in row order. It returns the first error that occurred, and leaves no
// goroutine behind.
func inOrder(ctx context.Context, rows, step, workers int, newTask func() blockTask) error {
	blocks := (rows + step - 1) / step
	o := &ordered{ctx: ctx, rows: rows, step: step, blocks: blocks}
	o.turn = sync.NewCond(&o.mu)
	if workers = min(workers, blocks); workers <= 1 {
		if blocks > 0 {
			o.work(newTask())
		}
		return o.err
	}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() { o.work(newTask()) })
	}
	wg.Wait()
	return o.err
}

type ordered struct {
	ctx                context.Context
	rows, step, blocks int
	claimed            atomic.Int64

	mu     sync.Mutex
	turn   *sync.Cond
	merged int   // blocks merged so far
	err    error // the first; ends everything
}

func (o *ordered) work(t blockTask) {
	for {
		b := int(o.claimed.Add(1)) - 1
		if b >= o.blocks {
			return
		}
		lo := b * o.step
		hi := min(lo+o.step, o.rows)
		err := o.ctx.Err()
		if err == nil {
			err = t.run(o.ctx, lo, hi)
		}
		if !o.finish(t, b, hi, err) {
			return
		}
	}
}

// finish merges block b when all before it are merged. It reports whether there
// is any point in going on. The wait is short: blocks are claimed in order, so
// every earlier one is merged or under way.
func (o *ordered) finish(t blockTask, b, hi int, err error) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer o.turn.Broadcast()
	for err == nil && o.err == nil && o.merged != b {
		o.turn.Wait()
	}
	if o.err != nil {
		return false
	}
	if err != nil {
		o.err = err
		return false
	}
	t.merge(hi)
	o.merged++
	return true
}

// each calls f for 0 … n−1 on up to workers goroutines, without an order.
func each(ctx context.Context, n, workers int, f func(i int)) error {
	var next atomic.Int64
	loop := func() {
		for ctx.Err() == nil {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			f(i)
		}
	}
	if workers = min(workers, n); workers <= 1 {
		loop()
		return ctx.Err()
	}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(loop)
	}
	wg.Wait()
	return ctx.Err()
}
