package diverge

import (
	"context"

	"github.com/mmtui/mmtui/core/family"
)

// batch is how many pictures or texts go through a tower at once.
const batch = 16

// retrieve is one side of retrieval: all texts, all pictures, then the scores
// of every picture.
func (c *comparison) retrieve(ctx context.Context, side int, net family.Embedder) error {
	o := stages{ctx, c.m, side}
	c.m.on[side] = true
	var texts, images []float32
	all := c.answer.TextTokenIDs
	for lo := 0; lo < len(all); lo += batch {
		rows, err := net.EmbedTexts(ctx, all[lo:min(lo+batch, len(all))], o)
		if err != nil {
			return err
		}
		texts = append(texts, rows...)
	}
	count := c.given.shape[0]
	values := len(c.given.pixels) / count
	for lo := 0; lo < count; lo += batch {
		hi := min(lo+batch, count)
		rows, err := net.EmbedImages(ctx, c.given.pixels[lo*values:hi*values], hi-lo, o)
		if err != nil {
			return err
		}
		images = append(images, rows...)
	}
	c.m.on[side] = false
	for i := range count {
		if err := c.logits(ctx, side, i, net.Logits(images[i*net.Dim():(i+1)*net.Dim()], texts)); err != nil {
			return err
		}
	}
	return nil
}
