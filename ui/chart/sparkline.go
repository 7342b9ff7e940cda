package chart

import (
	"math"

	"github.com/mmtui/mmtui/ui/theme"
)

// Strip shows a long list of values side by side, such as the error of every
// output channel. Where a column stands for several values it shows the
// smallest or the mean of them, as Pool says.
type Strip struct {
	Values []float64 // NaN: nothing is drawn
	Lo, Hi float64   // heights: Lo at the bottom, Hi at the top
	Pool   Pool
	Cursor int // index marked below, < 0: none
	Graph  theme.Graph
	Ink    func(v float64) Ink // nil: Accent
}

// PerColumn is the number of values that one column of a strip stands for.
func (s Strip) PerColumn(width int) float64 {
	columns := min(width*subcolumns(s.Graph), len(s.Values))
	if columns == 0 {
		return 0
	}
	return float64(len(s.Values)) / float64(columns)
}

// Draw fills width × height cells; the last row marks the cursor when there are two or more.
func (s Strip) Draw(width, height int) *Canvas {
	c := NewCanvas(width, height)
	n := len(s.Values)
	if n == 0 || width <= 0 || height <= 0 {
		return c
	}
	bars := height
	if s.Cursor >= 0 && height >= 2 {
		bars--
	}
	columns := width * subcolumns(s.Graph)
	pooled := make([]float64, columns)
	heights := make([]float64, columns)
	for i := range columns {
		lo, hi := s.span(i, columns)
		pooled[i] = s.Pool.of(s.Values[lo:hi])
		heights[i] = scaled(pooled[i], s.Lo, s.Hi)
		if pooled[i] <= s.Lo {
			heights[i] = 1e-9 // the lowest dot: there is a value, and it is at the bottom
		}
	}
	profile(c, 0, 0, width, bars, s.Graph, heights, func(sub int, _ float64) Ink {
		if s.Ink == nil {
			return Accent
		}
		return s.Ink(pooled[sub])
	})
	if bars < height {
		s.drawCursor(c, bars)
	}
	return c
}

// span is the range of values behind a column. Fewer values than columns are widened.
func (s Strip) span(i, columns int) (lo, hi int) {
	n := len(s.Values)
	lo = i * n / columns
	return lo, max((i+1)*n/columns, lo+1)
}

func (s Strip) drawCursor(c *Canvas, y int) {
	m := marksOf(s.Graph)
	for x := range c.Width {
		c.Set(x, y, m.axis, Pen{Ink: Faint})
	}
	if s.Cursor < len(s.Values) {
		x := min((2*s.Cursor+1)*c.Width/(2*len(s.Values)), c.Width-1)
		c.Set(x, y, m.pointer, Pen{Ink: Accent})
	}
}

// scaled maps lo … hi to 0 … 1; NaN stays NaN.
func scaled(v, lo, hi float64) float64 {
	if math.IsNaN(v) || math.IsNaN(lo) || math.IsNaN(hi) {
		return math.NaN()
	}
	if hi <= lo {
		return 1
	}
	return math.Min(math.Max((v-lo)/(hi-lo), 0), 1)
}

// Pooled is the one value that stands for all of them.
func (s Strip) Pooled() float64 { return s.Pool.of(s.Values) }
