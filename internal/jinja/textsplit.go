package jinja

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

func splitText(r *run, s string, in []any) (any, error)  { return splitAt(r, s, in, false) }
func splitText2(r *run, s string, in []any) (any, error) { return splitAt(r, s, in, true) }

// splitAt splits at a separator, or at white space without one. fromRight: the
// limit counts from the right.
func splitAt(r *run, s string, in []any, fromRight bool) (any, error) {
	limit, err := wholeArgument(in[1], -1)
	if err != nil {
		return nil, err
	}
	most := -1
	if limit >= 0 {
		most = int(min(limit, int64(len(s))))
	}
	var parts []string
	switch {
	case isMissing(in[0]) || in[0] == nil:
		parts = splitBlank(s, most, fromRight)
	default:
		sep, err := textArgument(in[0])
		if err != nil {
			return nil, err
		}
		if sep == "" {
			return nil, errors.New("the separator is empty")
		}
		parts = splitSeparator(s, sep, most, fromRight)
	}
	return textList(r, parts)
}

func textList(r *run, parts []string) (any, error) {
	items := make([]any, len(parts))
	size := 0
	for i, part := range parts {
		items[i] = part
		size += len(part) + 16
	}
	return &list{items: items}, r.spend(size)
}

func splitSeparator(s, sep string, most int, fromRight bool) []string {
	if !fromRight {
		if most < 0 {
			return strings.Split(s, sep)
		}
		return strings.SplitN(s, sep, most+1)
	}
	var parts []string
	for most < 0 || len(parts) < most {
		i := strings.LastIndex(s, sep)
		if i < 0 {
			break
		}
		parts = append(parts, s[i+len(sep):])
		s = s[:i]
	}
	parts = append(parts, s)
	slices.Reverse(parts)
	return parts
}

func splitBlank(s string, most int, fromRight bool) []string {
	var parts []string
	for {
		if fromRight {
			s = strings.TrimRightFunc(s, isSpace)
		} else {
			s = strings.TrimLeftFunc(s, isSpace)
		}
		if s == "" {
			break
		}
		i := strings.IndexFunc(s, isSpace)
		if fromRight {
			i = strings.LastIndexFunc(s, isSpace)
		}
		if i < 0 || most >= 0 && len(parts) == most {
			if fromRight {
				s = strings.TrimLeftFunc(s, func(rune) bool { return false })
			}
			parts = append(parts, s)
			break
		}
		if fromRight {
			_, n := utf8.DecodeRuneInString(s[i:])
			parts, s = append(parts, s[i+n:]), s[:i]
		} else {
			parts, s = append(parts, s[:i]), s[i:]
		}
	}
	if fromRight {
		slices.Reverse(parts)
	}
	return parts
}

// splitLines splits at line ends as Python does; keep: they stay on the lines.
func splitLines(s string, keep bool) []string {
	var lines []string
	for s != "" {
		i := strings.IndexAny(s, "\n\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029")
		if i < 0 {
			return append(lines, s)
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		if strings.HasPrefix(s[i:], "\r\n") {
			n = 2
		}
		line := s[:i]
		if keep {
			line = s[:i+n]
		}
		lines, s = append(lines, line), s[i+n:]
	}
	return lines
}

func splitLinesCall(r *run, s string, in []any) (any, error) {
	return textList(r, splitLines(s, !isMissing(in[0]) && truth(in[0])))
}

func partition(index func(s, sep string) int, last bool) textCall {
	return func(_ *run, s string, in []any) (any, error) {
		sep, err := textArgument(in[0])
		if err != nil {
			return nil, err
		}
		if sep == "" {
			return nil, errors.New("the separator is empty")
		}
		i := index(s, sep)
		switch {
		case i >= 0:
			return tuple{s[:i], sep, s[i+len(sep):]}, nil
		case last:
			return tuple{"", "", s}, nil
		}
		return tuple{s, "", ""}, nil
	}
}

func replaceText(r *run, s string, in []any) (any, error) {
	old, err := textArgument(in[0])
	if err != nil {
		return nil, err
	}
	by, err := textArgument(in[1])
	if err != nil {
		return nil, err
	}
	count, err := wholeArgument(in[2], -1)
	if err != nil {
		return nil, err
	}
	return r.replace(s, old, by, count)
}

// replace replaces the first count occurrences, all if it is negative.
func (r *run) replace(s, old, by string, count int64) (string, error) {
	n := int64(strings.Count(s, old))
	if count >= 0 {
		n = min(n, count)
	}
	if grow := len(by) - len(old); grow > 0 && n > int64(maxBytes/grow) {
		return "", r.spend(maxBytes + 1)
	}
	if err := r.spend(len(s) + int(n)*(len(by)-len(old))); err != nil {
		return "", err
	}
	return strings.Replace(s, old, by, int(n)), nil
}

func joinText(r *run, s string, in []any) (any, error) {
	if isMissing(in[0]) {
		return nil, errors.New("an argument is missing")
	}
	all, err := r.iterate(in[0])
	if err != nil {
		return nil, err
	}
	parts := make([]string, len(all))
	for i, v := range all {
		part, ok := v.(string)
		if !ok {
			return nil, fmt.Errorf("item %d is a %s; it must be a str", i, typeName(v))
		}
		parts[i] = part
	}
	return r.join(parts, s)
}

func (r *run) join(parts []string, sep string) (string, error) {
	size := 0
	for _, part := range parts {
		size += len(part) + len(sep)
		if size > maxBytes {
			break
		}
	}
	if err := r.spend(size); err != nil {
		return "", err
	}
	return strings.Join(parts, sep), nil
}

func zeroFill(r *run, s string, in []any) (any, error) {
	width, err := wholeArgument(in[0], 0)
	if err != nil {
		return nil, err
	}
	n := width - int64(utf8.RuneCountInString(s))
	if n <= 0 {
		return s, nil
	}
	zeros, err := r.repeat("0", n)
	if err != nil {
		return nil, err
	}
	if s != "" && (s[0] == '-' || s[0] == '+') {
		return s[:1] + zeros.(string) + s[1:], nil
	}
	return zeros.(string) + s, nil
}

// justify pads to a width: side 0 on the right, 1 on both, 2 on the left.
func justify(side int) textCall {
	return func(r *run, s string, in []any) (any, error) {
		width, err := wholeArgument(in[0], 0)
		if err != nil {
			return nil, err
		}
		fill := " "
		if !isMissing(in[1]) {
			if fill, err = textArgument(in[1]); err != nil {
				return nil, err
			}
			if utf8.RuneCountInString(fill) != 1 {
				return nil, errors.New("the fill must be one character")
			}
		}
		return r.pad(s, fill, width, side)
	}
}

func (r *run) pad(s, fill string, width int64, side int) (string, error) {
	n := width - int64(utf8.RuneCountInString(s))
	if n <= 0 {
		return s, nil
	}
	if n > maxBytes {
		return "", r.spend(maxBytes + 1)
	}
	if err := r.spend(len(s) + int(n)*len(fill)); err != nil {
		return "", err
	}
	left := int64(0)
	switch side {
	case 1:
		left = n/2 + n&width&1
	case 2:
		left = n
	}
	return strings.Repeat(fill, int(left)) + s + strings.Repeat(fill, int(n-left)), nil
}
