package snapshot

import (
	"fmt"
	"image/color"

	"github.com/charmbracelet/x/ansi"
)

// screen holds the colours that a terminal decides on: its own background and
// text, and what the 16 basic colours look like.
type screen struct {
	bg, fg, frame, title color.RGBA
	basic                [16]color.RGBA
}

func rgb(hex uint32) color.RGBA {
	return color.RGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}

func palette(values [16]uint32) (out [16]color.RGBA) {
	for i, v := range values {
		out[i] = rgb(v)
	}
	return out
}

func darkScreen() screen {
	return screen{
		bg: rgb(0x161821), fg: rgb(0xc8d0e0), frame: rgb(0x2a2e3d), title: rgb(0x8a93a8),
		basic: palette([16]uint32{
			0x2a2e3d, 0xf7768e, 0x9ece6a, 0xe0af68, 0x7aa2f7, 0xbb9af7, 0x7dcfff, 0xc8d0e0,
			0x565f78, 0xff9aad, 0xb9e68a, 0xf0cd8f, 0x9dbdff, 0xd2b9ff, 0xa6e0ff, 0xffffff,
		}),
	}
}

func lightScreen() screen {
	return screen{
		bg: rgb(0xfbfbfd), fg: rgb(0x2b3040), frame: rgb(0xd5dae6), title: rgb(0x6b7280),
		basic: palette([16]uint32{
			0x2b3040, 0xc02038, 0x2f7d32, 0x8f5e00, 0x1f5fbf, 0x7a3fb0, 0x005f87, 0xb4bac8,
			0x6b7280, 0xd8455b, 0x3f9a43, 0xb07a10, 0x3f7fdf, 0x9a5fd0, 0x1f80a8, 0xffffff,
		}),
	}
}

// colours of a cell as they are drawn: reverse, faint and concealed worked in.
// solid is false where the background is the screen's own.
func (s screen) colours(l look) (fg, bg color.RGBA, solid bool) {
	fg, bg = s.resolve(l.fg, s.fg), s.resolve(l.bg, s.bg)
	solid = l.bg != nil
	if l.attributes&reverse != 0 {
		fg, bg, solid = bg, fg, true
	}
	if l.attributes&faint != 0 {
		fg = mix(fg, bg, 0.42)
	}
	if l.attributes&conceal != 0 {
		fg = bg
	}
	return fg, bg, solid && bg != s.bg
}

func (s screen) resolve(c color.Color, own color.RGBA) color.RGBA {
	switch v := c.(type) {
	case nil:
		return own
	case ansi.BasicColor:
		return s.basic[v&15]
	case ansi.IndexedColor:
		if v < 16 {
			return s.basic[v]
		}
	}
	r, g, b, a := c.RGBA()
	if a == 0 {
		return own
	}
	return color.RGBA{R: uint8(r >> 8), G: uint8(g >> 8), B: uint8(b >> 8), A: 0xff}
}

// mix moves a colour towards another by a share.
func mix(a, b color.RGBA, share float64) color.RGBA {
	channel := func(x, y uint8) uint8 { return uint8(float64(x) + (float64(y)-float64(x))*share + 0.5) }
	return color.RGBA{R: channel(a.R, b.R), G: channel(a.G, b.G), B: channel(a.B, b.B), A: 0xff}
}

func hex(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }
