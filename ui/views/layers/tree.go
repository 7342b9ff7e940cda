package layers

import (
	"strings"

	"github.com/mmtui/mmtui/ui/component"
)

const (
	root     = 0
	maxDepth = 8 // deeper parts of a name stay in the label; bounds the tree of a hostile file
	few      = 3 // a module with so few tensors, such as weight and bias, gets no row of its own
)

// node is a row of the tree: a block, or a tensor.
type node struct {
	label    string // what the row says, safe to draw
	path     string // of a block: the part of the names that its tensors share
	parent   int32
	depth    int32
	tensor   int32   // index in the report, −1 for a block
	children []int32 // in file order
	shown    []int32 // children that the filter lets through, sorted
	open     bool
	dirty    bool // sum and shown must be worked out again
	sum      sum
	total    int32 // tensors below, whatever the filter says
	marked   int32 // of those, with a mark
}

// tree is the model's tensors by the parts of their names.
type tree struct {
	nodes    []node  // nodes[root] is the model; it has no row
	ofTensor []int32 // node of each tensor
}

// segment is a part of a name with what hangs below it, before the tree is thinned out.
type segment struct {
	text    string // with the separator that follows it, for all but the last part
	name    string // of the first tensor at or below it
	tensor  int32  // the tensor whose name ends here, −1 when none does
	kids    []*segment
	byText  map[string]*segment
	numeric bool
}

// newTree builds the tree of names. Single children are joined with their
// parent ("model.layers"), small modules and the modules inside a numbered
// block are spelled out ("self_attn.q_proj.weight"), so that what remains is
// model → block → tensor.
func newTree(names []string) *tree {
	top := &segment{tensor: -1}
	for i, name := range names {
		top.add(name, int32(i))
	}
	t := &tree{ofTensor: make([]int32, len(names)), nodes: make([]node, 1, 2*len(names)+1)}
	t.nodes[root] = node{parent: -1, depth: -1, tensor: -1, open: true, dirty: true}
	t.grow(root, top.entries(0, false))
	return t
}

func (s *segment) add(name string, tensor int32) {
	at, rest := s, name
	for range maxDepth - 1 {
		cut := strings.IndexAny(rest, "./")
		if cut < 0 {
			break
		}
		at, rest = at.kid(rest[:cut+1], name), rest[cut+1:]
	}
	at.addKid(&segment{text: rest, name: name, tensor: tensor})
}

// manyKids is from where on a segment looks its kids up in a map; most have a
// few, and a map each would cost more than the names.
const manyKids = 16

func (s *segment) kid(text, name string) *segment {
	if s.byText != nil {
		if k, ok := s.byText[text]; ok {
			return k
		}
	} else {
		for _, k := range s.kids {
			if k.tensor < 0 && k.text == text {
				return k
			}
		}
	}
	k := &segment{text: text, name: name, tensor: -1, numeric: isNumber(text[:len(text)-1])}
	s.addKid(k)
	return k
}

func (s *segment) addKid(k *segment) {
	s.kids = append(s.kids, k)
	switch {
	case s.byText != nil && k.tensor < 0:
		s.byText[k.text] = k
	case s.byText == nil && len(s.kids) > manyKids:
		s.byText = map[string]*segment{}
		for _, other := range s.kids {
			if other.tensor < 0 {
				s.byText[other.text] = other
			}
		}
	}
}

func isNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// entry is a row to be: a tensor, or a block with entries of its own. Its
// label is a part of a tensor's name, so that joining labels copies nothing.
type entry struct {
	name       string
	start, end int // of the label in name
	tensor     int32
	kids       []entry
}

// entries thins out what hangs below a segment. at is where in the names its
// kids begin; inBlock says that a number is above.
func (s *segment) entries(at int, inBlock bool) []entry {
	out := make([]entry, 0, len(s.kids))
	for _, k := range s.kids {
		end := at + len(k.text)
		if k.tensor >= 0 {
			out = append(out, entry{name: k.name, start: at, end: end, tensor: k.tensor})
			continue
		}
		kids := k.entries(end, inBlock || k.numeric)
		switch {
		case len(kids) == 1, !k.numeric && onlyTensors(kids) && (inBlock || len(kids) <= few):
			for _, e := range kids {
				e.start = at
				out = append(out, e)
			}
		default:
			out = append(out, entry{name: k.name, start: at, end: end, tensor: -1, kids: kids})
		}
	}
	return out
}

func onlyTensors(entries []entry) bool {
	for _, e := range entries {
		if e.tensor < 0 {
			return false
		}
	}
	return true
}

// grow appends entries below a node.
func (t *tree) grow(parent int32, entries []entry) {
	children := make([]int32, len(entries))
	for i, e := range entries {
		at := int32(len(t.nodes))
		children[i] = at
		n := node{parent: parent, depth: t.nodes[parent].depth + 1, tensor: e.tensor, label: e.name[e.start:e.end]}
		if e.tensor >= 0 {
			t.ofTensor[e.tensor] = at
		} else {
			n.path, n.open, n.dirty = e.name[:e.end], n.depth == 0, true
			n.label = strings.TrimRight(n.label, "./")
		}
		if n.label == "" {
			n.label = `""`
		}
		n.label = component.Clean(n.label)
		t.nodes = append(t.nodes, n)
		if e.tensor < 0 {
			t.grow(at, e.kids)
		}
	}
	t.nodes[parent].children = children
	for _, c := range children {
		if t.nodes[c].tensor >= 0 {
			t.nodes[parent].total++
		} else {
			t.nodes[parent].total += t.nodes[c].total
		}
	}
}

// countMark takes note that a tensor got a mark, or lost it.
func (t *tree) countMark(tensor int, by int32) {
	for at := t.nodes[t.ofTensor[tensor]].parent; at >= 0; at = t.nodes[at].parent {
		t.nodes[at].marked += by
	}
}

// touch marks every block above a tensor as out of date.
func (t *tree) touch(tensor int) {
	for at := t.nodes[t.ofTensor[tensor]].parent; at >= 0; at = t.nodes[at].parent {
		if t.nodes[at].dirty {
			return
		}
		t.nodes[at].dirty = true
	}
}

// reveal opens every block above a tensor.
func (t *tree) reveal(tensor int) {
	for at := t.nodes[t.ofTensor[tensor]].parent; at > root; at = t.nodes[at].parent {
		t.nodes[at].open = true
	}
}

// setOpen opens or closes every block.
func (t *tree) setOpen(open bool) {
	for i := range t.nodes {
		if i != root && t.nodes[i].tensor < 0 {
			t.nodes[i].open = open
		}
	}
}

// tensorsBelow calls f for every tensor below a node that the filter lets through, in order.
func (t *tree) tensorsBelow(at int32, f func(tensor int)) {
	if n := t.nodes[at].tensor; n >= 0 {
		f(int(n))
		return
	}
	for _, k := range t.nodes[at].shown {
		t.tensorsBelow(k, f)
	}
}
