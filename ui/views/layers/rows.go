package layers

import (
	"strconv"
	"strings"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/table"
	"github.com/mmtui/mmtui/ui/theme"
)

// inks are the theme's styles boiled down for cells.
type inks struct {
	dim, strong, good, warn, bad theme.Ink
	heat, heatSelected           []theme.Ink
}

const heatInks = 32

func newInks(t theme.Theme) inks {
	k := inks{dim: t.Ink(t.Dim), strong: t.Ink(t.Strong), good: t.Ink(t.Good), warn: t.Ink(t.Warn), bad: t.Ink(t.Bad)}
	for i := range heatInks {
		v := (float64(i) + 0.5) / heatInks
		style, _ := t.Heat(v)
		k.heat = append(k.heat, t.Ink(style))
		style, _ = t.HeatSelected(v)
		k.heatSelected = append(k.heatSelected, t.Ink(style))
	}
	return k
}

// source draws the lines of a list for the table.
type source struct {
	*list
	columns   []screenColumn
	inks      inks
	theme     theme.Theme
	nameWidth int
}

func (s *source) Len() int { return len(s.lines) }

func (s *source) Row(i int, row *table.Row) {
	n := &s.tree.nodes[s.lines[i]]
	if n.tensor < 0 {
		s.block(n, row)
		return
	}
	t := &s.rows[n.tensor]
	row.Marked = s.marks[n.tensor]
	for k := range s.columns {
		c := &s.columns[k]
		if !row.Wanted[k] {
			continue
		}
		switch c.Key {
		case "name":
			row.Cells[k].Text = s.tensorName(n, t)
		case "sqnr_db":
			row.Cells[k] = s.heatCell(t.SQNRdB, t.State)
		case noteKey:
			row.Cells[k] = s.note(t)
		default:
			row.Cells[k] = s.plain(c, t)
		}
	}
}

func (s *source) tensorName(n *node, t *report.Tensor) string {
	if !s.flat {
		indent := s.indent(n) + 2
		return component.Spaces(indent) + shorten(n.label, s.nameWidth-indent, s.theme.Glyphs.Ellipsis)
	}
	name := component.Clean(t.Name)
	if name == "" {
		name = `""`
	}
	return shorten(name, s.nameWidth, s.theme.Glyphs.Ellipsis)
}

// indent is less where the column is narrow.
func (s *source) indent(n *node) int {
	if s.nameWidth < 28 {
		return int(n.depth)
	}
	return 2 * int(n.depth)
}

// shorten makes a name fit: first by writing the last part, which nearly all
// names share, as a letter; then from the left, since ends tell more than starts.
func shorten(name string, room int, ellipsis string) string {
	if component.Width(name) <= room {
		return name
	}
	for _, tail := range []string{".weight", ".bias"} {
		if head, ok := strings.CutSuffix(name, tail); ok {
			name = head + tail[:2]
		}
	}
	return component.CutLeft(name, max(0, room), ellipsis)
}

// plain is a cell of any column: dimmed where there is no value.
func (s *source) plain(c *screenColumn, t *report.Tensor) table.Cell {
	if !c.Numeric() {
		text := c.Format(t)
		if c.Key == "shape" && s.theme.Graph == theme.ASCII {
			text = strings.ReplaceAll(text, "×", s.theme.Glyphs.Times)
		}
		if c.Key == "scheme" && t.Scheme == nil {
			return table.Cell{Text: text, Ink: s.inks.dim}
		}
		return table.Cell{Text: text}
	}
	n := c.Number(t)
	if n.Valid() {
		return table.Cell{Text: format(c.Kind, n)}
	}
	return s.missing(t.State == report.Pending || c.Key == "below_ideal_db" && t.IdealPending)
}

// missing is a figure that does not exist, or whose turn has not come.
func (s *source) missing(pending bool) table.Cell {
	if pending {
		return table.Cell{Text: s.theme.Glyphs.Pending, Width: 1, Ink: s.inks.dim}
	}
	return table.Cell{Text: "n/a", Ink: s.inks.dim}
}

// heatCell shows an SQNR with the glyph and colour of its place on the scale.
func (s *source) heatCell(n report.Number, state report.State) table.Cell {
	if !n.Valid() {
		return s.missing(state == report.Pending)
	}
	v := theme.HeatSQNR(float64(n))
	text := format(report.Decibel, n)
	step := theme.HeatStep(v, heatInks)
	return table.Cell{
		Text: s.theme.HeatGlyph(v) + " " + text, Width: 2 + len(text),
		Ink: s.inks.heat[step], Selected: s.inks.heatSelected[step],
	}
}

// note says what stands out, else why the tensor stays as it is or failed.
func (s *source) note(t *report.Tensor) table.Cell {
	switch {
	case t.State == report.Failed:
		return table.Cell{Text: s.theme.Glyphs.Cross + " " + component.Clean(t.Reason), Ink: s.inks.bad}
	case t.State == report.Pending:
		return s.missing(true)
	case t.Cause != nil && *t.Cause != "":
		return table.Cell{Text: s.theme.Glyphs.Warning + " " + component.Clean(*t.Cause), Ink: s.inks.warn}
	case t.Reason != "":
		return table.Cell{Text: component.Clean(t.Reason), Ink: s.inks.dim}
	}
	return table.Cell{}
}

// block is the row of a block: its label and what its tensors come to.
func (s *source) block(n *node, row *table.Row) {
	g := s.theme.Glyphs
	arrow := g.Closed
	if n.open {
		arrow = g.Open
	}
	label := component.Spaces(s.indent(n)) + arrow + " " + n.label
	row.Marked = n.total > 0 && n.marked == n.total
	for k := range s.columns {
		if !row.Wanted[k] {
			continue
		}
		c := &s.columns[k]
		cell := &row.Cells[k]
		switch c.Key {
		case "name":
			*cell = table.Cell{Text: label, Ink: s.inks.strong}
		case "shape":
			*cell = table.Cell{Text: tensorCount(n.sum.tensors), Ink: s.inks.dim}
		case "sqnr_db":
			if n.sum.measured > 0 || n.sum.pending > 0 {
				*cell = s.heatCell(report.Number(n.sum.number(c.Key)), s.blockState(n))
			}
		case noteKey:
			*cell = s.blockNote(n)
		default:
			if v := report.Number(n.sum.number(c.Key)); v.Valid() {
				*cell = table.Cell{Text: format(c.Kind, v)}
			}
		}
	}
}

// tensorCount fits the column of shapes: a long number stands alone.
func tensorCount(n int) string {
	if n >= 10_000 {
		return report.GroupDigits(int64(n))
	}
	if n == 1 {
		return "1 tensor"
	}
	return strconv.Itoa(n) + " tensors"
}

func (s *source) blockState(n *node) report.State {
	if n.sum.pending > 0 {
		return report.Pending
	}
	return report.Done
}

func (s *source) blockNote(n *node) table.Cell {
	switch {
	case n.sum.failed > 0:
		return table.Cell{Text: s.theme.Glyphs.Cross + " " + strconv.Itoa(n.sum.failed) + " failed", Ink: s.inks.bad}
	case n.sum.pending > 0:
		return table.Cell{Text: s.theme.Glyphs.Pending + " " + strconv.Itoa(n.sum.pending) + " pending", Ink: s.inks.dim}
	case n.sum.causes == 1:
		return table.Cell{Text: s.theme.Glyphs.Warning + " 1 cause", Ink: s.inks.warn}
	case n.sum.causes > 1:
		return table.Cell{Text: s.theme.Glyphs.Warning + " " + strconv.Itoa(n.sum.causes) + " causes", Ink: s.inks.warn}
	}
	return table.Cell{}
}
