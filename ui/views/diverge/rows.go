package diverge

import (
	"fmt"
	"math"
	"strings"

	"github.com/mmtui/mmtui/core/diverge"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/chart"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/table"
	"github.com/mmtui/mmtui/ui/theme"
)

// The columns, in their order.
const (
	nameColumn = iota
	schemeColumn
	localColumn
	localBar
	cumulativeColumn
	cumulativeBar
	cosineColumn
	amplificationColumn
	columnCount
)

func (v *View) columns(width int) []table.Column {
	bar := min(max(width/16, 6), 20)
	return []table.Column{
		nameColumn:          {ID: "name", Title: "LAYER", Width: 18, Flex: true},
		schemeColumn:        {ID: "scheme", Title: "SCHEME", Width: 18, Drop: 6},
		localColumn:         {ID: "local", Title: "LOCAL dB", Width: 10, Right: true},
		localBar:            {ID: "local-bar", Width: bar, Drop: 4},
		cumulativeColumn:    {ID: "cumulative", Title: "CUMUL. dB", Width: 11, Right: true},
		cumulativeBar:       {ID: "cumulative-bar", Width: bar, Drop: 3},
		cosineColumn:        {ID: "cosine", Title: "COSINE", Width: 8, Right: true, Drop: 5},
		amplificationColumn: {ID: "amplification", Title: "AMPL. dB", Width: 10, Right: true, Drop: 2},
	}
}

// source gives the table its rows.
type source struct {
	*View
	widths [columnCount]int
	marks  map[string][]finding
}

func newSource(v *View, placed []table.Placed) source {
	s := source{View: v, marks: map[string][]finding{}}
	for _, p := range placed {
		s.widths[p.Index] = p.W
	}
	for _, f := range v.findings() {
		s.marks[f.name] = append(s.marks[f.name], f)
	}
	return s
}

// Len is the number of rows shown.
func (s source) Len() int { return len(s.list.shown) }

// Row fills in row i.
func (s source) Row(i int, row *table.Row) {
	t, one := s.theme, &s.report.Rows[s.list.shown[i]]
	row.Marked = lifted(s.report.Lifts, one.Name) > 0
	s.name(one, &row.Cells[nameColumn])
	row.Cells[schemeColumn] = table.Cell{Text: component.Clean(one.Scheme), Ink: t.Ink(t.Dim)}
	if one.Kind == diverge.Stage {
		row.Cells[schemeColumn].Text = "activation"
	} else {
		s.figure(localText(one), one.LocalSQNRdB, &row.Cells[localColumn], &row.Cells[localBar], s.widths[localBar])
	}
	s.figure(cumulativeText(one), one.CumulativeSQNRdB, &row.Cells[cumulativeColumn], &row.Cells[cumulativeBar], s.widths[cumulativeBar])
	row.Cells[cosineColumn].Text = formatted("%.4f", one.Cosine)
	row.Cells[amplificationColumn].Text = formatted("%+.1f", one.AmplificationDB)
	if one.Kind == diverge.Stage && !one.AmplificationDB.Valid() {
		row.Cells[amplificationColumn].Text = ""
	}
}

// name is the end of a layer's name, with the glyphs of what stands out.
func (s source) name(one *diverge.Row, cell *table.Cell) {
	t := s.theme
	glyphs := ""
	for _, f := range s.marks[one.Name] {
		glyphs += f.glyph
		style := t.Warn
		if f.bad {
			style = t.Bad
		}
		if cell.Ink.Open == "" || f.bad {
			cell.Ink = t.Ink(style)
		}
	}
	if glyphs != "" {
		glyphs += " "
	}
	if one.Kind == diverge.Stage && glyphs == "" {
		cell.Ink = t.Ink(t.Dim)
	}
	room := s.widths[nameColumn] - component.Width(glyphs)
	cell.Text = glyphs + component.CutLeft(strings.TrimSuffix(component.Clean(one.Name), ".weight"), max(room, 1), t.Glyphs.Ellipsis)
}

// figure fills a number and its bar.
func (s source) figure(text string, n report.Number, number, bar *table.Cell, width int) {
	t := s.theme
	db := decibels(text, n)
	number.Text = text
	style, _ := t.Heat(theme.HeatSQNR(db))
	switch {
	case text == notNumbers:
		style = t.Bad
	case math.IsNaN(db):
		style = t.Dim
	}
	number.Ink = t.Ink(style)
	if width <= 0 || math.IsNaN(db) {
		return
	}
	canvas := chart.NewCanvas(width, 1)
	chart.Bar(canvas, 0, 0, width, min(max(db, 0)/fullDB, 1), -1, t.Graph, chart.Accent)
	*bar = table.Cell{Text: canvas.String(), Ink: t.Ink(style)}
}

// notNumbers stands for outputs that are NaN or infinite.
const notNumbers = "no number"

// localText is the local SQNR for people; "" of an activation.
func localText(r *diverge.Row) string {
	switch {
	case r.Kind == diverge.Stage:
		return ""
	case r.NotFinite.Float+r.NotFinite.Local > 0:
		return notNumbers
	case r.LocalExact:
		return exact
	}
	return formatted("%.1f", r.LocalSQNRdB)
}

// cumulativeText is the cumulative SQNR for people.
func cumulativeText(r *diverge.Row) string {
	switch {
	case r.NotFinite.Float+r.NotFinite.Variant > 0:
		return notNumbers
	case r.Exact:
		return exact
	}
	return formatted("%.1f", r.CumulativeSQNRdB)
}

const exact = "exact"

// decibels is a figure as it is ordered and drawn: exact above all, NaN where there is none.
func decibels(text string, n report.Number) float64 {
	switch {
	case text == exact:
		return math.Inf(1)
	case !n.Valid():
		return math.NaN()
	}
	return float64(n)
}

func formatted(format string, n report.Number) string {
	if !n.Valid() {
		return "n/a"
	}
	return fmt.Sprintf(format, float64(n))
}
