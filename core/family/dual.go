package family

import (
	"context"
	"math"

	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/internal/vec"
)

// dual is what CLIP and SigLIP share: two towers whose outputs lie in one space.
type dual struct {
	*base
	config dualConfig
	image  imageTower
	text   textTower
	dim    int
	scale  float32 // e^logit_scale
	bias   float32 // logit_bias of SigLIP
}

// dualConfig is config.json with its defaults filled in.
type dualConfig struct {
	image imageConfig
	text  textConfig
	dim   int // of an embedding
	eos   int // CLIP's end of a text
}

// ImageSize is the side of a picture in pixels.
func (d *dual) ImageSize() int { return d.config.image.patches.image }

// Dim is the length of an embedding.
func (d *dual) Dim() int { return d.dim }

// TextPositions is the longest text in tokens.
func (d *dual) TextPositions() int { return d.config.text.positions }

// Vocabulary is one above the largest id.
func (d *dual) Vocabulary() int { return d.config.text.vocabulary }

// ImageCost is the cost of n pictures, without the pooling head.
func (d *dual) ImageCost(n int) Cost {
	return Cost{
		FLOP:        float64(n) * (d.config.image.flop() + 2*float64(d.config.image.encoder.hidden)*float64(d.dim)),
		MemoryBytes: d.config.image.bytes(n) + 4*int64(n)*int64(d.dim),
	}
}

// TextCost is the cost of n texts of so many tokens.
func (d *dual) TextCost(n, tokens int) Cost {
	e := d.config.text.encoder
	group := min(n, max(1, groupRows/max(tokens, 1)))
	return Cost{
		FLOP:        float64(n) * (e.flop(tokens, d.text.causal) + 2*float64(e.hidden)*float64(d.dim)),
		MemoryBytes: e.bytes(group*tokens) + 4*int64(n)*int64(d.dim),
	}
}

// embedImages gives embeddings [count, dim]; project fills those of a group from
// the image tower's raw output in p.x.
func (d *dual) embedImages(ctx context.Context, pixels []float32, count int, o nn.Observer, project func(p *encoding, dst []float32) error) ([]float32, error) {
	if err := checkPixels(pixels, count, d.ImageSize(), d.ImageSize()); err != nil || count == 0 {
		return nil, err
	}
	out := make([]float32, count*d.dim)
	err := d.during(ctx, func() error {
		return d.image.encode(ctx, nn.NewRun(d.pool), o, pixels, count, func(first int, p *encoding) error {
			return project(p, out[first*d.dim:(first+p.batch)*d.dim])
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// embedTexts gives embeddings [len(ids), dim]; project fills those of a group
// from the text tower's output in p.h.
func (d *dual) embedTexts(ctx context.Context, ids [][]int, o nn.Observer, project func(ids [][]int, p *encoding, dst []float32) error) ([]float32, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	out := make([]float32, len(ids)*d.dim)
	err := d.during(ctx, func() error {
		return d.text.encode(ctx, nn.NewRun(d.pool), o, ids, func(first int, ids [][]int, p *encoding) error {
			return project(ids, p, out[first*d.dim:(first+p.batch)*d.dim])
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Logits is [images, texts].
func (d *dual) Logits(images, texts []float32) []float32 {
	rows, cols := len(images)/d.dim, len(texts)/d.dim
	logits := make([]float32, rows*cols)
	for i := range rows {
		for j := range cols {
			logits[i*cols+j] = vec.Dot(images[i*d.dim:][:d.dim], texts[j*d.dim:][:d.dim])*d.scale + d.bias
		}
	}
	return logits
}

// normalise divides rows of dim by their length and observes them.
func normalise(rows []float32, dim int, name string, o nn.Observer) {
	for at := 0; at < len(rows); at += dim {
		row := rows[at:][:dim]
		var sum float64
		for _, v := range row {
			sum += float64(v) * float64(v)
		}
		length := float32(math.Sqrt(sum))
		for i := range row {
			row[i] /= length
		}
	}
	if o != nil {
		o.Activation(name, []int{len(rows) / dim, dim}, rows)
	}
}

// towersMissing says what a folder is whose tensors are those of one tower.
func towersMissing(l *loader) string {
	switch {
	case l.absent("text_model.", "text_projection", "logit_"):
		return "this is the image tower alone"
	case l.absent("vision_model.", "visual_projection", "logit_"):
		return "this is the text tower alone"
	}
	return ""
}
