package run

import (
	"github.com/muesli/termenv"

	"github.com/mmtui/mmtui/ui/layout"
	"github.com/mmtui/mmtui/ui/theme"
)

// places is where the parts of the view go.
type places struct {
	form, preview layout.Rect // at the left; empty where the answers take it all
	estimate      layout.Rect
	answers       layout.Rect // the boxes of the columns
	inspector     layout.Rect // the token under the cursor
	column        int         // width of a column's box
	columns       int         // how many have room
	answer        layout.Rect // text inside the focused column, from its own corner
	alone         bool        // form or answers, not both
	showForm      bool
	figureLines   int
}

// The sizes that the layout starts from.
const (
	formWidth     = 46
	minColumn     = 26
	estimateLines = 3
	inspectLines  = 8
	wideColumn    = 62 // a narrower one spreads its figures over three lines
	bothWidth     = 90 // from here on form and answers stand side by side
)

func (v *View) places() places { return v.placesOf(v.width, v.height) }

// placesOf lays out width × height cells.
func (v *View) placesOf(width, height int) places {
	p := places{showForm: true, figureLines: 2}
	left := width
	if p.alone = width < bothWidth; p.alone {
		p.showForm = v.pane == 0
	} else {
		left = min(max(formWidth, width*30/100), 60)
	}
	if p.showForm {
		p.placeForm(left, height, len(v.form.rows()))
	}
	right := layout.Rect{X: left, W: width - left, H: height}
	if p.alone {
		right = layout.Rect{W: width, H: height}
		if p.showForm {
			return p
		}
	}
	if h := right.H; h >= 18 {
		p.inspector = layout.Rect{X: right.X, Y: h - inspectLines, W: right.W, H: inspectLines}
		right.H -= inspectLines
	}
	p.answers = right
	p.columns = min(len(v.models), max(right.W/minColumn, 1))
	p.column = right.W / max(p.columns, 1)
	if p.column < wideColumn && right.H >= 14 {
		p.figureLines = 3
	}
	if len(v.models) > 1 && right.H >= 12 {
		p.figureLines++ // the distance from the first column
		if p.column-2 < slimColumn && right.H >= 16 {
			p.figureLines = 6
		}
	}
	p.answer = layout.Rect{X: 1, Y: 1, W: max(p.column-2, 0), H: max(right.H-2-p.figureLines, 0)}
	return p
}

// placeForm puts the form above the estimate and the preview.
func (p *places) placeForm(width, height, rows int) {
	formHeight := min(rows+2, max(height-estimateLines-2, 3))
	p.form = layout.Rect{W: width, H: min(formHeight, height)}
	rest := height - p.form.H
	if rest >= estimateLines+2 {
		p.estimate = layout.Rect{Y: p.form.H, W: width, H: estimateLines + 2}
		rest -= estimateLines + 2
	}
	if rest >= 4 {
		p.preview = layout.Rect{X: 1, Y: height - rest + 1, W: max(width-2, 0), H: rest - 2}
	}
}

// firstColumn is the first of the columns that have room, so that the focused one is among them.
func (v *View) firstColumn(p places) int {
	return max(min(v.pane, len(v.models))-p.columns, 0)
}

// colourless reports whether a theme has no colours to show probabilities with.
func colourless(t theme.Theme) bool {
	return t.Name == theme.Mono || t.Profile == termenv.Ascii
}
