package tomltext

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// SyntaxError is a text that is not TOML.
type SyntaxError struct {
	Line int // from 1
	Text string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }

// Parse reads a document. Every error is a *SyntaxError.
func Parse(text string) (*Doc, error) {
	d := &Doc{text: text, newline: "\n"}
	if i := strings.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		d.newline = "\r\n"
	}
	scanErr := d.scan()
	var f *failure
	if errors.As(scanErr, &f) && f.limit {
		return nil, &SyntaxError{Line: f.line, Text: f.text}
	}
	var meaning map[string]any
	if err := guarded(func() error { _, err := toml.Decode(text, &meaning); return err }); err != nil {
		return nil, syntaxError(err)
	}
	if f != nil {
		return nil, &SyntaxError{Line: f.line, Text: f.text}
	}
	if scanErr != nil {
		return nil, syntaxError(scanErr)
	}
	if err := d.Root.attach(meaning); err != nil {
		return nil, err
	}
	return d, nil
}

// guarded turns a panic of the TOML library into an error.
func guarded(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("not TOML: %v", r)
		}
	}()
	return f()
}

func syntaxError(err error) *SyntaxError {
	var p toml.ParseError
	if errors.As(err, &p) {
		return &SyntaxError{Line: max(p.Position.Line, 1), Text: strings.TrimSpace(p.Message)}
	}
	return &SyntaxError{Line: 1, Text: strings.TrimSpace(err.Error())}
}

// scan builds the tree of nodes without their values.
func (d *Doc) scan() error {
	s := &scanner{text: d.text, line: 1}
	for _, bom := range []string{"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"} {
		if s.has(bom) {
			s.pos = len(bom)
			break
		}
	}
	current := &section{lineStart: s.pos, lineEnd: s.pos, commentStart: s.pos, bodyEnd: s.pos}
	d.sections = []*section{current}
	d.Root = &Node{Kind: Table, Line: 1, form: formRoot, section: current}
	table := d.Root
	for {
		s.space()
		if s.pos >= len(s.text) {
			return nil
		}
		var err error
		if s.peek() == '[' {
			table, err = d.header(s)
		} else {
			err = d.statement(s, table)
		}
		if err != nil {
			return err
		}
	}
}

// statement reads key = value into the table of the current section.
func (d *Doc) statement(s *scanner, table *Node) error {
	current := d.sections[len(d.sections)-1]
	line, start := s.line, d.lineStart(s.pos)
	key, n, err := s.keyValue(0)
	if err != nil {
		return err
	}
	if err := s.lineEnd(); err != nil {
		return err
	}
	n.Line = line
	n.pair = &pair{lineStart: start, lineEnd: s.pos, section: current}
	n.section = current
	current.lastPair = n.pair
	current.bodyEnd = s.pos
	if err := table.place(key, n, current); err != nil {
		return s.fail("%s", err)
	}
	return nil
}

// place puts a node under a dotted key, making the tables on the way.
func (n *Node) place(key []string, child *Node, in *section) error {
	for _, k := range key[:len(key)-1] {
		next := n.Get(k)
		if next == nil {
			next = n.add(k, &Node{Kind: Table, Line: child.Line, form: formDotted, inline: child.inline, section: in})
		}
		if next.Kind != Table {
			return fmt.Errorf("%q is not a table", k)
		}
		n = next
	}
	last := key[len(key)-1]
	if n.Get(last) != nil {
		return fmt.Errorf("%q appears twice", last)
	}
	n.add(last, child)
	return nil
}

// header reads [table] or [[table]] and returns the table it opens.
func (d *Doc) header(s *scanner) (*Node, error) {
	previous := d.sections[len(d.sections)-1]
	line, start := s.line, d.lineStart(s.pos)
	closing := "]"
	if s.has("[[") {
		closing = "]]"
	}
	s.pos += len(closing)
	key, err := s.key()
	if err != nil {
		return nil, err
	}
	if !s.has(closing) {
		return nil, s.fail("expected %s", closing)
	}
	s.pos += len(closing)
	if err := s.lineEnd(); err != nil {
		return nil, err
	}
	sec := &section{path: key, lineStart: start, lineEnd: s.pos, bodyEnd: s.pos,
		commentStart: d.commentAbove(start, previous.bodyEnd)}
	d.sections = append(d.sections, sec)
	n, err := d.open(key, closing == "]]", line, sec)
	if err != nil {
		return nil, s.fail("%s", err)
	}
	return n, nil
}

// open finds or makes the table that a header names.
func (d *Doc) open(key []string, item bool, line int, sec *section) (*Node, error) {
	n := d.Root
	for _, k := range key[:len(key)-1] {
		next := n.Get(k)
		if next == nil {
			next = n.add(k, &Node{Kind: Table, Line: line, form: formImplicit, section: sec})
		}
		if next.Kind == Array && len(next.Items) > 0 {
			next = next.Items[len(next.Items)-1]
		}
		if next.Kind != Table {
			return nil, fmt.Errorf("%q is not a table", k)
		}
		n = next
	}
	last := key[len(key)-1]
	have := n.Get(last)
	made := &Node{Kind: Table, Line: line, form: formHeader, section: sec}
	switch {
	case item && have == nil:
		n.add(last, &Node{Kind: Array, Line: line, form: formHeaders, section: sec, Items: []*Node{made}})
	case item && have.form == formHeaders:
		have.Items = append(have.Items, made)
	case !item && have == nil:
		n.add(last, made)
	case !item && have.form == formImplicit:
		have.form, have.Line, have.section = formHeader, line, sec
		made = have
	default:
		return nil, fmt.Errorf("%q appears twice", last)
	}
	return made, nil
}

func (d *Doc) lineStart(pos int) int {
	if i := strings.LastIndexByte(d.text[:pos], '\n'); i >= 0 {
		return i + 1
	}
	return d.sections[0].lineStart
}

// commentAbove returns the start of the comment lines that stand directly
// above a line, none of which begins before limit.
func (d *Doc) commentAbove(line, limit int) int {
	for line > limit {
		start := d.lineStart(line - 1)
		if start < limit || !strings.HasPrefix(strings.TrimLeft(d.text[start:line], " \t"), "#") {
			break
		}
		line = start
	}
	return line
}

// attach gives the scalars their values and checks that the tree and the
// meaning of the text have the same shape.
func (n *Node) attach(v any) error {
	mismatch := &SyntaxError{Line: n.Line, Text: "cannot follow how this is written; write it as plain tables and keys"}
	switch v := v.(type) {
	case map[string]any:
		if n.Kind != Table || len(v) != len(n.Fields) {
			return mismatch
		}
		for _, f := range n.Fields {
			child, ok := v[f.Key]
			if !ok {
				return mismatch
			}
			if err := f.Node.attach(child); err != nil {
				return err
			}
		}
	case []map[string]any:
		return n.attachItems(len(v), func(i int) any { return v[i] }, mismatch)
	case []any:
		return n.attachItems(len(v), func(i int) any { return v[i] }, mismatch)
	default:
		if n.Kind != Scalar {
			return mismatch
		}
		n.Value = v
	}
	return nil
}

func (n *Node) attachItems(count int, at func(int) any, mismatch error) error {
	if n.Kind != Array || count != len(n.Items) {
		return mismatch
	}
	for i, item := range n.Items {
		if err := item.attach(at(i)); err != nil {
			return err
		}
	}
	return nil
}

// Path writes keys as TOML does, quoting those that need it.
func Path(keys ...string) string {
	return toml.Key(slices.Clone(keys)).String()
}
