// Package chart draws small pictures out of terminal cells: histograms, heat
// maps, bars and sparklines. Pictures are made of inks, names for what a colour
// says; Painter turns them into the styles of a theme when a canvas becomes text.
package chart

import "github.com/mmtui/mmtui/ui/theme"

// subcolumns is the number of bars that stand side by side in one cell.
func subcolumns(g theme.Graph) int {
	if g == theme.Braille {
		return 2
	}
	return 1
}

// rises is the number of heights a bar can take within one cell.
func rises(g theme.Graph) int {
	switch g {
	case theme.Braille:
		return 4
	case theme.Block:
		return 8
	default:
		return 3
	}
}

// column is the glyph of a cell whose bars reach the given rises, one a subcolumn.
func column(g theme.Graph, reach ...int) rune {
	switch g {
	case theme.Braille:
		// The dots of the left and the right column, filled from below to a height of 0 … 4.
		left := [5]rune{0x00, 0x40, 0x44, 0x46, 0x47}
		right := [5]rune{0x00, 0x80, 0xA0, 0xB0, 0xB8}
		dots := left[reach[0]] | right[reach[1]]
		if dots == 0 {
			return ' '
		}
		return 0x2800 + dots
	case theme.Block:
		return []rune(" ▁▂▃▄▅▆▇█")[reach[0]]
	default:
		return []rune(" .:#")[reach[0]]
	}
}

// marks are the line glyphs of a glyph set.
type marks struct {
	axis, outside, edge, tick, guide, clipGuide, pointer, left, right, up, down rune
}

func marksOf(g theme.Graph) marks {
	if g == theme.ASCII {
		return marks{axis: '-', outside: '~', edge: '|', tick: '+', guide: ':', clipGuide: '|', pointer: '^',
			left: '<', right: '>', up: '^', down: 'v'}
	}
	return marks{axis: '─', outside: '╌', edge: '╂', tick: '┴', guide: '┊', clipGuide: '╎', pointer: '▲',
		left: '◂', right: '▸', up: '▴', down: '▾'}
}
