package tokenizer

import (
	"unicode/utf8"
)

// span is a range of bytes of the original text.
type span struct{ begin, end int32 }

// aligned is a text on its way through the pipeline. Every byte of text knows
// the bytes of the original that it came from.
type aligned struct {
	text  string
	align []span // one a byte of text
	base  int32  // where this piece begins in the original
	limit int    // longest text that it may become, in bytes
	over  bool   // it would have become longer, and was left as it was
}

// growth bounds what a pipeline makes of a text: a file may ask for replacements
// that multiply it again and again. NFKC, the most that published pipelines do,
// makes U+FDFA 11 times longer.
const (
	growth      = 64
	growthAlone = 1 << 16 // more for short texts, in bytes
)

// newAligned gives every byte the span of its code point.
func newAligned(text string) aligned {
	align := make([]span, len(text))
	for i := 0; i < len(text); {
		n := 1
		if text[i] >= utf8.RuneSelf {
			_, n = utf8.DecodeRuneInString(text[i:])
		}
		for j := i; j < i+n; j++ {
			align[j] = span{int32(i), int32(i + n)}
		}
		i += n
	}
	return aligned{text: text, align: align, limit: growth*len(text) + growthAlone}
}

// slice is the part between two byte positions, on code point borders.
func (t aligned) slice(begin, end int) aligned {
	s := t
	s.text, s.align = t.text[begin:end], t.align[begin:end:end]
	if begin < end {
		s.base = t.align[begin].begin
	}
	return s
}

// original is the range of original bytes that text[begin:end] came from. ok is
// false when the range is empty or outside the text.
func (t aligned) original(begin, end int) (span, bool) {
	if begin >= end || begin < 0 || end > len(t.align) {
		return span{}, false
	}
	return span{t.align[begin].begin, t.align[end-1].end}, true
}

// change is one code point of a transformed text. n tells where it came from:
// 0 replaces the next code point of the old text, 1 is inserted (and aligned
// with what stands before it), −k replaces one and drops the k after it.
type change struct {
	r rune
	n int
}

// transform rewrites the whole text. dropped code points at the start are left
// out. The rules are those of tokenizers' NormalizedString, so that alignments
// agree also where a transformation is many to many.
func (t *aligned) transform(changes []change, dropped int) {
	if !t.fits(len(changes)) {
		return
	}
	at := 0 // byte position of the next code point to replace
	for range dropped {
		at = t.next(at)
	}
	text := make([]byte, 0, len(changes)+len(changes)/4)
	align := make([]span, 0, cap(text))
	for _, c := range changes {
		var from span
		switch {
		case c.n > 0 && at < 1:
			from = span{t.base, t.base}
		case c.n > 0:
			from = t.at(at - 1)
		default:
			from = t.at(at)
			for range 1 - c.n {
				at = t.next(at)
			}
		}
		old := len(text)
		text = utf8.AppendRune(text, c.r)
		for range len(text) - old {
			align = append(align, from)
		}
	}
	t.text, t.align = string(text), align
}

// fits says whether a text of n bytes is within the limit.
func (t *aligned) fits(n int) bool {
	t.over = t.over || n > t.limit
	return n <= t.limit
}

// at is the alignment of a byte; positions past the end take the last one.
func (t *aligned) at(i int) span {
	if len(t.align) == 0 {
		return span{t.base, t.base}
	}
	return t.align[min(i, len(t.align)-1)]
}

// next is the byte position after the code point at i, at most the length.
func (t *aligned) next(i int) int {
	if i >= len(t.text) {
		return len(t.text)
	}
	_, n := utf8.DecodeRuneInString(t.text[i:])
	return i + n
}

// keep drops the code points that a predicate refuses.
func (t *aligned) keep(wanted func(rune) bool) {
	if all(t.text, wanted) {
		return
	}
	var changes []change
	dropped, removed := 0, 0
	for _, r := range t.text {
		if !wanted(r) {
			removed++
			continue
		}
		if len(changes) == 0 {
			dropped = removed
		} else {
			changes[len(changes)-1].n = -removed
		}
		removed = 0
		changes = append(changes, change{r: r})
	}
	if len(changes) > 0 {
		changes[len(changes)-1].n = -removed
	}
	t.transform(changes, dropped)
}

// replaceEach replaces code points one by one.
func (t *aligned) replaceEach(f func(rune) rune) {
	if all(t.text, func(r rune) bool { return f(r) == r }) {
		return
	}
	changes := make([]change, 0, len(t.text))
	for _, r := range t.text {
		changes = append(changes, change{r: f(r)})
	}
	t.transform(changes, 0)
}

func all(text string, f func(rune) bool) bool {
	for _, r := range text {
		if !f(r) {
			return false
		}
	}
	return true
}

// prepend puts a prefix before a text that is not empty. It takes the
// alignment of the first code point, as tokenizers has it.
func (t *aligned) prepend(prefix string) {
	if t.text == "" || prefix == "" || !t.fits(len(t.text)+len(prefix)) {
		return
	}
	first := t.align[0]
	n := t.next(0)
	align := make([]span, len(prefix)+len(t.align))
	for i := range len(prefix) + n {
		align[i] = first
	}
	copy(align[len(prefix)+n:], t.align[n:])
	t.text, t.align = prefix+t.text, align
}

// replace puts content in the place of every match. It is aligned with the
// last byte before the match's end.
func (t *aligned) replace(matches []match, content string) {
	size, changed := 0, false
	for _, m := range matches {
		if m.is {
			size, changed = size+len(content), true
		} else {
			size += m.end - m.begin
		}
	}
	if !changed || !t.fits(size) {
		return
	}
	text := make([]byte, 0, size)
	align := make([]span, 0, size)
	for _, m := range matches {
		if !m.is {
			text = append(text, t.text[m.begin:m.end]...)
			align = append(align, t.align[m.begin:m.end]...)
			continue
		}
		from := span{t.base, t.base}
		if m.end > 0 {
			from = t.align[m.end-1]
		}
		text = append(text, content...)
		for range len(content) {
			align = append(align, from)
		}
	}
	t.text, t.align = string(text), align
}

// strip removes white space at either end.
func (t *aligned) strip(left, right bool) {
	begin, end := 0, len(t.text)
	for left && begin < end {
		r, n := utf8.DecodeRuneInString(t.text[begin:])
		if !isSpace(r) {
			break
		}
		begin += n
	}
	for right && end > begin {
		r, n := utf8.DecodeLastRuneInString(t.text[begin:end])
		if !isSpace(r) {
			break
		}
		end -= n
	}
	t.text, t.align = t.text[begin:end], t.align[begin:end:end]
}
