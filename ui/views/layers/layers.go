// Package layers is the view of a whole model: its tensors as a tree or a flat
// table, sorted, filtered and marked, with what quantizing does to each.
package layers

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/table"
	"github.com/mmtui/mmtui/ui/theme"
)

// View is the Layers view.
type View struct {
	theme   theme.Theme
	keys    keys.Map
	table   table.Table
	inks    inks
	columns []screenColumn
	placed  []table.Placed

	list     list
	loaded   bool
	scroll   table.Scroll
	moved    bool // the user has moved the cursor; before that it stays on the first row
	width    int
	height   int
	focused  bool
	filter   filterBar
	opened   []bool // open blocks before a filter opened all
	marked   int
	markEdit int // counts changes of the marks

	sentName  string
	sentMarks int
	sentRows  []int
	sentOnce  bool
}

var (
	_ component.View       = (*View)(nil)
	_ component.Typist     = (*View)(nil)
	_ component.Cancelling = (*View)(nil)
)

// New is an empty view; a msg.ReportChanged fills it.
func New(t theme.Theme, m keys.Map) *View {
	v := &View{keys: m, focused: true}
	v.list.tree = newTree(nil)
	v.setTheme(t)
	return v
}

func (v *View) setTheme(t theme.Theme) {
	v.theme, v.table, v.inks, v.columns = t, table.New(t), newInks(t), screenColumns(t.Graph)
	v.place()
}

// Title is the name on the tab.
func (v *View) Title() string { return "Layers" }

// Typing is true while the filter is edited.
func (v *View) Typing() bool { return v.filter.editing }

// Cancels is true while a filter is set, which Back takes away.
func (v *View) Cancels() bool { return !v.list.filter.Empty() }

// Update takes in a message.
func (v *View) Update(m tea.Msg) (component.View, tea.Cmd) {
	switch m := m.(type) {
	case msg.ReportChanged:
		v.setReport(m.Report)
	case msg.RowsScanned:
		v.takeRows(m.Rows)
	case msg.Resized:
		v.resize(m.Width, m.Height)
	case msg.Focus:
		v.focused = m.On
	case msg.ThemeChanged:
		v.setTheme(m.Theme)
	case msg.Mouse:
		return v, tea.Batch(v.mouse(m), v.announce())
	case msg.StepTensor:
		v.step(m.By, func(*report.Tensor) bool { return true })
	case msg.SortBy:
		v.sortBy(m.Column, m.Column == v.list.order.ID && !v.list.order.Descending)
	case msg.SelectTensor:
		v.selectTensor(m.Name)
	case msg.ToggleMark:
		v.toggleMark(m.Name)
	case tea.KeyMsg:
		if v.filter.editing {
			v.typed(m)
		}
	}
	return v, v.announce()
}

// setReport takes a new snapshot. Cursor, marks and open blocks stay with the tensors they are on.
func (v *View) setReport(r *report.Model) {
	if r == nil {
		v.list = list{tree: newTree(nil), flat: v.list.flat, order: v.list.order, column: v.list.column, filter: v.list.filter}
		v.loaded, v.marked = false, 0
		return
	}
	name, hadCursor := v.current()
	if !sameNames(v.list.rows, r.Tensors) {
		first := !v.loaded
		v.replaceTree(r.Tensors)
		if first && len(v.list.tree.nodes) <= v.rowsFor(v.height) {
			v.list.tree.setOpen(true) // there is room for all of it
		}
		v.openForFilter(!v.list.filter.Empty())
	}
	v.loaded = true
	v.list.rows = append(v.list.rows[:0], r.Tensors...)
	v.list.rebuild()
	v.place()
	if hadCursor && v.moved {
		v.followTensor(name)
	}
	v.scroll = v.scroll.Clamp(len(v.list.lines))
}

func sameNames(a, b []report.Tensor) bool {
	return slices.EqualFunc(a, b, func(x, y report.Tensor) bool { return x.Name == y.Name })
}

// replaceTree builds the tree of another set of tensors; marks and open blocks
// are carried over by name.
func (v *View) replaceTree(rows []report.Tensor) {
	names := make([]string, len(rows))
	for i := range rows {
		names[i] = rows[i].Name
	}
	marked := map[string]bool{}
	for i, on := range v.list.marks {
		if on {
			marked[v.list.rows[i].Name] = true
		}
	}
	open := map[string]bool{}
	for _, n := range v.list.tree.nodes {
		if n.tensor < 0 {
			open[n.path] = n.open
		}
	}
	v.list.tree = newTree(names)
	for i := range v.list.tree.nodes {
		n := &v.list.tree.nodes[i]
		if was, known := open[n.path]; known && n.tensor < 0 && i != root {
			n.open = was
		}
	}
	v.list.marks = make([]bool, len(rows))
	v.marked, v.opened = 0, nil
	for i, name := range names {
		if marked[name] {
			v.setMark(i, true)
		}
	}
}

// takeRows takes in rows that a scan has finished.
func (v *View) takeRows(rows map[int]report.Tensor) {
	changed := make([]int, 0, len(rows))
	for i, r := range rows {
		if i >= 0 && i < len(v.list.rows) {
			v.list.rows[i] = r
			changed = append(changed, i)
		}
	}
	if len(changed) == 0 {
		return
	}
	slices.Sort(changed)
	at := v.node()
	v.list.update(changed)
	if v.moved {
		v.followNode(at)
	}
	v.scroll = v.scroll.Clamp(len(v.list.lines))
}

func (v *View) resize(width, height int) {
	v.width, v.height = width, height
	v.place()
}

// place works out the columns and how many rows fit: all but the head, and the filter's line while it shows.
func (v *View) place() {
	v.placed = table.Place(tableColumns(v.columns, v.width, v.list.flat), v.width)
	v.scroll = v.scroll.Resize(v.rowsFor(v.height), len(v.list.lines))
}

func (v *View) rowsFor(height int) int {
	height--
	if v.filter.shows() {
		height--
	}
	return max(0, height)
}

// node is the tree node under the cursor, −1 when there is none.
func (v *View) node() int32 {
	if v.scroll.Cursor < len(v.list.lines) {
		return v.list.lines[v.scroll.Cursor]
	}
	return -1
}

// current is the tensor under the cursor; ok is false on a block and on nothing.
func (v *View) current() (name string, ok bool) {
	if at := v.node(); at >= 0 && v.list.tree.nodes[at].tensor >= 0 {
		return v.list.rows[v.list.tree.nodes[at].tensor].Name, true
	}
	return "", false
}

func (v *View) followNode(at int32) {
	if i := slices.Index(v.list.lines, at); i >= 0 {
		v.scroll = v.scroll.To(i, len(v.list.lines))
	}
}

func (v *View) followTensor(name string) {
	for i := range v.list.rows {
		if v.list.rows[i].Name == name {
			v.followNode(v.list.tree.ofTensor[i])
			return
		}
	}
}

// Shown lists the rows of the view in its order, without those of blocks.
func (v *View) Shown() []report.Tensor {
	var out []report.Tensor
	if v.list.flat {
		for _, at := range v.list.lines {
			out = append(out, v.list.rows[v.list.tree.nodes[at].tensor])
		}
		return out
	}
	v.list.tree.tensorsBelow(root, func(i int) { out = append(out, v.list.rows[i]) })
	return out
}

// Marked lists the names of the marked tensors in file order.
func (v *View) Marked() []string {
	var out []string
	for i, on := range v.list.marks {
		if on {
			out = append(out, v.list.rows[i].Name)
		}
	}
	return out
}
