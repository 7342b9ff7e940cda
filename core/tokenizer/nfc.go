package tokenizer

import (
	"slices"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The Unicode normalization forms with alignment. golang.org/x/text has the
// tables, one code point and one pair at a time; its own whole-text functions
// would lose the alignment, and put U+034F into long runs of marks.

// marked is a code point of a decomposition with its combining class.
type marked struct {
	change
	class uint8
}

// normalizeForm brings a text into a form. compatible means NFKC and NFKD,
// composed NFC and NFKC.
func (t *aligned) normalizeForm(compatible, composed bool) {
	form := map[[2]bool]norm.Form{
		{false, true}: norm.NFC, {false, false}: norm.NFD, {true, true}: norm.NFKC, {true, false}: norm.NFKD,
	}[[2]bool{compatible, composed}]
	if form.QuickSpanString(t.text) == len(t.text) {
		return // already in the form: no alignment changes
	}
	parts := decompose(t.text, compatible)
	var changes []change
	if composed {
		changes = compose(parts)
	} else {
		changes = make([]change, len(parts))
		for i, p := range parts {
			changes[i] = p.change
		}
	}
	t.transform(changes, 0)
}

// decompose is the full decomposition in canonical order. Of the parts of one
// code point the first replaces it, the others are inserted.
func decompose(text string, compatible bool) []marked {
	form := norm.NFD
	if compatible {
		form = norm.NFKD
	}
	out := make([]marked, 0, len(text))
	pending := 0 // from here on, marks that wait for their order
	var buf [64]byte
	for i, r := range text {
		if r < utf8.RuneSelf {
			sortMarks(out[pending:])
			out = append(out, marked{change: change{r: r}})
			pending = len(out)
			continue
		}
		n := 0
		for _, d := range string(form.AppendString(buf[:0], text[i:i+utf8.RuneLen(r)])) {
			class := norm.NFD.PropertiesString(string(d)).CCC()
			if class == 0 {
				sortMarks(out[pending:])
				pending = len(out) + 1
			}
			out = append(out, marked{change{d, n}, class})
			n = 1
		}
	}
	sortMarks(out[min(pending, len(out)):])
	return out
}

func sortMarks(marks []marked) {
	if len(marks) > 1 {
		slices.SortStableFunc(marks, func(a, b marked) int { return int(a.class) - int(b.class) })
	}
}

// compose is canonical composition (UAX #15). A code point that was composed
// from several carries the sum of their changes, less one for each merge.
func compose(parts []marked) []change {
	out := make([]change, 0, len(parts))
	starter := change{r: -1}
	var blocked []change // marks after the starter that did not compose
	last := -1           // class of the last of them
	flush := func() {
		if starter.r >= 0 {
			out = append(out, starter)
		}
		out = append(out, blocked...)
		blocked, last = blocked[:0], -1
	}
	for _, p := range parts {
		switch {
		case starter.r < 0 && p.class != 0:
			out = append(out, p.change)
			continue
		case starter.r < 0:
			starter = p.change
			continue
		}
		if last < int(p.class) {
			if r, ok := composePair(starter.r, p.r); ok {
				starter = change{r, starter.n + p.n - 1}
				continue
			}
		}
		if p.class == 0 {
			flush()
			starter = p.change
			continue
		}
		blocked = append(blocked, p.change)
		last = int(p.class)
	}
	flush()
	return out
}

// composePair is the primary composite of two code points.
func composePair(a, b rune) (rune, bool) {
	if b < utf8.RuneSelf {
		return 0, false
	}
	var buf, res [16]byte
	second := utf8.AppendRune(buf[:0], b)
	if norm.NFC.Properties(second).BoundaryBefore() {
		return 0, false
	}
	pair := utf8.AppendRune(utf8.AppendRune(buf[:0], a), b)
	composed := norm.NFC.Append(res[:0], pair...)
	r, n := utf8.DecodeRune(composed)
	return r, n == len(composed) && len(composed) > 0 && r != utf8.RuneError
}
