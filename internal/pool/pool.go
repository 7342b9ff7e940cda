// Package pool runs work on a fixed set of goroutines that claim chunks: the
// caller works too and takes every chunk that no one else has claimed, so that
// a busy second core costs no more than a missing one.
package pool

import (
	"context"
	"errors"
	"math/bits"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// Task is work that is cut into independent chunks. Chunk is called once for
// every i, from several goroutines; worker is below Workers and names the
// goroutine, for scratch memory of its own. A chunk should take well under a
// millisecond: a cancelled run waits for the chunks that have begun.
type Task interface{ Chunk(worker, i int) }

// ErrFault is memory that could not be read: a mapped file became shorter, or
// its disk failed.
var ErrFault = errors.New("memory cannot be read: the file was changed or its disk failed while it was in use; open it again")

// Pool is a set of workers. Run may be called from several goroutines.
type Pool struct {
	workers  int
	runs     [64]run
	free     atomic.Uint64 // bit i: runs[i] is in nobody's hands
	open     atomic.Uint64 // bit i: runs[i] may have chunks that nobody has claimed
	sleeping atomic.Int32  // workers that wait for wake, or are about to
	wake     chan struct{}
	quit     chan struct{}
	ended    sync.WaitGroup
	closed   sync.Once
}

// New starts a pool of so many workers, the caller of Run included; 0 means GOMAXPROCS.
func New(workers int) *Pool {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	p := &Pool{workers: workers, wake: make(chan struct{}, workers), quit: make(chan struct{})}
	p.free.Store(^uint64(0))
	for i := range p.runs {
		p.runs[i].done = make(chan struct{}, 1)
	}
	for w := 1; w < workers; w++ {
		p.ended.Go(func() { p.work(w) })
	}
	return p
}

// Workers is how many goroutines work at once, at most.
func (p *Pool) Workers() int { return p.workers }

// Run runs chunks 0 … n−1 of t and returns when all are done. When ctx ends no
// further chunk is begun and its error comes back. A memory fault inside a
// chunk (a mapped file that became shorter) comes back as an error that wraps
// ErrFault; any other panic goes on in the caller.
func (p *Pool) Run(ctx context.Context, n int, t Task) error {
	if n <= 0 {
		return ctx.Err()
	}
	if n == 1 || p.workers == 1 {
		return alone(ctx, n, t)
	}
	slot := p.take()
	if slot < 0 {
		return alone(ctx, n, t)
	}
	r := &p.runs[slot]
	r.begin(ctx, n, t)
	p.open.Or(1 << slot)
	p.rouse(n - 1)
	old := debug.SetPanicOnFault(true) // of this goroutine only
	r.claim(0)
	debug.SetPanicOnFault(old)
	p.open.And(^(uint64(1) << slot))
	r.wait()
	cause, err := r.end()
	p.free.Or(1 << slot)
	if cause != nil {
		panic(cause)
	}
	return err
}

// Close ends the workers. Run must not be called afterwards.
func (p *Pool) Close() {
	p.closed.Do(func() { close(p.quit) })
	p.ended.Wait()
}

// take gives a free run's place, or −1 when 64 are under way.
func (p *Pool) take() int {
	for {
		free := p.free.Load()
		if free == 0 {
			return -1
		}
		i := bits.TrailingZeros64(free)
		if p.free.CompareAndSwap(free, free&^(1<<i)) {
			return i
		}
	}
}

// rouse wakes up to n sleeping workers.
func (p *Pool) rouse(n int) {
	for range min(n, int(p.sleeping.Load())) {
		select {
		case p.wake <- struct{}{}:
		default: // as many wake already as there are workers
			return
		}
	}
}
