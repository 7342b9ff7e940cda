package chart

import (
	"math"

	"github.com/mmtui/mmtui/ui/theme"
)

// HeatMap is a matrix of values, 0 bad to 1 good, drawn as shades: the denser
// and redder a cell, the worse. Values are pooled when there are more than cells.
type HeatMap struct {
	Rows, Cols int
	At         func(row, col int) float64 // NaN: nothing to show
	Scale      func(v float64) float64    // value → 0 (bad) … 1 (good)
	Pool       Pool
	Graph      theme.Graph
}

// Grid says how a part of a matrix lies on a panel: cell (i, j) stands for
// rows Row(j) … and columns Col(i) … of it.
type Grid struct {
	FirstRow, FirstCol int // the part shown
	Rows, Cols         int
	Width, Height      int // cells that it takes
}

// Fit lays a whole matrix on a panel. What is smaller than the panel is
// widened by whole numbers, up to maxWide columns and two rows a value.
func Fit(rows, cols, width, height, maxWide int) Grid {
	g := Grid{Rows: rows, Cols: cols, Width: min(width, cols), Height: min(height, rows)}
	if cols > 0 {
		g.Width *= min(max(width/cols, 1), maxWide)
	}
	if rows > 0 {
		g.Height *= min(max(height/rows, 1), 2)
	}
	return g
}

// Window lays the part of a matrix around a place on a panel, one value a cell
// high and wide cells wide.
func Window(rows, cols, width, height, wide, row, col int) Grid {
	showCols, showRows := min(max(width/max(wide, 1), 1), cols), min(height, rows)
	return Grid{
		FirstRow: min(max(row-showRows/2, 0), rows-showRows), FirstCol: min(max(col-showCols/2, 0), cols-showCols),
		Rows: showRows, Cols: showCols, Width: min(showCols*wide, width), Height: showRows,
	}
}

// RowSpan is the range of matrix rows behind a row of cells.
func (g Grid) RowSpan(y int) (lo, hi int) {
	lo, hi = span(y, g.Height, g.Rows)
	return g.FirstRow + lo, g.FirstRow + hi
}

// ColSpan is the range of matrix columns behind a column of cells.
func (g Grid) ColSpan(x int) (lo, hi int) {
	lo, hi = span(x, g.Width, g.Cols)
	return g.FirstCol + lo, g.FirstCol + hi
}

// Cell is where a place of the matrix lies; ok is false outside the part shown.
func (g Grid) Cell(row, col int) (x, y int, ok bool) {
	row, col = row-g.FirstRow, col-g.FirstCol
	if row < 0 || col < 0 || row >= g.Rows || col >= g.Cols {
		return 0, 0, false
	}
	return cellOf(col, g.Width, g.Cols), cellOf(row, g.Height, g.Rows), true
}

// CellWidth is how many cells wide the value at a column of cells is drawn.
func (g Grid) CellWidth() int {
	if g.Cols == 0 {
		return 1
	}
	return max(g.Width/g.Cols, 1)
}

// RowsPerCell and ColsPerCell are how many values share a cell, rounded up; 1 when none is pooled.
func (g Grid) RowsPerCell() int { return perCell(g.Rows, g.Height) }

// ColsPerCell is RowsPerCell for columns.
func (g Grid) ColsPerCell() int { return perCell(g.Cols, g.Width) }

func perCell(values, cells int) int {
	if cells == 0 {
		return 1
	}
	return max((values+cells-1)/cells, 1)
}

func span(i, cells, values int) (lo, hi int) {
	if cells <= 0 {
		return 0, 0
	}
	lo = i * values / cells
	return lo, min(max((i+1)*values/cells, lo+1), values)
}

// cellOf is the first cell whose span holds the value.
func cellOf(value, cells, values int) int {
	i := value * cells / values
	for i > 0 {
		if _, hi := span(i-1, cells, values); hi <= value {
			break
		}
		i--
	}
	for i < cells-1 {
		if _, hi := span(i, cells, values); hi > value {
			break
		}
		i++
	}
	return i
}

// PoolGrid pools the matrix into one value a cell, row-major [Height, Width].
func (h HeatMap) PoolGrid(g Grid) []float64 {
	out := make([]float64, 0, g.Width*g.Height)
	var block []float64
	for y := range g.Height {
		r0, r1 := g.RowSpan(y)
		for x := range g.Width {
			c0, c1 := g.ColSpan(x)
			block = block[:0]
			for r := r0; r < r1; r++ {
				for k := c0; k < c1; k++ {
					block = append(block, h.At(r, k))
				}
			}
			out = append(out, h.Pool.of(block))
		}
	}
	return out
}

// Draw draws pooled values, one a cell of the grid.
func (h HeatMap) Draw(g Grid, pooled []float64) *Canvas {
	c := NewCanvas(g.Width, g.Height)
	for y := range g.Height {
		for x := range g.Width {
			v := pooled[y*g.Width+x]
			if math.IsNaN(v) {
				c.Set(x, y, missing(h.Graph), Pen{Ink: Faint})
				continue
			}
			good := h.Scale(v)
			c.Set(x, y, Shade(h.Graph, good), Pen{Ink: HeatInk(good)})
		}
	}
	return c
}

// Shade is the glyph of a heat value: the worse, the denser.
func Shade(g theme.Graph, good float64) rune {
	shades := []rune("█▓▒░")
	if g == theme.ASCII {
		shades = []rune("@#+-")
	}
	return shades[theme.HeatStep(good, len(shades))]
}

// missing stands for a value that does not exist.
func missing(g theme.Graph) rune {
	if g == theme.ASCII {
		return '?'
	}
	return '·'
}
