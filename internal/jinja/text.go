package jinja

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// text is str(v) of Python.
func (r *run) text(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case *undefined:
		return "", nil
	}
	var b strings.Builder
	if err := r.repr(&b, v, 0); err != nil {
		return "", err
	}
	return b.String(), r.spend(b.Len())
}

// repr writes repr(v) of Python.
func (r *run) repr(b *strings.Builder, v any, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("more than %d values inside one another", maxDepth)
	}
	if err := r.step(1); err != nil {
		return err
	}
	switch v := v.(type) {
	case nil:
		b.WriteString("None")
	case bool:
		if v {
			b.WriteString("True")
		} else {
			b.WriteString("False")
		}
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	case float64:
		b.WriteString(floatText(v))
	case string:
		if err := r.spend(len(v)); err != nil {
			return err
		}
		b.WriteString(quote(v))
	case *list:
		return r.reprAll(b, "[", v.items, "]", depth)
	case tuple:
		if len(v) == 1 {
			return r.reprAll(b, "(", v, ",)", depth)
		}
		return r.reprAll(b, "(", v, ")", depth)
	case *Dict:
		return r.reprDict(b, v, depth)
	case *namespace:
		b.WriteString("<Namespace ")
		if err := r.reprDict(b, v.vars, depth); err != nil {
			return err
		}
		b.WriteString(">")
	case *view:
		return r.reprAll(b, v.kind+"([", v.items(), "])", depth)
	case *rangeOf:
		if v.step == 1 {
			fmt.Fprintf(b, "range(%d, %d)", v.start, v.stop)
		} else {
			fmt.Fprintf(b, "range(%d, %d, %d)", v.start, v.stop, v.step)
		}
	case *undefined:
		b.WriteString("Undefined")
	case *macro:
		fmt.Fprintf(b, "<Macro %s>", quote(v.name))
	case *loop:
		fmt.Fprintf(b, "<LoopContext %d/%d>", v.at+1, len(v.items))
	default:
		return fmt.Errorf("a %s has no text; add the filter list or join", typeName(v))
	}
	return nil
}

func (r *run) reprAll(b *strings.Builder, begin string, items []any, end string, depth int) error {
	b.WriteString(begin)
	for i, item := range items {
		if i > 0 {
			b.WriteString(", ")
		}
		if err := r.repr(b, item, depth+1); err != nil {
			return err
		}
	}
	b.WriteString(end)
	return nil
}

func (r *run) reprDict(b *strings.Builder, d *Dict, depth int) error {
	b.WriteString("{")
	for i := range d.keys {
		if i > 0 {
			b.WriteString(", ")
		}
		if err := r.repr(b, d.keys[i], depth+1); err != nil {
			return err
		}
		b.WriteString(": ")
		if err := r.repr(b, d.values[i], depth+1); err != nil {
			return err
		}
	}
	b.WriteString("}")
	return nil
}

// floatText is repr of a float: the shortest decimal that reads back the same.
func floatText(v float64) string {
	switch {
	case math.IsNaN(v):
		return "nan"
	case math.IsInf(v, 1):
		return "inf"
	case math.IsInf(v, -1):
		return "-inf"
	}
	if a := math.Abs(v); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(v, 'e', -1, 64)
	}
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// quote is repr of a string.
func quote(s string) string {
	mark := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		mark = '"'
	}
	var b strings.Builder
	b.WriteByte(mark)
	for _, c := range s {
		switch {
		case c == rune(mark) || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(c):
			b.WriteRune(c)
		case c < 0x100:
			fmt.Fprintf(&b, `\x%02x`, c)
		case c < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			fmt.Fprintf(&b, `\U%08x`, c)
		}
	}
	b.WriteByte(mark)
	return b.String()
}
