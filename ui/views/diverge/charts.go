package diverge

import (
	"fmt"
	"math"
	"strings"

	"github.com/mmtui/mmtui/core/diverge"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/chart"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/theme"
)

// fullDB is where the bar of an SQNR is full; an exact layer's is, too.
const fullDB = 40

// curveDB is the top of the curve: from there on an activation is as good as exact to the eye.
const curveDB = 20

// labelWidth is the room of an axis's figures.
const labelWidth = 6

// charts draws the curve over depth beside the strip over the answer.
func (v *View) charts(width, height int) string {
	left := width * 11 / 20
	return component.Beside(v.stageChart(left, height), v.klChart(width-left, height))
}

// stageChart is the cumulative SQNR of the activations between the layers.
func (v *View) stageChart(width, height int) string {
	t := v.theme
	var values []float64
	var names []string
	cursor := -1
	at := v.row()
	for i := range v.report.Rows {
		r := &v.report.Rows[i]
		if r.Kind != diverge.Stage {
			continue
		}
		if at != nil && cursor < 0 && r.Order >= at.Order {
			cursor = len(values)
		}
		values = append(values, decibels(cumulativeText(r), r.CumulativeSQNRdB))
		names = append(names, component.Clean(r.Name))
	}
	inner, rows := max(width-2, 0), max(height-2, 0)
	if len(values) == 0 {
		return component.Box(t, "SQNR over depth", t.Dim.Render(" n/a: no activation is compared"), width, height, false)
	}
	if cursor < 0 {
		cursor = len(values) - 1
	}
	strip := chart.Strip{Values: values, Lo: 0, Hi: curveDB, Cursor: cursor, Graph: t.Graph,
		Ink: func(db float64) chart.Ink { return heatInk(theme.HeatSQNR(db)) }}
	lines := v.plot(strip, inner, rows, fmt.Sprint(curveDB)+"+", "0 dB")
	lines = append(lines, v.ends(inner, names[0], names[cursor]+" "+stageDB(values[cursor]), names[len(names)-1]))
	return component.Box(t, "Cumulative SQNR over depth", strings.Join(lines, "\n"), width, height, false)
}

// plot draws a strip with the figures of its axis at the left, one line less than height.
func (v *View) plot(s chart.Strip, width, height int, top, bottom string) []string {
	room, rows := max(width-labelWidth-1, 0), max(height-1, 0)
	lines := s.Draw(room, rows).Lines(chart.NewPainter(v.theme))
	for i := range lines {
		label := ""
		switch {
		case i == 0:
			label = top
		case i == rows-2 || rows == 1:
			label = bottom
		}
		lines[i] = v.theme.Dim.Render(component.LineRight(label, labelWidth-1, "")) + " " + lines[i]
	}
	return lines
}

// ends writes a name under either end of a plot and what is under the cursor between.
func (v *View) ends(width int, first, middle, last string) string {
	t := v.theme
	room := max(width-labelWidth, 0)
	middle = component.Cut(middle, room, t.Glyphs.Ellipsis)
	side := (room - component.Width(middle)) / 2
	if side < component.Width(first)+1 || side < component.Width(last)+1 {
		first, last = "", ""
	}
	return component.Spaces(labelWidth) + t.Dim.Render(component.Line(first, side, "")) + t.Text.Render(middle) +
		t.Dim.Render(component.LineRight(last, max(room-side-component.Width(middle), 0), ""))
}

func stageDB(db float64) string {
	switch {
	case math.IsNaN(db):
		return "n/a"
	case math.IsInf(db, 1):
		return "exact"
	}
	return fmt.Sprintf("%.1f dB", db)
}

// klChart is the divergence at every token of the float answer, or for every picture.
func (v *View) klChart(width, height int) string {
	t, kl := v.theme, v.report.KL
	what := "token"
	if v.report.Task == retrieval {
		what = "picture"
	}
	title := "KL per " + what + ", nats " + t.Glyphs.Dot + " mean " + nats(kl.Mean)
	inner, rows := max(width-2, 0), max(height-2, 0)
	if len(v.report.Positions) == 0 {
		return component.Box(t, title, t.Dim.Render(" n/a: the float run gave no answer"), width, height, false)
	}
	values := make([]float64, len(v.report.Positions))
	for i, p := range v.report.Positions {
		values[i] = float64(p.KL)
	}
	most := float64(kl.Max)
	strip := chart.Strip{Values: values, Lo: 0, Hi: most, Cursor: kl.MaxAt, Graph: t.Graph,
		Ink: func(x float64) chart.Ink { return heatInk(theme.HeatKL(x)) }}
	if most == 0 { // heights of nothing
		strip.Hi = 1
	}
	lines := v.plot(strip, inner, rows, nats(kl.Max), "0")
	lines = append(lines, v.ends(inner, "1", v.maxText(), fmt.Sprint(len(values))))
	return component.Box(t, title+agreementText(kl), strings.Join(lines, "\n"), width, height, false)
}

func agreementText(kl diverge.KL) string {
	if !kl.Agreement.Valid() {
		return ""
	}
	return fmt.Sprintf(", %.0f%% agree", 100*float64(kl.Agreement))
}

// maxText is the place where the runs are furthest apart.
func (v *View) maxText() string {
	i := v.report.KL.MaxAt
	if i < 0 || i >= len(v.report.Positions) {
		return "n/a"
	}
	p := v.report.Positions[i]
	text := fmt.Sprintf("%d %q", i+1, component.Clean(p.Text))
	if p.VariantID != p.ID && p.VariantID >= 0 {
		text += fmt.Sprintf(" %s %q", v.theme.Glyphs.Arrow, component.Clean(p.VariantText))
	}
	return text
}

// nats is a divergence for people.
func nats(n report.Number) string {
	switch x := float64(n); {
	case !n.Valid():
		return "n/a"
	case x == 0:
		return "0"
	case x < 0.0005:
		return "<.001"
	case x < 10:
		return fmt.Sprintf("%.3f", x)
	default:
		return fmt.Sprintf("%.1f", x)
	}
}

func heatInk(v float64) chart.Ink {
	if math.IsNaN(v) {
		return chart.Muted
	}
	return chart.HeatInk(v)
}
