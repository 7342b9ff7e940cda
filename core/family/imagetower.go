package family

import (
	"context"

	"github.com/mmtui/mmtui/core/nn"
)

// imageTower is the image encoder of CLIP or SigLIP up to its last norm.
type imageTower struct {
	embedder embedder
	class    []float32 // CLIP's class token [hidden], nil where there is none
	places   []float32 // position embeddings [tokens, hidden]
	pre      namedNorm // CLIP's pre_layrnorm
	encoder  *encoder
	post     namedNorm
}

type imageConfig struct {
	patches patchConfig
	encoder encoderConfig
	class   bool
}

// tokens is the length of a picture's sequence.
func (c imageConfig) tokens() int {
	n := c.patches.grid() * c.patches.grid()
	if c.class {
		n++
	}
	return n
}

func (c imageConfig) flop() float64 {
	return c.patches.flop(c.encoder.hidden, c.patches.grid()*c.patches.grid()) + c.encoder.flop(c.tokens(), false)
}

// bytes is the scratch memory of a group of n pictures.
func (c imageConfig) bytes(n int) int64 {
	n = min(n, max(1, groupRows/c.tokens()))
	return c.encoder.bytes(n*c.tokens()) + 4*int64(n*c.tokens())*int64(c.patches.values())
}

func (l *loader) imageTower(c imageConfig) imageTower {
	const at = "vision_model."
	d := c.encoder.hidden
	t := imageTower{
		embedder: l.embedder(at+"embeddings", c.patches, d, !c.class),
		places:   l.vector(at+"embeddings.position_embedding.weight", c.tokens(), d),
		encoder:  l.encoder(at+"encoder", "vision", c.encoder),
		post:     l.norm(at+"post_layernorm", d, c.encoder.eps, true),
	}
	if c.class {
		t.class = l.vector(at+"embeddings.class_embedding", d)
		t.pre = l.norm(at+"pre_layrnorm", d, c.encoder.eps, true)
	}
	return t
}

// encode calls use for every group of n ≥ 1 pictures, whose pixels were checked, with the encoder's raw output
// in p.x, [pictures, tokens, hidden].
func (t *imageTower) encode(ctx context.Context, r *nn.Run, o nn.Observer, pixels []float32, n int, use func(first int, p *encoding) error) error {
	size := t.embedder.image
	tokens := len(t.places) / t.encoder.hidden
	group := min(max(1, groupRows/tokens), n)
	p := t.encoder.encoding(r, o, group, tokens)
	defer p.release()
	grid := t.embedder.grid() * t.embedder.grid()
	patches := t.encoder.memory.take(group * grid * t.embedder.values())
	defer t.encoder.memory.give(patches)
	picture := 3 * size * size
	for lo := 0; lo < n; lo += group {
		p.resize(min(group, n-lo))
		if err := t.embed(ctx, p, patches, pixels[lo*picture:(lo+p.batch)*picture]); err != nil {
			return err
		}
		if err := p.forward(ctx); err != nil {
			return err
		}
		if err := use(lo, p); err != nil {
			return err
		}
	}
	return nil
}

// embed fills p.x with the embeddings of a group and, in CLIP, norms them.
func (t *imageTower) embed(ctx context.Context, p *encoding, patches, pixels []float32) error {
	size, d := t.embedder.image, p.hidden
	x := p.x
	if t.class != nil {
		x = p.q
	}
	if err := t.embedder.embed(ctx, p.run, p.o, x, patches, pixels, p.batch, size, size); err != nil {
		return err
	}
	if t.class != nil {
		for b := range p.batch {
			sequence := p.x[b*p.tokens*d:][:p.tokens*d]
			copy(sequence, t.class)
			copy(sequence[d:], p.q[b*(p.tokens-1)*d:])
		}
	}
	if err := p.run.Add(ctx, p.x, t.places, p.batch*p.tokens, d); err != nil {
		return err
	}
	p.observe(0)
	if t.class == nil {
		return nil
	}
	if err := t.pre.run(ctx, p.o, p.run, p.x, p.x, p.batch*p.tokens); err != nil {
		return err
	}
	if p.o != nil {
		p.o.Activation("vision.pre_layrnorm", []int{p.batch, p.tokens, d}, p.x)
	}
	return nil
}
