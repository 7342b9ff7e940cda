package tensor

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/chart"
	"github.com/mmtui/mmtui/ui/component"
)

// histogram is the distribution of the weights with levels and clip range over it.
func (v View) histogram(w, h int) content {
	d := v.facts.detail
	if len(d.Histogram.Counts) == 0 || !d.Histogram.Lo.Valid() || !d.Histogram.Hi.Valid() {
		return content{lines: v.why("n/a: no distribution", w)}
	}
	pic := v.facts.histogram()
	pic.Graph, pic.Log = v.theme.Graph, v.log
	note := chart.Short(float64(d.Min)) + " to " + chart.Short(float64(d.Max)) + ", mean " + chart.Short(float64(d.Mean))
	if from, to, outside := v.view(pic); outside > 0 {
		pic.From, pic.To = from, to
		note += fmt.Sprintf(" %s %s weights beyond the edges", v.theme.Glyphs.Dot, report.HumanCount(outside))
	}
	return content{note: note, lines: pic.Draw(w, h).Lines(v.paint)}
}

// view is the part of the range worth showing: where far outliers would press
// the levels together it ends at twice the clip range. outside counts the
// weights in bins beyond it.
func (v View) view(h chart.Histogram) (from, to float64, outside int64) {
	if math.IsNaN(h.ClipLow) || math.IsNaN(h.ClipHigh) || h.ClipHigh <= h.ClipLow {
		return h.Lo, h.Hi, 0
	}
	middle, reach := (h.ClipLow+h.ClipHigh)/2, (h.ClipHigh-h.ClipLow)*0.9
	from, to = math.Max(h.Lo, middle-reach), math.Min(h.Hi, middle+reach)
	if h.Hi-h.Lo < 1.5*(to-from) || to <= from {
		return h.Lo, h.Hi, 0
	}
	width := (h.Hi - h.Lo) / float64(len(h.Total))
	for i, n := range h.Total {
		at := h.Lo + (float64(i)+0.5)*width
		if at < from || at > to {
			outside += n
		}
	}
	return from, to, outside
}

// channels is the error of every output channel side by side.
func (v View) channels(w, h int) content {
	f := v.facts
	if len(f.channels) == 0 || f.lowest < 0 {
		return content{lines: v.why("n/a: no figures by channel", w)}
	}
	low, top := math.Min(0, f.channels[f.lowest]), f.highest
	strip := chart.Strip{Values: f.channels, Lo: low, Hi: top, Pool: v.pool, Cursor: v.cursor.row, Graph: v.theme.Graph,
		Ink: func(db float64) chart.Ink { return chart.HeatInk(v.heat(db)) }}
	note := fmt.Sprintf("%s to %s dB %s lowest: channel %d, %.2f dB %s median %.2f",
		chart.Short(low), chart.Short(top), v.theme.Glyphs.Dot, f.lowest, f.channels[f.lowest], v.theme.Glyphs.Dot, f.median)
	if per := strip.PerColumn(w); per > 1 {
		note += fmt.Sprintf(" %s %s of %.1f", v.theme.Glyphs.Dot, v.pool, per)
	}
	return content{note: note, lines: strip.Draw(w, h).Lines(v.paint)}
}

// codes is how often each code is used, and where its level lies.
func (v View) codes(w, h int) content {
	share := v.facts.occupancy()
	if len(share) == 0 {
		return content{lines: v.why("n/a: no codes", w)}
	}
	peak := slices.Max(share)
	c := content{note: v.entropy(share)}
	if len(share) > h || len(share) > 16 {
		strip := chart.Strip{Values: share, Lo: 0, Hi: peak, Pool: chart.Mean, Cursor: -1, Graph: v.theme.Graph}
		c.lines = strip.Draw(w, max(h-1, 1)).Lines(v.paint)
		c.lines = append(c.lines, v.theme.Dim.Render(component.Cut(
			fmt.Sprintf("code 0 to %d, highest %s", len(share)-1, report.FormatNumber(report.Number(peak), report.Share)), w, v.theme.Glyphs.Ellipsis)))
		return c
	}
	// Twice the even share fills the bar, so that "used alike" stands in the middle.
	scale := math.Max(2/float64(len(share)), peak)
	for i, s := range share {
		c.lines = append(c.lines, v.codeLine(i, s, scale, 1/float64(len(share)), w))
	}
	return c
}

// entropy in bits of those that a code has, and how many codes are in use.
func (v View) entropy(share []float64) string {
	used, bits := 0, 0.0
	for _, p := range share {
		if p > 0 {
			used++
			bits -= p * math.Log2(p)
		}
	}
	return fmt.Sprintf("entropy %.2f of %d bits %s %d of %d in use", bits, v.facts.detail.Scheme.Bits, v.theme.Glyphs.Dot, used, len(share))
}

func (v View) codeLine(code int, share, scale, even float64, w int) string {
	ink := chart.CodeInk(code)
	level := ""
	if l := v.facts.detail.LevelsMedian; code < len(l) {
		level = chart.Short(float64(l[code]))
	}
	head := v.ink(ink, component.LineRight(strconv.Itoa(code), 3, "")) +
		v.theme.Dim.Render(component.LineRight(level, 8, "")) + " "
	tail := component.LineRight(report.FormatNumber(report.Number(share), report.Share), 8, "")
	room := w - 12 - 8
	if room < 4 {
		return head + v.theme.Text.Render(tail)
	}
	bar := chart.NewCanvas(room, 1)
	chart.Bar(bar, 0, 0, room, share/scale, even/scale, v.theme.Graph, ink)
	return head + bar.Lines(v.paint)[0] + v.theme.Text.Render(tail)
}

// why says that something does not exist, and the reason where there is one.
func (v View) why(what string, w int) []string {
	reason := v.facts.detail.Note
	if reason == "" {
		reason = v.row.Reason
	}
	if reason == "" {
		reason = v.facts.detail.Tensor.Reason
	}
	if reason != "" {
		what += ": " + component.Clean(reason)
	}
	var lines []string
	for _, l := range wrap(what, max(w, 8)) {
		lines = append(lines, v.theme.Dim.Render(l))
	}
	return lines
}

func whole(n int) string { return strconv.Itoa(n) }
