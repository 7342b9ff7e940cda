package snapshot

import (
	"image/color"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// attribute bits of a cell.
type attribute uint8

const (
	bold attribute = 1 << iota
	faint
	italic
	underline
	reverse
	strike
	conceal
)

// look is how a cell is drawn: nil colours are the terminal's own.
type look struct {
	fg, bg     color.Color
	attributes attribute
}

// cell is one place of a frame. A wide cluster takes two: the second is empty.
type cell struct {
	text string // "" is a blank, or the second half of a wide cluster
	look look
	wide bool
}

// frame is a grid of cells, rows may differ in length.
type frame [][]cell

// parseFrame reads the lines of a styled text. Escape sequences other than
// colours and attributes are dropped; so are control characters. Styles run on
// over line ends, as a terminal keeps them. Cells beyond width × height are cut.
func parseFrame(s string, width, height int) frame {
	var pen look
	out := frame{nil}
	for len(s) > 0 && len(out) <= height {
		var t token
		t, s = nextToken(s)
		row := len(out) - 1
		switch {
		case t.width > 0:
			out[row] = put(out[row], t.text, t.width, width, pen)
		case t.text == "\n":
			out = append(out, nil)
		case t.text == "\t":
			for range 8 - len(out[row])%8 {
				out[row] = put(out[row], " ", 1, width, pen)
			}
		case t.isSGR:
			pen = pen.with(parameters(t.sgr))
		}
	}
	return out[:max(min(len(out), height), 0)]
}

// put adds a cluster of w columns to a row.
func put(row []cell, text string, w, width int, pen look) []cell {
	if len(row)+w > width {
		return row
	}
	row = append(row, cell{text: text, look: pen, wide: w > 1})
	for range w - 1 {
		row = append(row, cell{look: pen})
	}
	return row
}

// with applies the parameters of an SGR sequence (ECMA-48 8.3.117, with the
// usual extensions for bright, indexed and direct colours).
func (l look) with(params ansi.Params) look {
	if len(params) == 0 {
		return look{}
	}
	for i := 0; i < len(params); i++ {
		n := params[i].Param(0)
		switch {
		case n == 38 || n == 48 || n == 58:
			var c color.Color
			used := ansi.ReadStyleColor(params[i:], &c)
			if used <= 0 {
				return l // the rest cannot be told apart from the colour's values
			}
			switch n {
			case 38:
				l.fg = c
			case 48:
				l.bg = c
			}
			i += used - 1
		case n >= 30 && n <= 37:
			l.fg = ansi.BasicColor(n - 30)
		case n >= 90 && n <= 97:
			l.fg = ansi.BasicColor(n - 90 + 8)
		case n >= 40 && n <= 47:
			l.bg = ansi.BasicColor(n - 40)
		case n >= 100 && n <= 107:
			l.bg = ansi.BasicColor(n - 100 + 8)
		default:
			l = l.attribute(n)
		}
	}
	return l
}

func (l look) attribute(n int) look {
	on := map[int]attribute{1: bold, 2: faint, 3: italic, 4: underline, 7: reverse, 8: conceal, 9: strike, 21: underline}
	off := map[int]attribute{22: bold | faint, 23: italic, 24: underline, 27: reverse, 28: conceal, 29: strike}
	switch {
	case n == 0:
		return look{}
	case n == 39:
		l.fg = nil
	case n == 49:
		l.bg = nil
	case on[n] != 0:
		l.attributes |= on[n]
	case off[n] != 0:
		l.attributes &^= off[n]
	}
	return l
}

// Text returns a frame as plain text: escape sequences and control characters
// are taken out and blanks at the ends of lines cut. It ends with a line end.
func Text(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		var t token
		t, s = nextToken(s)
		if t.width > 0 || t.text == "\n" || t.text == "\t" {
			b.WriteString(t.text)
		}
	}
	lines := strings.Split(b.String(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"
}
