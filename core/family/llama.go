package family

import (
	"context"
	"fmt"
	"math"

	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/internal/attention"
	"github.com/mmtui/mmtui/internal/large"
)

// llama is the decoder's weights.
type llama struct {
	llamaConfig
	memory    *scratch
	embed     nn.Table
	embedName string
	layers    []llamaLayer
	norm      namedNorm
	head      layer
	stages    []string // names of h0 … hN
}

type llamaLayer struct {
	norm1, norm2            namedNorm
	qkv, gateUp             group
	out, down               layer
	attend, rotate, actName string
}

// llama loads the decoder under PREFIX and its head.
func (l *loader) llama(prefix string, c llamaConfig) *llama {
	t := &llama{memory: &l.memory, llamaConfig: c, stages: stageNames("text", c.layers), embedName: prefix + ".embed_tokens"}
	d, head := c.hidden, "lm_head.weight"
	embed := prefix + ".embed_tokens.weight"
	switch {
	case !c.tie || l.has(head) && l.has(embed):
		// A head of its own wins over a config that says tied, as in transformers 5.
	case l.has(head):
		embed = head
	default:
		head = embed
	}
	t.embed = l.table(embed, c.vocabulary, d)
	for i := range c.layers {
		at := fmt.Sprintf("%s.layers.%d.", prefix, i)
		t.layers = append(t.layers, llamaLayer{
			norm1: l.norm(at+"input_layernorm", d, c.eps, false),
			qkv: newGroup(
				l.linear(at+"self_attn.q_proj", c.width(), d, c.attentionBias),
				l.linear(at+"self_attn.k_proj", c.kvWidth(), d, c.attentionBias),
				l.linear(at+"self_attn.v_proj", c.kvWidth(), d, c.attentionBias)),
			out:   l.linear(at+"self_attn.o_proj", d, c.width(), c.attentionBias),
			norm2: l.norm(at+"post_attention_layernorm", d, c.eps, false),
			gateUp: newGroup(
				l.linear(at+"mlp.gate_proj", c.mlp, d, c.mlpBias),
				l.linear(at+"mlp.up_proj", c.mlp, d, c.mlpBias)),
			down:   l.linear(at+"mlp.down_proj", d, c.mlp, c.mlpBias),
			attend: at + "self_attn.attention", rotate: at + "self_attn.rotary_emb", actName: at + "mlp.act_fn",
		})
	}
	t.norm = l.norm(prefix+".norm", d, c.eps, false)
	if l.has(head) || !c.tie {
		t.head = l.layer("lm_head", head, "", c.vocabulary, d, false, []int{c.vocabulary, d})
	}
	return t
}

// decoding is the state of one conversation: cache and scratch memory.
type decoding struct {
	*llama
	run   *nn.Run
	rope  *nn.Rope
	k, v  [][]float32 // a layer each, [positions, kvWidth]
	used  int         // positions
	block []float32   // k and v

	x, h, q, y, gate, up []float32    // of one block of rows
	logits               []float32    // [vocabulary]
	outs                 [3][]float32 // of layers that go together
	args                 attention.Args
}

// decoding makes the state for so many positions.
func (t *llama) decoding(run *nn.Run, positions int) (*decoding, error) {
	rope, err := nn.NewRope(t.rope, positions)
	if err != nil {
		return nil, err
	}
	d := &decoding{llama: t, run: run, rope: rope, logits: make([]float32, t.vocabulary)}
	layer := positions * t.kvWidth()
	cache := t.memory.take(2 * len(t.layers) * layer)
	d.block = cache
	for range t.layers {
		d.k = append(d.k, cache[:layer:layer])
		d.v = append(d.v, cache[layer:2*layer:2*layer])
		cache = cache[2*layer:]
	}
	d.args = attention.Args{
		QStride: t.width(), KStride: t.kvWidth(), VStride: t.kvWidth(), OutStride: t.width(),
		Heads: t.heads, KVHeads: t.kvHeads, HeadDim: t.headDim,
		Scale: float32(1 / math.Sqrt(float64(t.headDim))), Causal: true,
	}
	d.grow(1)
	return d, nil
}

// grow makes the scratch memory large enough for a block of rows.
func (d *decoding) grow(rows int) {
	if len(d.h) >= rows*d.hidden {
		return
	}
	d.h = large.Floats(rows * d.hidden)
	d.y = large.Floats(rows * d.hidden)
	d.q = large.Floats(2 * rows * d.width())
	d.gate = large.Floats(rows * d.mlp)
	d.up = large.Floats(rows * d.mlp)
	if d.x == nil {
		d.x = make([]float32, d.hidden)
	}
}

// lookup fills x [len(ids), hidden] with the embeddings of ids.
func (d *decoding) lookup(ctx context.Context, o nn.Observer, x []float32, ids []int) error {
	if o != nil {
		o.Begin(d.embedName)
		defer o.End(d.embedName)
	}
	return d.run.Lookup(ctx, x, d.hidden, d.embed, ids)
}

// forward takes x [rows, hidden] at the positions after used through all layers
// and appends them to the cache; the caller moves used. x is raw then, before the last norm.
func (d *decoding) forward(ctx context.Context, o nn.Observer, x []float32, rows int) error {
	d.observe(o, 0, x, rows)
	block := (rows + prefillRows - 1) / prefillRows
	block = (rows + block - 1) / block
	d.grow(block)
	for i := range d.layers {
		for lo := 0; lo < rows; lo += block {
			n := min(block, rows-lo)
			if err := d.layer(ctx, o, i, x[lo*d.hidden:(lo+n)*d.hidden], n, d.used+lo); err != nil {
				return err
			}
		}
		d.observe(o, i+1, x, rows)
	}
	return nil
}

func (d *decoding) observe(o nn.Observer, stage int, x []float32, rows int) {
	if o != nil {
		o.Activation(d.stages[stage], []int{1, rows, d.hidden}, x)
	}
}

// layer is one block over x [rows, hidden], whose first row is at position first.
func (d *decoding) layer(ctx context.Context, o nn.Observer, i int, x []float32, rows, first int) error {
	l := &d.layers[i]
	if err := l.norm1.run(ctx, o, d.run, d.h, x, rows); err != nil {
		return err
	}
	if err := d.attention(ctx, o, i, rows, first); err != nil {
		return err
	}
	if err := l.norm2.add(ctx, o, d.run, d.h, x, d.y, rows); err != nil {
		return err
	}
	gate, up := d.gate[:rows*d.mlp], d.up[:rows*d.mlp]
	d.outs = [3][]float32{gate, up}
	if err := l.gateUp.run(ctx, o, d.outs[:2], d.h, rows); err != nil {
		return err
	}
	if o != nil {
		o.Begin(l.actName)
	}
	err := d.run.Gate(ctx, gate, up, d.act)
	if o != nil {
		o.End(l.actName)
	}
	if err != nil {
		return err
	}
	if err := l.down.run(ctx, o, d.y, gate, rows); err != nil {
		return err
	}
	return d.run.Add(ctx, x, d.y, rows, d.hidden)
}

// attention fills y from h and writes keys and values into the cache.
func (d *decoding) attention(ctx context.Context, o nn.Observer, i, rows, first int) error {
	l := &d.layers[i]
	w, kv := d.width(), d.kvWidth()
	q, mixed := d.q[:rows*w], d.q[rows*w:2*rows*w]
	k, v := d.k[i][first*kv:(first+rows)*kv], d.v[i][first*kv:(first+rows)*kv]
	d.outs = [3][]float32{q, k, v}
	if err := l.qkv.run(ctx, o, d.outs[:], d.h, rows); err != nil {
		return err
	}
	if err := d.turn(ctx, o, l, q, k, rows, first); err != nil {
		return err
	}
	keys := first + rows
	d.args.Q, d.args.K, d.args.V, d.args.Out = q, d.k[i][:keys*kv], d.v[i][:keys*kv], mixed
	d.args.Queries, d.args.Keys = rows, keys
	if o != nil {
		o.Begin(l.attend)
	}
	err := d.run.Attend(ctx, &d.args)
	if o != nil {
		o.End(l.attend)
	}
	if err != nil {
		return err
	}
	return l.out.run(ctx, o, d.y, mixed, rows)
}

// turn applies the rotary positions.
func (d *decoding) turn(ctx context.Context, o nn.Observer, l *llamaLayer, q, k []float32, rows, first int) error {
	if o != nil {
		o.Begin(l.rotate)
		defer o.End(l.rotate)
	}
	if err := d.run.Rotate(ctx, q, rows, d.heads, first, d.rope); err != nil {
		return err
	}
	return d.run.Rotate(ctx, k, rows, d.kvHeads, first, d.rope)
}
