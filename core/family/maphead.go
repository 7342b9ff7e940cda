package family

import (
	"context"
	"math"

	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/internal/attention"
	"github.com/mmtui/mmtui/internal/large"
)

// mapHead pools the tokens of a picture by the attention of one learned query
// (multihead attention pooling, Zhai et al. 2022).
type mapHead struct {
	encoderConfig
	probe    []float32 // [hidden]
	q, kv    layer     // of the fused in_proj: [hidden, hidden], [2·hidden, hidden]
	out      layer
	norm     namedNorm
	fc1, fc2 layer
	name     string
}

func (l *loader) mapHead(at string, c encoderConfig) mapHead {
	d := c.hidden
	in := l.layer(at+".attention.in_proj", at+".attention.in_proj_weight", at+".attention.in_proj_bias", 3*d, d, true, []int{3 * d, d})
	h := mapHead{
		encoderConfig: c, name: at,
		probe: l.vector(at+".probe", 1, 1, d),
		out:   l.linear(at+".attention.out_proj", d, d, true),
		norm:  l.norm(at+".layernorm", d, c.eps, true),
		fc1:   l.linear(at+".mlp.fc1", c.mlp, d, true),
		fc2:   l.linear(at+".mlp.fc2", d, c.mlp, true),
	}
	if in.Linear != nil {
		h.q = layer{at + ".attention.in_proj.q", nn.Outputs(in.Linear, 0, d)}
		h.kv = layer{at + ".attention.in_proj.kv", nn.Outputs(in.Linear, d, 3*d)}
	}
	return h
}

// forward fills dst [batch, hidden] from the tokens in p.h; it uses p's memory.
func (h *mapHead) forward(ctx context.Context, dst []float32, p *encoding) error {
	d, rows := h.hidden, p.batch*p.tokens
	q, mixed := make([]float32, d), p.x[:p.batch*d]
	kv := large.Floats(rows * 2 * d)
	if err := h.q.run(ctx, p.o, q, h.probe, 1); err != nil {
		return err
	}
	if err := h.kv.run(ctx, p.o, kv, p.h, rows); err != nil {
		return err
	}
	if err := h.attend(ctx, mixed, q, kv, p); err != nil {
		return err
	}
	if err := h.out.run(ctx, p.o, dst, mixed, p.batch); err != nil {
		return err
	}
	// The residual of the MLP is the attention's output; the probe is not added.
	normed, mid := p.y[:p.batch*d], make([]float32, p.batch*h.mlp)
	if err := h.norm.run(ctx, p.o, p.run, normed, dst, p.batch); err != nil {
		return err
	}
	if err := h.fc1.run(ctx, p.o, mid, normed, p.batch); err != nil {
		return err
	}
	if err := activate(ctx, p.o, p.run, h.name+".mlp.activation_fn", mid, h.act); err != nil {
		return err
	}
	if err := h.fc2.run(ctx, p.o, normed, mid, p.batch); err != nil {
		return err
	}
	return p.run.Add(ctx, dst, normed, p.batch, d)
}

func (h *mapHead) attend(ctx context.Context, dst, q, kv []float32, p *encoding) error {
	name := h.name + ".attention"
	if p.o != nil {
		p.o.Begin(name)
		defer p.o.End(name)
	}
	d, head := h.hidden, h.hidden/h.heads
	a := attention.Args{
		Q: q, QStride: d, KStride: 2 * d, VStride: 2 * d, OutStride: d,
		Queries: 1, Keys: p.tokens, Heads: h.heads, KVHeads: h.heads, HeadDim: head,
		Scale: float32(1 / math.Sqrt(float64(head))),
	}
	for b := range p.batch {
		sequence := kv[b*p.tokens*2*d : (b+1)*p.tokens*2*d]
		a.K, a.V, a.Out = sequence, sequence[d:], dst[b*d:(b+1)*d]
		if err := p.run.Attend(ctx, &a); err != nil {
			return err
		}
	}
	return nil
}
