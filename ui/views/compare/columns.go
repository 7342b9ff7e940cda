package compare

import (
	"strings"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/table"
	"github.com/mmtui/mmtui/ui/theme"
)

// The columns.
const (
	colName      = "name"
	colScheme    = "scheme"
	colA         = "a"
	colB         = "b"
	colDelta     = "delta"
	colSize      = "size"
	colSizeDelta = "size delta"
)

// figure is what the middle columns compare.
type figure struct {
	title  string
	kind   report.Kind
	better int // 1: more is better, -1: less is, 0: neither
	column report.Column
}

func (f figure) of(t *report.Tensor) report.Number {
	if t == nil {
		return report.NA()
	}
	return f.column.Number(t)
}

// figures lists what can be compared, in the order that left and right walk.
func figures() []figure {
	all := report.Columns()
	var out []figure
	for _, f := range []struct {
		key    string
		better int
	}{
		{"sqnr_db", 1}, {"relative_rmse", -1}, {"cosine", 1}, {"below_ideal_db", -1}, {"clipped_ratio", -1},
		{"code_entropy_bits", 0}, {"bits_per_weight", -1}, {"max_abs_error", -1}, {"quantized_size_bytes", -1},
	} {
		if c, ok := report.FindColumn(all, f.key); ok {
			out = append(out, figure{c.Title, c.Kind, f.better, c})
		}
	}
	return out
}

// columns of the table; the names of the sides stand in the headings.
func (v View) columns() []table.Column {
	a, b, _ := v.sides()
	f := figures()[v.figure]
	x, y := strings.ToUpper(a.letter), strings.ToUpper(b.letter)
	return []table.Column{
		{ID: colName, Title: "NAME", Width: 22, Flex: true},
		{ID: colScheme, Title: "SCHEME", Width: 28, Drop: 2},
		{ID: colA, Title: x + " " + f.title, Width: 10, Right: true},
		{ID: colB, Title: y + " " + f.title, Width: 10, Right: true},
		{ID: colDelta, Title: v.deltaSign(), Width: 9, Right: true},
		{ID: colSize, Title: "SIZE", Width: 15, Right: true, Drop: 3},
		{ID: colSizeDelta, Title: v.deltaSign() + " SIZE", Width: 10, Right: true, Drop: 1},
	}
}

// deltaSign heads what B has more than A.
func (v View) deltaSign() string {
	if v.theme.Graph == theme.ASCII {
		return "+/-"
	}
	return "Δ"
}

// inks are the theme's styles boiled down for cells.
type inks struct {
	dim, text, good, bad theme.Ink
	heat, heatSelected   [16]theme.Ink
}

func newInks(t theme.Theme) inks {
	k := inks{dim: t.Ink(t.Dim), text: t.Ink(t.Text), good: t.Ink(t.Good), bad: t.Ink(t.Bad)}
	for i := range k.heat {
		at := (float64(i) + 0.5) / float64(len(k.heat))
		style, _ := t.Heat(at)
		k.heat[i] = t.Ink(style)
		style, _ = t.HeatSelected(at)
		k.heatSelected[i] = t.Ink(style)
	}
	return k
}

// source hands the lines to the table.
type source struct {
	View
	columns   []table.Column
	figure    figure
	nameWidth int
}

func (s source) Len() int { return len(s.lines) }

func (s source) Columns() int { return len(s.columns) }

func (s source) Row(i int, row *table.Row) {
	l := s.lines[i]
	a, b := s.figure.of(l.a), s.figure.of(l.b)
	for k, c := range s.columns {
		if !row.Wanted[k] {
			continue
		}
		switch c.ID {
		case colName:
			row.Cells[k].Text = component.CutLeft(component.Clean(l.name), s.nameWidth, s.theme.Glyphs.Ellipsis)
		case colScheme:
			row.Cells[k] = s.scheme(l)
		case colA:
			row.Cells[k] = s.value(a, l.a)
		case colB:
			row.Cells[k] = s.value(b, l.b)
		case colDelta:
			row.Cells[k] = s.delta(a, b, s.figure.kind, s.figure.better)
		case colSize:
			row.Cells[k] = s.size(l)
		case colSizeDelta:
			row.Cells[k] = s.delta(sizeOf(l.a), sizeOf(l.b), report.Bytes, -1)
		}
	}
}

// scheme shows both schemes in one: what they share once, what differs with an
// arrow between. It is dimmed where they are the same.
func (s source) scheme(l line) table.Cell {
	a, b := schemeText(l.a), schemeText(l.b)
	if a == b {
		return table.Cell{Text: a, Ink: s.inks.dim}
	}
	arrow := s.theme.Glyphs.Arrow
	if l.a == nil || l.b == nil || l.a.Scheme == nil || l.b.Scheme == nil {
		return table.Cell{Text: a + arrow + b}
	}
	x, y := strings.Fields(a), strings.Fields(b)
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			x[i] += arrow + y[i]
		}
	}
	return table.Cell{Text: strings.Join(x, " ")}
}

func (s source) value(n report.Number, t *report.Tensor) table.Cell {
	if !n.Valid() {
		text := "n/a"
		if t != nil && t.State == report.Pending {
			text = s.theme.Glyphs.Pending
		}
		return table.Cell{Text: text, Ink: s.inks.dim}
	}
	c := table.Cell{Text: report.FormatNumber(n, s.figure.kind)}
	if s.figure.column.Key == "sqnr_db" {
		at := theme.HeatSQNR(float64(n))
		step := theme.HeatStep(at, len(s.inks.heat))
		c.Text = s.theme.HeatGlyph(at) + " " + c.Text
		c.Ink, c.Selected = s.inks.heat[step], s.inks.heatSelected[step]
	}
	return c
}

// size shows both sizes with an arrow between, or the one that both sides have.
func (s source) size(l line) table.Cell {
	text := func(t *report.Tensor) string {
		if t == nil {
			return "absent"
		}
		return report.HumanBytes(t.QuantizedSizeBytes)
	}
	a, b := text(l.a), text(l.b)
	if a == b {
		return table.Cell{Text: a, Ink: s.inks.dim}
	}
	return table.Cell{Text: a + s.theme.Glyphs.Arrow + b}
}

// delta is B less A with an arrow, coloured by whether it is for the better.
func (v View) delta(a, b report.Number, kind report.Kind, better int) table.Cell {
	if !a.Valid() || !b.Valid() {
		return table.Cell{Text: "n/a", Ink: v.inks.dim}
	}
	d := b - a
	text := report.FormatNumber(d, kind)
	if d == 0 || strings.Trim(text, "-0.% BkM") == "" {
		return table.Cell{Text: "=", Ink: v.inks.dim}
	}
	arrow, ink := v.theme.Glyphs.Up, v.inks.bad
	if d < 0 {
		arrow = v.theme.Glyphs.Down
	}
	switch {
	case better == 0:
		ink = v.inks.text
	case (d > 0) == (better > 0):
		ink = v.inks.good
	}
	return table.Cell{Text: arrow + " " + strings.TrimPrefix(text, "-"), Ink: ink}
}
