package jinja

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// digits is the length of digits with single underscores between them.
func digits(s string, is func(byte) bool) int {
	n := 0
	for n < len(s) && (is(s[n]) || s[n] == '_' && n > 0 && s[n-1] != '_' && n+1 < len(s) && is(s[n+1])) {
		n++
	}
	return n
}

func isDecimal(c byte) bool { return c >= '0' && c <= '9' }

// floatLength is the length of a float literal at the start of s, or 0.
func floatLength(s string) int {
	whole := digits(s, isDecimal)
	n := whole
	if n < len(s) && s[n] == '.' {
		if d := digits(s[n+1:], isDecimal); d > 0 {
			n += 1 + d
		}
	}
	if n < len(s) && (s[n] == 'e' || s[n] == 'E') {
		e := n + 1
		if e < len(s) && (s[e] == '+' || s[e] == '-') {
			e++
		}
		if d := digits(s[e:], isDecimal); d > 0 {
			return e + d
		}
	}
	if n == whole {
		return 0
	}
	return n
}

// integerLength is the length of an integer literal at the start of s and its
// base.
func integerLength(s string) (n, base int) {
	prefixed := func(is func(byte) bool, base int) (int, int) {
		rest := s[2:]
		skip := 0
		if strings.HasPrefix(rest, "_") {
			skip = 1
		}
		if d := digits(rest[skip:], is); d > 0 {
			return 2 + skip + d, base
		}
		return 1, 10
	}
	if len(s) > 2 && s[0] == '0' {
		switch s[1] {
		case 'b', 'B':
			return prefixed(func(c byte) bool { return c == '0' || c == '1' }, 2)
		case 'o', 'O':
			return prefixed(func(c byte) bool { return c >= '0' && c <= '7' }, 8)
		case 'x', 'X':
			return prefixed(func(c byte) bool {
				return isDecimal(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
			}, 16)
		}
	}
	if s[0] == '0' { // only zeros may follow
		return digits(s, func(c byte) bool { return c == '0' }), 10
	}
	return digits(s, isDecimal), 10
}

// number reads an integer or a float.
func (l *lexer) number(s string) (int, error) {
	afterDot := l.pos > 0 && l.src[l.pos-1] == '.'
	if n := floatLength(s); n > 0 && !afterDot {
		v, err := strconv.ParseFloat(strings.ReplaceAll(s[:n], "_", ""), 64)
		if err != nil && v == 0 {
			return 0, l.fail("%s is no number", s[:n])
		}
		l.add(token{kind: tokFloat, real: v})
		return n, nil
	}
	n, base := integerLength(s)
	text := strings.ReplaceAll(s[:n], "_", "")
	if base != 10 {
		text = text[2:]
	}
	v, err := strconv.ParseInt(text, base, 64)
	if err != nil {
		return 0, l.fail("the number %s does not fit in 64 bits", s[:n])
	}
	l.add(token{kind: tokInt, whole: v})
	return n, nil
}

// stringLiteral reads a quoted string with Python's escapes.
func (l *lexer) stringLiteral(s string) (int, error) {
	end := 1
	for end < len(s) && s[end] != s[0] {
		if s[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(s) {
		return 0, l.fail("a string has no end; close it with %c", s[0])
	}
	text, fault := unescape(s[1:end])
	if fault != "" {
		return 0, l.fail("%s", fault)
	}
	l.add(token{kind: tokString, text: text})
	return end + 1, nil
}

// unescape resolves Python's escapes; an unknown one stays as it stands.
func unescape(s string) (text, fault string) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, ""
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] != '\\' || i+1 >= len(s) {
			b.WriteByte(s[i])
			i++
			continue
		}
		n, fault := escape(&b, s[i:])
		if fault != "" {
			return "", fault
		}
		i += n
	}
	return b.String(), ""
}

// escape writes what one escape stands for and gives its length.
func escape(b *strings.Builder, s string) (n int, fault string) {
	const simple = "\\\\''\"\"a\ab\bf\fn\nr\rt\tv\v"
	c := s[1]
	for i := 0; i < len(simple); i += 2 {
		if simple[i] == c {
			b.WriteByte(simple[i+1])
			return 2, ""
		}
	}
	switch {
	case c == '\n':
		return 2, ""
	case c == 'x' || c == 'u' || c == 'U':
		width := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
		if len(s) < 2+width {
			return 0, "an escape of a string is cut off"
		}
		v, err := strconv.ParseUint(s[2:2+width], 16, 32)
		if err != nil || !utf8.ValidRune(rune(v)) || v > utf8.MaxRune {
			return 0, "the escape " + s[:2+width] + " of a string is no character"
		}
		b.WriteRune(rune(v))
		return 2 + width, ""
	case c == 'N':
		return 0, `the escape \N{…} of a string is not supported`
	case c >= '0' && c <= '7':
		n := 1
		v := rune(0)
		for n < 4 && n < len(s) && s[n] >= '0' && s[n] <= '7' {
			v = v*8 + rune(s[n]-'0')
			n++
		}
		b.WriteRune(v)
		return n, ""
	}
	b.WriteByte('\\')
	_, size := utf8.DecodeRuneInString(s[1:])
	b.WriteString(s[1 : 1+size])
	return 1 + size, ""
}
