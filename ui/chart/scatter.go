package chart

import (
	"math"

	"github.com/mmtui/mmtui/ui/theme"
)

// Point is a value beside the level that stands for it.
type Point struct {
	Value, Level float64
	Ink          Ink
}

// Scatter draws points from left to right over a whole canvas: the levels as
// lines, the values as dots. Values that are not finite are left out.
func Scatter(c *Canvas, points []Point, g theme.Graph) {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, p := range points {
		for _, v := range []float64{p.Value, p.Level} {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				lo, hi = math.Min(lo, v), math.Max(hi, v)
			}
		}
	}
	if c.Width == 0 || c.Height == 0 || hi < lo {
		return
	}
	if hi == lo {
		lo, hi = lo-1, hi+1
	}
	level, dot := '─', '•'
	if g == theme.ASCII {
		level, dot = '-', 'o'
	}
	row := func(v float64, steps int) int {
		return min(int((hi-v)/(hi-lo)*float64(steps)), steps-1)
	}
	for x := range c.Width {
		p := points[min(x*len(points)/c.Width, len(points)-1)]
		if finite(p.Level) {
			c.Set(x, row(p.Level, c.Height), level, Pen{Ink: p.Ink})
		}
	}
	if g == theme.Braille {
		brailleDots(c, points, row)
		return
	}
	for i, p := range points {
		if finite(p.Value) {
			c.Set((2*i+1)*c.Width/(2*len(points)), row(p.Value, c.Height), dot, Pen{Ink: p.Ink})
		}
	}
}

// brailleDots sets one dot a value on a raster of 2 × 4 dots a cell. A cell
// with a dot shows it in place of the level.
func brailleDots(c *Canvas, points []Point, row func(float64, int) int) {
	bits := [4][2]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}
	for i, p := range points {
		if !finite(p.Value) {
			continue
		}
		dx := (2*i + 1) * 2 * c.Width / (2 * len(points))
		dy := row(p.Value, 4*c.Height)
		x, y := dx/2, dy/4
		glyph := c.At(x, y).Rune
		if glyph < 0x2800 || glyph > 0x28FF {
			glyph = 0x2800
		}
		c.Set(x, y, glyph|bits[dy%4][dx%2], Pen{Ink: p.Ink})
	}
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
