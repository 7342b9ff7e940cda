package family

import (
	"context"
	"strconv"

	"github.com/mmtui/mmtui/core/nn"
)

// layer is a linear layer and its name in the module tree.
type layer struct {
	name string
	nn.Linear
}

// run is Forward under the eyes of an observer.
func (l *layer) run(ctx context.Context, o nn.Observer, y, x []float32, rows int) error {
	if o == nil {
		return l.Forward(ctx, y, x, rows)
	}
	o.Begin(l.name)
	defer o.End(l.name)
	return l.Forward(ctx, y, x, rows)
}

// group is linear layers of one input. Under an observer they run one by one,
// so that each has its time; the outputs have the same bits.
type group struct {
	layers []layer
	fused  nn.Fused
}

func newGroup(layers ...layer) group {
	all := make([]nn.Linear, len(layers))
	for i, l := range layers {
		all[i] = l.Linear
	}
	return group{layers, nn.Fuse(all...)}
}

// run fills ys, one for each layer, from x.
func (g *group) run(ctx context.Context, o nn.Observer, ys [][]float32, x []float32, rows int) error {
	if o == nil && g.fused != nil {
		return g.fused.Forward(ctx, ys, x, rows)
	}
	for i := range g.layers {
		if err := g.layers[i].run(ctx, o, ys[i], x, rows); err != nil {
			return err
		}
	}
	return nil
}

// namedNorm is a norm and its name in the module tree.
type namedNorm struct {
	name string
	nn.Norm
}

// run is dst = norm(src).
func (n *namedNorm) run(ctx context.Context, o nn.Observer, r *nn.Run, dst, src []float32, rows int) error {
	if o != nil {
		o.Begin(n.name)
		defer o.End(n.name)
	}
	return r.Norm(ctx, dst, src, rows, &n.Norm)
}

// add is src += plus and dst = norm(src): the residual is counted to the norm.
func (n *namedNorm) add(ctx context.Context, o nn.Observer, r *nn.Run, dst, src, plus []float32, rows int) error {
	if o != nil {
		o.Begin(n.name)
		defer o.End(n.name)
	}
	return r.AddNorm(ctx, dst, src, plus, rows, &n.Norm)
}

// watched does work that is not a layer of its own.
func watched(o nn.Observer, name string, work func()) {
	if o != nil {
		o.Begin(name)
		defer o.End(name)
	}
	work()
}

// stageNames are the names of activations after the embeddings and after each
// layer: prefix.h0 … prefix.hN.
func stageNames(prefix string, layers int) []string {
	names := make([]string, layers+1)
	for i := range names {
		names[i] = prefix + ".h" + strconv.Itoa(i)
	}
	return names
}
