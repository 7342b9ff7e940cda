package chart

import (
	"math"

	"github.com/mmtui/mmtui/ui/theme"
)

// profile draws bars side by side, one a subcolumn, from the bottom row of a
// box up. heights are shares of the box, 0 to 1; a bar above zero always shows
// at least its lowest dot, so that what is rare is not invisible. NaN draws
// nothing. inkAt gives the ink of a subcolumn at a share of the box's height.
func profile(c *Canvas, x, y, width, height int, g theme.Graph, heights []float64, inkAt func(sub int, share float64) Ink) {
	subs, perCell := subcolumns(g), rises(g)
	reach := make([]int, subs)
	for i := range width {
		tallest, tall := i*subs, -1
		for s := range subs {
			if n := rise(at(heights, i*subs+s), height*perCell); n > tall {
				tallest, tall = i*subs+s, n
			}
		}
		for j := range height {
			below := (height - 1 - j) * perCell
			for s := range subs {
				reach[s] = min(max(rise(at(heights, i*subs+s), height*perCell)-below, 0), perCell)
			}
			glyph := column(g, reach...)
			if glyph == ' ' {
				continue
			}
			share := (float64(height-1-j) + 0.5) / float64(height)
			c.Set(x+i, y+j, glyph, Pen{Ink: inkAt(tallest, share)})
		}
	}
}

func at(values []float64, i int) float64 {
	if i < 0 || i >= len(values) {
		return math.NaN()
	}
	return values[i]
}

// rise is the number of steps of a bar that takes a share of a box of that many steps.
func rise(share float64, steps int) int {
	if math.IsNaN(share) || share <= 0 {
		return 0
	}
	return min(max(int(math.Round(share*float64(steps))), 1), steps)
}
