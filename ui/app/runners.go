package app

import (
	"context"
	"errors"
	"path/filepath"
	"sync"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/ui/msg"
)

// runner is what the shell needs of an *infer.Runner. The columns of the Run
// view know nothing else of a model.
type runner interface {
	Info() infer.Info
	Estimate(ctx context.Context, q infer.Request) (infer.Estimate, error)
	Run(ctx context.Context, q infer.Request, emit func(infer.Event)) (*infer.Result, error)
	Close() error
}

// openFunc opens a source; packing, which may be called often, is told of every
// tensor that is quantized on the way.
type openFunc func(ctx context.Context, from msg.Source, packing func(done, of int, name string)) (runner, error)

// runners are the opened runners by their source. One is opened when it is
// first asked for, and again when it is asked for after it was dropped.
type runners struct {
	open openFunc

	mu     sync.Mutex
	byKey  map[string]*lease
	closed bool
}

// lease is a runner that is being opened or open.
type lease struct {
	from   msg.Source
	ready  chan struct{} // closed when runner and err are set
	runner runner
	err    error
	cancel context.CancelFunc // ends the opening
	gone   bool               // it was dropped; under the lock of runners

	mu     sync.Mutex
	packed msg.RunnerPacks // how far the opening is
}

func newRunners(open openFunc) *runners {
	return &runners{open: open, byKey: map[string]*lease{}}
}

// errDropped is what an opening gives that was called off because nobody wants
// the runner any more.
var errDropped = errors.New("the column was taken away")

var errClosed = errors.New("the workbench is being closed")

// get opens a source, or waits until someone else has. An error is not kept: the
// next call tries again.
func (r *runners) get(ctx context.Context, from msg.Source) (runner, error) {
	key := from.Key()
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil, errClosed
	}
	one, found := r.byKey[key]
	opening := ctx
	if !found {
		one = &lease{from: from, ready: make(chan struct{})}
		opening, one.cancel = context.WithCancel(ctx) // until it is dropped: a runner may go on reading
		r.byKey[key] = one
	}
	r.mu.Unlock()
	if !found {
		one.runner, one.err = r.open(opening, from, one.packing)
		if one.err != nil {
			one.cancel()
			r.forget(key, one)
		}
		close(one.ready)
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-one.ready:
	}
	if errors.Is(one.err, context.Canceled) && ctx.Err() == nil {
		if r.isGone(one) {
			return nil, errDropped
		}
		return r.get(ctx, from) // it was another caller who gave up
	}
	return one.runner, one.err
}

// packing notes how far the quantizing is.
func (l *lease) packing(done, of int, name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.packed.Done, l.packed.Of, l.packed.Name = done, of, name
}

// progress is how far the opening of a source is; opening is false when it is
// open, failed, or was never asked for.
func (r *runners) progress(from msg.Source) (packs msg.RunnerPacks, opening bool) {
	r.mu.Lock()
	one := r.byKey[from.Key()]
	r.mu.Unlock()
	if one == nil {
		return packs, false
	}
	select {
	case <-one.ready:
		return packs, false
	default:
	}
	one.mu.Lock()
	defer one.mu.Unlock()
	packs = one.packed
	packs.Source = from
	return packs, true
}

func (r *runners) isGone(one *lease) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return one.gone
}

func (r *runners) forget(key string, one *lease) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byKey[key] == one {
		delete(r.byKey, key)
	}
}

// drop closes a source's runner; a run of it ends first, an opening is called off.
func (r *runners) drop(from msg.Source) error {
	key := from.Key()
	return r.dropIf(func(l *lease) bool { return l.from.Key() == key })
}

// dropFolder closes the runners of a path, whatever their variant.
func (r *runners) dropFolder(path string) error {
	path = filepath.Clean(path)
	return r.dropIf(func(l *lease) bool { return filepath.Clean(l.from.Path) == path })
}

func (r *runners) dropIf(fits func(*lease) bool) error {
	r.mu.Lock()
	var out []*lease
	for key, one := range r.byKey {
		if fits(one) {
			out = append(out, one)
			one.gone = true
			delete(r.byKey, key)
		}
	}
	r.mu.Unlock()
	var errs []error
	for _, one := range out {
		errs = append(errs, one.close())
	}
	return errors.Join(errs...)
}

// close closes every runner and refuses to open more.
func (r *runners) close() error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	return r.dropIf(func(*lease) bool { return true })
}

// close calls off the opening, or closes what was opened.
func (l *lease) close() error {
	l.cancel()
	<-l.ready
	if l.runner == nil {
		return nil
	}
	return l.runner.Close()
}
