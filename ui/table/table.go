// Package table draws a virtualised table: rows are asked for only while they
// are on screen, so that a frame costs the same with ten rows or a hundred
// thousand. A tree is a table whose first column is indented.
package table

import (
	"strings"

	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/theme"
)

// Cell is the content of one field, a single line without escape sequences.
type Cell struct {
	Text     string
	Width    int       // cells that Text takes; 0: to be measured
	Ink      theme.Ink // zero: ordinary text
	Selected theme.Ink // on the row under the cursor; zero: as the rest of that row
}

// Row is one line of the table. A Source reuses the slice it is handed.
type Row struct {
	Cells  []Cell // one a column, in the order of the columns given to Place
	Wanted []bool // which of them are drawn; the others need not be filled
	Marked bool
	Wide   bool // the first cell may run over the empty cells after it
}

// Source gives the rows.
type Source interface {
	Len() int
	// Row fills row, whose Cells are cleared beforehand.
	Row(i int, row *Row)
}

// Sort says which column orders the rows.
type Sort struct {
	ID         string
	Descending bool
}

// Table draws with the inks of a theme.
type Table struct {
	glyphs                                         theme.Glyphs
	head, sorted, selected, inactive, marked, edge theme.Ink
	cursor                                         theme.Ink
}

// New prepares a table for a theme.
func New(t theme.Theme) Table {
	return Table{
		glyphs: t.Glyphs, head: t.Ink(t.Dim), sorted: t.Ink(t.Header), selected: t.Ink(t.Selected),
		inactive: t.Ink(t.Inactive), marked: t.Ink(t.Marked), edge: t.Ink(t.Border), cursor: t.Ink(t.Accent),
	}
}

// Render draws head and rows, exactly width × (1 + s.Height) cells.
func (t Table) Render(placed []Placed, src Source, s Scroll, order Sort, focused bool, width int) string {
	n := src.Len()
	var b strings.Builder
	b.Grow((s.Height + 1) * (width + 64))
	t.renderHead(&b, placed, order, width)
	lo, hi := s.Window(n)
	first, length := s.Thumb(n)
	var row Row
	for i, p := range placed {
		if i == 0 {
			row = Row{Cells: make([]Cell, p.Of), Wanted: make([]bool, p.Of)}
		}
		row.Wanted[p.Index] = true
	}
	for y := range s.Height {
		b.WriteByte('\n')
		if i := lo + y; i < hi {
			clear(row.Cells)
			row.Marked, row.Wide = false, false
			src.Row(i, &row)
			t.renderRow(&b, placed, &row, i == s.Cursor, focused, width-bar)
		} else {
			b.WriteString(component.Spaces(width - bar))
		}
		switch {
		case length == 0:
			b.WriteByte(' ')
		case y >= first && y < first+length:
			t.cursor.PaintTo(&b, t.glyphs.Thumb)
		default:
			t.edge.PaintTo(&b, t.glyphs.Track)
		}
	}
	if n := len(placed); n > 0 && placed[n-1].X+placed[n-1].W > width-bar { // not even the needed columns fit
		return component.Fit(b.String(), width, s.Height+1)
	}
	return b.String()
}

func (t Table) renderHead(b *strings.Builder, placed []Placed, order Sort, width int) {
	at := 0
	for _, p := range placed {
		b.WriteString(component.Spaces(p.X - at))
		title, ink := p.Title, t.head
		if p.ID == order.ID {
			ink = t.sorted
			arrow := t.glyphs.Up
			if order.Descending {
				arrow = t.glyphs.Down
			}
			title = component.Cut(title, p.W-2, "") + " " + arrow
		}
		if p.Right {
			title = component.LineRight(title, p.W, t.glyphs.Ellipsis)
		} else {
			title = component.Line(title, p.W, t.glyphs.Ellipsis)
		}
		ink.PaintTo(b, title)
		at = p.X + p.W
	}
	b.WriteString(component.Spaces(width - at))
}

func (t Table) renderRow(b *strings.Builder, placed []Placed, row *Row, cursor, focused bool, width int) {
	base := theme.Ink{}
	switch {
	case cursor && focused:
		base = t.selected
	case cursor:
		base = t.inactive
	case row.Marked:
		base = t.marked
	}
	t.renderGutter(b, row, cursor, base)
	at := gutter
	for k, p := range placed {
		base.PaintTo(b, component.Spaces(p.X-at))
		cell := &row.Cells[p.Index]
		room := p.W
		if k == 0 && row.Wide {
			room = t.roomUntilText(placed, row, width)
		} else if k > 0 && row.Wide && p.X < at {
			continue
		}
		ink := base
		switch {
		case cursor && focused:
			if cell.Selected.Open != "" {
				ink = cell.Selected
			}
		case cursor:
		case cell.Ink.Open != "" && !(row.Marked && k == 0):
			ink = cell.Ink
		}
		writeCell(b, cell, room, p.Right, ink, base, t.glyphs.Ellipsis)
		at = p.X + room
	}
	base.PaintTo(b, component.Spaces(width-at))
}

func (t Table) renderGutter(b *strings.Builder, row *Row, cursor bool, base theme.Ink) {
	left, right := " ", " "
	if row.Marked {
		right = t.glyphs.Mark
	}
	if cursor {
		left = t.glyphs.Cursor
	}
	if base.Open == "" && cursor {
		base = t.cursor
	}
	base.PaintTo(b, left+right)
}

// roomUntilText is the width from the first column up to the next field that holds something.
func (t Table) roomUntilText(placed []Placed, row *Row, width int) int {
	for _, p := range placed[1:] {
		if row.Cells[p.Index].Text != "" {
			return p.X - gap - placed[0].X
		}
	}
	return width - placed[0].X
}

// writeCell paints text and its padding; only the text takes the cell's own ink.
func writeCell(b *strings.Builder, c *Cell, room int, right bool, ink, base theme.Ink, ellipsis string) {
	text, w := c.Text, c.Width
	if w == 0 {
		w = component.Width(text)
	}
	if w > room {
		text = component.Cut(text, room, ellipsis)
		w = component.Width(text)
	}
	pad := component.Spaces(room - w)
	if right {
		base.PaintTo(b, pad)
		ink.PaintTo(b, text)
		return
	}
	ink.PaintTo(b, text)
	base.PaintTo(b, pad)
}
