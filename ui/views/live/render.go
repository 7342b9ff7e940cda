package live

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	core "github.com/mmtui/mmtui/core/live"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/chart"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/theme"
)

// headRows is what stands above the figures.
const headRows = 1

// bodyRows is how many lines of figures fit a height.
func (v View) bodyRows(height int) int { return max(height-headRows, 0) }

// Render draws exactly width × height cells.
func (v View) Render(width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	if !v.have {
		return component.Fit("\n  "+v.theme.Dim.Render("No reading has been taken."), width, height)
	}
	lines := []string{component.Line(v.head(width), width, v.theme.Glyphs.Ellipsis)}
	all := v.drawn
	if width != v.width {
		all = v.lines(width)
	}
	rows := v.bodyRows(height)
	top := max(min(v.top, len(all)-rows), 0)
	shown := all[top:min(top+rows, len(all))]
	return component.Fit(strings.Join(append(lines, shown...), "\n"), width, height)
}

// head says what the figures are about.
func (v View) head(width int) string {
	t := v.theme
	dot := t.Dim.Render(" " + t.Glyphs.Dot + " ")
	state := t.Good.Render(t.Glyphs.Active+" live") + t.Dim.Render(" "+v.shown.Time.Format(time.TimeOnly))
	if v.shown.Paused {
		state = t.Warn.Render(t.Glyphs.Warning+" paused at "+v.shown.Time.Format(time.TimeOnly)) + t.Dim.Render(", recording goes on")
	}
	line := " " + state + dot + t.Dim.Render("window ") + t.Text.Render(windowText(v.shown.Window())) +
		dot + t.Dim.Render("history of ") + t.Text.Render(quantiles()[v.quantile].name)
	if more := v.lineCount() - v.bodyRows(v.height); more > 0 && width >= 80 {
		line += dot + t.Dim.Render(fmt.Sprintf("lines %d–%d of %d", v.top+1, v.top+v.bodyRows(v.height), v.lineCount()))
	}
	if names := slices.Sorted(maps.Keys(v.shown.Silent)); len(names) > 0 { // one is enough for a line; the others say it in their rows
		line += dot + t.Warn.Render(t.Glyphs.Warning+" "+component.Clean(names[0])+": "+component.Clean(v.shown.Silent[names[0]]))
	}
	return line
}

// windowText writes a length of time in its largest unit.
func windowText(d time.Duration) string {
	switch {
	case d >= time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	case d >= time.Minute:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	return fmt.Sprintf("%d s", int(d.Seconds()))
}

// places are the widths of the columns of a row; 0 leaves a column out.
type places struct{ title, value, percentile, percentiles, graph, source int }

// placesOf gives a width's columns: source and percentiles go first where room lacks.
func placesOf(width int) places {
	p := places{title: 17, value: 12, percentile: 12, percentiles: 3, source: 42}
	switch {
	case width < 76:
		p.percentiles, p.source = 1, 0
	case width < 100:
		p.percentiles, p.source = 2, 0
	case width < 140:
		p.source = 10
	}
	p.graph = max(width-1-p.title-p.value-p.percentiles*p.percentile-p.source-2, 0)
	return p
}

// HistoryColumns is how many columns of history a row of the view can draw.
func HistoryColumns(width int, g theme.Graph) int {
	n := placesOf(width).graph
	if g == theme.Braille {
		n *= 2
	}
	return n
}

// lines are all figures in the order of the panels, then the runs; none before
// the first reading.
func (v View) lines(width int) []string {
	if !v.have || width <= 0 {
		return nil
	}
	p := placesOf(width)
	var out []string
	for _, panel := range v.panels() {
		out = append(out, v.panelHead(panel, p, width))
		for _, s := range v.shown.Metrics {
			if s.Panel == panel {
				out = append(out, component.Line(v.row(s, p, width), width, v.theme.Glyphs.Ellipsis))
			}
		}
	}
	return append(out, v.runLines(width)...)
}

// lineCount is how many lines there are.
func (v View) lineCount() int { return len(v.shown.Metrics) + len(v.panels()) + v.runCount() }

// panels are the names of the panels, each once, in the order of the metrics.
func (v View) panels() []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range v.shown.Metrics {
		if !seen[s.Panel] {
			seen[s.Panel] = true
			out = append(out, s.Panel)
		}
	}
	return out
}

// panelHead is a rule with the panel's name and the heads of its columns.
func (v View) panelHead(panel string, p places, width int) string {
	t := v.theme
	name := " " + component.Clean(strings.ToUpper(panel))
	line := t.Header.Render(component.Line(name, 1+p.title, t.Glyphs.Ellipsis)) + t.Dim.Render(component.LineRight("now", p.value, ""))
	for i := range p.percentiles {
		line += t.Dim.Render(component.LineRight(percentileNames(p)[i], p.percentile, ""))
	}
	line += "  " + t.Border.Render(strings.Repeat(t.Glyphs.Horizontal, p.graph))
	switch {
	case p.source >= 20:
		line += t.Dim.Render(component.Line("  source, confidence", p.source, ""))
	case p.source > 0:
		line += t.Dim.Render(component.LineRight("trust", p.source, ""))
	}
	return component.Line(line, width, "")
}

// percentileNames are the heads of the columns of percentiles: where there are
// few, the high ones, which the eye does not see in a graph.
func percentileNames(p places) []string {
	return [][]string{{"p95"}, {"p50", "p95"}, {"p50", "p95", "p99"}}[p.percentiles-1]
}

func percentilesOf(s core.Stats, p places) []report.Number {
	return [][]report.Number{{s.P95}, {s.P50, s.P95}, {s.P50, s.P95, s.P99}}[p.percentiles-1]
}

// row is one metric.
func (v View) row(s core.Series, p places, width int) string {
	t := v.theme
	line := " " + t.Text.Render(component.Line(component.Clean(s.Title), p.title, t.Glyphs.Ellipsis))
	if !s.Value.Valid() && s.Stats.Count == 0 {
		room := max(width-1-p.title-2, 0)
		return line + "  " + t.Dim.Render(component.Cut("n/a: "+component.Clean(s.Why), room, t.Glyphs.Ellipsis))
	}
	style := t.Strong
	if !s.Value.Valid() {
		style = t.Dim
	}
	line += style.Render(component.LineRight(s.Text(), p.value, ""))
	for _, n := range percentilesOf(s.Stats, p) {
		text := core.FormatValue(s.Unit, n)
		if s.Stats.Count == 0 {
			text = ""
		}
		line += t.Dim.Render(component.LineRight(text, p.percentile, ""))
	}
	line += "  " + v.graph(s, p.graph)
	return line + v.sourceText(s, p)
}

// sourceText says where a figure comes from and how far it can be trusted.
func (v View) sourceText(s core.Series, p places) string {
	t := v.theme
	if p.source == 0 {
		return ""
	}
	trust := string(s.Confidence)
	if !s.Value.Valid() {
		trust = "n/a"
	}
	if p.source < 20 {
		return t.Dim.Render(component.LineRight(trust, p.source, ""))
	}
	text := trust + ": " + component.Clean(s.Source)
	switch {
	case !s.Value.Valid():
		text = "n/a: " + component.Clean(s.Why)
	case s.Note != "":
		text = trust + ", " + component.Clean(s.Note) + ": " + component.Clean(s.Source)
	}
	if s.Stats.Partial {
		text += "; last " + report.GroupDigits(int64(s.Stats.Count)) + " values"
	}
	return "  " + t.Dim.Render(component.Cut(text, p.source-2, t.Glyphs.Ellipsis))
}

// graph draws the history of the percentile that is chosen.
func (v View) graph(s core.Series, width int) string {
	if width == 0 {
		return ""
	}
	values := make([]float64, len(s.History))
	of := quantiles()[v.quantile].of
	lo, hi, sign := scaleOf(s)
	for i, b := range s.History {
		values[i] = sign * of(b)
	}
	strip := chart.Strip{Values: values, Lo: lo, Hi: hi, Pool: chart.Mean, Cursor: -1, Graph: v.theme.Graph}
	return strip.Draw(width, 1).Lines(v.paint)[0]
}

// scaleOf is the range of a graph: from zero, and to a full scale where there is
// one. What is never above zero, such as a battery's power while it is drained,
// is drawn by its size: sign is −1.
func scaleOf(s core.Series) (lo, hi, sign float64) {
	least, most := float64(s.Stats.Min), float64(s.Stats.Max)
	switch {
	case s.Unit == core.Percent:
		return 0, 100, 1
	case s.Unit == core.Celsius:
		return 20, math.Max(most, 100), 1
	case least < 0 && most <= 0:
		return 0, -least, -1
	}
	return math.Min(least, 0), most, 1
}
