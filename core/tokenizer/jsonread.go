package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// reader walks over JSON without building it. A published vocabulary has a
// quarter of a million entries and as many merges; encoding/json takes seconds
// over them.
type reader struct {
	text  string
	at    int
	depth int
}

const maxDepth = 64 // of nested values; published files have 7

func (r *reader) fail(what string) error {
	line := 1 + strings.Count(r.text[:min(r.at, len(r.text))], "\n")
	return fmt.Errorf("line %d, byte %d: %s", line, r.at, what)
}

// peek is the next byte that is not white space, 0 at the end.
func (r *reader) peek() byte {
	for r.at < len(r.text) {
		switch c := r.text[r.at]; c {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return c
		}
	}
	return 0
}

func (r *reader) expect(c byte) error {
	if r.peek() != c {
		return r.fail(fmt.Sprintf("%q is missing", c))
	}
	r.at++
	return nil
}

// object calls member with every key, in order; member reads the value.
func (r *reader) object(member func(key string) error) error {
	return r.list('{', '}', func() error {
		key, err := r.str()
		if err != nil {
			return err
		}
		if err := r.expect(':'); err != nil {
			return err
		}
		return member(key)
	})
}

// array calls element for every element; element reads it.
func (r *reader) array(element func() error) error { return r.list('[', ']', element) }

func (r *reader) list(open, end byte, item func() error) error {
	if err := r.expect(open); err != nil {
		return err
	}
	if r.depth++; r.depth > maxDepth {
		return r.fail("the values are nested too deeply")
	}
	defer func() { r.depth-- }()
	if r.peek() == end {
		r.at++
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		switch r.peek() {
		case ',':
			r.at++
		case end:
			r.at++
			return nil
		default:
			return r.fail(fmt.Sprintf("a comma or %q is missing", end))
		}
	}
}

// str reads a string. Where nothing is escaped the result shares the file's memory.
func (r *reader) str() (string, error) {
	if r.peek() != '"' {
		return "", r.fail("a string is missing")
	}
	ascii := true
	for i := r.at + 1; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '"':
			s := r.text[r.at+1 : i]
			if !ascii && !utf8.ValidString(s) {
				return "", r.fail("the string is not UTF-8")
			}
			r.at = i + 1
			return s, nil
		case c == '\\':
			return r.escaped()
		case c < ' ':
			return "", r.fail("a control character stands in a string")
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return "", r.fail("the string does not end")
}

// escaped reads a string that has escapes.
func (r *reader) escaped() (string, error) {
	var b strings.Builder
	for i := r.at + 1; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '"':
			if !utf8.ValidString(b.String()) {
				return "", r.fail("the string is not UTF-8")
			}
			r.at = i + 1
			return b.String(), nil
		case c == '\\':
			c, n, ok := unescape(r.text[i:])
			if !ok {
				return "", r.fail("the string has an escape that is not valid")
			}
			b.WriteRune(c)
			i += n - 1
		case c < ' ':
			return "", r.fail("a control character stands in a string")
		default:
			b.WriteByte(c)
		}
	}
	return "", r.fail("the string does not end")
}

// unescape reads one escape, or two that are a surrogate pair.
func unescape(s string) (r rune, n int, ok bool) {
	if len(s) < 2 {
		return 0, 0, false
	}
	if i := strings.IndexByte(`"\/bfnrt`, s[1]); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), 2, true
	}
	first, ok := unit(s)
	if !ok {
		return 0, 0, false
	}
	if first < 0xD800 || first > 0xDFFF {
		return first, 6, true
	}
	second, ok := unit(s[6:])
	if !ok || first > 0xDBFF || second < 0xDC00 || second > 0xDFFF {
		return 0, 0, false
	}
	return 0x10000 + (first-0xD800)<<10 + (second - 0xDC00), 12, true
}

func unit(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(n), err == nil
}

// number reads a number as text.
func (r *reader) number() (string, error) {
	r.peek()
	end := r.at
	for end < len(r.text) && strings.IndexByte("+-0123456789.eE", r.text[end]) >= 0 {
		end++
	}
	if end == r.at {
		return "", r.fail("a number is missing")
	}
	s := r.text[r.at:end]
	r.at = end
	return s, nil
}

// id reads a token id.
func (r *reader) id() (int, error) {
	begin := r.at
	s, err := r.number()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n > math.MaxInt32 {
		r.at = begin
		return 0, r.fail(fmt.Sprintf("%s is no token id", s))
	}
	return int(n), nil
}

func (r *reader) float() (float64, error) {
	s, err := r.number()
	if err != nil {
		return 0, err
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, r.fail(fmt.Sprintf("%s is no number", s))
	}
	return f, nil
}

// raw passes over a value and returns its text.
func (r *reader) raw() (string, error) {
	r.peek()
	begin := r.at
	err := r.skip()
	return r.text[begin:r.at], err
}

func (r *reader) skip() error {
	switch r.peek() {
	case '{':
		return r.object(func(string) error { return r.skip() })
	case '[':
		return r.array(r.skip)
	case '"':
		_, err := r.str()
		return err
	case 't', 'f', 'n':
		for _, word := range []string{"true", "false", "null"} {
			if strings.HasPrefix(r.text[r.at:], word) {
				r.at += len(word)
				return nil
			}
		}
		return r.fail("a value is missing")
	}
	_, err := r.number()
	return err
}

// end makes sure that nothing follows.
func (r *reader) end() error {
	if r.peek(); r.at < len(r.text) {
		return r.fail("something follows the end of the object")
	}
	return nil
}

// fields are the members of a small object, by name.
type fields map[string]json.RawMessage

var errNoObject = errors.New("is no object")

func parseFields(raw string) (fields, error) {
	if raw == "" || raw == "null" {
		return nil, nil
	}
	var f fields
	if err := json.Unmarshal([]byte(raw), &f); err != nil {
		return nil, errNoObject
	}
	return f, nil
}

// get reads a member into a pointer. A member that is missing or null leaves it
// as it is.
func (f fields) get(name string, into any) error {
	raw, ok := f[name]
	if !ok || string(raw) == "null" {
		return nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%q is %s, which it cannot be", name, shorten(string(raw)))
	}
	return nil
}

// getAll is get for several members: names and pointers by turns.
func (f fields) getAll(pairs ...any) error {
	for i := 0; i < len(pairs); i += 2 {
		if err := f.get(pairs[i].(string), pairs[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// need is get for a member that must be there.
func (f fields) need(name string, into any) error {
	if raw, ok := f[name]; !ok || string(raw) == "null" {
		return fmt.Errorf("%q is missing", name)
	}
	return f.get(name, into)
}

func shorten(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}

// quoted is a string as JSON.
func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""` // no string fails
	}
	return string(b)
}
