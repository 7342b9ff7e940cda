package tensor

import (
	"strconv"
	"strings"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/theme"
)

// head is three lines: what the tensor is, its figures, and what they say.
func (v View) head(w int) []string {
	return []string{v.identity(w), v.figures(w), v.sentence(w)}
}

// identity: name, shape, dtype, parameters, scheme and rank, as far as they fit.
func (v View) identity(w int) string {
	t, g := &v.row, v.theme.Glyphs
	parts := []string{
		strings.ReplaceAll(report.ShapeString(t.Shape), "×", g.Times) + " " + t.DType,
		v.schemeText(),
		report.HumanCount(t.Parameters) + " params",
	}
	if t.Rank != nil {
		parts = append(parts, "rank "+strconv.Itoa(*t.Rank)+" of "+strconv.Itoa(v.ranked()))
	}
	if t.Rule != "" {
		parts = append(parts, "rule "+component.Clean(t.Rule))
	}
	separator := " " + g.Dot + " "
	tail := ""
	for i, p := range parts {
		if i < 2 || component.Width(tail)+component.Width(p)+3 <= w-min(component.Width(t.Name), 40)-2 {
			tail += separator + p
		}
	}
	room := w - component.Width(tail) - 2
	if v.marked {
		room -= 2
	}
	name := component.CutLeft(component.Clean(t.Name), max(room, 12), g.Ellipsis)
	line := " " + v.theme.Header.Render(name)
	if v.marked {
		line += " " + v.theme.Marked.Render(g.Mark)
	}
	return component.Line(line+v.theme.Dim.Render(tail), w, g.Ellipsis)
}

func (v View) schemeText() string {
	t := &v.row
	switch {
	case t.Scheme != nil:
		return t.Scheme.String()
	case t.Stored != nil:
		return component.Clean(t.Stored.Method) + " " + report.FormatNumber(t.Stored.Bits, report.Plain) + "b"
	}
	return "as stored"
}

// ranked is the number of tensors that have a rank in this model.
func (v View) ranked() int {
	n := 0
	for i := range v.report.Tensors {
		if v.report.Tensors[i].SQNRdB.Valid() {
			n++
		}
	}
	return max(n, *v.row.Rank)
}

// figures is one line of what was measured; those that do not fit are left to the metrics page.
func (v View) figures(w int) string {
	t := v.measured()
	var b strings.Builder
	b.WriteString(" ")
	add := func(label, value string, style func(...string) string) {
		text := label + " " + value
		if component.Width(b.String())+component.Width(text)+2 > w {
			return
		}
		if component.Width(b.String()) > 1 {
			b.WriteString("  ")
		}
		b.WriteString(v.theme.Dim.Render(label) + " " + style(value))
	}
	text, strong := v.theme.Text.Render, v.theme.Strong.Render
	if t.SQNRdB.Valid() {
		style, glyph := v.theme.Heat(theme.HeatSQNR(float64(t.SQNRdB)))
		add("SQNR", glyph+" "+report.FormatNumber(t.SQNRdB, report.Decibel)+" dB", style.Bold(true).Render)
	} else {
		add("SQNR", v.absent(t), v.theme.Dim.Render)
	}
	add("size", v.sizes(t), strong)
	add("b/w", report.FormatNumber(t.BitsPerWeight, report.Bits), text)
	for _, f := range []struct{ key, label string }{
		{"relative_rmse", "RMSE"}, {"below_ideal_db", "below ideal"}, {"clipped_ratio", "clipped"},
		{"code_entropy_bits", "entropy"}, {"cosine", "cosine"}, {"kurtosis", "kurtosis"}, {"scale_spread", "scale spread"},
	} {
		if c, ok := report.FindColumn(report.Columns(), f.key); ok && c.Number(t).Valid() {
			add(f.label, trimUnit(c.FormatUnit(c.Number(t))), text)
		}
	}
	return component.Line(b.String(), w, v.theme.Glyphs.Ellipsis)
}

func trimUnit(s string) string { return strings.TrimSuffix(s, " bits") }

// measured is the row whose figures are shown: the plan's, or for a tensor that
// stays as it is what the default scheme would do.
func (v View) measured() *report.Tensor {
	if v.row.Scheme == nil && v.facts != nil && v.facts.detail.Tensor.SQNRdB.Valid() {
		return &v.facts.detail.Tensor
	}
	return &v.row
}

func (v View) absent(t *report.Tensor) string {
	if t.State == report.Pending {
		return v.theme.Glyphs.Pending
	}
	return "n/a"
}

// sizes is the size as stored and, when that changes it, at the scheme.
func (v View) sizes(t *report.Tensor) string {
	now, then := report.HumanBytes(t.SizeBytes), report.HumanBytes(t.QuantizedSizeBytes)
	if t.Scheme == nil || now == then {
		return now
	}
	return now + " " + v.theme.Glyphs.Arrow + " " + then
}

// sentence is the verdict's summary behind its cause, or why there is none.
func (v View) sentence(w int) string {
	g := v.theme.Glyphs
	switch {
	case v.row.State == report.Failed:
		return component.Line(" "+v.theme.Bad.Render(g.Cross+" failed: ")+component.Clean(v.row.Reason), w, g.Ellipsis)
	case v.row.Scheme == nil && v.row.Reason != "":
		text := " " + v.theme.Warn.Render(g.Warning+" stays as it is: ") + v.theme.Text.Render(component.Clean(v.row.Reason))
		if v.facts != nil && v.facts.perRow > 0 {
			text += v.theme.Dim.Render(" " + g.Dot + " below: what " + v.facts.detail.Scheme.String() + " would do")
		}
		return component.Line(text, w, g.Ellipsis)
	case v.facts == nil:
		return component.Spaces(w)
	}
	d := v.facts.detail.Verdict
	badge := v.theme.Good.Render(g.Check + " ")
	if d.Cause != string(int2.CauseNone) {
		badge = v.theme.Warn.Render(g.Warning + " " + component.Clean(d.Cause) + ": ")
	}
	return component.Line(" "+badge+v.theme.Text.Render(component.Clean(d.Summary)), w, g.Ellipsis)
}
