// Package tomltext knows where things stand in a TOML text: the line of every
// key, for messages, and the bytes of every value, so that a file can be
// changed in place and keep its comments, order and spacing.
//
// The meaning of the text comes from BurntSushi/toml; this package only adds
// the positions, and refuses a text on which the two do not agree.
package tomltext

// Kind says what a node is.
type Kind int

// The kinds.
const (
	Scalar Kind = iota
	Table
	Array
)

// form says how a node is written, which decides how it can be changed.
type form int

const (
	formRoot     form = iota // the whole document
	formPair                 // key = value, the value a scalar, an inline table or an inline array
	formItem                 // an item of an inline array
	formHeader               // [table], or one item of [[table]]
	formHeaders              // the array that [[table]] headers make
	formDotted               // the table that a.b = 1 makes of a
	formImplicit             // the table that [a.b] makes of a
)

// Node is a table, an array or a scalar of a document.
type Node struct {
	Kind   Kind
	Line   int      // where its key or header stands, from 1
	Value  any      // of a scalar: string, int64, float64, bool or time.Time
	Fields []*Field // of a table, in the order of the text
	Items  []*Node  // of an array

	index      map[string]*Node
	form       form
	inline     bool     // stands inside an inline table or array
	start, end int      // bytes of the value, for formPair and formItem
	pair       *pair    // the whole key = value, for formPair outside inline tables
	section    *section // the section it was first written in
}

// Field is a key of a table and what stands under it.
type Field struct {
	Key  string
	Node *Node
}

// pair is a key = value that stands on lines of its own.
type pair struct {
	lineStart, lineEnd int // first byte of its first line, first byte after its last
	section            *section
}

// section is a header and what follows it up to the next one. The text before
// the first header is a section without one.
type section struct {
	path               []string
	commentStart       int // first byte of the comment lines directly above the header
	lineStart, lineEnd int // the header's line
	bodyEnd            int // first byte after the line of its last pair, lineEnd when it has none
	lastPair           *pair
}

// Get returns the node under a key of a table, or nil.
func (n *Node) Get(key string) *Node {
	if n == nil {
		return nil
	}
	return n.index[key]
}

// At walks down tables by key and returns nil when there is nothing.
func (n *Node) At(keys ...string) *Node {
	for _, k := range keys {
		n = n.Get(k)
	}
	return n
}

func (n *Node) add(key string, child *Node) *Node {
	if n.index == nil {
		n.index = map[string]*Node{}
	}
	n.index[key] = child
	n.Fields = append(n.Fields, &Field{Key: key, Node: child})
	return child
}

// Doc is a TOML document that was understood.
type Doc struct {
	Root *Node

	text     string
	newline  string
	sections []*section
}

// Text is the document as it was given.
func (d *Doc) Text() string { return d.text }
