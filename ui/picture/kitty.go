package picture

import (
	"context"
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi/kitty"

	"github.com/mmtui/mmtui/core/vision"
)

// maxKittySide is the number of rows or columns that placeholders can count to:
// the diacritics that name them.
const maxKittySide = 297

// encodeKitty prepares the transmission: the picture as compressed PNG-free RGB
// together with a virtual placement of Width × Height cells (U=1), which moves
// no cursor and draws nothing until placeholders stand on the screen.
// https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders
func (p *Picture) encodeKitty(ctx context.Context, img *vision.Image, d Display) error {
	pix, err := p.pixels(ctx, img, d, false)
	if err != nil {
		return err
	}
	p.id = identify(pix.Pix, p.Width, p.Height)
	var b strings.Builder
	err = kitty.EncodeGraphics(&b, pix, &kitty.Options{
		Action: kitty.TransmitAndPut, Transmission: kitty.Direct, Format: kitty.RGB, Compression: kitty.Zlib,
		ImageWidth: pix.Rect.Dx(), ImageHeight: pix.Rect.Dy(), ID: int(p.id), VirtualPlacement: true,
		Columns: p.Width, Rows: p.Height, Quite: 2, Chunk: true,
	})
	p.payload = b.String()
	return err
}

// placeholders are the cells that show the picture: U+10EEEE with the row and
// the column as diacritics, in the colour that is the picture's number.
func (p *Picture) placeholders() []string {
	lines := make([]string, p.Height)
	open := fmt.Sprintf("\x1b[38;2;%d;%d;%dm", p.id>>16&0xff, p.id>>8&0xff, p.id&0xff)
	for y := range lines {
		var b strings.Builder
		b.WriteString(open)
		for x := range p.Width {
			b.WriteRune(kitty.Placeholder)
			b.WriteRune(kitty.Diacritic(y))
			b.WriteRune(kitty.Diacritic(x))
		}
		b.WriteString("\x1b[39m")
		lines[y] = b.String()
	}
	return lines
}

// Forget is the sequence that deletes a transmitted picture and its data.
func Forget(id uint32) string { return fmt.Sprintf("\x1b_Ga=d,d=I,i=%d,q=2\x1b\\", id) }
