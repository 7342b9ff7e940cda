package tokenizer

import (
	"strings"
	"unicode/utf8"
)

// preTokenizer splits a normalized text into the pieces that the model sees. It
// may rewrite them.
type preTokenizer interface {
	pieces(out []aligned, t aligned) []aligned
}

type preTokenizers []preTokenizer

func (ps preTokenizers) pieces(out []aligned, t aligned) []aligned {
	now := []aligned{t}
	for _, p := range ps {
		var next []aligned
		for _, piece := range now {
			next = p.pieces(next, piece)
		}
		now = next
	}
	return append(out, now...)
}

// splitBy splits by a pattern.
type splitBy struct {
	pattern  pattern
	behavior behavior
}

func (s splitBy) pieces(out []aligned, t aligned) []aligned {
	return append(out, t.split(s.pattern, s.behavior)...)
}

// byteLevel splits as GPT-2 does and writes the bytes as printable code points.
type byteLevel struct {
	addPrefixSpace bool
	useRegex       bool
}

func (b byteLevel) pieces(out []aligned, t aligned) []aligned {
	if b.addPrefixSpace && !strings.HasPrefix(t.text, " ") {
		t.prepend(" ")
	}
	if !b.useRegex {
		bytesAsRunes(&t)
		return append(out, t)
	}
	// The whole text is rewritten at once and then cut, which is one
	// allocation in place of one a word.
	parts := scanner(scanGPT2).matches(t.text)
	mapped := t
	bytesAsRunes(&mapped)
	at := 0
	for _, m := range parts {
		size := 0
		for i := m.begin; i < m.end; i++ {
			size += len(byteRunes[t.text[i]])
		}
		out = append(out, mapped.slice(at, at+size))
		at += size
	}
	return out
}

// prependScheme says when Metaspace puts its mark before a text.
type prependScheme string

const (
	prependAlways prependScheme = "always"
	prependFirst  prependScheme = "first"
	prependNever  prependScheme = "never"
)

// metaspace writes spaces as a mark, ▁ by default, and splits before it.
type metaspace struct {
	mark   string
	scheme prependScheme
	split  bool
}

func (m metaspace) pieces(out []aligned, t aligned) []aligned {
	t.replace(literal(" ").matches(t.text), m.mark)
	if !strings.HasPrefix(t.text, m.mark) && (m.scheme == prependAlways || m.scheme == prependFirst && t.base == 0) {
		t.prepend(m.mark)
	}
	if !m.split {
		return append(out, t)
	}
	return append(out, t.split(literal(m.mark), mergedWithNext)...)
}

// bertPreTokenizer splits at white space and around every punctuation mark.
type bertPreTokenizer struct{}

func (bertPreTokenizer) pieces(out []aligned, t aligned) []aligned {
	for _, word := range t.split(each(isSpace), removed) {
		out = append(out, word.split(each(isPunctuation), isolated)...)
	}
	return out
}

// fixedLength cuts after so many code points.
type fixedLength int

func (n fixedLength) pieces(out []aligned, t aligned) []aligned {
	for begin := 0; begin < len(t.text); {
		end := begin
		for count := 0; count < int(n) && end < len(t.text); count++ {
			_, size := utf8.DecodeRuneInString(t.text[end:])
			end += size
		}
		out = append(out, t.slice(begin, end))
		begin = end
	}
	return out
}
