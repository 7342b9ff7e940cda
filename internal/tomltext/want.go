package tomltext

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Want is what a document should say. It is a WantScalar, a WantTable or a
// WantTables.
type Want interface{ isWant() }

// WantScalar is a value. Same tells that a value in the text means this
// already, so that its spelling can stay; nil compares with nothing.
type WantScalar struct {
	Literal string // as TOML writes it
	Same    func(v any) bool
}

// WantTable is a table that has exactly these keys, in this order when it is
// written anew.
type WantTable []WantField

// WantField is a key of a WantTable.
type WantField struct {
	Key   string
	Value Want
}

// WantTables is an array of tables. The first key of a table, such as its
// name, tells which table of the text it is.
type WantTables []WantTable

func (WantScalar) isWant() {}
func (WantTable) isWant()  {}
func (WantTables) isWant() {}

func (t WantTable) get(key string) Want {
	for _, f := range t {
		if f.Key == key {
			return f.Value
		}
	}
	return nil
}

// hasScalars tells whether some key is not a table.
func (t WantTable) hasScalars() bool {
	for _, f := range t {
		if _, ok := f.Value.(WantScalar); ok {
			return true
		}
	}
	return false
}

// Quote writes a string. One with backslashes, as regular expressions have, is
// written between single quotes where it can be.
func Quote(s string) string {
	if strings.ContainsRune(s, '\\') && !strings.ContainsRune(s, '\'') && !strings.ContainsFunc(s, escaped) {
		return "'" + s + "'"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case escaped(r):
			b.WriteString(`\u`)
			b.WriteString(hex4(r))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// escaped tells which characters are not written as they are: control
// characters, and a byte that is not UTF-8.
func escaped(r rune) bool {
	return r == utf8.RuneError || r < 0x10000 && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r))
}

func hex4(r rune) string {
	s := strconv.FormatInt(int64(r), 16)
	return strings.Repeat("0", max(0, 4-len(s))) + s
}

// Float writes a number so that TOML reads it as a float.
func Float(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

// writeInline writes a value on one line.
func writeInline(b *strings.Builder, w Want) {
	switch w := w.(type) {
	case WantScalar:
		b.WriteString(w.Literal)
	case WantTable:
		b.WriteString("{ ")
		for i, f := range w {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(Path(f.Key) + " = ")
			writeInline(b, f.Value)
		}
		b.WriteString(" }")
	case WantTables:
		b.WriteString("[")
		for i, t := range w {
			if i > 0 {
				b.WriteString(", ")
			}
			writeInline(b, t)
		}
		b.WriteString("]")
	}
}

func inline(w Want) string {
	var b strings.Builder
	writeInline(&b, w)
	return b.String()
}

// writeTables writes an inline array of tables, one a line.
func (w WantTables) inlineLines() string {
	if len(w) == 0 {
		return "[]"
	}
	var b strings.Builder
	b.WriteString("[\n")
	for _, t := range w {
		b.WriteString("  " + inline(t) + ",\n")
	}
	b.WriteString("]")
	return b.String()
}

// writeBlock writes a table under a header, and the tables in it after it.
func writeBlock(b *strings.Builder, path []string, item bool, t WantTable) {
	switch {
	case item:
		b.WriteString("[[" + Path(path...) + "]]\n")
	case t.hasScalars() || len(t) == 0:
		b.WriteString("[" + Path(path...) + "]\n")
	}
	writeScalars(b, t)
	for _, f := range t {
		writeBelow(b, path, f)
	}
}

func writeScalars(b *strings.Builder, t WantTable) {
	for _, f := range t {
		if s, ok := f.Value.(WantScalar); ok {
			b.WriteString(Path(f.Key) + " = " + s.Literal + "\n")
		}
	}
}

// writeBelow writes the blocks of a table or an array of tables, each after an
// empty line unless it is the first text of b.
func writeBelow(b *strings.Builder, path []string, f WantField) {
	at := append(append([]string{}, path...), f.Key)
	switch w := f.Value.(type) {
	case WantTable:
		separate(b)
		writeBlock(b, at, false, w)
	case WantTables:
		for _, t := range w {
			separate(b)
			writeBlock(b, at, true, t)
		}
	}
}

func separate(b *strings.Builder) {
	if b.Len() > 0 && !strings.HasSuffix(b.String(), "\n\n") {
		b.WriteString("\n")
	}
}

// Render writes a document that says just this.
func Render(t WantTable) string {
	var b strings.Builder
	writeScalars(&b, t)
	for _, f := range t {
		writeBelow(&b, nil, f)
	}
	return b.String()
}
