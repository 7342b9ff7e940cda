package tomltext

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Update returns the text changed so that it says exactly what is wanted.
// Values that mean it already keep their spelling; comments, order and spacing
// stay, except those of what is removed: a [table] block goes with the comment
// lines directly above it. Inline tables and arrays of which more changes than
// values are written anew.
//
// The error is of a layout that cannot be changed in place. The result is to
// be parsed and compared by the caller, who knows what equal means.
func (d *Doc) Update(want WantTable) (string, error) {
	u := &updater{doc: d}
	u.table(d.Root, want, nil)
	if u.err != nil {
		return "", u.err
	}
	return u.apply(), nil
}

type edit struct {
	start, end int
	text       string
	rank       rank
}

// rank orders edits at one offset: lines still belong to the section before
// it, blocks start new ones.
type rank int

const (
	lines rank = iota
	blocks
	changes
)

type updater struct {
	doc   *Doc
	edits []edit
	err   error
}

func (u *updater) fail(n *Node, path []string, why string) {
	if u.err == nil {
		u.err = &SyntaxError{Line: n.Line, Text: fmt.Sprintf("cannot change %s in place: %s", Path(path...), why)}
	}
}

func (u *updater) replace(start, end int, text string) {
	u.edits = append(u.edits, edit{start, end, text, changes})
}

// insertLines adds whole lines at an offset.
func (u *updater) insertLines(at int, text string, r rank) {
	u.edits = append(u.edits, edit{at, at, text, r})
}

// insertBlock adds a table block at an offset, with empty lines around it.
func (u *updater) insertBlock(at int, text string) {
	before, after := u.doc.text[:at], u.doc.text[at:]
	if strings.TrimSpace(strings.TrimPrefix(before, "\ufeff")) != "" && !endsBlank(before) {
		text = "\n" + text
	}
	if after != "" && !startsBlank(after) {
		text += "\n"
	}
	u.insertLines(at, text, blocks)
}

func unended(s string) bool {
	return strings.TrimPrefix(s, "\ufeff") != "" && !strings.HasSuffix(s, "\n")
}

func startsBlank(s string) bool {
	line, _, _ := strings.Cut(s, "\n")
	return strings.TrimSpace(line) == ""
}

func endsBlank(s string) bool {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.HasSuffix(s, "\n\n")
}

func (u *updater) apply() string {
	slices.SortStableFunc(u.edits, func(a, b edit) int {
		return cmp.Or(a.start-b.start, int(a.rank-b.rank))
	})
	var b strings.Builder
	at := 0
	for _, e := range u.edits {
		if e.start < at { // inside what an earlier edit removed
			e.start = at
			e.end = max(e.end, at)
		}
		b.WriteString(u.doc.text[at:e.start])
		text := e.text
		if e.rank != changes && e.start == len(u.doc.text) && unended(b.String()) {
			text = "\n" + text // the last line of the file had no end
		}
		if u.doc.newline != "\n" {
			text = strings.ReplaceAll(text, "\n", u.doc.newline)
		}
		b.WriteString(text)
		at = e.end
	}
	b.WriteString(u.doc.text[at:])
	out := b.String()
	for endsBlank(out) && !endsBlank(u.doc.text) { // the last block was removed
		out = strings.TrimSuffix(strings.TrimSuffix(out, "\n"), "\r")
	}
	return out
}

// table brings one table of the text to what is wanted.
func (u *updater) table(n *Node, want WantTable, path []string) {
	if n.rewritten() && !sameShape(n, want) {
		u.replace(n.start, n.end, inline(want))
		return
	}
	for _, f := range n.Fields {
		if want.get(f.Key) == nil && !emptyTable(f.Node) {
			u.remove(f.Node, below(path, f.Key))
		}
	}
	var missing WantTable
	var previous *Node
	for _, f := range want {
		child := n.Get(f.Key)
		if child == nil {
			if _, ok := f.Value.(WantScalar); ok {
				missing = append(missing, f)
				u.insertScalars(n, &missing, previous, path)
			} else {
				u.insertTables(n, f, path)
			}
			continue
		}
		u.field(child, f.Value, below(path, f.Key))
		previous = child
	}
	if len(missing) > 0 { // a table that has no header of its own yet
		var b strings.Builder
		writeBlock(&b, path, false, missing)
		u.insertBlock(n.section.commentStart, b.String())
	}
}

// rewritten tells whether a table can only be changed by value or as a whole.
func (n *Node) rewritten() bool { return n.form == formPair || n.form == formItem }

func emptyTable(n *Node) bool {
	return n.Kind == Table && len(n.Fields) == 0 && !n.inline
}

func below(path []string, key string) []string { return append(slices.Clone(path), key) }

// field brings one value of the text to what is wanted.
func (u *updater) field(n *Node, want Want, path []string) {
	switch w := want.(type) {
	case WantScalar:
		switch {
		case n.Kind != Scalar && !n.rewritten():
			u.fail(n, path, "it is a table, and should be a value")
		case n.Kind != Scalar || w.Same == nil || !w.Same(n.Value):
			u.replace(n.start, n.end, w.Literal)
		}
	case WantTable:
		if n.Kind != Table {
			u.fail(n, path, "it is no table")
			return
		}
		u.table(n, w, path)
	case WantTables:
		switch {
		case n.Kind != Array:
			u.fail(n, path, "it is no array of tables")
		case n.form == formHeaders:
			u.items(n, w, path)
		case sameShape(n, w):
			for i, t := range w {
				u.table(n.Items[i], t, path)
			}
		default:
			u.replace(n.start, n.end, w.inlineLines())
		}
	}
}

// sameShape tells whether a value of the text has just the wanted keys and
// items, in tables and arrays at every depth, so that only scalars can differ.
func sameShape(n *Node, want Want) bool {
	switch w := want.(type) {
	case WantTable:
		if n.Kind != Table || len(n.Fields) != len(w) {
			return false
		}
		for _, f := range w {
			if child := n.Get(f.Key); child == nil || !sameShape(child, f.Value) {
				return false
			}
		}
		return true
	case WantTables:
		if n.Kind != Array || len(n.Items) != len(w) {
			return false
		}
		for i, t := range w {
			if !sameShape(n.Items[i], t) {
				return false
			}
		}
		return true
	}
	return n.Kind == Scalar
}
