package trace

import (
	"fmt"
	"math"
	"strings"

	"github.com/mmtui/mmtui/core/diff"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/chart"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/table"
)

// headRows is what stands above the table: the two files and the two findings.
const headRows = 4

// tableRows is the number of rows of the table, its head aside.
func (v View) tableRows(height int) int { return max(height-headRows-1, 0) }

// Render draws exactly width × height cells.
func (v View) Render(width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	if v.rows() == 0 {
		return v.empty(width, height)
	}
	t, g := v.theme, v.theme.Glyphs
	lines := []string{
		component.Line(" "+t.SideA.Render("A")+"  "+t.Text.Render(component.Clean(v.a))+t.Dim.Render("  the reference"), width, g.Ellipsis),
		component.Line(" "+t.SideB.Render("B")+"  "+t.Text.Render(component.Clean(v.b))+t.Dim.Render(v.missing()), width, g.Ellipsis),
		component.Line(" "+v.leavesText(), width, g.Ellipsis),
		component.Line(" "+v.amplifiesText(), width, g.Ellipsis),
	}
	columns := v.columns(width)
	placed := table.Place(columns, width)
	s := source{View: v, columns: columns, most: v.most()}
	for _, p := range placed {
		if p.ID == "bar" {
			s.barWidth = p.W
		}
	}
	scroll := v.scroll.Resize(v.tableRows(height), v.rows())
	lines = append(lines, v.table.Render(placed, s, scroll, table.Sort{}, v.focused, width))
	return component.Fit(strings.Join(lines, "\n"), width, height)
}

func (v View) missing() string {
	var parts []string
	if n := v.report.Total.OnlyA; n > 0 {
		parts = append(parts, fmt.Sprintf("%d only in A", n))
	}
	if n := v.report.Total.OnlyB; n > 0 {
		parts = append(parts, fmt.Sprintf("%d only in B", n))
	}
	if len(parts) == 0 {
		return ""
	}
	return "  activations: " + strings.Join(parts, ", ")
}

func (v View) leavesText() string {
	t := v.theme
	limit := ""
	if f := v.report.Trace; f != nil && f.LeavesBelowDB.Valid() {
		limit = " below " + report.FormatNumber(f.LeavesBelowDB, report.Decibel) + " dB"
	}
	if v.leaves < 0 {
		return t.Good.Render(t.Glyphs.Check) + t.Dim.Render(" no layer leaves"+limit)
	}
	one := v.shown[v.leaves]
	return t.Bad.Render(t.Glyphs.Warning) + t.Dim.Render(" the first layer that leaves"+limit+": ") + t.Strong.Render(component.Clean(one.Name)) +
		t.Dim.Render(" at "+report.FormatNumber(one.SQNRdB, report.Decibel)+" dB")
}

func (v View) amplifiesText() string {
	t := v.theme
	if v.grows < 0 {
		return t.Dim.Render("  no layer makes the error grow")
	}
	one := v.report.Trace.AmplifiesMost
	text := t.Warn.Render(t.Glyphs.Up) + t.Dim.Render(" the layer that amplifies most: ") + t.Strong.Render(component.Clean(one.Name))
	if one.Growth.Valid() {
		text += t.Dim.Render(fmt.Sprintf(" by a factor of %.3g", float64(one.Growth)))
	}
	if one.Input != "" {
		text += t.Dim.Render(" over " + component.Clean(one.Input))
	}
	return text
}

func (v View) columns(width int) []table.Column {
	out := []table.Column{{ID: "name", Title: "LAYER", Width: 20, Flex: true}}
	for i, f := range figures() {
		drop := len(figures()) - i
		if i == v.figure {
			drop = 0
		}
		out = append(out, table.Column{ID: f.id, Title: f.title, Width: 10, Right: true, Drop: drop})
	}
	return append(out, table.Column{ID: "bar", Title: figures()[v.figure].title, Width: min(max(width/4, 8), 40), Drop: 9})
}

// most is the largest size of the figure that is drawn.
func (v View) most() float64 {
	f := figures()[v.figure]
	most := 0.0
	for _, r := range v.shown {
		if n := math.Abs(float64(f.of(r))); f.of(r).Valid() && !math.IsInf(n, 0) {
			most = max(most, n)
		}
		if f.endless && exact(r) {
			most = max(most, exactDB)
		}
	}
	return most
}

// source gives the table its rows.
type source struct {
	View
	columns  []table.Column
	barWidth int
	most     float64
}

// Len is the number of layers.
func (s source) Len() int { return s.rows() }

// Row fills in layer i.
func (s source) Row(i int, row *table.Row) {
	t, one := s.theme, s.shown[i]
	name := component.Clean(one.Name)
	switch i {
	case s.leaves:
		name = t.Glyphs.Warning + " " + name
		row.Cells[0].Ink = t.Ink(t.Bad)
	case s.grows:
		name = t.Glyphs.Up + " " + name
		row.Cells[0].Ink = t.Ink(t.Warn)
	}
	row.Cells[0].Text = name
	if one.Reason != "" {
		row.Cells[0].Text, row.Cells[0].Ink, row.Wide = name+"  "+component.Clean(one.Reason), t.Ink(t.Dim), true
		return
	}
	for k, f := range figures() {
		n := f.of(one)
		cell := &row.Cells[1+k]
		cell.Text = f.text(one)
		if f.endless && exact(one) {
			n = exactDB
		}
		if f.good != nil && n.Valid() {
			style, _ := t.Heat(f.good(float64(n)))
			cell.Ink = t.Ink(style)
		}
	}
	row.Cells[len(s.columns)-1] = s.bar(figures()[s.figure], one)
}

// bar draws the figure as a share of the largest.
func (s source) bar(f figure, one diff.Row) table.Cell {
	n := f.of(one)
	share := min(math.Abs(float64(n))/s.most, 1)
	good := float64(n)
	if f.endless && exact(one) {
		n, share, good = 0, 1, exactDB
	}
	if !n.Valid() || s.most == 0 || s.barWidth == 0 {
		return table.Cell{Text: "n/a", Ink: s.theme.Ink(s.theme.Dim)}
	}
	canvas := chart.NewCanvas(s.barWidth, 1)
	chart.Bar(canvas, 0, 0, s.barWidth, share, -1, s.theme.Graph, chart.Accent)
	style := s.theme.Accent
	if f.good != nil {
		style, _ = s.theme.Heat(f.good(good))
	}
	return table.Cell{Text: canvas.String(), Ink: s.theme.Ink(style)}
}

// otherNames gives a name of each side, so that a prefix is seen at once.
func (v View) otherNames() string {
	a, b := "", ""
	for _, r := range v.report.Tensors {
		if r.Status == diff.OnlyA && a == "" {
			a = component.Clean(r.Name)
		}
		if r.Status == diff.OnlyB && b == "" {
			b = component.Clean(r.Name)
		}
	}
	if a == "" || b == "" {
		return ""
	}
	return ": A has " + a + ", B has " + b
}

// empty says how to compare.
func (v View) empty(width, height int) string {
	t := v.theme
	dim := t.Dim.Render
	key := func(a keys.Action, c keys.Context) string {
		b, _ := v.keys.Binding(a, c)
		return t.Key.Render(b.First())
	}
	side := func(path string) string {
		if path == "" {
			return dim("none")
		}
		return t.Text.Render(component.Clean(path))
	}
	lines := []string{t.Strong.Render("Compare the activations of two runs."), ""}
	switch {
	case v.waiting:
		lines = append(lines, t.Accent.Render("comparing "+baseName(v.a)+" and "+baseName(v.b)+" "+t.Glyphs.Pending))
	case v.err != nil:
		lines = append(lines, t.Bad.Render(t.Glyphs.Cross+" "+component.Clean(v.err.Error())))
	case v.report != nil:
		lines = append(lines, t.Warn.Render("the two files have no activation in common"+v.otherNames()))
	}
	lines = append(lines,
		t.SideA.Render("A")+"  "+side(v.a), t.SideB.Render("B")+"  "+side(v.b), "",
		key(keys.TraceA, keys.Trace)+dim(" and ")+key(keys.TraceB, keys.Trace)+dim(" choose files: of mmtui trace, or dumped from PyTorch"),
		dim("under the same names."),
		dim("In the Run view, ")+key(keys.RecordRun, keys.Run)+dim(" runs and writes one."))
	for i := range lines {
		lines[i] = "  " + lines[i]
	}
	return component.Fit("\n"+strings.Join(lines, "\n"), width, height)
}
