package tensor

import (
	"math"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/ui/chart"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/layout"
	"github.com/mmtui/mmtui/ui/msg"
)

// currentAtlas is the map's layout at the present size. Without a place on
// screen it is laid out in a cell, so that moves still have a meaning.
func (v View) currentAtlas() atlas {
	r := v.arrange().panels[panelMap]
	if r.W < 8 || r.H < 4 {
		r = layout.Rect{W: 40, H: 10}
	}
	return v.atlasFor(r.W, r.H-1)
}

// walk moves the cursor over the map by cells. A cell that stands for several
// groups is entered at the one it shows, which is the worst of them, or at its
// first group where it shows a mean.
func (v View) walk(a keys.Action) (component.View, tea.Cmd, bool) {
	f, p := v.facts, v.cursor
	if f.perRow == 0 {
		return v.walkChannels(a)
	}
	here, ok := v.cellOf(p)
	if !ok {
		here = area{p.row, p.row + 1, p.group, p.group + 1}
	}
	half := max((f.rows>>v.zoom)/2, 1)
	to := p
	switch a {
	case keys.Up:
		to.row = here.row0 - 1
	case keys.Down:
		to.row = here.row1
	case keys.Left:
		to.group = here.col0 - 1
	case keys.Right:
		to.group = here.col1
	case keys.Top:
		to.row = 0
	case keys.Bottom:
		to.row = f.rows - 1
	case keys.RowStart:
		to.group = 0
	case keys.RowEnd:
		to.group = f.perRow - 1
	case keys.HalfUp:
		to.row -= max(half/4, 1)
	case keys.HalfDown:
		to.row += max(half/4, 1)
	case keys.PageUp:
		to.row -= half
	case keys.PageDown:
		to.row += half
	default:
		return v, nil, false
	}
	to = f.clamp(to)
	if to == p || to.row >= here.row0 && to.row < here.row1 && to.group >= here.col0 && to.group < here.col1 {
		if a == keys.Up || a == keys.Down || a == keys.Left || a == keys.Right {
			return v, nil, true // at the border
		}
	}
	switch a {
	case keys.Up, keys.Down, keys.Left, keys.Right:
		to = v.enter(to)
	}
	v, cmd := v.moveTo(to)
	return v, cmd, true
}

// cellOf is the range of groups that share the cell of one.
func (v View) cellOf(p place) (area, bool) {
	a := v.currentAtlas()
	b, x, y, ok := a.find(p)
	if !ok {
		return area{}, false
	}
	return a.blocks[b].area(x, y), true
}

// enter is the group at which a cell is entered: the one that gives it its shade.
func (v View) enter(p place) place {
	here, ok := v.cellOf(p)
	if !ok || v.pool != chart.Min {
		return p
	}
	best, lowest := p, math.Inf(1)
	for r := here.row0; r < here.row1; r++ {
		for g := here.col0; g < here.col1; g++ {
			if db := v.facts.at(r, g); db < lowest {
				best, lowest = place{r, g}, db
			}
		}
	}
	return best
}

// walkChannels moves over the strip of a tensor that has channels and no groups.
func (v View) walkChannels(a keys.Action) (component.View, tea.Cmd, bool) {
	n := len(v.facts.channels)
	if n == 0 {
		return v, nil, false
	}
	row := v.cursor.row
	switch a {
	case keys.Left, keys.Up:
		row--
	case keys.Right, keys.Down:
		row++
	case keys.Top:
		row = 0
	case keys.Bottom:
		row = n - 1
	default:
		return v, nil, false
	}
	v.cursor.row = min(max(row, 0), n-1)
	return v, nil, true
}

// scrollBy scrolls the panel that has the focus.
func (v View) scrollBy(a keys.Action) (component.View, tea.Cmd, bool) {
	r := v.arrange().panels[v.focus]
	page := max(r.H-2, 1)
	by := map[keys.Action]int{
		keys.Up: -1, keys.Down: 1, keys.PageUp: -page, keys.PageDown: page,
		keys.HalfUp: -(page + 1) / 2, keys.HalfDown: (page + 1) / 2,
		keys.Top: -math.MaxInt32, keys.Bottom: math.MaxInt32,
	}[a]
	if by == 0 {
		return v, nil, a == keys.Left || a == keys.Right
	}
	v.scroll[v.focus] = min(max(v.scroll[v.focus]+by, 0), v.furthest(v.focus, r))
	return v, nil, true
}

// furthest is how far a panel can be scrolled.
func (v View) furthest(p panelID, r layout.Rect) int {
	lines, rows := 0, r.H-1
	switch p {
	case panelVerdict:
		lines = len(v.verdictLines(r.W))
	case panelOutliers:
		lines = len(v.facts.detail.Outliers)
	case panelValues:
		if v.values == nil {
			return 0
		}
		lines, rows = v.valueRows(r.W, rows)
	}
	return max(lines-rows, 0)
}

// mouse focuses the panel under a click and moves the cursor of the map.
func (v View) mouse(m msg.Mouse) (component.View, tea.Cmd) {
	if v.facts == nil || v.metrics {
		return v, nil
	}
	for p, r := range v.arrange().panels {
		if r.Empty() || !r.Contains(m.X, m.Y) {
			continue
		}
		v.focus = panelID(p)
		switch m.Kind {
		case msg.WheelUp, msg.WheelDown:
			a := keys.Up
			if m.Kind == msg.WheelDown {
				a = keys.Down
			}
			next, cmd, _ := v.doMap(a)
			return next, cmd
		case msg.Click:
			if v.focus != panelMap || v.facts.perRow == 0 {
				return v, nil
			}
			if hit, ok := v.atlasFor(r.W, r.H-1).hit(m.X-r.X, m.Y-r.Y-1-markerRows); ok {
				return v.moveTo(v.enter(place{hit.row0, hit.col0}))
			}
		}
		return v, nil
	}
	return v, nil
}
