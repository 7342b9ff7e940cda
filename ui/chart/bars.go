package chart

import (
	"math"

	"github.com/mmtui/mmtui/ui/theme"
)

// Bar draws a horizontal bar of a share, 0 to 1, into width cells from x, y on.
// A share above zero shows at least its thinnest part. mark, when within 0 … 1,
// is a thin line where the share is compared to.
func Bar(c *Canvas, x, y, width int, share, mark float64, g theme.Graph, ink Ink) {
	perCell := 8
	if g == theme.ASCII {
		perCell = 1
	}
	filled := rise(math.Min(share, 1), width*perCell)
	for i := range width {
		part := min(max(filled-i*perCell, 0), perCell)
		switch {
		case g == theme.ASCII && part > 0:
			c.Set(x+i, y, '#', Pen{Ink: ink})
		case g == theme.ASCII:
			c.Set(x+i, y, '.', Pen{Ink: Faint})
		case part > 0:
			c.Set(x+i, y, []rune(" ▏▎▍▌▋▊▉█")[part], Pen{Ink: ink})
		default:
			c.Set(x+i, y, '·', Pen{Ink: Faint})
		}
	}
	if mark < 0 || mark > 1 || width <= 0 {
		return
	}
	if i := min(int(mark*float64(width)), width-1); i*perCell >= filled {
		c.Set(x+i, y, marksOf(g).guide, Pen{Ink: Muted})
	}
}
