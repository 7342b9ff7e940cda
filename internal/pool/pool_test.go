package pool

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// counted counts how often each chunk was done, and checks that no two
// goroutines use one worker's number at a time.
type counted struct {
	t    testing.TB
	done []atomic.Int32
	busy []atomic.Bool
}

func newCounted(t testing.TB, p *Pool, n int) *counted {
	return &counted{t, make([]atomic.Int32, n), make([]atomic.Bool, p.Workers())}
}

func (c *counted) Chunk(worker, i int) {
	if !c.busy[worker].CompareAndSwap(false, true) {
		c.t.Errorf("two goroutines are worker %d", worker)
	}
	c.done[i].Add(1)
	if i%7 == 0 {
		runtime.Gosched()
	}
	c.busy[worker].Store(false)
}

func (c *counted) check() {
	c.t.Helper()
	for i := range c.done {
		if n := c.done[i].Load(); n != 1 {
			c.t.Fatalf("chunk %d of %d was done %d times", i, len(c.done), n)
		}
	}
}

func TestEveryChunkOnce(t *testing.T) {
	t.Parallel()
	for _, workers := range []int{1, 2, 3, 8} {
		p := New(workers)
		if p.Workers() != workers {
			t.Fatalf("%d workers, want %d", p.Workers(), workers)
		}
		for round := range 200 {
			c := newCounted(t, p, round%33)
			if err := p.Run(t.Context(), len(c.done), c); err != nil {
				t.Fatal(err)
			}
			c.check()
		}
		p.Close()
	}
	p := New(0)
	defer p.Close()
	if p.Workers() != runtime.GOMAXPROCS(0) {
		t.Errorf("%d workers, want one a processor", p.Workers())
	}
}

// More callers than there are places, so that some work alone.
func TestManyCallers(t *testing.T) {
	t.Parallel()
	p := New(4)
	defer p.Close()
	var wg sync.WaitGroup
	for range 80 {
		wg.Go(func() {
			for round := range 40 {
				c := newCounted(t, p, 2+round%9)
				if err := p.Run(t.Context(), len(c.done), c); err != nil {
					t.Error(err)
				}
				c.check()
			}
		})
	}
	wg.Wait()
}

type taskFunc func(worker, i int)

func (f taskFunc) Chunk(worker, i int) { f(worker, i) }

func TestRunInsideChunk(t *testing.T) {
	t.Parallel()
	p := New(3)
	defer p.Close()
	var n atomic.Int32
	err := p.Run(t.Context(), 10, taskFunc(func(_, _ int) {
		if err := p.Run(t.Context(), 10, taskFunc(func(_, _ int) { n.Add(1) })); err != nil {
			t.Error(err)
		}
	}))
	if err != nil || n.Load() != 100 {
		t.Errorf("%d inner chunks (%v), want 100", n.Load(), err)
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	for _, workers := range []int{1, 3} {
		p := New(workers)
		ctx, cancel := context.WithCancelCause(t.Context())
		var n atomic.Int32
		err := p.Run(ctx, 1000, taskFunc(func(_, i int) {
			if n.Add(1); i == 10 {
				cancel(nil)
			} else if i > 10 {
				<-ctx.Done()
			}
		}))
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
		// Beyond chunk 10, only what others had claimed.
		if d := int(n.Load()); d < 11 || d > 10+workers {
			t.Errorf("%d workers: %d chunks were done", workers, d)
		}
		n.Store(0)
		for _, chunks := range []int{0, 1, 5} {
			if err := p.Run(ctx, chunks, taskFunc(func(_, _ int) { n.Add(1) })); !errors.Is(err, context.Canceled) || n.Load() != 0 {
				t.Errorf("%d chunks under an ended context: %v, %d done", chunks, err, n.Load())
			}
		}
		// A context that ends in the last chunk changes nothing.
		ctx, cancel = context.WithCancelCause(t.Context())
		if err := p.Run(ctx, 1, taskFunc(func(_, _ int) { cancel(nil) })); err != nil {
			t.Errorf("all was done, yet: %v", err)
		}
		p.Close()
	}
}

func TestPanicGoesToCaller(t *testing.T) {
	t.Parallel()
	cause := errors.New("a defect")
	for _, workers := range []int{1, 2, 4} {
		p := New(workers)
		for _, n := range []int{1, 2, 50} {
			func() {
				defer func() {
					if got := recover(); got != cause {
						t.Errorf("%d workers, %d chunks: recovered %v", workers, n, got)
					}
				}()
				_ = p.Run(t.Context(), n, taskFunc(func(_, i int) {
					if i == n/2 {
						panic(cause)
					}
				}))
				t.Errorf("%d workers, %d chunks: no panic", workers, n)
			}()
			// The pool goes on.
			c := newCounted(t, p, 20)
			if err := p.Run(t.Context(), 20, c); err != nil {
				t.Fatal(err)
			}
			c.check()
		}
		p.Close()
	}
}

func TestNilPointerIsNotAFault(t *testing.T) {
	t.Parallel()
	p := New(2)
	defer p.Close()
	defer func() {
		if recover() == nil {
			t.Error("a nil pointer was taken for a fault of the file")
		}
	}()
	_ = p.Run(t.Context(), 4, taskFunc(func(_, _ int) {
		var c *counted
		_ = len(c.done)
	}))
}

func TestCloseEndsGoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		p := New(5)
		_ = p.Run(t.Context(), 10, newCounted(t, p, 10))
		p.Close()
		p.Close() // twice is once
	}
	// A goroutine counts for a moment after its last statement.
	for range 1 << 20 {
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

func TestRunDoesNotAllocate(t *testing.T) {
	p := New(2)
	defer p.Close()
	task := &nothing{}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, n := range []int{1, 2, 64} {
		if got := testing.AllocsPerRun(200, func() { _ = p.Run(ctx, n, task) }); got != 0 {
			t.Errorf("%v allocations a run of %d chunks", got, n)
		}
	}
}

type nothing struct{}

func (*nothing) Chunk(_, _ int) {}

// BenchmarkRun is what a run costs beside its work.
func BenchmarkRun(b *testing.B) {
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			p := New(workers)
			defer p.Close()
			for b.Loop() {
				_ = p.Run(context.Background(), 8, &nothing{})
			}
		})
	}
}
