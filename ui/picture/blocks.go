package picture

import (
	"strings"

	"github.com/muesli/termenv"

	"github.com/mmtui/mmtui/ui/theme"
)

// blocks draws two pixels a cell: the upper one in the colour of "▀", the lower
// one in the colour behind it. Without colours a glyph's density stands for the
// brightness of both.
func (p *Picture) blocks(t theme.Theme) []string {
	if t.Profile == termenv.Ascii || t.Name == theme.Mono || t.Graph == theme.ASCII {
		return p.shades(t)
	}
	lines := make([]string, p.Height)
	paint := painter{profile: t.Profile, seen: map[rgb]string{}}
	for y := range p.Height {
		var b strings.Builder
		var last [2]rgb
		for x := range p.Width {
			now := [2]rgb{p.colours[2*y*p.Width+x], p.colours[(2*y+1)*p.Width+x]}
			if x == 0 || now != last {
				b.WriteString("\x1b[" + paint.sequence(now[0], false) + ";" + paint.sequence(now[1], true) + "m")
			}
			b.WriteString("▀")
			last = now
		}
		b.WriteString("\x1b[0m")
		lines[y] = b.String()
	}
	return lines
}

// painter turns colours into the parameters of a profile's sequences.
type painter struct {
	profile termenv.Profile
	seen    map[rgb]string // foreground; finding the nearest of 256 colours takes a while
	back    map[rgb]string
}

func (p *painter) sequence(c rgb, background bool) string {
	if p.profile == termenv.TrueColor {
		return termenv.RGBColor(hex(c)).Sequence(background)
	}
	seen := &p.seen
	if background {
		seen = &p.back
	}
	if *seen == nil {
		*seen = map[rgb]string{}
	}
	key := rgb{c.r &^ 3, c.g &^ 3, c.b &^ 3} // the palette is far coarser
	s, ok := (*seen)[key]
	if !ok {
		s = p.profile.Convert(termenv.RGBColor(hex(key))).Sequence(background)
		(*seen)[key] = s
	}
	return s
}

func hex(c rgb) string {
	const digits = "0123456789abcdef"
	return string([]byte{'#', digits[c.r>>4], digits[c.r&15], digits[c.g>>4], digits[c.g&15], digits[c.b>>4], digits[c.b&15]})
}

// shades draws brightness as density. On a light background ink is dark, so
// the ramp turns round.
func (p *Picture) shades(t theme.Theme) []string {
	ramp := []rune(" ░▒▓█")
	if t.Graph == theme.ASCII {
		ramp = []rune(" .:-=+*#%@")
	}
	lines := make([]string, p.Height)
	for y := range p.Height {
		line := make([]rune, p.Width)
		for x := range line {
			v := (luminance(p.colours[2*y*p.Width+x]) + luminance(p.colours[(2*y+1)*p.Width+x])) / 2
			if t.Name == theme.Light {
				v = 1 - v
			}
			line[x] = ramp[theme.HeatStep(v, len(ramp))]
		}
		lines[y] = string(line)
	}
	return lines
}

// luminance is Rec. 601's luma, 0 to 1.
func luminance(c rgb) float64 {
	return (0.299*float64(c.r) + 0.587*float64(c.g) + 0.114*float64(c.b)) / 255
}
