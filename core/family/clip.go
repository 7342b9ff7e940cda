package family

import (
	"context"
	"math"

	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/internal/vec"
)

// clip is CLIP (Radford et al. 2021): the class token of the image tower and
// one token of the causal text tower, each projected into the common space.
type clip struct {
	dual
	visual, textual layer
}

func readCLIP(c object) (dualConfig, error) {
	vision, _ := c.current("vision_config")
	text, _ := c.current("text_config")
	d := dualConfig{
		image: imageConfig{
			patches: readPatches(vision, patchConfig{3, 224, 32}),
			encoder: readEncoder(vision, encoderConfig{hidden: 768, mlp: 3072, layers: 12, heads: 12, eps: 1e-5}, "quick_gelu"),
			class:   true,
		},
		text: textConfig{
			encoder:    readEncoder(text, encoderConfig{hidden: 512, mlp: 2048, layers: 12, heads: 8, eps: 1e-5}, "quick_gelu"),
			vocabulary: text.count("vocab_size", 49408, mostIDs),
			positions:  text.count("max_position_embeddings", 77, mostPositions),
		},
		dim: c.count("projection_dim", 512, mostWidth),
		eos: text.integer("eos_token_id", 49407),
	}
	return d, c.err()
}

func openCLIP(_ context.Context, c object, l *loader) (Network, error) {
	config, err := readCLIP(c)
	if err != nil {
		return nil, err
	}
	l.family = "clip"
	l.index("clip.")
	n := &clip{dual: dual{base: l.base, config: config, dim: config.dim}}
	n.image, n.text = l.imageTower(config.image), l.textTower(config.text, true)
	n.text.padding = n.padding
	n.visual = l.linear("visual_projection", n.dim, config.image.encoder.hidden, false)
	n.textual = l.linear("text_projection", n.dim, config.text.encoder.hidden, false)
	n.scale = float32(math.Exp(float64(l.scalar("logit_scale"))))
	return n, l.done(towersMissing)
}

// current is the object under a key. Folders of the first versions also have
// KEY_dict, which wins where it is not null.
func (o object) current(key string) (object, bool) {
	if o.has(key + "_dict") {
		return o.object(key + "_dict")
	}
	return o.object(key)
}

// PadsTexts is false: what follows the end of a text does not change it.
func (n *clip) PadsTexts() bool { return false }

// EmbedImages gives embeddings of pictures; see Embedder.
func (n *clip) EmbedImages(ctx context.Context, pixels []float32, count int, o nn.Observer) ([]float32, error) {
	return n.embedImages(ctx, pixels, count, o, func(p *encoding, dst []float32) error {
		d := p.hidden
		pooled := p.q[:p.batch*d]
		for b := range p.batch {
			copy(pooled[b*d:][:d], p.x[b*p.tokens*d:])
		}
		if err := n.image.post.run(ctx, o, p.run, pooled, pooled, p.batch); err != nil {
			return err
		}
		if o != nil {
			o.Activation("vision.post", []int{p.batch, d}, pooled)
			o.Activation("image_pooled", []int{p.batch, d}, pooled)
		}
		return n.project(ctx, o, &n.visual, "image", dst, pooled)
	})
}

// EmbedTexts gives embeddings of texts; see Embedder.
func (n *clip) EmbedTexts(ctx context.Context, ids [][]int, o nn.Observer) ([]float32, error) {
	return n.embedTexts(ctx, ids, o, func(ids [][]int, p *encoding, dst []float32) error {
		d := p.hidden
		pooled := p.q[:p.batch*d]
		for b, row := range ids {
			copy(pooled[b*d:][:d], p.h[(b*p.tokens+n.ending(row))*d:])
		}
		if o != nil {
			o.Activation("text_pooled", []int{p.batch, d}, pooled)
		}
		return n.project(ctx, o, &n.textual, "text", dst, pooled)
	})
}

// ending is the token that stands for a text. The published configs say that
// the end is 2, which it is not: their texts end at the largest id.
func (n *clip) ending(ids []int) int {
	at := 0
	for i, id := range ids {
		if n.config.eos != 2 && id == n.config.eos {
			return i
		}
		if n.config.eos == 2 && id > ids[at] {
			at = i
		}
	}
	return at
}

// padding is where the padding of a text begins: the run of one id at its end,
// without the end token itself where that also pads.
func (n *clip) padding(ids []int) int {
	end, at := n.ending(ids), len(ids)-1
	for at > 0 && ids[at-1] == ids[at] {
		at--
	}
	if ids[at] == ids[end] {
		at++
	}
	return max(at, end+1)
}

// project fills dst with pooled rows in the common space, of length one.
func (n *clip) project(ctx context.Context, o nn.Observer, by *layer, name string, dst, pooled []float32) error {
	if err := by.run(ctx, o, dst, pooled, len(dst)/n.dim); err != nil {
		return err
	}
	if o != nil {
		o.Activation(name+"_features", []int{len(dst) / n.dim, n.dim}, dst)
	}
	normalise(dst, n.dim, name+"_embeds", o)
	return nil
}

// Probabilities is the softmax over texts, picture by picture.
func (n *clip) Probabilities(logits []float32, texts int) []float32 {
	out := make([]float32, len(logits))
	for at := 0; texts > 0 && at+texts <= len(logits); at += texts {
		vec.Softmax(out[at:][:texts], logits[at:][:texts])
	}
	return out
}
