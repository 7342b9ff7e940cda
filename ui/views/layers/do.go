package layers

import (
	"slices"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/table"
)

const (
	noModel  = "no model is open"
	noTensor = "the cursor is on no tensor"
)

// Actions lists what the view does now, in footer order.
func (v *View) Actions() []keys.Offer {
	rows, tensors := "", ""
	if len(v.list.rows) == 0 {
		rows = noModel
	}
	if len(v.list.lines) == 0 {
		tensors = "no rows are shown"
	}
	offers := []keys.Offer{
		{Action: keys.Open, Off: tensors}, {Action: keys.Filter, Off: rows}, {Action: keys.SortNext, Off: rows},
		{Action: keys.SortReverse, Off: v.cannotReverse(rows)}, {Action: keys.ToggleTree, Off: rows},
		{Action: keys.Mark, Off: tensors}, {Action: keys.Copy, Off: v.cannotCopy()}, {Action: keys.Export, Off: tensors},
		{Action: keys.NextCause, Off: tensors}, {Action: keys.PrevCause, Off: tensors}, {Action: keys.MarkAll, Off: tensors},
		{Action: keys.SortPrev, Off: rows},
	}
	clearMarks, clearFilter := "", ""
	if v.marked == 0 {
		clearMarks = "nothing is marked"
	}
	if v.list.filter.Empty() {
		clearFilter = "no filter is set"
	}
	offers = append(offers, keys.Offer{Action: keys.ClearMarks, Off: clearMarks}, keys.Offer{Action: keys.ClearFilter, Off: clearFilter})
	for _, a := range []keys.Action{keys.ExpandAll, keys.CollapseAll} {
		off := rows
		if v.list.flat {
			off = "the flat table has no blocks; t shows the tree"
		}
		offers = append(offers, keys.Offer{Action: a, Off: off})
	}
	return offers
}

func (v *View) cannotReverse(rows string) string {
	if rows == "" && v.list.order.ID == "" {
		return "the rows are in file order; s sorts them"
	}
	return rows
}

func (v *View) cannotCopy() string {
	if _, ok := v.current(); !ok && v.marked == 0 {
		return noTensor + " and none is marked"
	}
	return ""
}

// Do carries out an action.
func (v *View) Do(a keys.Action) (component.View, tea.Cmd, bool) {
	cmd, handled := v.act(a)
	if !handled {
		return v, nil, false
	}
	return v, tea.Batch(cmd, v.announce()), true
}

func (v *View) act(a keys.Action) (cmd tea.Cmd, handled bool) {
	if v.motion(a) {
		v.moved = true
		return nil, true
	}
	switch a {
	case keys.Open:
		return v.open(), true
	case keys.Filter:
		v.editFilter()
	case keys.ClearFilter, keys.Back:
		if v.list.filter.Empty() {
			return nil, false
		}
		v.setFilter("")
	case keys.SortNext:
		v.sortStep(1)
	case keys.SortPrev:
		v.sortStep(-1)
	case keys.SortReverse:
		v.sortBy(v.list.order.ID, !v.list.order.Descending)
	case keys.ToggleTree:
		v.toggleTree()
	case keys.ExpandAll, keys.CollapseAll:
		v.openAll(a == keys.ExpandAll)
	case keys.Mark:
		v.mark()
	case keys.MarkAll:
		v.list.tree.tensorsBelowAny(v.list.lines, v.list.flat, func(i int) { v.setMark(i, true) })
	case keys.ClearMarks:
		for i := range v.list.marks {
			v.setMark(i, false)
		}
	case keys.NextCause:
		v.step(1, hasCause)
	case keys.PrevCause:
		v.step(-1, hasCause)
	case keys.Copy:
		return v.copy(), true
	case keys.Export:
		return send(msg.Export{Rows: v.Shown()}), true
	default:
		return nil, false
	}
	return nil, true
}

// motion moves the cursor.
func (v *View) motion(a keys.Action) (moved bool) {
	switch a {
	case keys.Left:
		v.closeOrParent()
		return true
	case keys.Right:
		v.openOrChild()
		return true
	}
	v.scroll, moved = v.scroll.Do(a, len(v.list.lines))
	return moved
}

// open shows the tensor under the cursor, or opens and closes a block.
func (v *View) open() tea.Cmd {
	at := v.node()
	if at < 0 {
		return nil
	}
	v.moved = true
	n := &v.list.tree.nodes[at]
	if n.tensor >= 0 {
		return send(msg.OpenTensor{Name: v.list.rows[n.tensor].Name})
	}
	v.setOpen(at, !n.open)
	return nil
}

func (v *View) setOpen(at int32, open bool) {
	v.list.tree.nodes[at].open = open
	v.list.flatten()
	v.scroll = v.scroll.Clamp(len(v.list.lines))
}

func (v *View) closeOrParent() {
	at := v.node()
	if at < 0 || v.list.flat {
		return
	}
	if n := &v.list.tree.nodes[at]; n.tensor < 0 && n.open {
		v.setOpen(at, false)
	} else if n.parent != root {
		v.followNode(n.parent)
	}
}

func (v *View) openOrChild() {
	at := v.node()
	if at < 0 || v.list.flat || v.list.tree.nodes[at].tensor >= 0 {
		return
	}
	if !v.list.tree.nodes[at].open {
		v.setOpen(at, true)
		return
	}
	v.scroll = v.scroll.Move(1, len(v.list.lines))
}

func (v *View) openAll(open bool) {
	if v.list.flat {
		return
	}
	at := v.node()
	v.list.tree.setOpen(open)
	v.list.flatten()
	for at > root && !slices.Contains(v.list.lines, at) {
		at = v.list.tree.nodes[at].parent
	}
	v.followNode(at)
	v.scroll = v.scroll.Clamp(len(v.list.lines))
}

// toggleTree switches between tree and flat table, with the cursor on the same tensor.
func (v *View) toggleTree() {
	name, ok := v.current()
	v.list.flat = !v.list.flat
	v.list.rebuild()
	v.place()
	v.scroll = v.scroll.To(0, len(v.list.lines))
	if ok {
		v.selectTensor(name)
	}
}

// sortStep sorts by the next column on screen; before the first and after the last comes file order.
func (v *View) sortStep(by int) {
	n := len(v.placed) + 1
	at := 0 // file order
	for i, p := range v.placed {
		if p.ID == v.list.order.ID {
			at = i + 1
		}
	}
	at = ((at+by)%n + n) % n
	id := ""
	if at > 0 {
		id = v.placed[at-1].ID
	}
	v.sortBy(id, false)
}

// sortBy orders the rows; "" is file order.
func (v *View) sortBy(id string, descending bool) {
	v.list.order = table.Sort{ID: id, Descending: descending && id != ""}
	v.list.column = report.Column{}
	for _, c := range v.columns {
		if c.Key == id {
			v.list.column = c.Column
		}
	}
	at := v.node()
	v.list.rebuild()
	if v.moved {
		v.followNode(at)
	}
	v.scroll = v.scroll.Clamp(len(v.list.lines))
}

// copy puts names on the clipboard, a line each.
func (v *View) copy() tea.Cmd {
	if v.marked > 0 {
		return tea.Batch(send(msg.Copy{Text: strings.Join(v.Marked(), "\n")}), send(msg.Toast{Text: "copied " + plural(v.marked, "name")}))
	}
	name, ok := v.current()
	if !ok {
		return nil
	}
	return tea.Batch(send(msg.Copy{Text: name}), send(msg.Toast{Text: "copied " + component.Clean(name)}))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

func hasCause(t *report.Tensor) bool { return t.Cause != nil && *t.Cause != "" }
