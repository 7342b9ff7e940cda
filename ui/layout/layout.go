// Package layout computes where everything goes as a pure function of the
// terminal's size, so that it is tested without a screen.
package layout

// Class is how much room there is.
type Class int

// The classes. Below MinWidth × MinHeight one line says so.
const (
	TooSmall Class = iota
	Minimal        // 60–79 columns
	Compact        // 80–119
	Full           // 120 and more
)

// Breakpoints in cells.
const (
	MinWidth     = 60
	MinHeight    = 20
	CompactWidth = 80
	FullWidth    = 120
)

// ClassOf names the class of a terminal's size.
func ClassOf(width, height int) Class {
	switch {
	case width < MinWidth || height < MinHeight:
		return TooSmall
	case width < CompactWidth:
		return Minimal
	case width < FullWidth:
		return Compact
	}
	return Full
}

// Rect is a rectangle of cells; X and Y count from the top left, from 0.
type Rect struct{ X, Y, W, H int }

// Empty reports whether the rectangle has no cells.
func (r Rect) Empty() bool { return r.W <= 0 || r.H <= 0 }

// Contains reports whether a cell lies inside.
func (r Rect) Contains(x, y int) bool {
	return x >= r.X && x < r.X+r.W && y >= r.Y && y < r.Y+r.H
}

// Want is what is to be shown.
type Want struct {
	Side bool // a panel beside the body, or over it where there is no room beside
}

// Frame is where the parts of the workbench go.
type Frame struct {
	Class   Class
	Header  Rect // name, tabs
	Summary Rect // sizes, budget, progress
	Rule    Rect // a line; empty in the minimal class
	Body    Rect
	Side    Rect // the side panel, empty when not wanted
	Over    bool // Side lies over Body
	Footer  Rect
}

// Compute lays out a terminal of width × height cells. The parts do not
// overlap, except Side over Body when Over is set, and cover every cell.
func Compute(width, height int, want Want) Frame {
	f := Frame{Class: ClassOf(width, height)}
	if f.Class == TooSmall {
		f.Body = Rect{W: max(width, 0), H: max(height, 0)}
		return f
	}
	f.Header = Rect{W: width, H: 1}
	f.Summary = Rect{Y: 1, W: width, H: 1}
	top := 2
	if f.Class != Minimal {
		f.Rule = Rect{Y: 2, W: width, H: 1}
		top = 3
	}
	f.Footer = Rect{Y: height - 1, W: width, H: 1}
	f.Body = Rect{Y: top, W: width, H: height - 1 - top}
	if want.Side {
		f.placeSide()
	}
	return f
}

// placeSide gives the side panel a bit over a third of a full screen, and
// otherwise a box over the middle of the body.
func (f *Frame) placeSide() {
	if f.Class == Full {
		w := max(44, min(f.Body.W*36/100, 64))
		f.Body.W -= w
		f.Side = Rect{X: f.Body.W, Y: f.Body.Y, W: w, H: f.Body.H}
		return
	}
	f.Over = true
	f.Side = Center(f.Body, min(f.Body.W-4, 72), f.Body.H)
}

// Center places w × h cells in the middle of a rectangle, cut to it.
func Center(in Rect, w, h int) Rect {
	w, h = max(0, min(w, in.W)), max(0, min(h, in.H))
	return Rect{X: in.X + (in.W-w)/2, Y: in.Y + (in.H-h)/2, W: w, H: h}
}

// Inner is a rectangle without its frame of one cell.
func Inner(r Rect) Rect {
	return Rect{X: r.X + 1, Y: r.Y + 1, W: max(0, r.W-2), H: max(0, r.H-2)}
}

// SplitRows divides a height among parts by weight; what is left over goes to
// the first parts, a cell each. The results add up to height.
func SplitRows(height int, weights ...int) []int { return split(max(0, height), weights) }

// SplitColumns divides a width likewise.
func SplitColumns(width int, weights ...int) []int { return split(max(0, width), weights) }

func split(total int, weights []int) []int {
	out := make([]int, len(weights))
	sum := 0
	for _, w := range weights {
		sum += max(0, w)
	}
	if sum == 0 {
		if len(out) > 0 {
			out[0] = total
		}
		return out
	}
	left := total
	for i, w := range weights {
		out[i] = total * max(0, w) / sum
		left -= out[i]
	}
	for i := 0; left > 0; i = (i + 1) % len(out) {
		if weights[i] > 0 {
			out[i]++
			left--
		}
	}
	return out
}
