package jinja

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mmtui/mmtui/internal/pytext"
)

// textCall is a method of a string. in holds its arguments; those not given are missing.
type textCall func(r *run, s string, in []any) (any, error)

// textMethods are the methods of a string by name, with their parameters.
func textMethods() map[string]struct {
	parameters []string
	call       textCall
} {
	type method = struct {
		parameters []string
		call       textCall
	}
	change := func(f func(string) string) method {
		return method{nil, func(r *run, s string, _ []any) (any, error) { return f(s), r.spend(len(s)) }}
	}
	ask := func(f func(string) bool) method {
		return method{nil, func(_ *run, s string, _ []any) (any, error) { return f(s), nil }}
	}
	return map[string]method{
		"upper":        change(upper),
		"lower":        change(pytext.Lower),
		"casefold":     change(strings.ToLower),
		"capitalize":   change(capitalize),
		"title":        change(titleWords),
		"swapcase":     change(swapCase),
		"strip":        {[]string{"chars"}, strip(true, true)},
		"lstrip":       {[]string{"chars"}, strip(true, false)},
		"rstrip":       {[]string{"chars"}, strip(false, true)},
		"split":        {[]string{"sep", "maxsplit"}, splitText},
		"rsplit":       {[]string{"sep", "maxsplit"}, splitText2},
		"splitlines":   {[]string{"keepends"}, splitLinesCall},
		"partition":    {[]string{"sep"}, partition(strings.Index, false)},
		"rpartition":   {[]string{"sep"}, partition(strings.LastIndex, true)},
		"startswith":   {[]string{"prefix", "start", "end"}, affix(strings.HasPrefix)},
		"endswith":     {[]string{"suffix", "start", "end"}, affix(strings.HasSuffix)},
		"removeprefix": {[]string{"prefix"}, without(strings.TrimPrefix)},
		"removesuffix": {[]string{"suffix"}, without(strings.TrimSuffix)},
		"replace":      {[]string{"old", "new", "count"}, replaceText},
		"find":         {[]string{"sub", "start", "end"}, find(strings.Index, false)},
		"rfind":        {[]string{"sub", "start", "end"}, find(strings.LastIndex, false)},
		"index":        {[]string{"sub", "start", "end"}, find(strings.Index, true)},
		"rindex":       {[]string{"sub", "start", "end"}, find(strings.LastIndex, true)},
		"count":        {[]string{"sub"}, countText},
		"join":         {[]string{"iterable"}, joinText},
		"zfill":        {[]string{"width"}, zeroFill},
		"ljust":        {[]string{"width", "fillchar"}, justify(0)},
		"rjust":        {[]string{"width", "fillchar"}, justify(2)},
		"center":       {[]string{"width", "fillchar"}, justify(1)},
		"isdigit":      ask(every(unicode.IsDigit)),
		"isdecimal":    ask(every(unicode.IsDigit)),
		"isnumeric":    ask(every(unicode.IsNumber)),
		"isalpha":      ask(every(unicode.IsLetter)),
		"isalnum":      ask(every(func(c rune) bool { return unicode.IsLetter(c) || unicode.IsNumber(c) })),
		"isspace":      ask(every(isSpace)),
		"isascii":      ask(func(s string) bool { return strings.IndexFunc(s, func(c rune) bool { return c > 127 }) < 0 }),
		"isupper":      ask(isUpper),
		"islower":      ask(isLower),
	}
}

// textMethod is the method of a string of that name.
func textMethod(s, name string) (any, bool) {
	if name == "format" {
		return &function{name: name, call: func(r *run, a args) (any, error) { return r.format(s, a) }}, true
	}
	m, ok := textMethods()[name]
	if !ok {
		return nil, false
	}
	return &function{name: name, call: func(r *run, a args) (any, error) {
		in, err := a.bind(name, m.parameters...)
		if err != nil {
			return nil, err
		}
		if err := r.step(10 + len(s)/16); err != nil {
			return nil, err
		}
		v, err := m.call(r, s, in)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return v, nil
	}}, true
}

// textArgument is an argument that must be text.
func textArgument(v any) (string, error) {
	s, ok := v.(string)
	switch {
	case ok:
		return s, nil
	case isMissing(v):
		return "", errors.New("an argument is missing")
	}
	return "", fmt.Errorf("the argument is a %s; it must be a str", typeName(v))
}

// wholeArgument is an argument that must be a whole number; otherwise is taken
// where it is not given or none.
func wholeArgument(v any, otherwise int64) (int64, error) {
	if isMissing(v) || v == nil {
		return otherwise, nil
	}
	n, _, whole, ok := number(v)
	if !ok || !whole {
		return 0, fmt.Errorf("the argument is a %s; it must be an int", typeName(v))
	}
	return n, nil
}

func every(is func(rune) bool) func(string) bool {
	return func(s string) bool {
		return s != "" && strings.IndexFunc(s, func(c rune) bool { return !is(c) }) < 0
	}
}

func isUpper(s string) bool {
	return strings.IndexFunc(s, unicode.IsUpper) >= 0 &&
		strings.IndexFunc(s, func(c rune) bool { return unicode.IsLower(c) || unicode.IsTitle(c) }) < 0
}

func isLower(s string) bool {
	return strings.IndexFunc(s, unicode.IsLower) >= 0 &&
		strings.IndexFunc(s, func(c rune) bool { return unicode.IsUpper(c) || unicode.IsTitle(c) }) < 0
}

// capitalize makes the first character a title letter and the rest small.
func capitalize(s string) string {
	c, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return titleRune(c, s[:n]) + strings.TrimPrefix(pytext.Lower(s), pytext.Lower(s[:n]))
}

// titleRune is one character in title case; ß and the ligatures have two letters.
func titleRune(c rune, as string) string {
	switch c {
	case 'ß':
		return "Ss"
	case 'ﬀ':
		return "Ff"
	case 'ﬁ':
		return "Fi"
	case 'ﬂ':
		return "Fl"
	}
	if t := unicode.ToTitle(c); t != c {
		return string(t)
	}
	return as
}

// upper makes all letters capital; ß and the ligatures become two letters.
func upper(s string) string {
	var b strings.Builder
	for i, c := range s {
		if two := titleRune(c, ""); len(two) == 2 {
			b.WriteString(strings.ToUpper(two))
			continue
		}
		if c == utf8.RuneError {
			_, n := utf8.DecodeRuneInString(s[i:])
			b.WriteString(s[i : i+n])
			continue
		}
		b.WriteRune(unicode.ToUpper(c))
	}
	return b.String()
}

// titleWords makes the letter after each character that is no letter a title one.
func titleWords(s string) string {
	var b strings.Builder
	within := false
	for i, c := range s {
		if within {
			b.WriteRune(unicode.ToLower(c))
		} else {
			_, n := utf8.DecodeRuneInString(s[i:])
			b.WriteString(titleRune(c, s[i:i+n]))
		}
		within = unicode.IsUpper(c) || unicode.IsLower(c) || unicode.IsTitle(c)
	}
	return b.String()
}

func swapCase(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsUpper(c) {
			return unicode.ToLower(c)
		}
		return unicode.ToUpper(c)
	}, s)
}

func strip(left, right bool) textCall {
	return func(_ *run, s string, in []any) (any, error) {
		is := isSpace
		if !isMissing(in[0]) && in[0] != nil {
			chars, err := textArgument(in[0])
			if err != nil {
				return nil, err
			}
			is = func(c rune) bool { return strings.ContainsRune(chars, c) }
		}
		if left {
			s = strings.TrimLeftFunc(s, is)
		}
		if right {
			s = strings.TrimRightFunc(s, is)
		}
		return s, nil
	}
}

func affix(has func(s, part string) bool) textCall {
	return func(r *run, s string, in []any) (any, error) {
		s, _, err := between(s, in[1], in[2])
		if err != nil {
			return nil, err
		}
		if all, ok := in[0].(tuple); ok {
			for _, v := range all {
				part, err := textArgument(v)
				if err != nil {
					return nil, err
				}
				if has(s, part) {
					return true, nil
				}
			}
			return false, nil
		}
		part, err := textArgument(in[0])
		return has(s, part), err
	}
}

// between is s[start:end] in characters, and the number of characters before it.
func between(s string, start, end any) (string, int64, error) {
	if (isMissing(start) || start == nil) && (isMissing(end) || end == nil) {
		return s, 0, nil
	}
	all := []rune(s)
	n := int64(len(all))
	from, err := wholeArgument(start, 0)
	if err != nil {
		return "", 0, err
	}
	to, err := wholeArgument(end, n)
	if err != nil {
		return "", 0, err
	}
	clip := func(v int64) int64 {
		if v < 0 {
			v = max(v, -n) + n
		}
		return min(v, n)
	}
	from, to = clip(from), clip(to)
	if from > to {
		return "", from, nil
	}
	return string(all[from:to]), from, nil
}

func without(trim func(s, part string) string) textCall {
	return func(_ *run, s string, in []any) (any, error) {
		part, err := textArgument(in[0])
		return trim(s, part), err
	}
}

func find(index func(s, sub string) int, must bool) textCall {
	return func(_ *run, s string, in []any) (any, error) {
		sub, err := textArgument(in[0])
		if err != nil {
			return nil, err
		}
		part, before, err := between(s, in[1], in[2])
		if err != nil {
			return nil, err
		}
		i := index(part, sub)
		if i < 0 && must {
			return nil, errors.New("the text is not there")
		}
		if i < 0 {
			return int64(-1), nil
		}
		return before + int64(utf8.RuneCountInString(part[:i])), nil
	}
}

func countText(_ *run, s string, in []any) (any, error) {
	sub, err := textArgument(in[0])
	return int64(strings.Count(s, sub)), err
}
