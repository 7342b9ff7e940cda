package snapshot

import (
	"encoding/xml"
	"fmt"
	"image/color"
	"strings"
	"unicode/utf8"
)

// Picture is how a frame is drawn as SVG. The same frame gives the same bytes.
type Picture struct {
	Width, Height int    // columns and rows
	Title         string // in the window's bar and for screen readers
	Light         bool   // a light screen
	Bare          bool   // no window around it
}

// fonts are tried in this order; each letter has its own place, so columns
// align even in one that is not monospaced.
const fonts = "ui-monospace, SFMono-Regular, Menlo, 'Cascadia Mono', Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"

const (
	padding  = 12 // around the cells
	titleBar = 30 // height of the window's bar
)

// SVG draws a frame of w columns and h rows, dark, in a window.
func SVG(frame string, w, h int, title string) string {
	return Picture{Width: w, Height: h, Title: title}.SVG(frame)
}

// SVG draws a frame of styled text. What does not fit is cut; control
// characters and sequences that are not colours or attributes are left out.
func (p Picture) SVG(text string) string {
	s := darkScreen()
	if p.Light {
		s = lightScreen()
	}
	d := drawing{screen: s}
	d.open(p)
	for y, row := range parseFrame(text, max(p.Width, 0), max(p.Height, 0)) {
		d.row(y, row)
	}
	d.b.WriteString("</g>\n</svg>\n")
	return d.b.String()
}

// drawing collects the elements of one picture.
type drawing struct {
	screen screen
	b      strings.Builder
}

func (d *drawing) open(p Picture) {
	top := padding
	if !p.Bare {
		top += titleBar
	}
	w, h := max(p.Width, 0)*cellWidth+2*padding, max(p.Height, 0)*cellHeight+top+padding
	fmt.Fprintf(&d.b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="%s" font-size="%d" role="img">`+"\n",
		w, h, w, h, fonts, fontSize)
	if p.Title != "" {
		d.b.WriteString("<title>" + escape(p.Title) + "</title>\n")
	}
	if p.Bare {
		fmt.Fprintf(&d.b, `<rect width="%d" height="%d" fill="%s"/>`+"\n", w, h, hex(d.screen.bg))
	} else {
		fmt.Fprintf(&d.b, `<rect x=".5" y=".5" width="%d" height="%d" rx="8" fill="%s" stroke="%s"/>`+"\n",
			w-1, h-1, hex(d.screen.bg), hex(d.screen.frame))
		for i, fill := range []string{"#ff5f57", "#febc2e", "#28c840"} {
			fmt.Fprintf(&d.b, `<circle cx="%d" cy="17" r="5.5" fill="%s"/>`+"\n", 19+i*19, fill)
		}
		if p.Title != "" && w > 300 {
			fmt.Fprintf(&d.b, `<text x="%d" y="22" text-anchor="middle" font-size="13" fill="%s">%s</text>`+"\n",
				w/2, hex(d.screen.title), escape(p.Title))
		}
	}
	fmt.Fprintf(&d.b, `<g transform="translate(%d %d)" stroke-width="1">`+"\n", padding, top)
}

// row draws backgrounds first, then shapes, then letters with their lines.
func (d *drawing) row(y int, row []cell) {
	d.backgrounds(y, row)
	d.shapes(y, row)
	d.letters(y, row)
	d.lines(y, row)
}

func (d *drawing) backgrounds(y int, row []cell) {
	for x := 0; x < len(row); {
		_, bg, solid := d.screen.colours(row[x].look)
		from := x
		for x++; x < len(row); x++ {
			if _, next, s := d.screen.colours(row[x].look); next != bg || s != solid {
				break
			}
		}
		if solid {
			fmt.Fprintf(&d.b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>`+"\n",
				from*cellWidth, y*cellHeight, (x-from)*cellWidth, cellHeight, hex(bg))
		}
	}
}

// shape is what a run of cells of one colour draws apart from letters.
type shape struct{ fills, thin, thick, dots strings.Builder }

func (d *drawing) shapes(y int, row []cell) {
	for x := 0; x < len(row); {
		r, ok := d.shapeAt(row[x])
		if !ok {
			x++
			continue
		}
		fg, bg, _ := d.screen.colours(row[x].look)
		var s shape
		for ; ok; r, ok = d.shapeAt(at(row, x)) {
			if fg2, bg2, _ := d.screen.colours(row[x].look); fg2 != fg || bg2 != bg {
				break
			}
			if isBraille(r) {
				x = d.braille(&s, row, x, y)
				continue
			}
			n := 1
			for x+n < len(row) && row[x+n] == row[x] {
				n++
			}
			d.add(&s, r, x, y, n, fg, bg)
			x += n
		}
		d.flush(&s, fg)
	}
}

func at(row []cell, x int) cell {
	if x < len(row) {
		return row[x]
	}
	return cell{}
}

func (d *drawing) shapeAt(c cell) (rune, bool) {
	r, size := utf8.DecodeRuneInString(c.text)
	return r, size > 0 && size == len(c.text) && drawn(r)
}

// braille draws the dots of a run of cells of one look from x on, and returns
// where it ends. Dots that stand side by side are one dashed line.
func (d *drawing) braille(s *shape, row []cell, x, y int) int {
	from := x
	var raster [4][]bool
	for ; x < len(row) && row[x].look == row[from].look; x++ {
		r, ok := d.shapeAt(row[x])
		if !ok || !isBraille(r) {
			break
		}
		for line, pair := range dots(r) {
			raster[line] = append(raster[line], pair[0], pair[1])
		}
	}
	for line, set := range raster {
		for i := 0; i < len(set); i++ {
			n := 0
			for i+n < len(set) && set[i+n] {
				n++
			}
			if n == 0 {
				continue
			}
			left := float64(from*cellWidth) + dotPitch*(float64(i)+0.5)
			s.dots.WriteString("M" + num(left) + " " + num(float64(y*cellHeight)+cellHeight*(0.125+0.25*float64(line))) +
				"h" + num(dotPitch*float64(n-1)+0.05))
			i += n
		}
	}
	return x
}

// add draws n equal cells from x on.
func (d *drawing) add(s *shape, r rune, x, y, n int, fg, bg color.RGBA) {
	left, top := float64(x*cellWidth), float64(y*cellHeight)
	if r >= 0x2580 {
		for _, b := range blocks(r) {
			if b.w == cellWidth { // full width: one rectangle for the run
				d.rect(s, left+b.x, top+b.y, b.w*float64(n), b.h, mix(bg, fg, b.opacity), fg)
				continue
			}
			for i := range n {
				d.rect(s, left+float64(i*cellWidth)+b.x, top+b.y, b.w, b.h, fg, fg)
			}
		}
		return
	}
	if r == '─' {
		s.thin.WriteString("M" + num(left) + " " + num(top+9.5) + "h" + num(float64(n*cellWidth)))
		return
	}
	for i := range n {
		thin, thick := strokes(r, left+float64(i*cellWidth), top)
		s.thin.WriteString(thin)
		s.thick.WriteString(thick)
	}
}

// rect adds a rectangle to the run's path, or draws it at once when its colour is another.
func (d *drawing) rect(s *shape, x, y, w, h float64, fill, fg color.RGBA) {
	path := "M" + num(x) + " " + num(y) + "h" + num(w) + "v" + num(h) + "h" + num(-w) + "z"
	if fill == fg {
		s.fills.WriteString(path)
		return
	}
	fmt.Fprintf(&d.b, `<path d="%s" fill="%s"/>`+"\n", path, hex(fill))
}

func (d *drawing) flush(s *shape, fg color.RGBA) {
	if s.fills.Len() > 0 {
		fmt.Fprintf(&d.b, `<path d="%s" fill="%s"/>`+"\n", s.fills.String(), hex(fg))
	}
	if s.thin.Len() > 0 {
		fmt.Fprintf(&d.b, `<path d="%s" fill="none" stroke="%s"/>`+"\n", s.thin.String(), hex(fg))
	}
	if s.thick.Len() > 0 {
		fmt.Fprintf(&d.b, `<path d="%s" fill="none" stroke="%s" stroke-width="2.2"/>`+"\n", s.thick.String(), hex(fg))
	}
	if s.dots.Len() > 0 {
		fmt.Fprintf(&d.b, `<path d="%s" fill="none" stroke="%s" stroke-width="2.6" stroke-linecap="round" stroke-dasharray=".01 %s"/>`+"\n",
			s.dots.String(), hex(fg), num(dotPitch-0.01))
	}
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}
