package app

import (
	"context"
	"errors"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/ui/msg"
)

// openRunner opens a folder for running, quantized on the way where its variant says so.
func (w world) openRunner(ctx context.Context, from msg.Source, packing func(done, of int, name string)) (runner, error) {
	one, err := infer.Open(ctx, from.Path, infer.Options{
		CacheDir: w.model.CacheDir, Workers: w.scan.Workers, Variant: from.Variant, PackDir: w.packDir, Packing: packing,
	})
	if err != nil {
		return nil, err // not a nil *infer.Runner inside an interface
	}
	return one, nil
}

// compareFunc answers a request with several runners side by side.
type compareFunc func(ctx context.Context, all []runner, q infer.Request, emit func(column int, e infer.Event)) (*infer.Comparison, error)

var errNotComparable = errors.New("these columns cannot run side by side")

// compareRunners is infer.Compare.
func compareRunners(ctx context.Context, all []runner, q infer.Request, emit func(column int, e infer.Event)) (*infer.Comparison, error) {
	real := make([]*infer.Runner, len(all))
	for i, one := range all {
		r, ok := one.(*infer.Runner)
		if !ok {
			return nil, errNotComparable
		}
		real[i] = r
	}
	return infer.Compare(ctx, real, q, emit)
}
