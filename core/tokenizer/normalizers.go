package tokenizer

import (
	"unicode"
)

// normalizer rewrites a text before it is split.
type normalizer interface {
	normalize(t *aligned)
}

type normalizers []normalizer

func (n normalizers) normalize(t *aligned) {
	for _, one := range n {
		one.normalize(t)
	}
}

// rewrite is a normalizer without options.
type rewrite func(t *aligned)

func (f rewrite) normalize(t *aligned) { f(t) }

// unicodeForm is NFC, NFD, NFKC or NFKD.
type unicodeForm struct{ compatible, composed bool }

func (f unicodeForm) normalize(t *aligned) { t.normalizeForm(f.compatible, f.composed) }

// lowercase goes code point by code point, without context.
func lowercase(t *aligned) {
	if all(t.text, func(r rune) bool { return r != 'İ' && unicode.ToLower(r) == r }) {
		return
	}
	changes := make([]change, 0, len(t.text))
	for _, r := range t.text {
		changes = appendLower(changes, r)
	}
	t.transform(changes, 0)
}

// stripAccents removes combining marks. It decomposes nothing.
func stripAccents(t *aligned) {
	t.keep(func(r rune) bool { return !unicode.Is(unicode.M, r) })
}

type stripSpaces struct{ left, right bool }

func (s stripSpaces) normalize(t *aligned) { t.strip(s.left, s.right) }

type replaceAll struct {
	pattern pattern
	content string
}

func (r replaceAll) normalize(t *aligned) { t.replace(r.pattern.matches(t.text), r.content) }

type prependText string

func (p prependText) normalize(t *aligned) { t.prepend(string(p)) }

// bertNormalizer is BERT's own cleaning.
type bertNormalizer struct {
	cleanText, ideographs, stripAccents, lowercase bool
}

func (b bertNormalizer) normalize(t *aligned) {
	if b.cleanText {
		t.keep(func(r rune) bool { return r != 0 && r != 0xFFFD && !isControl(r) })
		t.replaceEach(func(r rune) rune {
			if isSpace(r) {
				return ' '
			}
			return r
		})
	}
	if b.ideographs {
		spaceIdeographs(t)
	}
	if b.stripAccents {
		t.normalizeForm(false, false)
		t.keep(func(r rune) bool { return !unicode.Is(unicode.Mn, r) })
	}
	if b.lowercase {
		lowercase(t)
	}
}

// spaceIdeographs puts a space on either side of every ideograph.
func spaceIdeographs(t *aligned) {
	const extensionE = 0x2B920
	if all(t.text, func(r rune) bool { return !isIdeograph(r, extensionE) }) {
		return
	}
	changes := make([]change, 0, len(t.text))
	for _, r := range t.text {
		if isIdeograph(r, extensionE) {
			changes = append(changes, change{r: ' '}, change{r: r, n: 1}, change{r: ' ', n: 1})
		} else {
			changes = append(changes, change{r: r})
		}
	}
	t.transform(changes, 0)
}

// nmt is sentencepiece's cleaning of machine translation text.
func nmt(t *aligned) {
	t.keep(func(r rune) bool {
		return !(r >= 1 && r <= 8 || r == 0xB || r >= 0xE && r <= 0x1F || r == 0x7F || r == 0x8F || r == 0x9F)
	})
	t.replaceEach(func(r rune) rune {
		switch r {
		case '\t', '\n', '\f', '\r', 0x1680, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD:
			return ' '
		}
		return r
	})
}

// bytesAsRunes shows every byte of a text as the code point that GPT-2 has for it.
func bytesAsRunes(t *aligned) {
	text := make([]byte, 0, len(t.text)*2)
	align := make([]span, 0, len(t.text)*2)
	for i := range len(t.text) {
		from := t.align[i]
		s := byteRunes[t.text[i]]
		text = append(text, s...)
		for range len(s) {
			align = append(align, from)
		}
	}
	t.text, t.align = string(text), align
}

// byteRunes are GPT-2's printable code points for the bytes: those that are
// printable in Latin-1 stand for themselves, the others follow from U+0100 on.
var byteRunes, runeBytes = byteTables() // read-only

func byteTables() (forward [256]string, back map[rune]byte) {
	back = make(map[rune]byte, 256)
	next := rune(256)
	for b := range 256 {
		r := rune(b)
		if !(b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE) {
			r = next
			next++
		}
		forward[b] = string(r)
		back[r] = byte(b)
	}
	return forward, back
}
