package snapshot

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// token is a piece of styled text: a cluster that takes columns, a control
// character, or an escape sequence.
type token struct {
	text  string // as written
	width int    // columns; 0 for what is not drawn
	sgr   string // parameters of a colour and attribute sequence, such as "1;31"
	isSGR bool
}

// nextToken cuts the first token off a text. Text that is not UTF-8 and sequences
// that break off are taken as far as they go.
func nextToken(s string) (t token, rest string) {
	switch c := s[0]; {
	case c == 0x1b:
		return scanEscape(s)
	case c >= 0x20 && c < 0x7f && (len(s) == 1 || s[1] < 0x80):
		return token{text: s[:1], width: 1}, s[1:]
	}
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case r == utf8.RuneError && n == 1: // not UTF-8: what a terminal shows instead
		return token{text: string(utf8.RuneError), width: 1}, s[1:]
	case unicode.IsControl(r):
		return token{text: s[:n]}, s[n:]
	}
	cluster, width := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
	if !utf8.ValidString(cluster) || strings.ContainsFunc(cluster, unicode.IsControl) || len(cluster) < n {
		cluster, width = s[:n], ansi.StringWidth(s[:n])
	}
	return token{text: cluster, width: width}, s[len(cluster):]
}

func scanEscape(s string) (token, string) {
	if len(s) < 2 {
		return token{text: s}, ""
	}
	switch s[1] {
	case '[':
		for i := 2; i < len(s); i++ {
			switch c := s[i]; {
			case c >= 0x40 && c <= 0x7e:
				params := s[2:i]
				isSGR := c == 'm' && strings.Trim(params, "0123456789;:") == ""
				return token{text: s[:i+1], sgr: params, isSGR: isSGR}, s[i+1:]
			case c < 0x20 || c > 0x7e: // broken off
				return token{text: s[:i]}, s[i:]
			}
		}
		return token{text: s}, ""
	case ']', 'P', 'X', '^', '_': // strings up to BEL or ESC \
		for i := 2; i < len(s); i++ {
			if s[i] == 0x07 {
				return token{text: s[:i+1]}, s[i+1:]
			}
			if s[i] == 0x1b {
				end := i
				if i+1 < len(s) && s[i+1] == '\\' {
					end = i + 2
				}
				return token{text: s[:end]}, s[end:]
			}
		}
		return token{text: s}, ""
	}
	i := 1
	for i < len(s) && s[i] >= 0x20 && s[i] <= 0x2f { // intermediates, such as ESC ( B
		i++
	}
	if i < len(s) && s[i] >= 0x30 && s[i] <= 0x7e {
		i++
	}
	return token{text: s[:i]}, s[i:]
}

// maxParameters of one sequence; a terminal keeps 16 to 32.
const maxParameters = 64

// parameters splits "38;2;1;2;3"; a colon marks a value that goes on in the next.
func parameters(s string) ansi.Params {
	if s == "" {
		return nil
	}
	var out ansi.Params
	value, missing := 0, true
	add := func(more bool) {
		if missing {
			value = 0
		}
		out = append(out, ansi.Param(ansi.Parameter(value, more)))
		value, missing = 0, true
	}
	for _, c := range []byte(s) {
		if len(out) == maxParameters {
			return out
		}
		if c == ';' || c == ':' {
			add(c == ':')
			continue
		}
		value, missing = min(value*10+int(c-'0'), 1<<16), false
	}
	add(false)
	return out
}
