package tomltext

import "strings"

// items brings the [[table]] blocks of an array to what is wanted: tables with
// the same first key (a name, a pattern) are changed in place, the others
// removed and added where they belong.
func (u *updater) items(n *Node, want WantTables, path []string) {
	partner := align(n.Items, want)
	gone := map[*Node]bool{}
	for _, item := range n.Items {
		gone[item] = true
	}
	for _, i := range partner {
		if i >= 0 {
			delete(gone, n.Items[i])
		}
	}
	at := n.Items[0].section.commentStart
	for k, t := range want {
		if i := partner[k]; i >= 0 {
			u.table(n.Items[i], t, path)
			at = n.Items[i].blockEnd()
			continue
		}
		u.insertBlock(at, u.itemText(n, gone, t, path))
	}
	for _, item := range n.Items {
		if gone[item] {
			u.remove(item, path)
		}
	}
}

// itemText writes an item; one that was only moved keeps its text and comments.
func (u *updater) itemText(n *Node, gone map[*Node]bool, t WantTable, path []string) string {
	for _, item := range n.Items {
		if gone[item] && item.form == formHeader && says(item, t) {
			return u.block(item.section)
		}
	}
	var b strings.Builder
	writeBlock(&b, path, true, t)
	return b.String()
}

// says tells whether a table of the text means just what is wanted.
func says(n *Node, t WantTable) bool {
	if !sameShape(n, t) {
		return false
	}
	for _, f := range t {
		s, ok := f.Value.(WantScalar)
		if !ok || s.Same == nil || !s.Same(n.Get(f.Key).Value) {
			return false
		}
	}
	return true
}

// alike tells whether a table of the text is the wanted one, perhaps with
// other settings: its first key says the same.
func alike(n *Node, t WantTable) bool {
	if len(t) == 0 {
		return len(n.Fields) == 0
	}
	s, ok := t[0].Value.(WantScalar)
	have := n.Get(t[0].Key)
	return ok && have != nil && have.Kind == Scalar && s.Same != nil && s.Same(have.Value)
}

// renamed tells whether only the first key of a table is another.
func renamed(n *Node, t WantTable) bool {
	if len(t) < 2 || n.Get(t[0].Key) == nil || len(n.Fields) != len(t) {
		return false
	}
	for _, f := range t[1:] {
		have := n.Get(f.Key)
		s, ok := f.Value.(WantScalar)
		if !ok || have == nil || have.Kind != Scalar || s.Same == nil || !s.Same(have.Value) {
			return false
		}
	}
	return true
}

// maxAlign bounds the table of the longest common subsequence.
const maxAlign = 4 << 20

// align gives for every wanted table the index of the item that it continues,
// −1 for a new one; the indices that are not −1 rise.
func align(items []*Node, want WantTables) []int {
	partner := make([]int, len(want))
	for i := range partner {
		partner[i] = -1
	}
	lo := 0
	for lo < len(items) && lo < len(want) && alike(items[lo], want[lo]) {
		partner[lo] = lo
		lo++
	}
	hiA, hiB := len(items), len(want)
	for hiA > lo && hiB > lo && alike(items[hiA-1], want[hiB-1]) {
		hiA, hiB = hiA-1, hiB-1
		partner[hiB] = hiA
	}
	alignMiddle(items[lo:hiA], want[lo:hiB], partner[lo:hiB], lo)
	pairRenamed(items, want, partner)
	return partner
}

// alignMiddle fills partner with the longest common subsequence.
func alignMiddle(items []*Node, want WantTables, partner []int, offset int) {
	n, m := len(items), len(want)
	if n == 0 || m == 0 || n*m > maxAlign {
		return
	}
	length := make([]int32, (n+1)*(m+1)) // [n+1, m+1], of the rests
	for i := n - 1; i >= 0; i-- {
		for k := m - 1; k >= 0; k-- {
			best := max(length[(i+1)*(m+1)+k], length[i*(m+1)+k+1])
			if alike(items[i], want[k]) {
				best = max(best, length[(i+1)*(m+1)+k+1]+1)
			}
			length[i*(m+1)+k] = best
		}
	}
	for i, k := 0, 0; i < n && k < m; {
		here := length[i*(m+1)+k]
		switch {
		case here == length[(i+1)*(m+1)+k]:
			i++
		case here == length[i*(m+1)+k+1]:
			k++
		default:
			partner[k] = offset + i
			i, k = i+1, k+1
		}
	}
}

// pairRenamed lets a wanted table continue an item of the same gap that
// differs in its first key only.
func pairRenamed(items []*Node, want WantTables, partner []int) {
	next := 0 // the first item that is free
	for k := range want {
		if partner[k] >= 0 {
			next = partner[k] + 1
			continue
		}
		limit := len(items)
		for _, p := range partner[k+1:] {
			if p >= 0 {
				limit = p
				break
			}
		}
		if next < limit && renamed(items[next], want[k]) {
			partner[k] = next
			next++
		}
	}
}
