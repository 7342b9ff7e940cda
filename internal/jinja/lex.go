package jinja

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokData
	tokVariableBegin
	tokVariableEnd
	tokBlockBegin
	tokBlockEnd
	tokName
	tokInt
	tokFloat
	tokString
	tokOperator
)

// token is a piece of a template. text is the data, the name, the operator or
// the value of a string.
type token struct {
	kind  tokenKind
	line  int
	text  string
	whole int64
	real  float64
}

func (t token) String() string {
	switch t.kind {
	case tokEOF:
		return "the end of the template"
	case tokData:
		return "text"
	case tokVariableBegin:
		return "{{"
	case tokVariableEnd:
		return "}}"
	case tokBlockBegin:
		return "{%"
	case tokBlockEnd:
		return "%}"
	case tokInt:
		return strconv.FormatInt(t.whole, 10)
	case tokFloat:
		return floatText(t.real)
	case tokString:
		return "the string " + quote(t.text)
	}
	return t.text
}

// lexer cuts a source into tokens.
type lexer struct {
	src    string
	pos    int
	line   int
	fresh  bool // whether what was read last ended a line, or nothing was read
	tokens []token
}

// lex cuts a template into tokens. Line ends become "\n", and one at the very
// end is dropped (keep_trailing_newline is off).
func lex(source string) ([]token, error) {
	source = strings.ReplaceAll(strings.ReplaceAll(source, "\r\n", "\n"), "\r", "\n")
	source = strings.TrimSuffix(source, "\n")
	l := &lexer{src: source, line: 1, fresh: true}
	for l.pos < len(l.src) {
		if err := l.text(); err != nil {
			return nil, err
		}
	}
	l.add(token{kind: tokEOF})
	return l.tokens, nil
}

func (l *lexer) fail(format string, args ...any) error {
	return &Error{Line: l.line, What: fmt.Sprintf(format, args...)}
}

func (l *lexer) add(t token) {
	t.line = l.line
	l.tokens = append(l.tokens, t)
}

// advance moves over n bytes and counts their lines.
func (l *lexer) advance(n int) {
	part := l.src[l.pos : l.pos+n]
	l.line += strings.Count(part, "\n")
	l.fresh = strings.HasSuffix(part, "\n")
	l.pos += n
}

// text reads up to the next tag, and that tag.
func (l *lexer) text() error {
	begin := -1
	for i := l.pos; i+1 < len(l.src); i++ {
		if l.src[i] == '{' && strings.IndexByte("{%#", l.src[i+1]) >= 0 {
			begin = i
			break
		}
	}
	if begin < 0 {
		l.add(token{kind: tokData, text: l.src[l.pos:]})
		l.advance(len(l.src) - l.pos)
		return nil
	}
	kind := l.src[begin+1]
	data, after := l.src[l.pos:begin], begin+2
	var sign byte
	if after < len(l.src) && (l.src[after] == '-' || l.src[after] == '+') {
		sign = l.src[after]
		after++
	}
	l.data(l.leftStripped(data, sign, kind != '{'))
	l.advance(after - l.pos)
	switch kind {
	case '#':
		return l.comment()
	case '%':
		if n := rawBegin(l.src[l.pos:]); n > 0 {
			l.advance(n)
			return l.raw()
		}
		l.add(token{kind: tokBlockBegin})
		return l.tag(true)
	default:
		l.add(token{kind: tokVariableBegin})
		return l.tag(false)
	}
}

func (l *lexer) data(text string) {
	if text != "" {
		l.add(token{kind: tokData, text: text})
	}
}

// leftStripped is the text in front of a tag without what the tag takes away:
// all white space for "{%-"; for lstrip_blocks the blanks from the start of the
// line, unless there is a "+".
func (l *lexer) leftStripped(text string, sign byte, block bool) string {
	switch {
	case sign == '-':
		return strings.TrimRightFunc(text, isSpace)
	case sign == '+' || !block:
		return text
	}
	start := strings.LastIndexByte(text, '\n') + 1
	if start == 0 && !l.fresh {
		return text
	}
	if rest := text[start:]; rest != "" && strings.TrimLeftFunc(rest, isSpace) == "" {
		return text[:start]
	}
	return text
}

// closing is the length of an end such as "-%}" with the white space that goes
// with it, or 0. trim: a line end straight after the plain form goes too.
func closing(s, end string, trim bool) int {
	switch {
	case strings.HasPrefix(s, "-"+end):
		n := 1 + len(end)
		return n + len(s[n:]) - len(strings.TrimLeftFunc(s[n:], isSpace))
	case trim && strings.HasPrefix(s, "+"+end):
		return 1 + len(end)
	case trim && strings.HasPrefix(s, end+"\n"):
		return len(end) + 1
	case strings.HasPrefix(s, end):
		return len(end)
	}
	return 0
}

func (l *lexer) comment() error {
	for i := l.pos; i < len(l.src); i++ {
		if n := closing(l.src[i:], "#}", true); n > 0 {
			l.advance(i + n - l.pos)
			return nil
		}
	}
	return l.fail("a comment has no end; close it with #}")
}

// rawBegin is the length of " raw %}" at the start of s, or 0.
func rawBegin(s string) int {
	rest := strings.TrimLeftFunc(s, isSpace)
	rest, ok := strings.CutPrefix(rest, "raw")
	if !ok {
		return 0
	}
	rest = strings.TrimLeftFunc(rest, isSpace)
	n := closing(rest, "%}", false)
	if n == 0 {
		return 0
	}
	return len(s) - len(rest) + n
}

// raw reads text up to {% endraw %}.
func (l *lexer) raw() error {
	for from := l.pos; ; {
		i := strings.Index(l.src[from:], "{%")
		if i < 0 {
			return l.fail("a raw block has no end; close it with {%% endraw %%}")
		}
		begin := from + i
		from = begin + 2
		rest := l.src[begin+2:]
		var sign byte
		if rest != "" && (rest[0] == '-' || rest[0] == '+') {
			sign, rest = rest[0], rest[1:]
		}
		rest, ok := strings.CutPrefix(strings.TrimLeftFunc(rest, isSpace), "endraw")
		if !ok {
			continue
		}
		rest = strings.TrimLeftFunc(rest, isSpace)
		n := closing(rest, "%}", true)
		if n == 0 {
			continue
		}
		l.data(l.leftStripped(l.src[l.pos:begin], sign, true))
		l.advance(len(l.src) - len(rest) + n - l.pos)
		return nil
	}
}

// tag reads the tokens of {{ … }} or {% … %}.
func (l *lexer) tag(block bool) error {
	var open []byte
	end, kind := "}}", tokVariableEnd
	if block {
		end, kind = "%}", tokBlockEnd
	}
	for l.pos < len(l.src) {
		rest := l.src[l.pos:]
		if n := len(rest) - len(strings.TrimLeftFunc(rest, isSpace)); n > 0 {
			l.advance(n)
			continue
		}
		if len(open) == 0 {
			if n := closing(rest, end, block); n > 0 {
				l.add(token{kind: kind})
				l.advance(n)
				return nil
			}
		}
		n, err := l.token(rest)
		if err != nil {
			return err
		}
		if last := l.tokens[len(l.tokens)-1]; last.kind == tokOperator {
			if open, err = l.balance(open, last.text); err != nil {
				return err
			}
		}
		l.advance(n)
	}
	return l.fail("a tag has no end; close it with %s", end)
}

// balance keeps the brackets that are open.
func (l *lexer) balance(open []byte, operator string) ([]byte, error) {
	switch operator {
	case "(":
		return append(open, ')'), nil
	case "[":
		return append(open, ']'), nil
	case "{":
		return append(open, '}'), nil
	case ")", "]", "}":
		if len(open) == 0 {
			return nil, l.fail("unexpected %s", operator)
		}
		if want := open[len(open)-1]; want != operator[0] {
			return nil, l.fail("unexpected %s; expected %c", operator, want)
		}
		return open[:len(open)-1], nil
	}
	return open, nil
}

// operators in the order in which they are tried.
func operators() []string {
	return []string{
		"//", "**", "==", "!=", ">=", "<=",
		"+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";",
	}
}

// token reads one token of a tag and gives its length.
func (l *lexer) token(s string) (int, error) {
	first, size := utf8.DecodeRuneInString(s)
	switch {
	case first >= '0' && first <= '9':
		return l.number(s)
	case first == '\'' || first == '"':
		return l.stringLiteral(s)
	case first == '_' || unicode.IsLetter(first):
		n := size
		for n < len(s) {
			c, size := utf8.DecodeRuneInString(s[n:])
			if c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsMark(c) {
				break
			}
			n += size
		}
		l.add(token{kind: tokName, text: s[:n]})
		return n, nil
	}
	for _, op := range operators() {
		if strings.HasPrefix(s, op) {
			l.add(token{kind: tokOperator, text: op})
			return len(op), nil
		}
	}
	return 0, l.fail("unexpected character %s", quote(string(first)))
}

// isSpace is Python's str.isspace of one character.
func isSpace(c rune) bool { return unicode.IsSpace(c) || c >= 0x1c && c <= 0x1f }
