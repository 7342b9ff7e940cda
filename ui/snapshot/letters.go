package snapshot

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// letters draws a row's text: one element, a span for every run of one style,
// and in it the place of every letter. Blanks are left out; a single one
// between two letters stays, so that text can be found and copied.
func (d *drawing) letters(y int, row []cell) {
	var spans strings.Builder
	for x := 0; x < len(row); {
		if !d.isLetter(row[x]) {
			x++
			continue
		}
		var places, text strings.Builder
		from := x
		for ; x < len(row); x++ {
			c := row[x]
			if !d.sameRun(row[from], c) || !d.isLetter(c) && !d.between(row, x) {
				break
			}
			if utf8.RuneCountInString(c.text) > 1 || c.wide {
				if x > from {
					break
				}
				x++
				places.WriteString(strconv.Itoa(from * cellWidth))
				text.WriteString(escape(c.text))
				break
			}
			if x > from {
				places.WriteByte(' ')
			}
			places.WriteString(strconv.Itoa(x * cellWidth))
			text.WriteString(escape(c.text))
		}
		fmt.Fprintf(&spans, `<tspan x="%s"%s>%s</tspan>`, places.String(), d.style(row[from].look), text.String())
	}
	if spans.Len() > 0 {
		fmt.Fprintf(&d.b, `<text y="%d">%s</text>`+"\n", y*cellHeight+baseline, spans.String())
	}
}

func (d *drawing) isLetter(c cell) bool {
	if c.text == "" || strings.TrimSpace(c.text) == "" || c.look.attributes&conceal != 0 {
		return false
	}
	_, shape := d.shapeAt(c)
	return !shape
}

// between reports whether a cell is a single blank between two letters of its run.
func (d *drawing) between(row []cell, x int) bool {
	return row[x].text == " " && x > 0 && x+1 < len(row) && d.isLetter(row[x-1]) && d.isLetter(row[x+1]) &&
		utf8.RuneCountInString(row[x+1].text) == 1 && !row[x+1].wide && d.sameRun(row[x], row[x+1])
}

// sameRun reports whether two cells can share a span.
func (d *drawing) sameRun(a, b cell) bool {
	return d.style(a.look) == d.style(b.look)
}

// style is the colour, weight and slant of a cell's letters as attributes.
func (d *drawing) style(l look) string {
	fg, _, _ := d.screen.colours(l)
	s := ` fill="` + hex(fg) + `"`
	if l.attributes&bold != 0 {
		s += ` font-weight="bold"`
	}
	if l.attributes&italic != 0 {
		s += ` font-style="italic"`
	}
	return s
}

// lines draws underlines and strikes, over blanks too.
func (d *drawing) lines(y int, row []cell) {
	for _, kind := range []struct {
		attribute attribute
		offset    float64
	}{{underline, baseline + 2.5}, {strike, baseline - 4.5}} {
		for x := 0; x < len(row); {
			if row[x].look.attributes&kind.attribute == 0 {
				x++
				continue
			}
			fg, _, _ := d.screen.colours(row[x].look)
			from := x
			for x++; x < len(row) && row[x].look == row[from].look; x++ {
			}
			fmt.Fprintf(&d.b, `<path d="M%d %sh%d" stroke="%s"/>`+"\n",
				from*cellWidth, num(float64(y*cellHeight)+kind.offset), (x-from)*cellWidth, hex(fg))
		}
	}
}
