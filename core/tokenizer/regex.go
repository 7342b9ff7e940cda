package tokenizer

import (
	"fmt"
	"regexp"
	"strings"
)

// lookTail is the end of nearly every published pattern. It is the only place
// where they look ahead, and spaces says what it means.
const (
	lookAhead = `\s+(?!\S)`
	lookTail  = lookAhead + `|\s+`
)

// compile reads an Oniguruma pattern (Ruby syntax, as tokenizers uses it). The
// published ones are matched by hand, others by Go's regexp after a
// translation, in linear time. What cannot be translated exactly is an error.
func compile(source string) (pattern, error) {
	if p := published(source); p != nil {
		return p, nil
	}
	head, tail := source, ""
	for _, t := range []string{lookTail, lookAhead} {
		if rest, ok := strings.CutSuffix(source, t); ok && (rest == "" || strings.HasSuffix(rest, "|")) {
			head, tail = strings.TrimSuffix(rest, "|"), t
			break
		}
	}
	tr := translation{source: head}
	if err := tr.translate(); err != nil {
		return nil, fmt.Errorf("the pattern %q %w", source, err)
	}
	text := tr.out.String()
	switch {
	case tail != "" && head == "":
		text = "(" + spaceClass + "+)"
	case tail != "":
		text = "(?:" + text + ")|(" + spaceClass + "+)"
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("the pattern %q is not understood: %w", source, err)
	}
	if re.MatchString("") {
		return nil, fmt.Errorf("the pattern %q matches the empty string", source)
	}
	return &expression{re: re, look: tail != "", single: tail != lookAhead}, nil
}

// expression is a translated pattern.
type expression struct {
	re     *regexp.Regexp
	look   bool // group 1 is the white space of the look-ahead
	single bool // … which is matched also where only one code point of it is there
}

func (e *expression) matches(text string) []match {
	var out []match
	between := 0 // where what lies between two matches begins
	for at := 0; at < len(text); {
		loc := e.re.FindStringSubmatchIndex(text[at:])
		if loc == nil {
			break
		}
		begin, end := at+loc[0], at+loc[1]
		if e.look && len(loc) > 3 && loc[2] >= 0 {
			n := spaces(text[begin:])
			if !e.single && n == len(text[begin:end]) && end < len(text) {
				at = end // one code point, and something after it
				continue
			}
			end = begin + n
		}
		if between < begin {
			out = append(out, match{between, begin, false})
		}
		out = append(out, match{begin, end, true})
		at, between = end, end
	}
	if between < len(text) {
		out = append(out, match{between, len(text), false})
	}
	return out
}

// The Unicode meaning of \s and \w as members of a class.
const (
	spaceMembers = `\x09-\x0d\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}`
	wordMembers  = `\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{24b6}-\x{24e9}\x{1f130}-\x{1f149}\x{1f150}-\x{1f169}\x{1f170}-\x{1f189}`
	spaceClass   = `[` + spaceMembers + `]`
)

// translation turns Oniguruma's syntax into that of Go's regexp.
type translation struct {
	source string
	at     int
	out    strings.Builder
}

func (t *translation) rest() string { return t.source[t.at:] }

// take copies n bytes of the source, as text.
func (t *translation) take(n int, text string) {
	t.at += n
	t.out.WriteString(text)
}

func (t *translation) translate() error {
	for t.at < len(t.source) {
		var err error
		switch c := t.source[t.at]; c {
		case '\\':
			err = t.escape(false)
		case '[':
			err = t.class()
		case '(':
			err = t.group()
		case '^':
			err = fmt.Errorf("has the anchor %q, which is not implemented", c)
		case '$': // the end of every line, in Ruby's syntax
			t.take(1, "(?m:$)")
		case '+', '*', '?', '}':
			if t.at+1 < len(t.source) && t.source[t.at+1] == '+' {
				err = fmt.Errorf("has a possessive quantifier, which is not implemented")
				break
			}
			t.take(1, string(c))
		case '{':
			if strings.HasPrefix(t.rest(), "{,") {
				t.take(2, "{0,")
				break
			}
			t.take(1, "{")
		default:
			t.take(1, t.source[t.at:t.at+1])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// group copies what opens a group. Capturing groups lose their number.
func (t *translation) group() error {
	rest := t.rest()
	for _, known := range []string{"(?:", "(?i:", "(?i)"} {
		if strings.HasPrefix(rest, known) {
			t.take(len(known), known)
			return nil
		}
	}
	for _, look := range []string{"(?=", "(?!", "(?<=", "(?<!"} {
		if strings.HasPrefix(rest, look) {
			return fmt.Errorf("looks around with %q, which is implemented only in a final %q", look, lookTail)
		}
	}
	if strings.HasPrefix(rest, "(?") {
		return fmt.Errorf("has a group %q, which is not implemented", rest[:min(3, len(rest))])
	}
	t.take(1, "(?:")
	return nil
}

// escape copies a backslash and what belongs to it.
func (t *translation) escape(inClass bool) error {
	rest := t.rest()
	if len(rest) < 2 {
		return fmt.Errorf("ends in a backslash")
	}
	wrap := func(members string) {
		if !inClass {
			members = "[" + members + "]"
		}
		t.take(2, members)
	}
	switch c := rest[1]; {
	case c == 's':
		wrap(spaceMembers)
	case c == 'w':
		wrap(wordMembers)
	case c == 'd':
		t.take(2, `\p{Nd}`)
	case c == 'D':
		t.take(2, `\P{Nd}`)
	case c == 'S' && !inClass:
		t.take(2, `[^`+spaceMembers+`]`)
	case c == 'W' && !inClass:
		t.take(2, `[^`+wordMembers+`]`)
	case c == 'p', c == 'P':
		end := strings.IndexByte(rest, '}')
		if len(rest) < 4 || rest[2] != '{' || end < 0 {
			return fmt.Errorf("has %q without a property in braces", rest[:2])
		}
		t.take(end+1, rest[:end+1])
	case c == 'x':
		t.take(2, `\x`)
	case c == 'u':
		if len(rest) < 6 {
			return fmt.Errorf("has an incomplete %q", rest)
		}
		t.take(6, `\x{`+rest[2:6]+`}`)
	case strings.IndexByte("rntfva", c) >= 0, c < 0x80 && isPunctuation(rune(c)):
		t.take(2, rest[:2])
	case c == ' ':
		t.take(2, " ")
	default:
		return fmt.Errorf("has %q, which is not implemented", rest[:2])
	}
	return nil
}

// class copies a bracketed class. A class within it is a union.
func (t *translation) class() error {
	t.take(1, "[")
	if strings.HasPrefix(t.rest(), "^") {
		t.take(1, "^")
	}
	if strings.HasPrefix(t.rest(), "]") {
		t.take(1, `\]`)
	}
	for depth := 1; depth > 0; {
		rest := t.rest()
		switch {
		case rest == "":
			return fmt.Errorf("has a class that is not closed")
		case strings.HasPrefix(rest, "[:"), strings.HasPrefix(rest, "[^"), strings.HasPrefix(rest, "&&"):
			return fmt.Errorf("has %q within a class, which is not implemented", rest[:2])
		case rest[0] == '[':
			depth++
			t.at++
		case rest[0] == ']':
			if depth--; depth == 0 {
				t.take(1, "]")
			} else {
				t.at++
			}
		case rest[0] == '\\':
			if err := t.escape(true); err != nil {
				return err
			}
		default:
			t.take(1, rest[:1])
		}
	}
	return nil
}
