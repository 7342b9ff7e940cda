package layers

import (
	"strconv"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
)

// filterBar is the line the filter is typed in. What is typed takes effect at
// once; text that does not parse leaves the last good filter in force.
type filterBar struct {
	input   component.Input
	editing bool
	before  string // what Cancel goes back to
	problem string
}

func (f *filterBar) shows() bool { return f.editing || !f.input.Empty() }

// editFilter opens the bar.
func (v *View) editFilter() {
	v.filter.editing, v.filter.before = true, v.filter.input.Value()
	v.place()
}

// typed handles a key while the filter is edited.
func (v *View) typed(k tea.KeyMsg) {
	if a, ok := v.keys.In(k.String(), keys.Text); ok {
		switch a {
		case keys.Accept:
			// What does not parse stays to be mended; Cancel goes back to what was.
			v.filter.editing = v.filter.problem != ""
			v.place()
		case keys.Cancel:
			v.filter.editing = false
			v.setFilter(v.filter.before)
		}
		return
	}
	input, changed := v.filter.input.Key(k)
	v.filter.input = input
	if changed {
		v.apply(input.Value())
	}
}

// setFilter puts a text into the bar and in force.
func (v *View) setFilter(text string) {
	v.filter.input = component.NewInput(text)
	v.apply(text)
	v.place()
}

func (v *View) apply(text string) {
	f, err := report.ParseFilter(text)
	if err != nil {
		v.filter.problem = err.Error()
		return
	}
	v.filter.problem = ""
	at := v.node()
	v.openForFilter(!f.Empty())
	v.list.filter = f
	v.list.rebuild()
	v.followNode(at)
	v.scroll = v.scroll.Clamp(len(v.list.lines))
}

// openForFilter opens every block while a filter is set, so that what it finds is seen, and closes them again after.
func (v *View) openForFilter(on bool) {
	nodes := v.list.tree.nodes
	switch {
	case on && v.opened == nil:
		v.opened = make([]bool, len(nodes))
		for i := range nodes {
			v.opened[i] = nodes[i].open
		}
		v.list.tree.setOpen(true)
	case !on && v.opened != nil:
		for i := range nodes {
			nodes[i].open = v.opened[i]
		}
		v.opened = nil
	}
}

// renderFilter draws the bar: what is typed, and what it finds or what is wrong with it.
func (v *View) renderFilter(width int) string {
	side := strconv.Itoa(v.shownTensors()) + " of " + strconv.Itoa(len(v.list.rows)) + " tensors"
	style := v.theme.Dim
	if v.filter.problem != "" {
		side, style = v.theme.Glyphs.Cross+" "+component.Clean(v.filter.problem), v.theme.Bad
	}
	side = component.Cut(side, max(0, width-24), v.theme.Glyphs.Ellipsis)
	left := max(0, width-component.Width(side)-2)
	return v.filter.input.Render(v.theme, "/", left, v.filter.editing) + " " + style.Render(side) + component.Spaces(width-left-1-component.Width(side))
}

func (v *View) shownTensors() int {
	if v.list.flat {
		return len(v.list.lines)
	}
	return v.list.tree.nodes[root].sum.tensors
}
