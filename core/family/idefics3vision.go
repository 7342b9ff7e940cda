package family

import (
	"context"
	"fmt"

	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/internal/large"
	"github.com/mmtui/mmtui/internal/vec"
)

// tile is one tile on its way through encoder and connector.
type tile struct {
	pixels        []float32 // [3, height, width]
	mask          []bool    // [height, width], nil: all real
	height, width int
}

// tileRun is the scratch memory of tiles of one size, which go one at a time.
type tileRun struct {
	*encoding
	patches    []float32 // [rows·cols, values]
	rows, cols int       // of patches
}

func (n *idefics3) tileRun(r *nn.Run, o nn.Observer, height, width int) *tileRun {
	rows, cols := height/n.patches.patch, width/n.patches.patch
	return &tileRun{
		encoding: n.vision.encoding(r, o, 1, rows*cols),
		patches:  large.Floats(rows * cols * n.patches.values()),
		rows:     rows, cols: cols,
	}
}

// encode is the encoder's output for one tile, [patches, hidden], as the final
// norm gives it, in p.h. It observes under "vision.".
func (n *idefics3) encode(ctx context.Context, p *tileRun, t tile) error {
	o, rows, cols := p.o, p.rows, p.cols
	valid := validPatches(t.mask, t.height, t.width, n.patches.patch)
	ids, err := positionIDs(rows, cols, n.patches.grid(), valid)
	if err != nil {
		return err
	}
	p.mask = valid
	if err := n.embedder.embed(ctx, p.run, o, p.x, p.patches, t.pixels, 1, t.height, t.width); err != nil {
		return err
	}
	d := n.encoder.hidden
	watched(o, "vision_model.embeddings.position_embedding", func() {
		for i, id := range ids {
			vec.Add(p.x[i*d:][:d], n.positions[id*d:][:d])
		}
	})
	p.observe(0)
	if err := p.forward(ctx); err != nil {
		return err
	}
	if err := n.post.run(ctx, o, p.run, p.h, p.x, rows*cols); err != nil {
		return err
	}
	if o != nil {
		o.Activation("vision.post", []int{1, rows * cols, d}, p.h)
	}
	return nil
}

// features fills dst [rows/scale · cols/scale, text hidden] from the encoder's
// output of one tile, p.h: a pixel shuffle, whose features come in the order row
// within the square, column within the square, channel, and a linear layer.
func (n *idefics3) features(ctx context.Context, p *tileRun, dst []float32) error {
	d, s := n.encoder.hidden, n.scale
	h, w := p.rows/s, p.cols/s
	gathered := p.q[:h*w*s*s*d] // the encoder is done with it
	watched(p.o, "connector.pixel_shuffle", func() {
		at := gathered
		for y := range h {
			for x := range w {
				for dy := range s {
					from := ((y*s+dy)*p.cols + x*s) * d
					copy(at[:s*d], p.h[from:])
					at = at[s*d:]
				}
			}
		}
	})
	if err := n.connector.run(ctx, p.o, dst, gathered, h*w); err != nil {
		return err
	}
	if p.o != nil {
		p.o.Activation("connector", []int{1, h * w, n.decoder.hidden}, dst[:h*w*n.decoder.hidden])
	}
	return nil
}

// encodeAll encodes the tiles of a prompt one at a time and returns their
// features, [tiles, features, text hidden]. As transformers does, it drops
// tiles whose every value is exactly zero, the padding of a batch, but not all.
func (n *idefics3) encodeAll(ctx context.Context, r *nn.Run, o nn.Observer, p *Prompt) ([]float32, error) {
	if err := n.checkTiles(p); err != nil {
		return nil, err
	}
	var tiles []tile
	for i := range p.Tiles {
		if t := p.tile(i); !zeros(t.pixels) {
			tiles = append(tiles, t)
		}
	}
	if len(tiles) == 0 {
		tiles = append(tiles, p.tile(0))
	}
	scratch := n.tileRun(r, o, p.Height, p.Width)
	defer scratch.release()
	per := (scratch.rows / n.scale) * (scratch.cols / n.scale) * n.decoder.hidden
	all := large.Floats(len(tiles) * per)
	for i, t := range tiles {
		if err := n.encode(ctx, scratch, t); err != nil {
			return nil, err
		}
		if err := n.features(ctx, scratch, all[i*per:(i+1)*per]); err != nil {
			return nil, err
		}
		if p.Progress != nil {
			p.Progress(i+1, len(tiles))
		}
	}
	return all, nil
}

// tile is the tile of that number.
func (p *Prompt) tile(i int) tile {
	area := p.Height * p.Width
	t := tile{pixels: p.Pixels[3*i*area : 3*(i+1)*area], height: p.Height, width: p.Width}
	if p.Mask != nil {
		t.mask = p.Mask[i*area : (i+1)*area]
	}
	return t
}

// checkTiles says what is wrong with the pictures of a prompt.
func (n *idefics3) checkTiles(p *Prompt) error {
	if err := checkPixels(p.Pixels, p.Tiles, p.Height, p.Width); err != nil {
		return err
	}
	if p.Mask != nil && len(p.Mask) != p.Tiles*p.Height*p.Width {
		return fmt.Errorf("a mask of %d for %d tiles of %d×%d pixels; prepare the pictures again", len(p.Mask), p.Tiles, p.Width, p.Height)
	}
	rows, cols := p.Height/n.patches.patch, p.Width/n.patches.patch
	if rows != cols || rows%n.scale != 0 || rows == 0 {
		return fmt.Errorf("tiles of %d×%d pixels are %d×%d patches: the connector needs a square of a multiple of %d; tiles of this model are %d×%d pixels",
			p.Width, p.Height, cols, rows, n.scale, n.patches.image, n.patches.image)
	}
	return nil
}

func zeros(v []float32) bool {
	for _, x := range v {
		if x != 0 {
			return false
		}
	}
	return true
}
