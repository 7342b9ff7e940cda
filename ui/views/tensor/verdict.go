package tensor

import (
	"strings"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/ui/chart"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/theme"
)

// verdict shows what the figures say: cause, sentence, the figures it rests on,
// what usually helps, and what a verdict is not.
func (v View) verdict(w, h int) content {
	lines := v.verdictLines(w)
	from := min(v.scroll[panelVerdict], max(len(lines)-h, 0))
	c := content{lines: lines[from:], rows: len(lines)}
	if len(lines) > h {
		c.note = more(v.theme, from, len(lines), h)
	}
	return c
}

// more says which part of a longer list is shown.
func more(t theme.Theme, from, of, shown int) string {
	var parts []string
	if from > 0 {
		parts = append(parts, t.Glyphs.Up)
	}
	if from+shown < of {
		parts = append(parts, t.Glyphs.Down)
	}
	return strings.Join(append(parts, "more"), " ")
}

func (v View) verdictLines(w int) []string {
	d := v.facts.detail
	var lines []string
	add := func(lead string, ink chart.Ink, text string) {
		indent := component.Width(lead)
		for i, l := range wrap(component.Clean(text), max(w-indent, 8)) {
			if i == 0 {
				lines = append(lines, v.ink(ink, lead)+v.theme.Text.Render(l))
				continue
			}
			lines = append(lines, component.Spaces(indent)+v.theme.Text.Render(l))
		}
	}
	g := v.theme.Glyphs
	if d.Verdict.Cause == string(int2.CauseNone) {
		add(g.Check+" ", chart.Good, d.Verdict.Summary)
	} else {
		lines = append(lines, v.theme.Warn.Bold(true).Render(g.Warning+" "+component.Clean(d.Verdict.Cause)))
		add("  ", chart.Plain, d.Verdict.Summary)
	}
	for _, s := range d.Verdict.Why {
		add("  "+g.Dot+" ", chart.Muted, s)
	}
	for i, s := range d.Verdict.Try {
		lead := "  try "
		if i > 0 {
			lead = "   or "
		}
		add(lead, chart.Accent, s)
	}
	if d.Note != "" {
		add(g.Warning+" ", chart.Warn, d.Note)
	}
	for _, l := range wrap(component.Clean(v.scope()), max(w, 8)) {
		lines = append(lines, v.theme.Dim.Italic(true).Render(l))
	}
	return lines
}

// scope says what a verdict is; the report's own words when it has them.
func (v View) scope() string {
	if s := v.facts.detail.Verdict.Scope; s != "" {
		return s
	}
	return "Describes this tensor; does not predict the task's damage."
}

// outliers lists the channels whose weights are far larger than their peers'.
func (v View) outliers(w, h int) content {
	list := v.facts.detail.Outliers
	if len(list) == 0 {
		return content{lines: []string{v.theme.Dim.Render("no channel stands out from its peers")}}
	}
	from := min(v.scroll[panelOutliers], max(len(list)-h, 0))
	c := content{note: "RMS over the median channel, share of the error", rows: len(list)}
	if len(list) > h {
		c.note = more(v.theme, from, len(list), h) + " " + v.theme.Glyphs.Dot + " " + c.note
	}
	const fixed = 35
	for _, o := range list[from:min(from+h, len(list))] {
		line := v.ink(chart.Plain, component.Line(o.Axis, 7, "")+component.LineRight(whole(o.Index), 6, "")) +
			v.ink(chart.Warn, component.LineRight(v.theme.Glyphs.Times+chart.Short(float64(o.Ratio)), 9, "")) +
			v.ink(chart.Plain, component.LineRight(report.FormatNumber(o.Share, report.Share), 9, "")) + "  "
		if room := min(w-fixed, 24); room >= 4 && o.Share.Valid() {
			bar := chart.NewCanvas(room, 1)
			chart.Bar(bar, 0, 0, room, float64(o.Share), -1, v.theme.Graph, chart.Warn)
			line += bar.Lines(v.paint)[0]
		}
		c.lines = append(c.lines, line)
	}
	return c
}
