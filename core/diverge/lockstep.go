package diverge

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/mmtui/mmtui/core/safetensors"
)

// lockstep is where two runs of one network meet, at every named layer: the
// float run compares, the variant's waits meanwhile. Each hands over its own
// memory, of which nothing is kept, so that a comparison of any model takes no
// more than the two runs and the output of one layer.
type lockstep struct {
	arrive chan arrival
	leave  chan struct{}
	ended  [2]chan struct{} // closed when the run of that side is over
	fail   context.CancelCauseFunc
}

// arrival is the variant's run at a layer: its input and its output there.
type arrival struct {
	name string
	x, y []float32
}

// The sides, as indices of ended.
const (
	floatSide = iota
	variantSide
)

// errApart is two runs that do not compute the same layers in the same order.
var errApart = errors.New("the two runs do not compute the same layers; check that both are of one folder")

func newLockstep() *lockstep {
	return &lockstep{
		arrive: make(chan arrival), leave: make(chan struct{}),
		ended: [2]chan struct{}{make(chan struct{}), make(chan struct{})},
	}
}

// together runs both sides, the float one in the caller's goroutine, and waits
// for both: the first error ends the other. It is called once.
func (l *lockstep) together(ctx context.Context, side func(ctx context.Context, side int) error) error {
	ctx, l.fail = context.WithCancelCause(ctx)
	defer l.fail(nil)
	var wait sync.WaitGroup
	run := func(i int) {
		defer close(l.ended[i])
		if err := side(ctx, i); err != nil {
			l.fail(err)
		}
	}
	wait.Go(func() { run(variantSide) })
	run(floatSide)
	wait.Wait()
	return context.Cause(ctx) // what came first, of an observer too, whose side may end without an error
}

// meet waits for the variant's run at a layer; leave must be called after a
// nil error, before the float run goes on.
func (l *lockstep) meet(ctx context.Context, name string, x, y int) (arrival, error) {
	select {
	case a := <-l.arrive:
		if a.name != name || len(a.x) != x || len(a.y) != y {
			return a, fmt.Errorf("%w: %s [%d] beside %s [%d]", errApart, safetensors.Printable(name), y, safetensors.Printable(a.name), len(a.y))
		}
		return a, nil
	case <-l.ended[variantSide]:
		if err := ctx.Err(); err != nil {
			return arrival{}, err
		}
		return arrival{}, fmt.Errorf("%w: %s in the float run alone", errApart, safetensors.Printable(name))
	case <-ctx.Done():
		return arrival{}, ctx.Err()
	}
}

// release lets the variant's run go on.
func (l *lockstep) release(ctx context.Context) error {
	select {
	case l.leave <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// show brings the variant's run to a meeting and waits until it was compared.
func (l *lockstep) show(ctx context.Context, a arrival) error {
	select {
	case l.arrive <- a:
	case <-l.ended[floatSide]:
		if err := ctx.Err(); err != nil {
			return err
		}
		return fmt.Errorf("%w: %s in the variant's run alone", errApart, safetensors.Printable(a.name))
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-l.leave:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
