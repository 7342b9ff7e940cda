package safetensors

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// scanner walks JSON text (RFC 8259) without building a tree. It is its own
// because encoding/json lets the last of two equal keys win, matches names
// without regard to case, turns lone surrogates and bad UTF-8 into U+FFFD and
// builds values before anybody can object: a valid header of 98 MB costs it 20 s
// and 1.8 GB. The whole text must have been checked by utf8.Valid.
type scanner struct {
	text    []byte
	pos     int
	depth   int    // of the objects and arrays around pos
	nesting int    // the largest depth allowed
	scratch []byte // of the last string with escapes
}

func (s *scanner) fail(format string, args ...any) *Error {
	e := invalid(adviceDamaged, format, args...)
	e.What = "byte " + strconv.Itoa(s.pos) + " of the JSON: " + e.What
	return e
}

// peek skips white space and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for ; s.pos < len(s.text); s.pos++ {
		switch c := s.text[s.pos]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// found names what stands at pos, for an error message.
func (s *scanner) found() string {
	if s.peek() == 0 && s.pos >= len(s.text) {
		return "the end"
	}
	r, _ := utf8.DecodeRune(s.text[s.pos:])
	return strconv.QuoteRune(r)
}

// expect takes one byte of punctuation.
func (s *scanner) expect(c byte, what string) error {
	if s.peek() != c {
		return s.fail("%s in %s, want %q", s.found(), what, c)
	}
	s.pos++
	return nil
}

// end makes sure that nothing follows.
func (s *scanner) end() error {
	if s.peek(); s.pos < len(s.text) {
		return s.fail("%s after the end of the object", s.found())
	}
	return nil
}

func (s *scanner) enter() error {
	if s.depth++; s.depth > s.nesting {
		return overLimit("Nesting", "byte %d of the JSON: objects and arrays are nested more than %d deep", s.pos, s.nesting)
	}
	return nil
}

// object walks an object. field gets each key, which is valid only until the
// next call of a method, and must take the value.
func (s *scanner) object(what string, field func(key []byte) error) error {
	if s.peek() != '{' {
		return s.fail("%s is not an object but starts with %s", what, s.found())
	}
	if err := s.enter(); err != nil {
		return err
	}
	s.pos++
	for first := true; ; first = false {
		c := s.peek()
		if c == '}' && first {
			break
		}
		if c != '"' {
			return s.fail("%s in %s, want a key in quotes", s.found(), what)
		}
		key, err := s.str()
		if err != nil {
			return err
		}
		if err := s.expect(':', "a key and its value"); err != nil {
			return err
		}
		if err := field(key); err != nil {
			return err
		}
		if s.peek() != ',' {
			break
		}
		s.pos++
	}
	s.depth--
	return s.expect('}', what)
}

// array walks an array; element must take one value.
func (s *scanner) array(what string, element func() error) error {
	if s.peek() != '[' {
		return s.fail("%s is not an array but starts with %s", what, s.found())
	}
	if err := s.enter(); err != nil {
		return err
	}
	s.pos++
	if s.peek() != ']' {
		for {
			if err := element(); err != nil {
				return err
			}
			if s.peek() != ',' {
				break
			}
			s.pos++
		}
	}
	s.depth--
	return s.expect(']', what)
}

// str takes a string and returns its text, valid until the next call.
func (s *scanner) str() ([]byte, error) {
	if s.peek() != '"' {
		return nil, s.fail("%s, want a string in quotes", s.found())
	}
	s.pos++
	rest := s.text[s.pos:]
	for i, c := range rest {
		switch {
		case c == '"':
			s.pos += i + 1
			return rest[:i], nil
		case c == '\\':
			s.scratch = append(s.scratch[:0], rest[:i]...)
			s.pos += i
			return s.escaped()
		case c < ' ':
			s.pos += i
			return nil, s.fail("a control character in a string, which JSON wants escaped")
		}
	}
	s.pos = len(s.text)
	return nil, s.fail("the end in a string")
}

// escaped goes on with a string at its first backslash, into scratch.
func (s *scanner) escaped() ([]byte, error) {
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		switch {
		case c == '"':
			s.pos++
			return s.scratch, nil
		case c < ' ':
			return nil, s.fail("a control character in a string, which JSON wants escaped")
		case c != '\\':
			s.scratch = append(s.scratch, c)
			s.pos++
		default:
			if err := s.escape(); err != nil {
				return nil, err
			}
		}
	}
	return nil, s.fail("the end in a string")
}

// escape takes one escape sequence, or the two of a surrogate pair.
func (s *scanner) escape() error {
	if s.pos+1 >= len(s.text) {
		return s.fail("the end in an escape")
	}
	c := s.text[s.pos+1]
	if c == 'u' {
		return s.escapeU()
	}
	const from, to = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	i := strings.IndexByte(from, c)
	if i < 0 {
		return s.fail("the escape \\%c, which JSON does not have", c)
	}
	s.scratch = append(s.scratch, to[i])
	s.pos += 2
	return nil
}

func (s *scanner) escapeU() error {
	r, err := s.hex4()
	if err != nil {
		return err
	}
	if r >= 0xdc00 && r < 0xe000 {
		return s.fail("a low surrogate without a high one before it")
	}
	if r >= 0xd800 && r < 0xdc00 {
		if !bytes.HasPrefix(s.text[s.pos:], []byte(`\u`)) {
			return s.fail("a high surrogate without a low one after it")
		}
		low, err := s.hex4()
		if err != nil {
			return err
		}
		if low < 0xdc00 || low >= 0xe000 {
			return s.fail("a high surrogate without a low one after it")
		}
		r = (r-0xd800)<<10 + (low - 0xdc00) + 0x10000
	}
	s.scratch = utf8.AppendRune(s.scratch, r)
	return nil
}

// hex4 takes \uXXXX.
func (s *scanner) hex4() (rune, error) {
	if s.pos+6 > len(s.text) {
		return 0, s.fail("the end in an escape")
	}
	var r rune
	for _, c := range s.text[s.pos+2 : s.pos+6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, s.fail("an escape \\u without four hexadecimal digits")
		}
		r = r<<4 | rune(c)
	}
	s.pos += 6
	return r, nil
}

// number takes a JSON number and returns its text.
func (s *scanner) number() ([]byte, error) {
	s.peek()
	start := s.pos
	digits := func() int {
		from := s.pos
		for s.pos < len(s.text) && s.text[s.pos] >= '0' && s.text[s.pos] <= '9' {
			s.pos++
		}
		return s.pos - from
	}
	take := func(set string) bool {
		if s.pos < len(s.text) && strings.IndexByte(set, s.text[s.pos]) >= 0 {
			s.pos++
			return true
		}
		return false
	}
	take("-")
	whole := s.pos
	n := digits()
	ok := n > 0 && (n == 1 || s.text[whole] != '0')
	if ok && take(".") {
		ok = digits() > 0
	}
	if ok && take("eE") {
		take("+-")
		ok = digits() > 0
	}
	if !ok {
		s.pos = start
		return nil, s.fail("%s does not begin a number as JSON writes it", s.found())
	}
	return s.text[start:s.pos], nil
}

// uint takes an integer from 0 to 2^64-1 in plain digits: no sign, fraction or
// exponent, as the reference wants it.
func (s *scanner) uint(what string) (uint64, error) {
	text, err := s.number()
	if err != nil {
		return 0, err
	}
	var v uint64
	for _, c := range text {
		d := uint64(c - '0') // a sign, a point or an e becomes more than 9
		if d > 9 || v > (math.MaxUint64-d)/10 {
			return 0, s.fail("%s is %s, want an integer from 0 to 2^64-1", what, clip(text))
		}
		v = v*10 + d
	}
	return v, nil
}

// clip shortens a number for an error message.
func clip(text []byte) string {
	if len(text) > 40 {
		return string(text[:40]) + "…"
	}
	return string(text)
}

// literal takes true, false or null.
func (s *scanner) literal(word string) bool {
	s.peek()
	if !bytes.HasPrefix(s.text[s.pos:], []byte(word)) {
		return false
	}
	s.pos += len(word)
	return true
}

// skip takes any value and forgets it, after checking it: the same strictness
// holds in fields that nobody knows.
func (s *scanner) skip() error {
	switch c := s.peek(); {
	case c == '{':
		var seen keySet
		return s.object("an object", func(key []byte) error {
			if err := s.once(&seen, key); err != nil {
				return err
			}
			return s.skip()
		})
	case c == '[':
		return s.array("an array", s.skip)
	case c == '"':
		_, err := s.str()
		return err
	case s.literal("true"), s.literal("false"), s.literal("null"):
		return nil
	}
	text, err := s.number()
	if err != nil {
		return err
	}
	if _, err := strconv.ParseFloat(string(text), 64); err != nil {
		return s.fail("the number %s is out of range", clip(text))
	}
	return nil
}

// once refuses a key that seen has.
func (s *scanner) once(seen *keySet, key []byte) error {
	if !seen.add(key) {
		return s.fail("the key %s occurs twice", shown(string(key)))
	}
	return nil
}
