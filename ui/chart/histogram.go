package chart

import (
	"math"
	"strconv"

	"github.com/mmtui/mmtui/ui/theme"
)

// Histogram is a distribution with the levels that stand for it marked over it.
type Histogram struct {
	Lo, Hi float64   // range that the bins cover in equal parts
	Counts [][]int64 // [series, bins]; with one series a code, bars are stacked in the codes' colours
	Total  []int64   // [bins] drawn when there are no Counts

	Levels            []float64 // where the codes lie; more than 16 are not marked
	ClipLow, ClipHigh float64   // NaN: no clip range

	From, To float64 // range shown; equal: Lo to Hi
	Log      bool    // heights by log(1+count)
	Graph    theme.Graph
}

// Draw fills width × height cells: bars on top, then the axis and, where there
// is room, the codes and the values of their levels.
func (h Histogram) Draw(width, height int) *Canvas {
	c := NewCanvas(width, height)
	if width < 4 || height < 2 {
		return c
	}
	if h.From == h.To {
		h.From, h.To = h.Lo, h.Hi
	}
	footer := 1
	switch {
	case height >= 7:
		footer = 3
	case height >= 4:
		footer = 2
	}
	bars := height - footer
	density := h.resample(width * subcolumns(h.Graph))
	peak := h.drawBars(c, bars, density)
	h.drawGuides(c, bars)
	h.drawAxis(c, bars)
	if footer > 1 {
		h.drawCodes(c, bars+1)
	}
	if footer > 2 {
		h.drawValues(c, bars+2)
	}
	h.drawPeak(c, bars, peak)
	return c
}

// bins and series seen as one list; without Counts the total is a single series.
func (h Histogram) series() [][]int64 {
	if len(h.Counts) > 0 {
		return h.Counts
	}
	if len(h.Total) > 0 {
		return [][]int64{h.Total}
	}
	return nil
}

// resample spreads the bins over columns of the range shown, [series, columns]
// of counts. A bin that two columns share is divided by width.
func (h Histogram) resample(columns int) [][]float64 {
	series := h.series()
	out := make([][]float64, len(series))
	for s, counts := range series {
		out[s] = make([]float64, columns)
		if len(counts) == 0 || !(h.To > h.From) || !(h.Hi >= h.Lo) {
			continue
		}
		binWidth := (h.Hi - h.Lo) / float64(len(counts))
		perColumn := (h.To - h.From) / float64(columns)
		for b, n := range counts {
			if n > 0 {
				spread(out[s], float64(n), (h.Lo+float64(b)*binWidth-h.From)/perColumn, binWidth/perColumn)
			}
		}
	}
	return out
}

// spread adds n, evenly distributed over [from, from+width) in columns.
func spread(columns []float64, n, from, width float64) {
	if width <= 0 {
		if i := int(math.Floor(from)); i >= 0 && i < len(columns) {
			columns[i] += n
		}
		return
	}
	first, last := max(int(math.Floor(from)), 0), min(int(math.Ceil(from+width)), len(columns))
	for i := first; i < last; i++ {
		part := math.Min(from+width, float64(i+1)) - math.Max(from, float64(i))
		if part > 0 {
			columns[i] += n * part / width
		}
	}
}

func (h Histogram) drawBars(c *Canvas, height int, density [][]float64) (peak float64) {
	if len(density) == 0 {
		return 0
	}
	columns := len(density[0])
	sums := make([]float64, columns)
	for i := range columns {
		for s := range density {
			sums[i] += density[s][i]
		}
		peak = math.Max(peak, sums[i])
	}
	if peak <= 0 {
		return 0
	}
	heights := make([]float64, columns)
	for i, n := range sums {
		heights[i] = n / peak
		if h.Log && n > 0 {
			heights[i] = math.Log1p(n) / math.Log1p(peak)
		}
	}
	profile(c, 0, 0, c.Width, height, h.Graph, heights, func(sub int, share float64) Ink {
		return h.inkAt(density, sums[sub], heights[sub], sub, share)
	})
	return peak
}

// inkAt is the colour of the series that a stacked bar shows at a share of the box's height.
func (h Histogram) inkAt(density [][]float64, sum, tall float64, sub int, share float64) Ink {
	if len(density) == 1 {
		return Accent
	}
	within := math.Min(share/tall, 1) * sum
	for s := range density {
		within -= density[s][sub]
		if within <= 0 && density[s][sub] > 0 {
			return CodeInk(s)
		}
	}
	return CodeInk(len(density) - 1)
}

// column of a value, ok when it lies in the range shown.
func (h Histogram) column(c *Canvas, v float64) (x int, ok bool) {
	if math.IsNaN(v) || !(h.To > h.From) || v < h.From || v > h.To {
		return 0, false
	}
	return min(int((v-h.From)/(h.To-h.From)*float64(c.Width)), c.Width-1), true
}

func (h Histogram) marked() []float64 {
	if len(h.Levels) > 16 {
		return nil
	}
	return h.Levels
}

// drawGuides drops a line from the top to the bar at every level and at the clip range.
func (h Histogram) drawGuides(c *Canvas, height int) {
	m := marksOf(h.Graph)
	line := func(v float64, r rune, ink Ink) {
		x, ok := h.column(c, v)
		for y := 0; ok && y < height && c.At(x, y).Rune == ' '; y++ {
			c.Set(x, y, r, Pen{Ink: ink})
		}
	}
	for i, v := range h.marked() {
		line(v, m.guide, CodeInk(i))
	}
	line(h.ClipLow, m.clipGuide, Bad)
	line(h.ClipHigh, m.clipGuide, Bad)
}

func (h Histogram) drawAxis(c *Canvas, y int) {
	m := marksOf(h.Graph)
	low, lowIn := h.column(c, h.ClipLow)
	high, highIn := h.column(c, h.ClipHigh)
	for x := range c.Width {
		if lowIn && x < low || highIn && x > high {
			c.Set(x, y, m.outside, Pen{Ink: Bad})
			continue
		}
		c.Set(x, y, m.axis, Pen{Ink: Faint})
	}
	for i, v := range h.marked() {
		if x, ok := h.column(c, v); ok {
			c.Set(x, y, m.tick, Pen{Ink: CodeInk(i)})
		}
	}
	if lowIn {
		c.Set(low, y, m.edge, Pen{Ink: Bad})
	}
	if highIn {
		c.Set(high, y, m.edge, Pen{Ink: Bad})
	}
}

// drawCodes writes each code under its level, and "clip" under the range's ends.
func (h Histogram) drawCodes(c *Canvas, y int) {
	m := marksOf(h.Graph)
	for i, v := range h.marked() {
		x, ok := h.column(c, v)
		if !ok {
			continue
		}
		if !c.TextFits(x, y, string(m.pointer)+strconv.Itoa(i), CodeInk(i)) {
			c.TextFits(x, y, string(m.pointer), CodeInk(i))
		}
	}
	for _, v := range []float64{h.ClipLow, h.ClipHigh} {
		if x, ok := h.column(c, v); ok {
			c.TextFits(x, y, "clip", Bad)
		}
	}
}

// drawValues writes the levels' values, the clip range and the ends of the range, as far as they fit.
func (h Histogram) drawValues(c *Canvas, y int) {
	for _, v := range []float64{h.ClipLow, h.ClipHigh} {
		if x, ok := h.column(c, v); ok {
			c.TextFits(x, y, Short(v), Bad)
		}
	}
	for i, v := range h.marked() {
		if x, ok := h.column(c, v); ok {
			c.TextFits(x, y, Short(v), CodeInk(i))
		}
	}
	c.TextFits(0, y, Short(h.From), Muted)
	c.TextFits(c.Width-1, y, Short(h.To), Muted)
}

// drawPeak writes the count of the tallest bar, where a corner is free.
func (h Histogram) drawPeak(c *Canvas, height int, peak float64) {
	if peak <= 0 || height < 2 {
		return
	}
	label := Count(int64(math.Round(peak))) + " a column"
	if h.Log {
		label += ", log"
	}
	for _, x := range []int{0, c.Width - 1} {
		if c.TextFits(x, 0, label, Muted) {
			return
		}
	}
}
