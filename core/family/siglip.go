package family

import (
	"context"
	"math"

	"github.com/mmtui/mmtui/core/nn"
)

// siglip is SigLIP (Zhai et al. 2023) and the fixed-resolution SigLIP 2, which
// has the same layers: an attention-pooled image tower and a text tower without
// a mask, whose last token is projected.
type siglip struct {
	dual
	pooling mapHead
	head    layer
}

func readSigLIP(c object) (dualConfig, error) {
	vision, _ := c.object("vision_config")
	text, _ := c.object("text_config")
	missing := encoderConfig{hidden: 768, mlp: 3072, layers: 12, heads: 12, eps: 1e-6}
	d := dualConfig{
		image: imageConfig{
			patches: readPatches(vision, patchConfig{3, 224, 16}),
			encoder: readEncoder(vision, missing, "gelu_pytorch_tanh"),
		},
		text: textConfig{
			encoder:    readEncoder(text, missing, "gelu_pytorch_tanh"),
			vocabulary: text.count("vocab_size", 32000, mostIDs),
			positions:  text.count("max_position_embeddings", 64, mostPositions),
		},
	}
	d.dim = text.count("projection_size", d.text.encoder.hidden, mostWidth)
	if hidden := d.image.encoder.hidden; d.dim != hidden {
		text.fail("projection_size", "%d is not the hidden_size %d of vision_config", d.dim, hidden)
	}
	if !vision.flag("vision_use_head", true) {
		vision.fail("vision_use_head", "false: without its head the image tower gives no embedding")
	}
	return d, c.err()
}

func openSigLIP(_ context.Context, c object, l *loader) (Network, error) {
	config, err := readSigLIP(c)
	if err != nil {
		return nil, err
	}
	l.family = "siglip"
	l.index("siglip.")
	n := &siglip{dual: dual{base: l.base, config: config, dim: config.dim}}
	n.image, n.text = l.imageTower(config.image), l.textTower(config.text, false)
	n.pooling = l.mapHead("vision_model.head", config.image.encoder)
	n.head = l.linear("text_model.head", n.dim, config.text.encoder.hidden, true)
	n.scale, n.bias = float32(math.Exp(float64(l.scalar("logit_scale")))), l.scalar("logit_bias")
	return n, l.done(towersMissing)
}

// PadsTexts is true: the text tower has no mask and pools the last position.
func (n *siglip) PadsTexts() bool { return true }

// EmbedImages gives embeddings of pictures; see Embedder.
func (n *siglip) EmbedImages(ctx context.Context, pixels []float32, count int, o nn.Observer) ([]float32, error) {
	return n.embedImages(ctx, pixels, count, o, func(p *encoding, dst []float32) error {
		if err := n.image.post.run(ctx, o, p.run, p.h, p.x, p.batch*p.tokens); err != nil {
			return err
		}
		if o != nil {
			o.Activation("vision.post", []int{p.batch, p.tokens, p.hidden}, p.h)
		}
		if err := n.pooling.forward(ctx, dst, p); err != nil {
			return err
		}
		if o != nil {
			o.Activation("vision.head", []int{p.batch, n.dim}, dst)
		}
		normalise(dst, n.dim, "image_embeds", o)
		return nil
	})
}

// EmbedTexts gives embeddings of texts; see Embedder.
func (n *siglip) EmbedTexts(ctx context.Context, ids [][]int, o nn.Observer) ([]float32, error) {
	return n.embedTexts(ctx, ids, o, func(_ [][]int, p *encoding, dst []float32) error {
		d := p.hidden
		last := p.q[:p.batch*d]
		for b := range p.batch {
			copy(last[b*d:][:d], p.h[((b+1)*p.tokens-1)*d:])
		}
		if err := n.head.run(ctx, o, dst, last, p.batch); err != nil {
			return err
		}
		if o != nil {
			o.Activation("text.head", []int{p.batch, n.dim}, dst)
		}
		normalise(dst, n.dim, "text_embeds", o)
		return nil
	})
}

// Probabilities is the sigmoid of every logit.
func (n *siglip) Probabilities(logits []float32, _ int) []float32 {
	out := make([]float32, len(logits))
	nn.Sigmoid.Apply(out, logits)
	return out
}
