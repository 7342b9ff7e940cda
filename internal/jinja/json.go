package jinja

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// jsonOptions are those of the tojson filter of transformers, which is
// json.dumps of Python.
type jsonOptions struct {
	ascii        bool
	indent       string
	pretty       bool
	item, key    string // separators
	sortKeys     bool
	currentLevel int
}

// json writes json.dumps(v).
func (r *run) json(b *strings.Builder, v any, o jsonOptions) error {
	if o.currentLevel > maxDepth {
		return fmt.Errorf("more than %d values inside one another", maxDepth)
	}
	if err := r.step(1); err != nil {
		return err
	}
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	case float64:
		b.WriteString(jsonFloat(v))
	case string:
		if err := r.spend(len(v)); err != nil {
			return err
		}
		jsonString(b, v, o.ascii)
	case *list:
		return r.jsonAll(b, v.items, o)
	case tuple:
		return r.jsonAll(b, v, o)
	case *Dict:
		return r.jsonDict(b, v, o)
	case *undefined:
		return v.err()
	default:
		return fmt.Errorf("a %s cannot be written as JSON", typeName(v))
	}
	return nil
}

func jsonFloat(v float64) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	}
	return floatText(v)
}

func jsonString(b *strings.Builder, s string, ascii bool) {
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case c == '\b':
			b.WriteString(`\b`)
		case c == '\f':
			b.WriteString(`\f`)
		case c < 0x20, ascii && c >= 0x7f && c < 0x10000:
			fmt.Fprintf(b, `\u%04x`, c)
		case ascii && c >= 0x10000:
			c -= 0x10000
			fmt.Fprintf(b, `\u%04x\u%04x`, 0xd800+c>>10, 0xdc00+c&0x3ff)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
}

// jsonItems writes n items between two brackets.
func jsonItems(b *strings.Builder, begin, end string, n int, o jsonOptions, item func(i int) error) error {
	b.WriteString(begin)
	line := func(level int) {
		if o.pretty {
			b.WriteByte('\n')
			b.WriteString(strings.Repeat(o.indent, level))
		}
	}
	for i := range n {
		if i > 0 {
			b.WriteString(o.item)
		}
		line(o.currentLevel + 1)
		if err := item(i); err != nil {
			return err
		}
	}
	if n > 0 {
		line(o.currentLevel)
	}
	b.WriteString(end)
	return nil
}

func (r *run) jsonAll(b *strings.Builder, items []any, o jsonOptions) error {
	return jsonItems(b, "[", "]", len(items), o, func(i int) error {
		inner := o
		inner.currentLevel++
		if err := r.spend(len(o.indent) * inner.currentLevel); err != nil {
			return err
		}
		return r.json(b, items[i], inner)
	})
}

func (r *run) jsonDict(b *strings.Builder, d *Dict, o jsonOptions) error {
	order := make([]int, len(d.keys))
	for i := range order {
		order[i] = i
	}
	if o.sortKeys {
		if err := r.sortBy(order, d.keys, false, false); err != nil {
			return err
		}
	}
	return jsonItems(b, "{", "}", len(d.keys), o, func(i int) error {
		key, err := jsonKey(d.keys[order[i]])
		if err != nil {
			return err
		}
		jsonString(b, key, o.ascii)
		b.WriteString(o.key)
		inner := o
		inner.currentLevel++
		if err := r.spend(len(key) + len(o.indent)*inner.currentLevel); err != nil {
			return err
		}
		return r.json(b, d.values[order[i]], inner)
	})
}

func jsonKey(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case nil:
		return "null", nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return jsonFloat(v), nil
	}
	return "", fmt.Errorf("a %s cannot be a key of JSON", typeName(v))
}
