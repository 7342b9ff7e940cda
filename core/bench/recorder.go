package bench

import (
	"context"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/core/safetensors"
)

// work is what linear layers did: operations, multiply and add counted as two,
// and the bytes of weights that were multiplied by, once a call.
type work struct {
	integer, float float64
	bytes          float64
}

func (w work) plus(o work) work {
	return work{w.integer + o.integer, w.float + o.float, w.bytes + o.bytes}
}

// tally sums the work of the layers that were made through it. A run's layers
// add to it from the run's goroutine; nothing is measured beside a run.
type tally struct{ work }

// recorded makes layers that add their work to a tally.
type recorded struct {
	nn.Linears
	model *model.Model
	tally *tally
}

func (r recorded) Linear(name string, bias []float32) (nn.Linear, error) {
	l, err := r.Linears.Linear(name, bias)
	if err != nil {
		return nil, err
	}
	out, in := l.Shape()
	c := &counted{Linear: l, tally: r.tally}
	if q, ok := l.(*nn.Quantized); ok {
		c.integer, c.bytes = true, float64(q.Weights().SizeBytes())
	} else {
		c.bytes = float64(out) * float64(in) * r.width(name)
	}
	return c, nil
}

// width is the bytes of a float weight in memory: as stored where the kernels
// take it so, else 4.
func (r recorded) width(name string) float64 {
	t, ok := r.model.Lookup(name)
	if !ok || t.Stored != nil || t.Transposed || len(t.Parts) != 1 {
		return 4
	}
	switch safetensors.DType(t.DType) {
	case safetensors.BF16, safetensors.F16:
		return 2
	}
	return 4
}

// counted is a layer whose work is counted.
type counted struct {
	nn.Linear
	tally   *tally
	integer bool
	bytes   float64
}

// Forward is that of the layer.
func (c *counted) Forward(ctx context.Context, y, x []float32, rows int) error {
	out, in := c.Shape()
	ops := 2 * float64(rows) * float64(out) * float64(in)
	if c.integer {
		c.tally.integer += ops
	} else {
		c.tally.float += ops
	}
	c.tally.bytes += c.bytes
	return c.Linear.Forward(ctx, y, x, rows)
}

// Slice is some of the layer's outputs alone.
func (c *counted) Slice(lo, hi int) nn.Linear {
	out, _ := c.Shape()
	return &counted{nn.Outputs(c.Linear, lo, hi), c.tally, c.integer, c.bytes * float64(hi-lo) / float64(out)}
}

// Fuse joins the layers behind the counted ones. What goes together is not
// counted: a watched run takes layers one by one.
func (c *counted) Fuse(others []nn.Linear) nn.Fused {
	all := []nn.Linear{c.Linear}
	for _, o := range others {
		l, ok := o.(*counted)
		if !ok {
			return nil
		}
		all = append(all, l.Linear)
	}
	return nn.Fuse(all...)
}
