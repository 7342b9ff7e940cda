package tomltext

import (
	"strings"
)

// insertScalars writes the missing keys of a table after the previous one, or
// leaves them in missing when the table has no place of its own yet.
func (u *updater) insertScalars(n *Node, missing *WantTable, previous *Node, path []string) {
	prefix, at := "", 0
	switch n.form {
	case formRoot:
		at = u.rootEnd()
	case formHeader:
		at = n.section.lineEnd
	case formDotted:
		var last *pair
		if last, prefix = u.lastDotted(n, path); last == nil {
			u.fail(n, path, "it is written with dotted keys")
			return
		}
		at = last.lineEnd
	default:
		return
	}
	if previous != nil && previous.pair != nil && previous.pair.section == n.section {
		at = previous.pair.lineEnd
	}
	for _, f := range *missing {
		u.insertLines(at, prefix+Path(f.Key)+" = "+inline(f.Value)+"\n", lines)
	}
	*missing = nil
}

// rootEnd is where a key can be added before the first header.
func (u *updater) rootEnd() int {
	root := u.doc.sections[0]
	if root.lastPair != nil {
		return root.bodyEnd
	}
	if len(u.doc.sections) > 1 {
		return u.doc.sections[1].commentStart
	}
	return len(u.doc.text)
}

// lastDotted is the last line that says something of a table made by dotted
// keys, and what such a line begins with.
func (u *updater) lastDotted(n *Node, path []string) (*pair, string) {
	var last *pair
	var visit func(n *Node)
	visit = func(n *Node) {
		for _, f := range n.Fields {
			if p := f.Node.pair; p != nil && p.section == n.section && (last == nil || p.lineEnd > last.lineEnd) {
				last = p
			}
			visit(f.Node)
		}
	}
	visit(n)
	depth := len(n.section.path)
	if last == nil || depth >= len(path) {
		return nil, ""
	}
	return last, Path(path[depth:]...) + "."
}

// insertTables writes a table, or an array of tables, that the text lacks.
func (u *updater) insertTables(n *Node, f WantField, path []string) {
	if tables, ok := f.Value.(WantTables); ok && len(tables) == 0 {
		return
	}
	var b strings.Builder
	writeBelow(&b, path, f)
	at := len(u.doc.text)
	if n.section != u.doc.sections[0] {
		at = n.section.bodyEnd
	}
	u.insertBlock(at, b.String())
}

// blockEnd is the end of a table block with the blocks of the tables in it.
func (n *Node) blockEnd() int {
	end := 0
	if n.section != nil {
		end = n.section.bodyEnd
	}
	for _, f := range n.Fields {
		end = max(end, f.Node.blockEnd())
	}
	for _, item := range n.Items {
		end = max(end, item.blockEnd())
	}
	return end
}

// remove takes a value out of the text, with the lines it stands on.
func (u *updater) remove(n *Node, path []string) {
	switch {
	case n.pair != nil:
		u.replace(n.pair.lineStart, n.pair.lineEnd, "")
	case n.form == formHeader:
		u.removeBlock(n.section)
		for _, f := range n.Fields {
			if f.Node.section != n.section {
				u.remove(f.Node, below(path, f.Key))
			}
		}
	case n.form == formHeaders:
		for _, item := range n.Items {
			u.remove(item, path)
		}
	case n.form == formDotted || n.form == formImplicit:
		for _, f := range n.Fields {
			u.remove(f.Node, below(path, f.Key))
		}
	default:
		u.fail(n, path, "it stands in an inline table")
	}
}

// removeBlock takes out a header, what follows it, the comment directly above
// it, and the empty lines after it.
func (u *updater) removeBlock(s *section) {
	start, end := s.commentStart, s.bodyEnd
	text := u.doc.text
	for end < len(text) && startsBlank(text[end:]) {
		next := strings.IndexByte(text[end:], '\n')
		if next < 0 {
			end = len(text)
			break
		}
		end += next + 1
	}
	u.replace(start, end, "")
}

// block is the text of a section with the comment above it.
func (u *updater) block(s *section) string {
	text := u.doc.text[s.commentStart:s.bodyEnd]
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return strings.ReplaceAll(text, "\r\n", "\n")
}
