package home

import (
	"strconv"
	"strings"

	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/layout"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/table"
)

// head is the number of lines above the panels.
const head = 3

func position(at, of int) string { return strconv.Itoa(at) + "/" + strconv.Itoa(of) }

// rects places the panels: lists at the left and files at the right where there
// is room for both, one above the other otherwise.
func rects(width, height int) [panels]layout.Rect {
	var out [panels]layout.Rect
	h := max(0, height-head)
	if width >= layout.CompactWidth {
		w := layout.SplitColumns(width, 1, 1)
		rows := layout.SplitRows(h, 2, 3)
		out[recent] = layout.Rect{Y: head, W: w[0], H: rows[0]}
		out[cache] = layout.Rect{Y: head + rows[0], W: w[0], H: rows[1]}
		out[files] = layout.Rect{X: w[0], Y: head, W: w[1], H: h}
		return out
	}
	rows := layout.SplitRows(h, 2, 2, 3)
	y := head
	for i := range out {
		out[i] = layout.Rect{Y: y, W: width, H: rows[i]}
		y += rows[i]
	}
	return out
}

func (v *View) place() {
	for i, r := range rects(v.width, v.height) {
		v.panel[i].scroll = v.panel[i].scroll.Resize(max(0, r.H-2), len(v.panel[i].entries))
	}
}

// Render draws exactly width × height cells.
func (v *View) Render(width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	at := rects(width, height)
	var blocks [panels]string
	for i := range v.panel {
		blocks[i] = v.panel[i].render(v.theme, at[i].W, at[i].H, v.focused && i == v.at)
	}
	parts := []string{v.renderHead(width)}
	if at[files].X > 0 {
		left := join(blocks[recent], blocks[cache])
		parts = append(parts, component.Beside(left, blocks[files]))
	} else {
		parts = append(parts, blocks[:]...)
	}
	return component.Fit(join(parts...), width, height)
}

// join puts blocks below one another; those without a line are left out.
func join(blocks ...string) string {
	var out []string
	for _, b := range blocks {
		if b != "" {
			out = append(out, b)
		}
	}
	return strings.Join(out, "\n")
}

// renderHead says what the view is for, or what went wrong, above the line that is typed.
func (v *View) renderHead(width int) string {
	t := v.theme
	first := t.Strong.Render(" Open a model") + t.Dim.Render(" "+t.Glyphs.Dot+" a .safetensors file, a model folder, a cached name such as owner/model, or a project")
	switch {
	case v.opening != "":
		first = t.Accent.Render(" opening " + component.Clean(v.opening) + " " + t.Glyphs.Pending)
	case v.problem != "":
		first = t.Bad.Render(" " + t.Glyphs.Cross + " " + component.Clean(v.problem))
	}
	second := t.Dim.Render(" i types a path, / filters, Tab changes the list")
	switch {
	case v.typing == path:
		second = v.input.Render(t, " path: ", width, true)
	case v.typing == filter || !v.needle.Empty():
		second = v.needle.Render(t, " /", width, v.typing == filter)
	}
	g := t.Glyphs.Ellipsis
	return component.Line(first, width, g) + "\n" + component.Line(second, width, g) + "\n" + component.Spaces(width)
}

// pick puts the cursor on the entry under a cell.
func (v *View) pick(x, y int) bool {
	for i, r := range rects(v.width, v.height) {
		if !r.Contains(x, y) {
			continue
		}
		v.at = i
		row := v.panel[i].scroll.Offset + y - r.Y - 1
		if y == r.Y || y == r.Y+r.H-1 || row >= len(v.panel[i].entries) {
			return false
		}
		v.panel[i].to(row)
		return true
	}
	return false
}

func wheel(s table.Scroll, kind msg.MouseKind, n int) table.Scroll {
	if kind == msg.WheelUp {
		return s.Wheel(-3, n)
	}
	return s.Wheel(3, n)
}
