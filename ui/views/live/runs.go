package live

import (
	"fmt"
	"math"
	"strings"

	core "github.com/mmtui/mmtui/core/live"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
)

// sides are the two runs that are compared; nil where there is none. Without a
// pin the last run stands alone as B.
func (v View) sides() (a, b *core.Run) {
	a, b = v.shown.Run(v.shown.A), v.shown.Run(v.shown.B)
	if a == nil && b == nil {
		b = v.lastEnded()
	}
	return a, b
}

// runCount is how many lines the runs take.
func (v View) runCount() int {
	a, b := v.sides()
	switch {
	case b != nil:
		return 3 + len(b.Figures)
	case a != nil:
		return 3 + len(a.Figures)
	}
	return 2
}

// runLines are the runs beside each other.
func (v View) runLines(width int) []string {
	t := v.theme
	a, b := v.sides()
	out := []string{component.Line(t.Header.Render(" RUNS"), width, "")}
	if a == nil && b == nil {
		text := "No run has ended yet. " + v.key(keys.View4) + " shows the Run view; what runs there is measured here."
		return append(out, component.Line(" "+t.Dim.Render(text), width, t.Glyphs.Ellipsis))
	}
	out = append(out,
		component.Line(" "+t.SideA.Render("A")+"  "+v.runName(a, v.key(keys.PinA)+" pins the last run"), width, t.Glyphs.Ellipsis),
		component.Line(" "+t.SideB.Render("B")+"  "+v.runName(b, "the next run"), width, t.Glyphs.Ellipsis))
	names := b
	if names == nil {
		names = a
	}
	for _, f := range names.Figures {
		out = append(out, component.Line(v.figureLine(f, a, b), width, t.Glyphs.Ellipsis))
	}
	return out
}

func (v View) runName(r *core.Run, none string) string {
	t := v.theme
	if r == nil {
		return t.Dim.Render(none)
	}
	text := t.Text.Render(fmt.Sprintf("#%d %s", r.ID, component.Clean(r.Label))) + t.Dim.Render(" "+r.Started.Format("15:04:05"))
	if r.Problem != "" {
		text += "  " + t.Bad.Render(t.Glyphs.Cross+" "+component.Clean(r.Problem))
	}
	return text
}

// figureLine is one figure of both runs and the change from A to B.
func (v View) figureLine(f core.Figure, a, b *core.Run) string {
	t := v.theme
	left, right := figureOf(a, f.ID), figureOf(b, f.ID)
	line := " " + t.Text.Render(component.Line(component.Clean(f.Title), 17, t.Glyphs.Ellipsis)) +
		t.SideA.Render(component.LineRight(figureText(left), 12, "")) + t.SideB.Render(component.LineRight(figureText(right), 12, ""))
	text, better := change(f.Unit, f.ID, left, right)
	style := t.Dim
	switch {
	case better > 0:
		style = t.Good
	case better < 0:
		style = t.Bad
	}
	line += "  " + style.Render(component.LineRight(text, 10, ""))
	for _, side := range []core.Figure{right, left} {
		if note := remark(side); note != "" {
			return line + "  " + t.Dim.Render(component.Clean(note))
		}
	}
	return line
}

// remark is what belongs to a figure, or why it is missing.
func remark(f core.Figure) string {
	if f.Why != "" {
		return "n/a: " + f.Why
	}
	return f.Note
}

func figureOf(r *core.Run, id string) core.Figure {
	if r != nil {
		if f, ok := r.Figure(id); ok {
			return f
		}
	}
	return core.Figure{Value: report.NA()}
}

func figureText(f core.Figure) string {
	if f.ID == "" {
		return ""
	}
	return core.FormatValue(f.Unit, f.Value)
}

// change writes how far B is from A, and whether that is better (1) or worse (−1).
func change(u core.Unit, id string, a, b core.Figure) (text string, better int) {
	if !a.Value.Valid() || !b.Value.Valid() || a.Value == 0 {
		return "", 0
	}
	share := float64(b.Value/a.Value) - 1
	text = fmt.Sprintf("%+.1f%%", 100*share)
	if math.Abs(share) < 0.0005 || u == core.Count || u == core.Percent {
		return strings.Replace(text, "-0.0", "+0.0", 1), 0
	}
	better = -1
	if (share > 0) == (id == core.Speed) {
		better = 1
	}
	return text, better
}

func (v View) key(a keys.Action) string {
	b, _ := v.keys.Binding(a, keys.Live)
	return b.First()
}

// copied is the figures as tab-separated text with full precision.
func (v View) copied() string {
	var b strings.Builder
	b.WriteString("metric\tvalue\tp50\tp95\tp99\tunit\tsource\tconfidence\n")
	for _, s := range v.shown.Metrics {
		fmt.Fprintf(&b, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", component.Clean(s.ID), plain(s.Value), plain(s.Stats.P50), plain(s.Stats.P95), plain(s.Stats.P99),
			s.Unit, component.Clean(s.Source), s.Confidence)
	}
	return b.String()
}

func plain(n report.Number) string {
	if !n.Valid() {
		return "n/a"
	}
	return fmt.Sprint(float64(n))
}
