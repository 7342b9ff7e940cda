package layers

import (
	"math"
	"slices"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/table"
)

// list is the rows of a report in the order and selection that the view
// shows. Its items are nodes of the tree, in the flat table too. A change of a
// few rows costs one pass over the list, not a new sort.
type list struct {
	rows    []report.Tensor
	tree    *tree
	flat    bool
	filter  report.Filter
	matches []bool // per tensor
	marks   []bool // per tensor
	order   table.Sort
	column  report.Column // of order; the zero column while order.ID is ""

	lines   []int32 // nodes on the list, top to bottom
	keys    []key   // per node, for order
	changed []bool  // scratch, per node
	scratch []int32
}

// key is what a node is sorted by.
type key struct {
	number  float64
	text    string
	missing bool // sorts last in either direction
}

// rebuild works everything out again: filter, sums, order, lines.
func (l *list) rebuild() {
	l.matches = resized(l.matches, len(l.rows))
	l.keys = resized(l.keys, len(l.tree.nodes))
	l.changed = resized(l.changed, len(l.tree.nodes))
	for i := range l.rows {
		l.matches[i] = l.filter.Match(&l.rows[i])
		l.setKey(l.tree.ofTensor[i])
	}
	for i := range l.tree.nodes {
		if l.tree.nodes[i].tensor < 0 {
			l.tree.nodes[i].dirty = true
		}
	}
	if !l.flat {
		l.refresh(root, true)
		l.flatten()
		return
	}
	l.lines = l.lines[:0]
	for i, ok := range l.matches {
		if ok {
			l.lines = append(l.lines, l.tree.ofTensor[i])
		}
	}
	slices.SortFunc(l.lines, l.compare)
}

func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// update takes in rows that have changed.
func (l *list) update(tensors []int) {
	moved := l.scratch[:0]
	for _, i := range tensors {
		at := l.tree.ofTensor[i]
		was, old := l.matches[i], l.keys[at]
		l.matches[i] = l.filter.Match(&l.rows[i])
		l.setKey(at)
		l.tree.touch(i)
		if was != l.matches[i] || !old.equal(l.keys[at]) {
			l.changed[at] = true
			moved = append(moved, at)
		}
	}
	switch {
	case !l.flat:
		l.refresh(root, false)
		l.flatten()
	case len(moved) > 0:
		l.lines = l.merge(l.lines, moved)
	}
	for _, at := range moved {
		l.changed[at] = false
	}
	l.scratch = moved[:0]
}

func (k key) equal(o key) bool {
	return k.missing == o.missing && k.text == o.text && (k.number == o.number || math.IsNaN(k.number) && math.IsNaN(o.number))
}

// refresh works out the sums of the blocks that are out of date and the order
// below them, from the leaves up; all of them when whole is set.
func (l *list) refresh(at int32, whole bool) {
	n := &l.tree.nodes[at]
	if !n.dirty {
		return
	}
	n.dirty = false
	n.sum = sum{}
	var moved []int32
	for _, c := range n.children {
		child := &l.tree.nodes[c]
		if child.tensor >= 0 {
			if l.matches[child.tensor] {
				n.sum.addTensor(&l.rows[child.tensor])
			}
			if l.changed[c] {
				moved = append(moved, c)
			}
			continue
		}
		if child.dirty {
			had := child.sum.tensors > 0
			l.refresh(c, whole)
			old := l.keys[c]
			l.setKey(c)
			if had != (child.sum.tensors > 0) || !old.equal(l.keys[c]) {
				l.changed[c] = true
				moved = append(moved, c)
			}
		}
		n.sum.add(&child.sum)
	}
	switch {
	case whole:
		n.shown = n.shown[:0]
		for _, c := range n.children {
			if l.visible(c) {
				n.shown = append(n.shown, c)
			}
		}
		slices.SortFunc(n.shown, l.compare)
	case len(moved) > 0:
		n.shown = l.merge(n.shown, moved)
	}
	for _, c := range moved {
		if l.tree.nodes[c].tensor < 0 {
			l.changed[c] = false
		}
	}
}

// visible reports whether the filter leaves anything of a node.
func (l *list) visible(at int32) bool {
	n := &l.tree.nodes[at]
	if n.tensor >= 0 {
		return l.matches[n.tensor]
	}
	return n.sum.tensors > 0
}

// merge puts the changed nodes of a sorted list where they belong now. Those
// that the filter no longer lets through are left out.
func (l *list) merge(sorted, moved []int32) []int32 {
	added := make([]int32, 0, len(moved))
	for _, at := range moved {
		if l.visible(at) {
			added = append(added, at)
		}
	}
	slices.SortFunc(added, l.compare)
	out := make([]int32, 0, len(sorted)+len(added))
	for _, at := range sorted {
		if l.changed[at] {
			continue
		}
		for len(added) > 0 && l.compare(added[0], at) < 0 {
			out = append(out, added[0])
			added = added[1:]
		}
		out = append(out, at)
	}
	return append(out, added...)
}

// flatten lists the rows of the tree that are open.
func (l *list) flatten() {
	l.lines = l.lines[:0]
	var walk func(at int32)
	walk = func(at int32) {
		for _, c := range l.tree.nodes[at].shown {
			l.lines = append(l.lines, c)
			if n := &l.tree.nodes[c]; n.tensor < 0 && n.open {
				walk(c)
			}
		}
	}
	walk(root)
}

func (l *list) setKey(at int32) {
	n := &l.tree.nodes[at]
	k := key{missing: true}
	switch {
	case l.order.ID == "":
	case n.tensor >= 0 && l.column.Numeric():
		k.number = float64(l.column.Number(&l.rows[n.tensor]))
		k.missing = math.IsNaN(k.number) || math.IsInf(k.number, 0)
	case n.tensor >= 0:
		k.text = l.column.Text(&l.rows[n.tensor])
		k.missing = k.text == ""
	case l.order.ID == "name":
		k.text, k.missing = n.path, false
	default:
		k.number = n.sum.number(l.order.ID)
		k.missing = math.IsNaN(k.number)
	}
	if k.missing {
		k = key{missing: true}
	}
	l.keys[at] = k
}

// compare orders two nodes by their keys; what has none comes last, and
// equals keep the order of the file.
func (l *list) compare(a, b int32) int {
	ka, kb := &l.keys[a], &l.keys[b]
	if ka.missing != kb.missing {
		if ka.missing {
			return 1
		}
		return -1
	}
	c := 0
	switch {
	case ka.missing:
	case ka.number < kb.number:
		c = -1
	case ka.number > kb.number:
		c = 1
	case ka.text != kb.text:
		c = report.CompareNames(ka.text, kb.text)
	}
	if c != 0 {
		if l.order.Descending {
			return -c
		}
		return c
	}
	ta, tb := l.tree.nodes[a].tensor, l.tree.nodes[b].tensor
	if ta >= 0 && tb >= 0 {
		return int(ta) - int(tb)
	}
	return int(a) - int(b)
}
