package tensor

import (
	"strconv"

	"github.com/mmtui/mmtui/ui/chart"
)

// atlas is how the map lies on its panel. A matrix with few groups a row and
// many rows is cut into blocks of rows that stand side by side, each read from
// top to bottom like the columns of a newspaper.
type atlas struct {
	blocks []block
	label  int // width of the row numbers left of each block
	height int
}

type block struct {
	x    int // of the first cell, after the label
	grid chart.Grid
}

const (
	maxWide   = 6 // cells that one group may take side by side
	blockGap  = 2
	narrowest = 2 // cells a group when there are several blocks
)

// layAtlas fits rows × groups, or at a zoom of z about a 2^z-th of the rows and
// groups around the cursor, into width × height cells.
func layAtlas(rows, perRow, width, height, zoom int, cursor place) atlas {
	a := atlas{label: len(strconv.Itoa(max(rows-1, 0))) + 1, height: height}
	room := width - a.label
	if rows <= 0 || perRow <= 0 || room <= 0 || height <= 0 {
		return a
	}
	firstRow, nRows := window(rows, max(rows>>zoom, min(height, rows)), cursor.row)
	firstCol, nCols := window(perRow, max(perRow>>zoom, min(room, perRow)), cursor.group)
	n := min(width/(a.label+narrowest*nCols+blockGap), (nRows+height-1)/height)
	n = max(n, 1)
	wide := min(max((width+blockGap)/n-blockGap-a.label, 1)/nCols, maxWide)
	x := 0
	for i := range n {
		from, to := i*nRows/n, (i+1)*nRows/n
		grid := chart.Fit(to-from, nCols, max(width/n-a.label, 1), height, max(wide, 1))
		if n > 1 {
			grid.Height = min(height, to-from)
		}
		grid.FirstRow, grid.FirstCol = firstRow+from, firstCol
		a.blocks = append(a.blocks, block{x: x + a.label, grid: grid})
		x += a.label + grid.Width + blockGap
	}
	return a
}

// window is the part of n values, size of them, with the cursor well inside; it
// moves in quarters of its size, so that the picture stands still while one walks.
func window(n, size, cursor int) (first, count int) {
	if size >= n {
		return 0, n
	}
	step := max(size/4, 1)
	first = (cursor - size/2 + step/2) / step * step
	return min(max(first, 0), n-size), size
}

// width is the cells that the blocks take.
func (a atlas) width() int {
	if len(a.blocks) == 0 {
		return 0
	}
	last := a.blocks[len(a.blocks)-1]
	return last.x + last.grid.Width
}

// find is the block and cell of a group.
func (a atlas) find(p place) (b, x, y int, ok bool) {
	for i, k := range a.blocks {
		if x, y, ok := k.grid.Cell(p.row, p.group); ok {
			return i, x, y, true
		}
	}
	return 0, 0, 0, false
}

// hit is the group range under a cell of the panel.
func (a atlas) hit(x, y int) (area, bool) {
	for _, k := range a.blocks {
		if x >= k.x && x < k.x+k.grid.Width && y >= 0 && y < k.grid.Height {
			return k.area(x-k.x, y), true
		}
	}
	return area{}, false
}

// area is a range of rows and groups, [from, to).
type area struct{ row0, row1, col0, col1 int }

func (k block) area(x, y int) area {
	r0, r1 := k.grid.RowSpan(y)
	c0, c1 := k.grid.ColSpan(x)
	return area{r0, r1, c0, c1}
}

// perCell is how many rows and groups share a cell at most.
func (a atlas) perCell() (rows, groups int) {
	rows, groups = 1, 1
	for _, k := range a.blocks {
		rows, groups = max(rows, k.grid.RowsPerCell()), max(groups, k.grid.ColsPerCell())
	}
	return rows, groups
}

// shown is the range of rows on the panel.
func (a atlas) shown() (from, to int) {
	if len(a.blocks) == 0 {
		return 0, 0
	}
	last := a.blocks[len(a.blocks)-1].grid
	return a.blocks[0].grid.FirstRow, last.FirstRow + last.Rows
}
