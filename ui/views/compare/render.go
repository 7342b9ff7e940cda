package compare

import (
	"fmt"
	"strings"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/table"
)

// headRows is what stands above the table: both sides, the difference, and a
// line for the filter while there is one.
func (v View) headRows() int {
	if v.typing || !v.filter.Empty() {
		return 4
	}
	return 3
}

// tableRows is the number of rows of the table, its head aside.
func (v View) tableRows(height int) int { return max(height-v.headRows()-1, 0) }

// Render draws the view.
func (v View) Render(width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	a, b, ok := v.sides()
	if !ok {
		return v.empty(width, height)
	}
	lines := []string{
		v.sideLine(a, v.theme.SideA.Render, width), v.sideLine(b, v.theme.SideB.Render, width), v.difference(a, b, width),
	}
	switch {
	case v.typing:
		lines = append(lines, v.prompt(width))
	case !v.filter.Empty():
		lines = append(lines, component.Line(" "+v.theme.Dim.Render("filter ")+v.theme.Text.Render(component.Clean(v.filter.String()))+
			v.theme.Dim.Render(fmt.Sprintf(" %s %d of %d", v.theme.Glyphs.Dot, len(v.lines), v.of)), width, v.theme.Glyphs.Ellipsis))
	}
	columns := v.columns()
	placed := table.Place(columns, width)
	scroll := v.scroll.Resize(v.tableRows(height), len(v.lines))
	s := source{View: v, columns: columns, figure: figures()[v.figure]}
	for _, p := range placed {
		if p.ID == colName {
			s.nameWidth = p.W
		}
	}
	if len(v.lines) == 0 {
		lines = append(lines, "", v.theme.Dim.Render("  "+v.nothing()))
	} else {
		lines = append(lines, v.table.Render(placed, s, scroll, v.order, v.focused, width))
	}
	return component.Fit(strings.Join(lines, "\n"), width, height)
}

// nothing says why no row is shown.
func (v View) nothing() string {
	if !v.filter.Empty() {
		return "the filter leaves no tensor"
	}
	return "the two sides do not differ"
}

func (v View) sideLine(s side, paint func(...string) string, width int) string {
	g := v.theme.Glyphs
	t := s.total
	name := component.Line(s.letter, 4, "")
	sqnr := "n/a"
	if t.SQNRdB.Valid() {
		sqnr = report.FormatNumber(t.SQNRdB, report.Decibel) + " dB"
	}
	figures := component.LineRight(report.HumanBytes(t.SizeBytes), 8, "") + "  " +
		component.LineRight(report.FormatNumber(t.BitsPerWeight, report.Bits)+" b/w", 10, "") + "  " + component.LineRight(sqnr, 9, "")
	if t.BudgetBytes > 0 {
		figures += "  " + component.LineRight(fmt.Sprintf("%.1f%% of budget", 100*float64(t.SizeBytes)/float64(t.BudgetBytes)), 16, "")
	}
	line := " " + paint(name) + v.theme.Text.Render(figures) + "  " + v.theme.Dim.Render(component.Clean(s.label))
	return component.Line(line, width, g.Ellipsis)
}

// difference sums up what sets B apart from A.
func (v View) difference(a, b side, width int) string {
	g := v.theme.Glyphs
	paint := func(c table.Cell) string { return c.Ink.Paint(c.Text) }
	size := v.delta(report.Number(a.total.SizeBytes), report.Number(b.total.SizeBytes), report.Bytes, -1)
	bits := v.delta(a.total.BitsPerWeight, b.total.BitsPerWeight, report.Bits, -1)
	sqnr := v.delta(a.total.SQNRdB, b.total.SQNRdB, report.Decibel, 1)
	cell := func(c table.Cell, w int) string { return component.Spaces(w-component.Width(c.Text)) + paint(c) }
	line := " " + v.theme.Strong.Render(component.Line(v.deltaSign(), 4, "")) + cell(size, 8) + "  " + cell(bits, 10) + "  " + cell(sqnr, 9) + "  " +
		v.theme.Text.Render(fmt.Sprintf("%d of %d tensors differ", v.differ, v.of))
	if v.only {
		line += v.theme.Dim.Render(" " + g.Dot + " only those are shown")
	}
	if b, ok := v.keys.Binding(keys.Right, keys.Compare); ok {
		line += v.theme.Dim.Render(" "+g.Dot+" ") + v.theme.Key.Render(b.First()) + v.theme.Dim.Render(" next figure")
	}
	return component.Line(line, width, g.Ellipsis)
}

func (v View) prompt(width int) string {
	line := v.input.Render(v.theme, " / ", max(width/2, 20), true)
	if v.wrong != "" {
		line += " " + v.theme.Bad.Render(component.Clean(v.wrong))
	} else {
		line += v.theme.Dim.Render(fmt.Sprintf(" %d of %d", len(v.lines), v.of))
	}
	return component.Line(line, width, v.theme.Glyphs.Ellipsis)
}

// empty says how to pin.
func (v View) empty(width, height int) string {
	key := func(a keys.Action) string {
		b, _ := v.keys.Binding(a, keys.Compare)
		return v.theme.Key.Render(b.First())
	}
	text := v.theme.Dim.Render
	lines := []string{
		v.theme.Strong.Render("Nothing is pinned."), "",
		text("Press ") + key(keys.PinA) + text(" to keep the present plan as side A,"),
		text("change schemes with ") + key(keys.ShowWhat) + text(", then press ") + key(keys.PinB) + text(" to keep side B."), "",
		text("One pin alone is compared with the plan as it is."),
	}
	if v.pins.A == nil && v.pins.B == nil && v.now == nil {
		lines = []string{v.theme.Strong.Render("Nothing to compare."), "", text("Open a model first.")}
	}
	out := make([]string, max((height-len(lines))/3, 0), height)
	for _, l := range lines {
		out = append(out, component.Spaces((width-component.Width(l))/2)+l)
	}
	return component.Fit(strings.Join(out, "\n"), width, height)
}
