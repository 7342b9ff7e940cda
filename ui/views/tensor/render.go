package tensor

import (
	"strings"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/chart"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/layout"
)

// Render draws the view.
func (v View) Render(width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	if v.index < 0 {
		return v.notice(width, height, "No tensor is open.", "Choose one in the Layers view and press Enter.")
	}
	if v.metrics {
		return v.renderMetrics(width, height)
	}
	v.width, v.height = width, height
	a := v.arrange()
	lines := v.head(a.head.W)[:a.head.H]
	if a.tabs.H > 0 {
		lines = append(lines, v.tabs(a.tabs.W))
	}
	rest := height - len(lines)
	if v.facts == nil {
		lines = append(lines, strings.Split(v.missing(width, rest), "\n")...)
	} else {
		lines = append(lines, v.columns(a, rest)...)
	}
	return component.Fit(strings.Join(lines, "\n"), width, height)
}

// arrange is the arrangement at the size that the view was last given.
func (v View) arrange() arrangement {
	if v.facts == nil {
		return arrangement{head: layout.Rect{W: v.width, H: min(v.height, 3)}}
	}
	d := v.facts.detail
	verdict := len(v.verdictLines(max(v.width*40/100, 30)))
	return arrange(v.width, v.height, needsFor(d.Scheme.Levels(), len(d.Outliers), verdict), v.focus)
}

// columns draws the panels and puts the two columns next to each other.
func (v View) columns(a arrangement, height int) []string {
	out := make([]string, height)
	split := 0
	for _, r := range a.panels {
		split = max(split, r.X)
	}
	left, right := make([]string, height), make([]string, height)
	for p, r := range a.panels {
		if r.Empty() {
			continue
		}
		column := left
		if r.X > 0 {
			column = right
		}
		copy(column[r.Y-a.head.H-a.tabs.H:], v.panel(panelID(p), r.W, r.H))
	}
	for i := range out {
		out[i] = left[i]
		if split > 0 {
			out[i] = component.Line(left[i], split, "") + right[i]
		}
	}
	return out
}

// content is what a panel shows below its title.
type content struct {
	note  string   // after the title
	lines []string // cut to the panel's height
	rows  int      // of the whole content where lines are a part of it, for the scroll mark
}

// panel draws one panel with its title, exactly w × h cells.
func (v View) panel(p panelID, w, h int) []string {
	var c content
	inner := h - 1
	switch p {
	case panelVerdict:
		c = v.verdict(w, inner)
	case panelHistogram:
		c = v.histogram(w, inner)
	case panelMap:
		c = v.heatMap(w, inner)
	case panelValues:
		c = v.groupValues(w, inner)
	case panelCodes:
		c = v.codes(w, inner)
	case panelChannels:
		c = v.channels(w, inner)
	case panelOutliers:
		c = v.outliers(w, inner)
	}
	out := make([]string, h)
	out[0] = v.panelTitle(p, c, w)
	for i := 1; i < h; i++ {
		line := ""
		if i-1 < len(c.lines) {
			line = c.lines[i-1]
		}
		out[i] = component.Line(line, w, v.theme.Glyphs.Ellipsis)
	}
	return out
}

// panelTitle is a rule with the title and a note in it.
func (v View) panelTitle(p panelID, c content, w int) string {
	g := v.theme.Glyphs
	edge, mark, title := v.theme.Border, g.Horizontal, v.theme.Strong
	if p == v.focus {
		edge, mark, title = v.theme.Focus, g.Active, v.theme.Header
	}
	s := edge.Render(mark) + " " + title.Render(p.title())
	if room := w - component.Width(s) - 4; c.note != "" && room > 6 {
		s += "  " + v.theme.Dim.Render(component.Cut(c.note, room, g.Ellipsis))
	}
	if rest := w - component.Width(s) - 1; rest > 0 {
		s += " " + edge.Render(strings.Repeat(g.Horizontal, rest))
	}
	return component.Line(s, w, "")
}

// tabs lists the panels where not all of them fit.
func (v View) tabs(w int) string {
	var b strings.Builder
	for p := range panelCount {
		switch p {
		case v.focus:
			b.WriteString(v.theme.Accent.Render(v.theme.Glyphs.Active) + v.theme.Header.Render(p.short()) + " ")
		default:
			b.WriteString(" " + v.theme.Dim.Render(p.short()) + " ")
		}
	}
	if next, ok := v.keys.Binding(keys.NextFocus, keys.Tensor); ok && component.Width(b.String())+component.Width(next.First()) < w {
		b.WriteString(" " + v.theme.Key.Render(next.First()))
	}
	return component.Line(b.String(), w, v.theme.Glyphs.Ellipsis)
}

// notice is a message in the middle of an empty view.
func (v View) notice(width, height int, head, text string) string {
	lines := []string{v.theme.Strong.Render(head), ""}
	for _, l := range wrap(text, min(width-4, 64)) {
		lines = append(lines, v.theme.Dim.Render(l))
	}
	return centred(lines, width, height)
}

func centred(lines []string, width, height int) string {
	out := make([]string, max((height-len(lines))/3, 0), height)
	for _, l := range lines {
		out = append(out, component.Spaces((width-component.Width(l))/2)+l)
	}
	return component.Fit(strings.Join(out, "\n"), width, height)
}

// missing says why there are no panels.
func (v View) missing(width, height int) string {
	switch {
	case v.err != nil:
		return v.notice(width, height, v.theme.Glyphs.Cross+" n/a: this tensor cannot be shown", component.Clean(v.err.Error()))
	case v.row.State == report.Failed && v.row.Reason != "":
		return v.notice(width, height, v.theme.Glyphs.Cross+" n/a: this tensor could not be measured", component.Clean(v.row.Reason))
	}
	return v.notice(width, height, "Measuring "+v.theme.Glyphs.Ellipsis,
		"The weights are read and quantized; the figures appear as soon as they are there.")
}

// ink paints a text.
func (v View) ink(i chart.Ink, text string) string { return v.paint.Paint(i, text) }
