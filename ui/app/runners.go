package app

import (
	"context"
	"errors"
	"path/filepath"
	"sync"

	"github.com/mmtui/mmtui/core/infer"
)

// runner is what the shell needs of an *infer.Runner. The columns of the Run
// view know nothing else of a model.
type runner interface {
	Info() infer.Info
	Estimate(ctx context.Context, q infer.Request) (infer.Estimate, error)
	Run(ctx context.Context, q infer.Request, emit func(infer.Event)) (*infer.Result, error)
	Close() error
}

// runners are the opened runners by their path. One is opened when it is first
// asked for, and again when it is asked for after it was dropped.
type runners struct {
	open func(ctx context.Context, path string) (runner, error)

	mu     sync.Mutex
	byPath map[string]*lease
	closed bool
}

// lease is a runner that is being opened or open.
type lease struct {
	ready  chan struct{} // closed when runner and err are set
	runner runner
	err    error
}

func newRunners(open func(ctx context.Context, path string) (runner, error)) *runners {
	return &runners{open: open, byPath: map[string]*lease{}}
}

var errClosed = errors.New("the workbench is being closed")

// get opens a path, or waits until someone else has. An error is not kept: the
// next call tries again.
func (r *runners) get(ctx context.Context, path string) (runner, error) {
	key := filepath.Clean(path)
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil, errClosed
	}
	one, found := r.byPath[key]
	if !found {
		one = &lease{ready: make(chan struct{})}
		r.byPath[key] = one
	}
	r.mu.Unlock()
	if !found {
		one.runner, one.err = r.open(ctx, path)
		if one.err != nil {
			r.forget(key, one)
		}
		close(one.ready)
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-one.ready:
	}
	if errors.Is(one.err, context.Canceled) && ctx.Err() == nil { // it was another caller who gave up
		return r.get(ctx, path)
	}
	return one.runner, one.err
}

func (r *runners) forget(key string, one *lease) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byPath[key] == one {
		delete(r.byPath, key)
	}
}

// drop closes a path's runner; a run of it ends first.
func (r *runners) drop(path string) error {
	key := filepath.Clean(path)
	r.mu.Lock()
	one := r.byPath[key]
	delete(r.byPath, key)
	r.mu.Unlock()
	return one.close()
}

// close closes every runner and refuses to open more.
func (r *runners) close() error {
	r.mu.Lock()
	all := r.byPath
	r.byPath, r.closed = map[string]*lease{}, true
	r.mu.Unlock()
	var errs []error
	for _, one := range all {
		errs = append(errs, one.close())
	}
	return errors.Join(errs...)
}

func (l *lease) close() error {
	if l == nil {
		return nil
	}
	<-l.ready
	if l.runner == nil {
		return nil
	}
	return l.runner.Close()
}
