package layers

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/table"
)

func (v *View) setMark(tensor int, on bool) {
	if v.list.marks[tensor] == on {
		return
	}
	v.list.marks[tensor] = on
	by := 1
	if !on {
		by = -1
	}
	v.marked += by
	v.markEdit++
	v.list.tree.countMark(tensor, int32(by))
}

// mark marks the tensor under the cursor and moves on, or all of a block that
// the filter shows; what is marked already loses its mark.
func (v *View) mark() {
	at := v.node()
	if at < 0 {
		return
	}
	v.moved = true
	if i := v.list.tree.nodes[at].tensor; i >= 0 {
		v.setMark(int(i), !v.list.marks[i])
		v.scroll = v.scroll.Move(1, len(v.list.lines))
		return
	}
	all := true
	v.list.tree.tensorsBelow(at, func(i int) { all = all && v.list.marks[i] })
	v.list.tree.tensorsBelow(at, func(i int) { v.setMark(i, !all) })
}

func (v *View) toggleMark(name string) {
	for i := range v.list.rows {
		if v.list.rows[i].Name == name {
			v.setMark(i, !v.list.marks[i])
			return
		}
	}
}

// step moves the cursor to the next tensor, or so many back, that is wanted,
// in the order of the view, closed blocks included, around the end.
func (v *View) step(by int, wanted func(*report.Tensor) bool) {
	order, here := v.tensorOrder()
	n := len(order)
	if n == 0 {
		return
	}
	for k := 1; k <= n; k++ {
		i := order[((here+by*k)%n+n)%n]
		if wanted(&v.list.rows[i]) {
			v.selectTensor(v.list.rows[i].Name)
			return
		}
	}
}

// tensorOrder lists the tensors of the view in its order, and where in it the
// cursor is: on a block, one before its first tensor.
func (v *View) tensorOrder() (order []int, here int) {
	at := v.node()
	here = -1
	if v.list.flat {
		for i, line := range v.list.lines {
			order = append(order, int(v.list.tree.nodes[line].tensor))
			if line == at {
				here = i
			}
		}
		return order, here
	}
	var walk func(parent int32)
	walk = func(parent int32) {
		for _, c := range v.list.tree.nodes[parent].shown {
			isTensor := v.list.tree.nodes[c].tensor >= 0
			switch {
			case c == at && isTensor:
				here = len(order)
			case c == at:
				here = len(order) - 1
			}
			if isTensor {
				order = append(order, int(v.list.tree.nodes[c].tensor))
			} else {
				walk(c)
			}
		}
	}
	walk(root)
	return order, here
}

// selectTensor puts the cursor on a tensor, opening the blocks above it.
func (v *View) selectTensor(name string) {
	for i := range v.list.rows {
		if v.list.rows[i].Name != name || !v.list.matches[i] {
			continue
		}
		v.moved = true
		if !v.list.flat {
			v.list.tree.reveal(i)
			v.list.flatten()
		}
		v.followNode(v.list.tree.ofTensor[i])
		return
	}
}

// tensorsBelowAny calls f for every tensor that the lines of a view stand for.
func (t *tree) tensorsBelowAny(lines []int32, flat bool, f func(tensor int)) {
	if !flat {
		t.tensorsBelow(root, f)
		return
	}
	for _, at := range lines {
		f(int(t.nodes[at].tensor))
	}
}

// mouse puts the cursor where it was clicked; a second click opens, a click on a heading sorts.
func (v *View) mouse(m msg.Mouse) tea.Cmd {
	n := len(v.list.lines)
	y := m.Y
	switch m.Kind {
	case msg.WheelUp:
		v.scroll, v.moved = v.scroll.Wheel(-3, n), true
		return nil
	case msg.WheelDown:
		v.scroll, v.moved = v.scroll.Wheel(3, n), true
		return nil
	}
	if v.filter.shows() {
		if y == 0 {
			v.editFilter()
			return nil
		}
		y--
	}
	if y == 0 {
		if id, ok := table.ColumnAt(v.placed, m.X); ok {
			v.sortBy(id, id == v.list.order.ID && !v.list.order.Descending)
		}
		return nil
	}
	row := v.scroll.Offset + y - 1
	if row >= n {
		return nil
	}
	v.moved = true
	v.scroll = v.scroll.To(row, n)
	at := v.node()
	if n := &v.list.tree.nodes[at]; m.Double || n.tensor < 0 && m.X < 2*int(n.depth)+4 {
		return v.open()
	}
	return nil
}
