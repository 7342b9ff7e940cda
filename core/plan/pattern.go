package plan

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// regexPrefix starts a pattern that is a regular expression.
const regexPrefix = "re:"

// Pattern matches tensor names. Plain text is a glob over the whole name in
// which * matches any run of characters, dots and slashes too, ? one, and
// [abc] a set; "re:" starts a regular expression that may match anywhere.
//
// A set may hold ranges ([0-9]), is inverted by a leading ! or ^, and takes ]
// as a member when it comes first; there is no other escape, so that a pattern
// can be written in TOML as it is: [*] is a star. The zero Pattern matches
// nothing.
type Pattern struct {
	text    string
	literal string         // the one name that matches, when isExact
	re      *regexp.Regexp // nil when isExact
	isExact bool
}

// String is the pattern as the user wrote it.
func (p Pattern) String() string { return p.text }

// Match reports whether a tensor of this name is meant.
func (p Pattern) Match(name string) bool {
	if p.isExact {
		return p.literal == name
	}
	return p.re != nil && p.re.MatchString(name)
}

// Literal is the one name that an exact pattern matches; ok is false for a
// pattern that can match several.
func (p Pattern) Literal() (name string, ok bool) { return p.literal, p.isExact }

// MarshalText writes the pattern as the user wrote it.
func (p Pattern) MarshalText() ([]byte, error) { return []byte(p.text), nil }

// UnmarshalText is ParsePattern, for TOML and JSON.
func (p *Pattern) UnmarshalText(text []byte) error {
	parsed, err := ParsePattern(string(text))
	if err != nil {
		return err
	}
	*p = parsed
	return nil
}

// ParsePattern reads a glob or, after "re:", a regular expression (RE2 syntax,
// which matches in linear time). The error names the pattern and what is wrong.
func ParsePattern(text string) (Pattern, error) {
	if text == "" {
		return Pattern{}, errors.New(`the pattern is empty; "*" matches every tensor`)
	}
	if expr, ok := strings.CutPrefix(text, regexPrefix); ok {
		re, err := regexp.Compile(expr)
		if err != nil {
			return Pattern{}, fmt.Errorf("pattern %q is not a regular expression: %s", text, syntaxProblem(err))
		}
		return Pattern{text: text, re: re}, nil
	}
	expr, literal, exact, err := translateGlob(text)
	if err != nil {
		return Pattern{}, fmt.Errorf("pattern %q: %w", text, err)
	}
	if exact {
		return Pattern{text: text, literal: literal, isExact: true}, nil
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return Pattern{}, fmt.Errorf("pattern %q: %s", text, syntaxProblem(err))
	}
	return Pattern{text: text, re: re}, nil
}

// syntaxProblem is regexp's message without the package's own prefix.
func syntaxProblem(err error) string {
	return strings.TrimPrefix(err.Error(), "error parsing regexp: ")
}

// Exact is the pattern that matches this name and no other.
func Exact(name string) Pattern {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '*' || c == '?' || c == '[',
			i == 0 && strings.HasPrefix(name, regexPrefix):
			b.WriteByte('[')
			b.WriteByte(c)
			b.WriteByte(']')
		default:
			b.WriteByte(c)
		}
	}
	return Pattern{text: b.String(), literal: name, isExact: true}
}

// translateGlob turns a glob into an anchored regular expression. When the
// glob has no wildcard left, exact is true and literal the name it stands for.
func translateGlob(glob string) (expr, literal string, exact bool, err error) {
	var re, lit strings.Builder
	exact = true
	re.WriteString(`(?s)\A`)
	for i := 0; i < len(glob); {
		switch glob[i] {
		case '*':
			exact = false
			re.WriteString(`.*`)
			i++
		case '?':
			exact = false
			re.WriteString(`.`)
			i++
		case '[':
			set, end, setErr := readSet(glob, i)
			if setErr != nil {
				return "", "", false, setErr
			}
			if len(set.members) == 1 && !set.inverted {
				lit.WriteString(set.members)
				re.WriteString(regexp.QuoteMeta(set.members))
			} else {
				exact = false
				re.WriteString(set.expression())
			}
			i = end
		default:
			run := strings.IndexAny(glob[i:], "*?[")
			if run < 0 {
				run = len(glob) - i
			}
			lit.WriteString(glob[i : i+run])
			re.WriteString(regexp.QuoteMeta(glob[i : i+run]))
			i += run
		}
	}
	re.WriteString(`\z`)
	return re.String(), lit.String(), exact, nil
}

// globSet is the inside of one [set].
type globSet struct {
	inverted bool
	members  string
}

// readSet reads the set that opens at glob[open] and returns the offset after it.
func readSet(glob string, open int) (set globSet, end int, err error) {
	i := open + 1
	if i < len(glob) && (glob[i] == '!' || glob[i] == '^') {
		set.inverted = true
		i++
	}
	first := i
	for i < len(glob) && (glob[i] != ']' || i == first) {
		i++
	}
	if i >= len(glob) {
		return set, 0, fmt.Errorf("the set that opens at character %d is not closed; write [[] for a bracket", open+1)
	}
	set.members = glob[first:i]
	return set, i + 1, nil
}

// expression is the set as a regular expression, ranges kept.
func (s globSet) expression() string {
	var b strings.Builder
	b.WriteByte('[')
	if s.inverted {
		b.WriteByte('^')
	}
	for i, r := range s.members {
		isRange := r == '-' && i > 0 && i < len(s.members)-1
		if strings.ContainsRune(`\]^[&~:`, r) || r == '-' && !isRange {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	b.WriteByte(']')
	return b.String()
}
