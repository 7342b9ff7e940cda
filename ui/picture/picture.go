// Package picture draws photographs in the cells of a terminal: with kitty's
// graphics protocol or sixels where the terminal has them, with half blocks in
// colour or glyphs of rising density elsewhere.
//
// bubbletea writes only lines whose text has changed, so a picture must live in
// the text of its lines:
//   - half blocks and glyphs are text;
//   - kitty's Unicode placeholders are text too: the picture is sent once, beside
//     the frames, and the terminal shows it wherever its placeholders stand;
//   - sixels are drawn by the last of their lines over the blanks of all of them;
//     Settle makes that line differ whenever one of the others does, so that what
//     an update wiped away is drawn again within the same frame.
package picture

import (
	"context"
	"fmt"
	"hash/fnv"
	"image"
	"strings"

	"github.com/mmtui/mmtui/core/vision"
	"github.com/mmtui/mmtui/ui/theme"
)

// Picture is a picture made ready for a number of cells. It is never changed
// once made.
type Picture struct {
	Width, Height int // cells

	protocol Protocol
	id       uint32 // of kitty
	payload  string // what draws it: kitty's transmission, or a sixel sequence
	colours  []rgb  // [2·Height, Width], the colours of half blocks
}

// rgb is a colour.
type rgb struct{ r, g, b uint8 }

// Fit is the number of cells, at most width × height, that a picture of
// pixels w × h takes with its proportions kept; a cell is twice as high as wide.
func Fit(w, h, width, height int) (cols, rows int) {
	if w < 1 || h < 1 || width < 1 || height < 1 {
		return 0, 0
	}
	// In units of half a cell's height, which is a cell's width.
	cols, rows = width, (2*width*h+w)/(2*w) // rounded
	if rows > 2*height {
		cols, rows = (2*2*height*w+h)/(2*h), 2*height
	}
	return min(max(cols, 1), width), min(max((rows+1)/2, 1), height)
}

// New makes a picture ready for at most width × height cells.
func New(ctx context.Context, img *vision.Image, width, height int, d Display) (*Picture, error) {
	cols, rows := Fit(img.Width, img.Height, width, height)
	if cols == 0 {
		return nil, fmt.Errorf("a picture of %d×%d pixels has no place in %d×%d cells", img.Width, img.Height, width, height)
	}
	p := &Picture{Width: cols, Height: rows, protocol: d.Protocol}
	small, err := vision.Resize(ctx, img, cols, 2*rows, vision.Box)
	if err != nil {
		return nil, err
	}
	p.colours = make([]rgb, cols*2*rows)
	for i := range p.colours {
		p.colours[i] = rgb{small.Pix[3*i], small.Pix[3*i+1], small.Pix[3*i+2]}
	}
	switch d.Protocol {
	case Kitty:
		if cols > maxKittySide || rows > maxKittySide {
			p.protocol = Blocks
			return p, nil
		}
		err = p.encodeKitty(ctx, img, d)
	case Sixel:
		err = p.encodeSixel(ctx, img, d)
	}
	return p, err
}

// pixels resizes a picture to what its cells hold, without enlarging it.
func (p *Picture) pixels(ctx context.Context, img *vision.Image, d Display, enlarge bool) (*image.NRGBA, error) {
	cw, ch := d.cell()
	w, h := p.Width*cw, p.Height*ch
	if !enlarge && img.Width <= w && img.Height <= h {
		w, h = img.Width, img.Height
	}
	out, err := vision.Resize(ctx, img, w, h, vision.Lanczos)
	if err != nil {
		return nil, err
	}
	rgba := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		copy(rgba.Pix[4*i:4*i+3], out.Pix[3*i:3*i+3])
		rgba.Pix[4*i+3] = 0xff
	}
	return rgba, nil
}

// identify names a picture by its bytes and size: 24 bits, never 0, so that it
// can be written as a colour.
func identify(pix []uint8, w, h int) uint32 {
	f := fnv.New64a()
	_, _ = f.Write(pix) // a hash never fails
	_, _ = fmt.Fprintf(f, "%dx%d", w, h)
	sum := f.Sum64()
	id := uint32(sum^sum>>24^sum>>48) & 0xffffff
	return max(id, 1)
}

// Lines draws the picture, Height lines of exactly Width cells.
func (p *Picture) Lines(t theme.Theme) []string {
	switch p.protocol {
	case Kitty:
		return p.placeholders()
	case Sixel:
		return p.sixelLines()
	case None:
		return strings.Split(strings.Repeat(strings.Repeat(" ", p.Width)+"\n", p.Height-1)+strings.Repeat(" ", p.Width), "\n")
	}
	return p.blocks(t)
}

// ID is kitty's number of the picture, 0 for other protocols.
func (p *Picture) ID() uint32 { return p.id }

// Transmission is what must be written to the terminal, beside the frames,
// before the picture's lines are drawn; "" for nothing.
func (p *Picture) Transmission() string {
	if p.protocol == Kitty {
		return p.payload
	}
	return ""
}
