package tokenizer

import (
	"strings"
	"unicode/utf8"
)

// match is a part of a text: one match of a pattern, or what lies between two.
type match struct {
	begin, end int
	is         bool
}

// pattern cuts a text into matches and what lies between them. The parts cover
// the text in order.
type pattern interface {
	matches(text string) []match
}

// behavior says what becomes of the matches when a text is split by them.
type behavior string

const (
	removed            behavior = "Removed"
	isolated           behavior = "Isolated"
	mergedWithPrevious behavior = "MergedWithPrevious"
	mergedWithNext     behavior = "MergedWithNext"
	contiguous         behavior = "Contiguous"
)

// split cuts a text by a pattern. Empty parts are left out.
func (t aligned) split(p pattern, how behavior) []aligned {
	return t.cut(arrange(p.matches(t.text), how))
}

func (t aligned) cut(parts []match) []aligned {
	out := make([]aligned, 0, len(parts))
	for _, m := range parts {
		if m.begin < m.end {
			out = append(out, t.slice(m.begin, m.end))
		}
	}
	return out
}

// arrange merges and removes matches; what is left are the parts of the text.
func arrange(ms []match, how behavior) []match {
	switch how {
	case removed:
		out := ms[:0]
		for _, m := range ms {
			if !m.is {
				out = append(out, m)
			}
		}
		return out
	case contiguous:
		return mergeParts(ms, func(is, previous bool) bool { return is == previous })
	case mergedWithPrevious:
		return mergeParts(ms, func(is, previous bool) bool { return is && !previous })
	case mergedWithNext:
		return mergeWithNext(ms)
	}
	return ms
}

// mergeParts lets a part grow by the next one where join says so.
func mergeParts(ms []match, join func(is, previous bool) bool) []match {
	out := ms[:0]
	previous := false
	for _, m := range ms {
		if join(m.is, previous) && len(out) > 0 {
			out[len(out)-1].end = m.end
		} else {
			out = append(out, m)
		}
		previous = m.is
	}
	return out
}

// mergeWithNext joins a match with what follows, unless that is a match too.
func mergeWithNext(ms []match) []match {
	out := ms[:0]
	for i := 0; i < len(ms); i++ {
		m := ms[i]
		if m.is && i+1 < len(ms) && !ms[i+1].is {
			m.end = ms[i+1].end
			i++
		}
		out = append(out, m)
	}
	return out
}

// literal matches a string that is not empty.
type literal string

func (p literal) matches(text string) []match {
	var out []match
	at := 0
	for at < len(text) {
		i := strings.Index(text[at:], string(p))
		if i < 0 {
			break
		}
		if i > 0 {
			out = append(out, match{at, at + i, false})
		}
		out = append(out, match{at + i, at + i + len(p), true})
		at += i + len(p)
	}
	if at < len(text) {
		out = append(out, match{at, len(text), false})
	}
	return out
}

// each matches single code points.
type each func(rune) bool

func (p each) matches(text string) []match {
	var out []match
	at := 0
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if p(r) {
			if at < i {
				out = append(out, match{at, i, false})
			}
			out = append(out, match{i, i + n, true})
			at = i + n
		}
		i += n
	}
	if at < len(text) {
		out = append(out, match{at, len(text), false})
	}
	return out
}

// inverted takes the matches of a pattern for what lies between, and the other
// way about.
type inverted struct{ pattern }

func (p inverted) matches(text string) []match {
	ms := p.pattern.matches(text)
	for i := range ms {
		ms[i].is = !ms[i].is
	}
	return ms
}

// scanner is a pattern that was written by hand: scan is the length of the
// match that begins where rest begins, 0 for none. It looks ahead only, and no
// further than the match and the code points after it, so that matching takes
// time in proportion to the text.
type scanner func(rest string) int

func (p scanner) matches(text string) []match {
	var out []match
	at := 0
	for i := 0; i < len(text); {
		n := p(text[i:])
		if n == 0 {
			_, n := utf8.DecodeRuneInString(text[i:])
			i += n
			continue
		}
		if at < i {
			out = append(out, match{at, i, false})
		}
		out = append(out, match{i, i + n, true})
		i += n
		at = i
	}
	if at < len(text) {
		out = append(out, match{at, len(text), false})
	}
	return out
}
