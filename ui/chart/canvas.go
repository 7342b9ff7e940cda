package chart

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Ink names a colour by what it says.
type Ink uint8

// The inks. Codes and heat steps follow, see CodeInk and HeatInk.
const (
	Plain  Ink = iota
	Muted      // labels and axes
	Faint      // guides, frames and empty tracks
	Strong     // values that matter
	Accent     // the cursor's colour, names
	Good
	Warn
	Bad
	firstCode
	firstHeat = firstCode + codeInks
)

const (
	// codeInks is the number of colours that codes take in turn: neighbours always differ.
	codeInks = 4
	// HeatSteps is the number of steps on the heat scale: 0 is the worst, the last the best.
	HeatSteps = 16
)

// CodeInk is the colour of a code.
func CodeInk(code int) Ink { return firstCode + Ink(max(code, 0)%codeInks) }

// HeatInk is the colour of a value from 0 (bad) to 1 (good).
func HeatInk(v float64) Ink {
	step := int(v * HeatSteps)
	return firstHeat + Ink(min(max(step, 0), HeatSteps-1))
}

// Pen is how a run of cells is drawn.
type Pen struct {
	Ink    Ink
	Cursor Cursor
}

// Cursor says whether a cell is under the cursor, and of which kind of panel.
type Cursor uint8

// The cursors.
const (
	NoCursor    Cursor = iota
	Selected           // of the panel that has the focus
	Unfocused          // of another panel
	WithinReach        // marks a range, such as the row of the cursor
)

// Cell is one place of a canvas.
type Cell struct {
	Rune rune
	Pen  Pen
}

// Canvas is a grid of cells, each one column wide.
type Canvas struct {
	Width, Height int
	cells         []Cell
}

// NewCanvas returns an empty canvas; negative sizes are zero.
func NewCanvas(width, height int) *Canvas {
	width, height = max(width, 0), max(height, 0)
	c := &Canvas{Width: width, Height: height, cells: make([]Cell, width*height)}
	for i := range c.cells {
		c.cells[i].Rune = ' '
	}
	return c
}

// At returns a cell; places outside are blank.
func (c *Canvas) At(x, y int) Cell {
	if x < 0 || y < 0 || x >= c.Width || y >= c.Height {
		return Cell{Rune: ' '}
	}
	return c.cells[y*c.Width+x]
}

// Set draws a glyph; places outside are ignored.
func (c *Canvas) Set(x, y int, r rune, p Pen) {
	if x < 0 || y < 0 || x >= c.Width || y >= c.Height {
		return
	}
	c.cells[y*c.Width+x] = Cell{Rune: r, Pen: p}
}

// Text draws single-width text from x on and returns the column after it.
func (c *Canvas) Text(x, y int, text string, ink Ink) int {
	for _, r := range text {
		c.Set(x, y, r, Pen{Ink: ink})
		x++
	}
	return x
}

// TextFits draws text centred on x, moved inward at the borders, unless it
// would touch what is already in the row; it reports whether it was drawn.
func (c *Canvas) TextFits(x, y int, text string, ink Ink) bool {
	width := ansi.StringWidth(text)
	if width == 0 || width > c.Width || y < 0 || y >= c.Height {
		return false
	}
	from := min(max(x-width/2, 0), c.Width-width)
	for i := from - 1; i <= from+width; i++ {
		if c.At(i, y).Rune != ' ' {
			return false
		}
	}
	c.Text(from, y, text, ink)
	return true
}

// Copy draws another canvas with its top left corner at x, y.
func (c *Canvas) Copy(x, y int, from *Canvas) {
	for j := range from.Height {
		for i := range from.Width {
			cell := from.At(i, j)
			c.Set(x+i, y+j, cell.Rune, cell.Pen)
		}
	}
}

// Lines returns the canvas as styled text, one string a row, each exactly
// Width columns wide. A nil painter gives the bare glyphs.
func (c *Canvas) Lines(paint *Painter) []string {
	lines := make([]string, c.Height)
	var line, run strings.Builder
	for y := range c.Height {
		line.Reset()
		row := c.cells[y*c.Width : (y+1)*c.Width]
		for x := 0; x < len(row); {
			pen := row[x].Pen
			run.Reset()
			for ; x < len(row) && row[x].Pen == pen; x++ {
				run.WriteRune(row[x].Rune)
			}
			paint.paint(&line, pen, run.String())
		}
		lines[y] = line.String()
	}
	return lines
}

// String returns the bare glyphs.
func (c *Canvas) String() string { return strings.Join(c.Lines(nil), "\n") }
