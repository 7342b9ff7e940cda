package vision

import (
	"context"
	"fmt"

	"github.com/mmtui/mmtui/core/vision/internal/bands"
)

// Pixels are the tiles of one picture before they are normalised.
type Pixels struct {
	// Tiles counts the pictures that the model sees: the Rows·Cols tiles
	// row by row and then the whole picture, or one.
	Tiles, Height, Width int
	Rows, Cols           int
	U8                   []uint8 // [Tiles, 3, Height, Width]
}

// maxBytes bounds what is made here even without a limit.
const maxBytes = 1 << 40

// Process makes a model's tiles of a picture, bit for bit as the published
// library's Pillow processors do. Every pixel of every tile is valid (the
// attention mask is all ones). The errors are sizes that the configuration
// cannot serve, more memory than opt.MaxBytes, and the context's.
func (c *Config) Process(ctx context.Context, img *Image, opt Options) (*Pixels, error) {
	if err := img.valid(); err != nil {
		return nil, err
	}
	l, err := c.Layout(img.Width, img.Height, opt)
	if err != nil {
		return nil, err
	}
	limit := opt.MaxBytes
	if limit == 0 {
		limit = DefaultMaxBytes
	}
	if limit > 0 && l.Bytes > limit {
		return nil, fmt.Errorf("a picture of %d×%d pixels becomes %d tiles of %d×%d and needs %d MiB, more than the limit of %d MiB; make the picture smaller or the limit larger",
			img.Width, img.Height, l.Tiles, l.TileWidth, l.TileHeight, l.Bytes>>20, limit>>20)
	}
	p := &Pixels{Tiles: l.Tiles, Height: l.TileHeight, Width: l.TileWidth, Rows: l.Rows, Cols: l.Cols}
	if l.Bytes > maxBytes {
		return nil, fmt.Errorf("%d tiles of %d×%d pixels do not fit into memory; make the picture smaller", l.Tiles, l.TileWidth, l.TileHeight)
	}
	p.U8 = make([]uint8, l.Tiles*3*l.TileHeight*l.TileWidth)
	if c.Tiled() {
		err = c.processTiles(ctx, img, l, p)
	} else {
		err = c.processWhole(ctx, img, l, p)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

func (c *Config) processTiles(ctx context.Context, img *Image, l Layout, p *Pixels) error {
	resized, err := c.to(ctx, img, l.Resized)
	if err != nil {
		return err
	}
	fitted, err := c.to(ctx, resized, l.Fitted)
	if err != nil {
		return err
	}
	if p.Tiles == 1 {
		p.place(0, fitted, Window{0, 0, fitted.Width, fitted.Height}, 0, 0)
		return nil
	}
	err = bands.Run(ctx, p.Tiles-1, 1, func(from, to int) {
		for t := from; t < to; t++ {
			x, y := t%p.Cols*p.Width, t/p.Cols*p.Height
			p.place(t, fitted, Window{x, y, x + p.Width, y + p.Height}, 0, 0)
		}
	})
	if err != nil {
		return err
	}
	global, err := c.to(ctx, fitted, Extent{p.Width, p.Height})
	if err != nil {
		return err
	}
	p.place(p.Tiles-1, global, Window{0, 0, p.Width, p.Height}, 0, 0)
	return nil
}

// to resizes with the configured filter; the result may be img itself.
func (c *Config) to(ctx context.Context, img *Image, e Extent) (*Image, error) {
	return resample(ctx, img, e.Width, e.Height, c.Filter, Window{0, 0, e.Width, e.Height})
}

func (c *Config) processWhole(ctx context.Context, img *Image, l Layout, p *Pixels) error {
	// What of the resized picture the crop keeps, and where it goes.
	left, top := max(l.CropX, 0), max(l.CropY, 0)
	w := Window{left, top, min(l.Resized.Width, left+p.Width), min(l.Resized.Height, top+p.Height)}
	part, err := resample(ctx, img, l.Resized.Width, l.Resized.Height, c.Filter, w)
	if err != nil {
		return err
	}
	p.place(0, part, Window{0, 0, part.Width, part.Height}, max(-l.CropX, 0), max(-l.CropY, 0))
	return nil
}

// place writes a window of a picture into a tile at x, y, one plane a channel.
func (p *Pixels) place(tile int, img *Image, w Window, x, y int) {
	plane := p.Height * p.Width
	width := w.X1 - w.X0
	for row := range w.Y1 - w.Y0 {
		src := img.row(w.Y0 + row)[3*w.X0 : 3*w.X1]
		at := tile*3*plane + (y+row)*p.Width + x
		r, g, b := p.U8[at:][:width], p.U8[at+plane:][:width], p.U8[at+2*plane:][:width]
		for i := range r {
			s := src[3*i : 3*i+3 : 3*i+3]
			r[i], g[i], b[i] = s[0], s[1], s[2]
		}
	}
}

// Normalise gives the pixels as the model takes them, [Tiles, 3, H, W]:
// rescaled, then normalised by channel, in the library's own rounding steps.
func (c *Config) Normalise(p *Pixels) []float32 {
	out := make([]float32, len(p.U8))
	// A context that never ends leaves no error.
	_ = bands.Run(context.Background(), p.Tiles, 1, func(from, to int) {
		for t := from; t < to; t++ {
			c.NormaliseTile(p, t, out[t*3*p.Height*p.Width:])
		}
	})
	return out
}

// NormaliseTile is Normalise for one tile, into dst [3, H, W]: a model that
// takes a tile at a time need not hold them all as floats.
func (c *Config) NormaliseTile(p *Pixels, tile int, dst []float32) {
	table := c.table()
	plane := p.Height * p.Width
	for channel := range 3 {
		values := &table[channel]
		src := p.U8[(3*tile+channel)*plane:][:plane]
		out := dst[channel*plane:][:plane]
		for i, v := range src {
			out[i] = values[v]
		}
	}
}

// table holds the value of every byte, [3, 256].
func (c *Config) table() [3][256]float32 {
	var t [3][256]float32
	for channel := range t {
		mean, std := float32(c.Mean[channel]), float32(c.Std[channel])
		for v := range t[channel] {
			x := float32(v)
			if c.DoRescale {
				x = float32(float64(v) * c.RescaleFactor)
			}
			if c.DoNormalize {
				x = (x - mean) / std
			}
			t[channel][v] = x
		}
	}
	return t
}
