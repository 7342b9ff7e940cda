package layers

import (
	"strings"

	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/table"
)

// Render draws exactly width × height cells.
func (v *View) Render(width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	if !v.loaded || len(v.list.rows) == 0 {
		return component.Fit(v.emptyText(width), width, height)
	}
	placed, scroll := v.placed, v.scroll
	if width != v.width || height != v.height {
		placed = table.Place(tableColumns(v.columns, width, v.list.flat), width)
		scroll = scroll.Resize(v.rowsFor(height), len(v.list.lines))
	}
	var b strings.Builder
	if v.filter.shows() {
		b.WriteString(v.renderFilter(width))
		if height == 1 {
			return b.String()
		}
		b.WriteByte('\n')
	}
	if len(v.list.lines) == 0 {
		text := "no tensor matches; Esc takes the filter away"
		if v.filter.problem != "" {
			text = "the filter is not complete; Esc takes it away"
		}
		b.WriteString(component.Fit("\n  "+v.theme.Dim.Render(text), width, height-1))
		return b.String()
	}
	src := &source{list: &v.list, columns: v.columns, inks: v.inks, theme: v.theme}
	if len(placed) > 0 {
		src.nameWidth = placed[0].W
	}
	b.WriteString(v.table.Render(placed, src, scroll, v.list.order, v.focused, width))
	return b.String()
}

// emptyText says why there is nothing to show and what to do.
func (v *View) emptyText(width int) string {
	head, rest := "no model is open", "o opens one"
	if v.loaded {
		head, rest = "this model holds no tensors", "o opens another one"
	}
	text := "\n  " + v.theme.Strong.Render(head) + "\n  " + v.theme.Dim.Render(rest)
	return component.Fit(text, width, 3)
}
