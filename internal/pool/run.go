package pool

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
)

// A run's state: whether workers may join, whether its owner sleeps until the
// last has left, and how many are in it.
const (
	opened  = 1 << 63
	waiting = 1 << 62
	inside  = waiting - 1
)

// run is one call of Run. Its other fields change only while no worker can be
// inside, so that a worker which comes late finds either this run or nothing.
type run struct {
	state atomic.Uint64
	next  atomic.Int64
	total int64
	task  Task
	ended <-chan struct{} // of the context; nil when it cannot end
	ctx   context.Context // for the reason
	done  chan struct{}   // the last worker has left

	stopped atomic.Bool // the context ended before the last chunk was claimed
	failed  atomic.Pointer[failure]
}

// failure is what a chunk panicked with.
type failure struct{ cause any }

func (r *run) begin(ctx context.Context, n int, t Task) {
	r.ctx, r.ended, r.task, r.total = ctx, ctx.Done(), t, int64(n)
	r.next.Store(0)
	r.stopped.Store(false)
	r.state.Store(opened)
}

// end gives what came of the run and lets go of what it held.
func (r *run) end() (cause any, err error) {
	f := r.failed.Swap(nil)
	switch {
	case f != nil:
		fault, ok := f.cause.(addressed)
		if !ok {
			cause = f.cause
			break
		}
		err = asFault(fault)
	case r.stopped.Load():
		err = r.ctx.Err()
	}
	r.ctx, r.ended, r.task = nil, nil, nil
	return cause, err
}

// addressed is the runtime's error for a memory fault (debug.SetPanicOnFault).
type addressed interface {
	error
	Addr() uintptr
}

// alone is a run of the caller's own.
func alone(ctx context.Context, n int, t Task) (err error) {
	old := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(old)
		cause := recover()
		if cause == nil {
			return
		}
		fault, ok := cause.(addressed)
		if !ok {
			panic(cause)
		}
		err = asFault(fault)
	}()
	ended := ctx.Done()
	for i := range n {
		select {
		case <-ended:
			return ctx.Err()
		default:
		}
		t.Chunk(0, i)
	}
	return nil
}

func asFault(fault addressed) error { return fmt.Errorf("%w (%w)", ErrFault, fault) }

// join enters a run that is open.
func (r *run) join() bool {
	for {
		s := r.state.Load()
		if s&opened == 0 {
			return false
		}
		if r.state.CompareAndSwap(s, s+1) {
			return true
		}
	}
}

// leave is the end of join; the last worker to leave wakes the owner.
func (r *run) leave() {
	if s := r.state.Add(^uint64(0)); s == waiting {
		r.done <- struct{}{}
	}
}

// claim does chunks until none is left. A panic ends the run.
func (r *run) claim(worker int) {
	defer func() {
		if cause := recover(); cause != nil {
			r.failed.CompareAndSwap(nil, &failure{cause})
			r.next.Store(r.total)
		}
	}()
	for {
		i := r.next.Load()
		if i >= r.total {
			return
		}
		select {
		case <-r.ended:
			r.stopped.Store(true)
			r.next.Store(r.total)
			return
		default:
		}
		if r.next.CompareAndSwap(i, i+1) {
			r.task.Chunk(worker, int(i))
		}
	}
}

// wait closes the run and returns when the workers have left it. They are in
// their last chunks, so it looks a while before it sleeps.
func (r *run) wait() {
	r.state.And(^uint64(opened))
	for range spins {
		if r.state.Load() == 0 {
			return
		}
		pause()
	}
	runtime.Gosched()
	if r.state.Or(waiting)&inside != 0 {
		<-r.done
	}
	r.state.Store(0)
}
