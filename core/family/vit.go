package family

import (
	"context"
	"fmt"
	"math"

	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/internal/attention"
)

// encoderConfig is a pre-norm transformer encoder (Dosovitskiy et al. 2021): the
// image encoders of all families and the text encoders of CLIP and SigLIP.
type encoderConfig struct {
	hidden, mlp, layers, heads int
	act                        nn.Activation
	eps                        float32
}

// readEncoder reads the keys that all encoders share; missing gives the
// defaults of the published class.
func readEncoder(c object, missing encoderConfig, act string) encoderConfig {
	hidden := c.count("hidden_size", missing.hidden, mostWidth)
	return encoderConfig{
		hidden: hidden,
		mlp:    c.count("intermediate_size", missing.mlp, mostWidth),
		layers: c.count("num_hidden_layers", missing.layers, mostLayers),
		heads:  c.heads(missing.heads, hidden),
		act:    c.activation("hidden_act", act),
		eps:    float32(c.number("layer_norm_eps", float64(missing.eps))),
	}
}

// flop is what one sequence of so many tokens costs; a causal one attends to half.
func (c encoderConfig) flop(tokens int, causal bool) float64 {
	n, d := float64(tokens), float64(c.hidden)
	scores := 4 * n * n * d
	if causal {
		scores /= 2
	}
	return float64(c.layers) * (2*n*d*(4*d+2*float64(c.mlp)) + scores)
}

// bytes is the scratch memory of so many rows, the input included.
func (c encoderConfig) bytes(rows int) int64 {
	return 4 * (int64(rows)*int64(c.hidden)*6 + int64(min(rows, mlpRows))*int64(c.mlp))
}

// mlpRows bounds the rows that go through an MLP at once: its scratch, four
// times as wide as a row, stays near the cache.
const mlpRows = 1024

// encoder is the stack of layers.
type encoder struct {
	encoderConfig
	layers []encoderLayer
	stages []string // names of h0 … hN
	memory *scratch
}

type encoderLayer struct {
	norm1, norm2    namedNorm
	qkv             group
	out, fc1, fc2   layer
	attend, actName string
}

// encoder loads the layers under PREFIX.layers.
func (l *loader) encoder(prefix, stage string, c encoderConfig) *encoder {
	e := &encoder{encoderConfig: c, stages: stageNames(stage, c.layers), memory: &l.memory}
	d := c.hidden
	for i := range c.layers {
		at := fmt.Sprintf("%s.layers.%d.", prefix, i)
		e.layers = append(e.layers, encoderLayer{
			norm1: l.norm(at+"layer_norm1", d, c.eps, true),
			qkv: newGroup(
				l.linear(at+"self_attn.q_proj", d, d, true),
				l.linear(at+"self_attn.k_proj", d, d, true),
				l.linear(at+"self_attn.v_proj", d, d, true)),
			out:    l.linear(at+"self_attn.out_proj", d, d, true),
			norm2:  l.norm(at+"layer_norm2", d, c.eps, true),
			fc1:    l.linear(at+"mlp.fc1", c.mlp, d, true),
			fc2:    l.linear(at+"mlp.fc2", d, c.mlp, true),
			attend: at + "self_attn.attention", actName: at + "mlp.activation_fn",
		})
	}
	return e
}

// encoding is one pass of an encoder over batch sequences of so many tokens:
// its scratch memory, [batch·tokens, hidden] and [≤ mlpRows, mlp].
type encoding struct {
	*encoder
	run           *nn.Run
	o             nn.Observer
	batch, tokens int
	causal        bool
	mask          []bool // [batch, tokens] of keys, nil: all

	x, h, q, k, v, y, mid []float32
	all                   []float32 // of them in one block
}

// release gives the memory back; the pass is over.
func (p *encoding) release() {
	p.memory.give(p.all)
	p.all, p.x, p.h, p.q, p.k, p.v, p.y, p.mid = nil, nil, nil, nil, nil, nil, nil, nil
}

func (e *encoder) encoding(run *nn.Run, o nn.Observer, batch, tokens int) *encoding {
	rows := batch * tokens
	block := e.memory.take(6*rows*e.hidden + min(rows, mlpRows)*e.mlp)
	all := block
	next := func(n int) (s []float32) { s, all = all[:n:n], all[n:]; return s }
	w := rows * e.hidden
	return &encoding{
		encoder: e, run: run, o: o, batch: batch, tokens: tokens, all: block,
		x: next(w), h: next(w), q: next(w), k: next(w), v: next(w), y: next(w), mid: all,
	}
}

// resize makes the pass one over fewer sequences than it was made for.
func (p *encoding) resize(batch int) {
	p.batch = batch
	for _, s := range []*[]float32{&p.x, &p.h, &p.q, &p.k, &p.v, &p.y} {
		*s = (*s)[:batch*p.tokens*p.hidden]
	}
}

// observe hands over x after the layer of that number, 0 being the embeddings.
func (p *encoding) observe(stage int) {
	if p.o != nil {
		p.o.Activation(p.stages[stage], []int{p.batch, p.tokens, p.hidden}, p.x)
	}
}

// forward takes x through all layers and observes it after each.
func (p *encoding) forward(ctx context.Context) error {
	rows := p.batch * p.tokens
	for i := range p.layers {
		l := &p.layers[i]
		var err error
		if i == 0 {
			err = l.norm1.run(ctx, p.o, p.run, p.h, p.x, rows)
		} else {
			err = l.norm1.add(ctx, p.o, p.run, p.h, p.x, p.y, rows)
			p.observe(i)
		}
		if err != nil {
			return err
		}
		if err := p.block(ctx, l, rows); err != nil {
			return err
		}
	}
	if err := p.run.Add(ctx, p.x, p.y, rows, p.hidden); err != nil {
		return err
	}
	p.observe(len(p.layers))
	return nil
}

// block is one layer; its last residual, y, is left for the next norm to add.
func (p *encoding) block(ctx context.Context, l *encoderLayer, rows int) error {
	outs := [3][]float32{p.q, p.k, p.v}
	if err := l.qkv.run(ctx, p.o, outs[:], p.h, rows); err != nil {
		return err
	}
	if err := p.attention(ctx, l); err != nil {
		return err
	}
	if err := l.out.run(ctx, p.o, p.y, p.h, rows); err != nil {
		return err
	}
	if err := l.norm2.add(ctx, p.o, p.run, p.h, p.x, p.y, rows); err != nil {
		return err
	}
	for lo := 0; lo < rows; lo += mlpRows {
		hi := min(lo+mlpRows, rows)
		if err := p.mlpBlock(ctx, l, p.y[lo*p.hidden:hi*p.hidden], p.h[lo*p.hidden:hi*p.hidden], hi-lo); err != nil {
			return err
		}
	}
	return nil
}

// attention fills h from q, k and v.
func (p *encoding) attention(ctx context.Context, l *encoderLayer) error {
	if p.o != nil {
		p.o.Begin(l.attend)
		defer p.o.End(l.attend)
	}
	d, head := p.hidden, p.hidden/p.heads
	a := attention.Args{
		QStride: d, KStride: d, VStride: d, OutStride: d,
		Q: p.q, K: p.k, V: p.v, Out: p.h, Mask: p.mask,
		Sequences: p.batch, Queries: p.tokens, Keys: p.tokens, Heads: p.heads, KVHeads: p.heads, HeadDim: head,
		Scale: float32(1 / math.Sqrt(float64(head))), Causal: p.causal,
	}
	return p.run.Attend(ctx, &a)
}

func (p *encoding) mlpBlock(ctx context.Context, l *encoderLayer, y, h []float32, rows int) error {
	mid := p.mid[:rows*p.mlp]
	if err := l.fc1.run(ctx, p.o, mid, h, rows); err != nil {
		return err
	}
	if err := activate(ctx, p.o, p.run, l.actName, mid, p.act); err != nil {
		return err
	}
	return l.fc2.run(ctx, p.o, y, mid, rows)
}

func activate(ctx context.Context, o nn.Observer, r *nn.Run, name string, x []float32, f nn.Activation) error {
	if o != nil {
		o.Begin(name)
		defer o.End(name)
	}
	return r.Activate(ctx, x, f)
}
