package tomltext

import (
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
)

// Limits that keep a hostile text from costing more than its size.
const (
	maxDepth    = 32 // arrays and inline tables in one another
	maxKeyParts = 16 // a.b.c…
)

// scanner walks over a text that may be anything. It stops at the first byte
// that cannot be TOML; the message for the user comes from BurntSushi/toml then.
type scanner struct {
	text string
	pos  int
	line int
}

// failure of the scanner.
type failure struct {
	line  int
	text  string
	limit bool // a limit of this package, not a fault of the text
}

func (f *failure) Error() string { return fmt.Sprintf("line %d: %s", f.line, f.text) }

func (s *scanner) fail(format string, args ...any) error {
	return &failure{line: s.line, text: fmt.Sprintf(format, args...)}
}

func (s *scanner) tooMuch(format string, args ...any) error {
	return &failure{line: s.line, text: fmt.Sprintf(format, args...), limit: true}
}

func (s *scanner) peek() byte {
	if s.pos < len(s.text) {
		return s.text[s.pos]
	}
	return 0
}

func (s *scanner) has(prefix string) bool { return strings.HasPrefix(s.text[s.pos:], prefix) }

// blanks skips spaces and tabs.
func (s *scanner) blanks() {
	for s.peek() == ' ' || s.peek() == '\t' {
		s.pos++
	}
}

// space skips blanks, line ends and comments.
func (s *scanner) space() {
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case '\n':
			s.line++
			s.pos++
		case ' ', '\t', '\r':
			s.pos++
		case '#':
			s.comment()
		default:
			return
		}
	}
}

// comment skips up to the end of the line.
func (s *scanner) comment() {
	if i := strings.IndexByte(s.text[s.pos:], '\n'); i >= 0 {
		s.pos += i
		return
	}
	s.pos = len(s.text)
}

// lineEnd skips what may follow a statement on its line, and the line end.
func (s *scanner) lineEnd() error {
	s.blanks()
	if s.peek() == '#' {
		s.comment()
	}
	if s.has("\r\n") {
		s.pos++
	}
	switch {
	case s.pos == len(s.text):
		return nil
	case s.text[s.pos] == '\n':
		s.pos++
		s.line++
		return nil
	}
	return s.fail("expected the end of the line")
}

// key reads a dotted key.
func (s *scanner) key() ([]string, error) {
	var parts []string
	for {
		s.blanks()
		part, err := s.keyPart()
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		if len(parts) > maxKeyParts {
			return nil, s.tooMuch("a key of more than %d parts", maxKeyParts)
		}
		s.blanks()
		if s.peek() != '.' {
			return parts, nil
		}
		s.pos++
	}
}

func (s *scanner) keyPart() (string, error) {
	start := s.pos
	if c := s.peek(); c == '"' || c == '\'' {
		if err := s.str(); err != nil {
			return "", err
		}
		return decodeString(s.text[start:s.pos])
	}
	for s.pos < len(s.text) && !strings.ContainsRune(" \t\r\n.=[]{}\"'#,", rune(s.text[s.pos])) {
		s.pos++
	}
	if s.pos == start {
		return "", s.fail("expected a key")
	}
	return s.text[start:s.pos], nil
}

func decodeString(literal string) (string, error) {
	body := literal[1 : len(literal)-1]
	if literal[0] == '\'' || !strings.ContainsRune(body, '\\') {
		return body, nil
	}
	var out struct{ V string }
	err := guarded(func() error { _, err := toml.Decode("V = "+literal, &out); return err })
	return out.V, err
}

// str skips a string of any of the four kinds.
func (s *scanner) str() error {
	quote := s.text[s.pos : s.pos+1]
	long := strings.Repeat(quote, 3)
	if s.has(long) {
		return s.longStr(long)
	}
	for s.pos++; s.pos < len(s.text); s.pos++ {
		switch c := s.text[s.pos]; {
		case c == '\n':
			return s.fail("a string that does not end on its line")
		case c == '\\' && quote == `"`:
			s.pos++
		case c == quote[0]:
			s.pos++
			return nil
		}
	}
	return s.fail("a string without an end")
}

func (s *scanner) longStr(quotes string) error {
	for s.pos += 3; s.pos < len(s.text); s.pos++ {
		switch c := s.text[s.pos]; {
		case s.has(quotes):
			s.pos += 3
			// Up to two more quotes belong to the string.
			for i := 0; i < 2 && s.peek() == quotes[0]; i++ {
				s.pos++
			}
			return nil
		case c == '\n':
			s.line++
		case c == '\\' && quotes[0] == '"':
			if s.pos++; s.peek() == '\n' {
				s.line++
			}
		}
	}
	return s.fail("a string without an end")
}
