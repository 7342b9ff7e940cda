package tokenizer

import (
	"bytes"
	"unicode/utf8"
)

// Stream turns ids into text as they come, as transformers' TextStreamer does: it
// gives out whole words, up to the last space; everything after an ideograph;
// and after the end of a line it begins anew, so that what follows is decoded
// by itself.
//
// For byte-level tokenizers it takes time in proportion to the ids, for others
// every id costs the decoding of its line.
type Stream struct {
	t           *Tokenizer
	skipSpecial bool

	ids     []int // since the last line end
	printed int   // code points of their text that were given out

	plain bool   // ids join to bytes: the three below stand for ids and printed
	text  []byte // decoded and not given out
	open  []byte // bytes that may become a code point
	space int    // length of text up to and with its last space
}

// NewStream begins an answer.
func (t *Tokenizer) NewStream(skipSpecial bool) *Stream {
	return &Stream{t: t, skipSpecial: skipSpecial, plain: t.plainBytes()}
}

// Push takes the next id and returns the text that is now certain, often none.
func (s *Stream) Push(id int) string {
	if s.plain {
		return s.pushBytes(id)
	}
	s.ids = append(s.ids, id)
	text := []rune(s.t.DecodeText(s.ids, s.skipSpecial))
	end := 0
	switch last := len(text) - 1; {
	case last >= 0 && text[last] == '\n':
		out := from(text, s.printed, len(text))
		s.ids, s.printed = s.ids[:0], 0
		return out
	case last >= 0 && isIdeograph(text[last], ideographE):
		end = len(text)
	default:
		for end = len(text); end > 0 && text[end-1] != ' '; end-- {
		}
	}
	out := from(text, s.printed, end)
	s.printed += utf8.RuneCountInString(out)
	return out
}

// ideographE is where Extension E begins in TextStreamer's table.
const ideographE = 0x2B820

// from is text[begin:end], empty where that is no range, as Python slices.
func from(text []rune, begin, end int) string {
	if begin >= end {
		return ""
	}
	return string(text[begin:end])
}

// End returns what is left. The stream can then take another answer.
func (s *Stream) End() string {
	if s.plain {
		out := string(appendLossy(s.text, s.open))
		s.text, s.open, s.space = nil, nil, 0
		return out
	}
	if len(s.ids) == 0 {
		return ""
	}
	text := []rune(s.t.DecodeText(s.ids, s.skipSpecial))
	out := from(text, s.printed, len(text))
	s.ids, s.printed = s.ids[:0], 0
	return out
}

// pushBytes is Push where decoding is joining bytes.
func (s *Stream) pushBytes(id int) string {
	for _, token := range s.t.kept([]int{id}, s.skipSpecial) {
		s.open = appendTokenBytes(s.open, token)
	}
	before := len(s.text)
	s.text, s.open = appendComplete(s.text, s.open)
	if i := bytes.LastIndexByte(s.text[before:], ' '); i >= 0 {
		s.space = before + i + 1
	}
	last, _ := utf8.DecodeLastRune(s.text)
	switch {
	case len(s.open) > 0: // the text ends in U+FFFD for now
		return s.give(s.space)
	case len(s.text) > 0 && (last == '\n' || isIdeograph(last, ideographE)):
		return s.give(len(s.text))
	}
	return s.give(s.space)
}

// give takes n bytes off the text.
func (s *Stream) give(n int) string {
	out := string(s.text[:n])
	s.text = append(s.text[:0], s.text[n:]...)
	s.space = 0
	return out
}

// appendComplete decodes all bytes but those at the end that more could complete.
func appendComplete(text, data []byte) (out, open []byte) {
	for tail := max(0, len(data)-3); tail < len(data); tail++ {
		if r, n := utf8.DecodeRune(data[tail:]); r == utf8.RuneError && n <= 1 {
			if n, more := subpart(data[tail:]); more && tail+n == len(data) {
				return appendLossy(text, data[:tail]), append([]byte(nil), data[tail:]...)
			}
		}
	}
	return appendLossy(text, data), data[:0]
}
