package whatif

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/ui/chart"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/theme"
)

// wrap breaks a plain text into lines of at most width cells.
func wrap(text string, width int) []string {
	return strings.Split(ansi.Wrap(text, width, ""), "\n")
}

// Render draws the inside of the panel; the shell puts a frame with the title around it.
func (v View) Render(width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	if len(v.rows) == 0 {
		return component.Fit("\n"+v.theme.Dim.Render("  no model is open"), width, height)
	}
	return component.Fit(strings.Join(v.content(width, height), "\n"), width, height)
}

// content is the form, the comparison and what the keys do, as far as they fit.
func (v View) content(w, h int) []string {
	lines := v.form(w).lines
	room := h - len(lines)
	c := v.compare()
	table := v.comparison(w, c)
	table = table[:max(min(len(table), room), 0)]
	lines = append(lines, table...)
	room -= len(table)
	for _, part := range [][]string{v.state(w, c), v.solvers(w), v.pinned(w), v.hints(w)} {
		if len(part) > 0 && len(part) <= room {
			lines = append(lines, part...)
			room -= len(part)
		}
	}
	return lines
}

// figure is a line of the comparison. better is 1 when more is better, -1 when
// less is.
type figure struct {
	label     string
	now, then report.Number
	kind      report.Kind
	better    int
}

// Widths of the comparison's columns; the change takes the rest.
const (
	figureLabel = 11
	nowWidth    = 9
	thenWidth   = 11
)

// comparison is the table of figures before and after.
func (v View) comparison(w int, c comparison) []string {
	lines := []string{v.theme.Dim.Render("  " + component.Line("", figureLabel-2, "") + component.LineRight("plan", nowWidth, "") +
		component.LineRight("choice", thenWidth, "") + "   change")}
	bytes := func(n int64) report.Number { return report.Number(n) }
	for _, f := range []figure{
		{"SQNR dB", c.now.sqnr(), c.then.sqnr(), report.Decibel, 1},
		{"RMSE", c.now.rmse(), c.then.rmse(), report.Ratio, -1},
		{"bits/w", c.now.bits(), c.then.bits(), report.Bits, -1},
		{v.sizeLabel(), bytes(c.now.bytes), bytes(c.then.bytes), report.Bytes, -1},
		{"model", bytes(c.modelNow.bytes), bytes(c.modelThen.bytes), report.Bytes, -1},
		{"model dB", c.modelNow.sqnr(), c.modelThen.sqnr(), report.Decibel, 1},
	} {
		lines = append(lines, v.figureLine(f, w, c))
	}
	return append(lines, v.budget(w, c))
}

func (v View) sizeLabel() string {
	if len(v.names) == 1 {
		return "tensor"
	}
	return "set"
}

func (v View) figureLine(f figure, w int, c comparison) string {
	_, problem := v.choice.scheme()
	line := "  " + v.theme.Dim.Render(component.Line(f.label, figureLabel-2, ""))
	line += component.LineRight(v.number(f.now, f.kind, false), nowWidth, "")
	if problem != "" {
		return line + component.LineRight(v.theme.Dim.Render("-"), thenWidth, "")
	}
	line += component.LineRight(v.number(f.then, f.kind, c.measured < c.of), thenWidth, "")
	if f.now.Valid() && f.then.Valid() {
		line += v.delta(f, w-component.Width(line))
	}
	return line
}

// number writes a figure, decibels with their glyph and colour on the heat scale.
func (v View) number(n report.Number, kind report.Kind, pending bool) string {
	switch {
	case !n.Valid() && pending:
		return v.theme.Dim.Render(v.theme.Glyphs.Pending)
	case !n.Valid():
		return v.theme.Dim.Render("n/a")
	case kind == report.Decibel:
		style, glyph := v.theme.Heat(theme.HeatSQNR(float64(n)))
		return style.Render(glyph + " " + report.FormatNumber(n, kind))
	}
	return v.theme.Text.Render(report.FormatNumber(n, kind))
}

// delta is the change with an arrow, coloured by whether it is for the better.
func (v View) delta(f figure, room int) string {
	d := f.then - f.now
	s := report.FormatNumber(d, f.kind)
	if strings.Trim(s, "-0.% BkM") == "" {
		return v.theme.Dim.Render("  =")
	}
	arrow := v.theme.Glyphs.Up
	if d < 0 {
		arrow = v.theme.Glyphs.Down
		s = strings.TrimPrefix(s, "-")
	}
	style := v.theme.Good
	if (d > 0) != (f.better > 0) {
		style = v.theme.Bad
	}
	return style.Render(component.Cut("  "+arrow+" "+s, room, v.theme.Glyphs.Ellipsis))
}

// budget is a bar of the model's size at the choice within its budget.
func (v View) budget(w int, c comparison) string {
	g, b := v.theme.Glyphs, v.total.BudgetBytes
	line := "  " + v.theme.Dim.Render(component.Line("budget", figureLabel, ""))
	if b <= 0 {
		return line + v.theme.Dim.Render("none")
	}
	share := float64(c.modelThen.bytes) / float64(b)
	text := fmt.Sprintf(" %.1f%% of %s", 100*share, report.HumanBytes(b))
	ink, style := chart.Good, v.theme.Text
	if c.over > 0 {
		ink, style = chart.Bad, v.theme.Bad
		text = " " + g.Warning + " " + report.HumanBytes(c.over) + " over " + report.HumanBytes(b)
	}
	room := min(w-component.Width(line)-component.Width(text)-1, 24)
	if room >= 4 {
		bar := chart.NewCanvas(room, 1)
		chart.Bar(bar, 0, 0, room, share, -1, v.theme.Graph, ink)
		line += bar.Lines(v.paint)[0]
	}
	return line + style.Render(text)
}

// state says what is still being measured, what failed and what is not touched.
func (v View) state(w int, c comparison) []string {
	g := v.theme.Glyphs
	var lines []string
	add := func(style func(...string) string, text string) {
		lines = append(lines, style("  "+component.Cut(component.Clean(text), w-3, g.Ellipsis)))
	}
	if _, problem := v.choice.scheme(); problem == "" && c.measured < c.of {
		text := "measuring " + g.Ellipsis
		if c.of > 1 {
			text = fmt.Sprintf("measuring: %d of %d tensors, sizes are worked out", c.measured, c.of)
		}
		add(v.theme.Dim.Render, text)
	}
	if c.failed > 0 {
		text := c.failure
		if c.of > 1 {
			text = fmt.Sprintf("%d of %d cannot be measured: %s", c.failed, c.of, c.failure)
		}
		add(v.theme.Bad.Render, g.Cross+" "+text)
	}
	if c.stay > 0 {
		text := "stays as it is: " + c.stayReason
		if c.of > 1 {
			text = fmt.Sprintf("%d of %d stay as they are: %s", c.stay, c.of, c.stayReason)
		}
		add(v.theme.Warn.Render, g.Warning+" "+text)
	}
	return append(lines, "")
}

// solvers lists what every solver would give, best first.
func (v View) solvers(w int) []string {
	if !v.ladder || v.target != thisTensor || len(v.names) != 1 {
		return nil
	}
	ranking := v.ranking()
	if len(ranking) == 0 {
		return nil
	}
	group := int2.Scheme{Group: v.choice.group}.GroupString()
	lines := []string{"  " + v.theme.Header.Render(component.Cut(fmt.Sprintf("every solver at %d bits, group %s", v.choice.bits, group), w-2, v.theme.Glyphs.Ellipsis))}
	for _, r := range ranking {
		text := component.Line(string(r.scheme.Solver), 7, "") + component.Line(string(r.scheme.Grid), 7, "")
		switch {
		case r.err != nil:
			text += v.theme.Bad.Render(component.Cut(component.Clean(r.err.Error()), w-18, v.theme.Glyphs.Ellipsis))
		case !r.row.SQNRdB.Valid():
			text += v.theme.Dim.Render(v.theme.Glyphs.Pending)
		default:
			text += component.LineRight(v.number(r.row.SQNRdB, report.Decibel, false)+v.theme.Dim.Render(" dB"), 12, "") +
				v.theme.Dim.Render(component.LineRight(report.FormatNumber(r.row.BitsPerWeight, report.Bits)+" b/w", 11, ""))
		}
		mark := "  "
		if r.scheme.Solver == v.choice.solver {
			mark = v.theme.Accent.Render(v.theme.Glyphs.Cursor) + " "
		}
		lines = append(lines, "  "+mark+text)
	}
	return append(lines, "")
}

// pinned shows the two sides that are kept for the Compare view.
func (v View) pinned(w int) []string {
	if v.pins.A == nil && v.pins.B == nil {
		return nil
	}
	line := func(name string, paint func(...string) string, label string, total report.Total) string {
		text := fmt.Sprintf("%s %s %s", report.HumanBytes(total.SizeBytes), v.theme.Glyphs.Dot, report.FormatNumber(total.SQNRdB, report.Decibel)+" dB")
		return "  " + paint(name) + " " + v.theme.Text.Render(component.Line(text, 20, "")) +
			v.theme.Dim.Render(component.Cut(" "+component.Clean(label), w-25, v.theme.Glyphs.Ellipsis))
	}
	var lines []string
	if p := v.pins.A; p != nil {
		lines = append(lines, line("A", v.theme.SideA.Render, p.Label, p.Report.Total))
	}
	if p := v.pins.B; p != nil {
		lines = append(lines, line("B", v.theme.SideB.Render, p.Label, p.Report.Total))
	}
	return append(lines, "")
}

// hints are the keys that go with the panel.
func (v View) hints(w int) []string {
	var lines []string
	line := " "
	for _, a := range []keys.Action{keys.Apply, keys.Undo, keys.Redo, keys.PinA, keys.PinB, keys.NextTarget, keys.EditPattern, keys.TryEverySolv, keys.ResetChoice} {
		b, ok := v.keys.Binding(a, keys.WhatIf)
		if !ok {
			continue
		}
		text, short := b.First(), b.Short
		piece := " " + v.theme.Key.Render(text) + " " + v.theme.Dim.Render(short)
		if a == keys.Apply && v.cannotApply() != "" {
			piece = " " + v.theme.Border.Render(text+" "+short)
		}
		if component.Width(line)+component.Width(piece)+1 > w {
			lines = append(lines, line)
			line = " "
		}
		line += piece + " "
	}
	return append(lines, line)
}
