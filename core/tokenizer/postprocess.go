package tokenizer

import (
	"fmt"
	"unicode/utf8"
)

// postProcessor puts a model's special tokens around one text or two.
type postProcessor interface {
	// added is how many tokens it inserts.
	added(pair bool) int
	// process works on the parts of what will be joined in the end; at first
	// they are the texts.
	process(parts []Encoding, special bool) ([]Encoding, error)
}

type postProcessors []postProcessor

func (ps postProcessors) added(pair bool) int {
	n := 0
	for _, p := range ps {
		n += p.added(pair)
	}
	return n
}

func (ps postProcessors) process(parts []Encoding, special bool) ([]Encoding, error) {
	for _, p := range ps {
		var err error
		if parts, err = p.process(parts, special); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

// byteLevelOffsets takes white space out of the offsets, if trim is set.
type byteLevelOffsets struct{ trim, addPrefixSpace bool }

func (byteLevelOffsets) added(bool) int { return 0 }

func (b byteLevelOffsets) process(parts []Encoding, _ bool) ([]Encoding, error) {
	for i := range parts {
		if b.trim {
			trimOffsets(&parts[i], b.addPrefixSpace)
		}
		for j := range parts[i].SequenceIDs {
			parts[i].SequenceIDs[j] = i
		}
	}
	return parts, nil
}

// trimOffsets leaves the white space at either end of a token out of its
// offsets. Where a space was put before the text, the first token's one space
// is that one, and not in the text.
func trimOffsets(e *Encoding, addPrefixSpace bool) {
	for i, text := range e.Tokens {
		o := &e.Offsets[i]
		leading := utf8.RuneCountInString(text[:run(text, isByteSpace)])
		trailing := trailingSpaces(text)
		if leading > 0 {
			if (i == 0 || o[0] == 0) && addPrefixSpace && leading == 1 {
				leading = 0
			}
			o[0] = min(o[0]+leading, o[1])
		}
		if trailing > 0 && o[1] >= trailing {
			o[1] = max(o[1]-trailing, o[0])
		}
	}
	for i := range e.Overflow {
		trimOffsets(&e.Overflow[i], addPrefixSpace)
	}
}

// isByteSpace is white space, or the space as byte-level tokens show it.
func isByteSpace(r rune) bool { return r == 'Ġ' || isSpace(r) }

func trailingSpaces(text string) int {
	n := 0
	for text != "" {
		r, size := utf8.DecodeLastRuneInString(text)
		if !isByteSpace(r) {
			break
		}
		text = text[:len(text)-size]
		n++
	}
	return n
}

// templatePiece is a text of the pair or special tokens.
type templatePiece struct {
	sequence int // 0 or 1; −1 for special tokens
	typeID   int
	ids      []int
	tokens   []string
}

// template lays the texts and the special tokens out as a file says.
type template struct{ single, pair []templatePiece }

func (t template) pieces(pair bool) []templatePiece {
	if pair {
		return t.pair
	}
	return t.single
}

func (t template) added(pair bool) int {
	n := 0
	for _, p := range t.pieces(pair) {
		n += len(p.ids)
	}
	return n
}

func (t template) process(parts []Encoding, special bool) ([]Encoding, error) {
	if len(parts) > 2 {
		return nil, fmt.Errorf("a post-processor TemplateProcessing stands after another that inserts tokens")
	}
	var out []Encoding
	for _, p := range t.pieces(len(parts) == 2) {
		switch {
		case p.sequence >= len(parts):
			return nil, fmt.Errorf("the template for one text has $B")
		case p.sequence >= 0:
			e := parts[p.sequence].clone()
			e.set(p.sequence, p.typeID)
			out = append(out, e)
		case special:
			var e Encoding
			for i, id := range p.ids {
				e.addSpecial(id, p.tokens[i], p.typeID)
			}
			out = append(out, e)
		}
	}
	return out, nil
}

// clone copies an encoding with its windows.
func (e *Encoding) clone() Encoding {
	c := e.part(0, e.Len())
	for i := range e.Overflow {
		c.Overflow = append(c.Overflow, e.Overflow[i].part(0, e.Overflow[i].Len()))
	}
	return c
}

// wrapped is BertProcessing and RobertaProcessing: a template that is left out
// altogether without special tokens.
type wrapped struct {
	template
	offsets *byteLevelOffsets // RobertaProcessing trims
	zero    bool              // … and has type 0 everywhere
}

func (w wrapped) process(parts []Encoding, special bool) ([]Encoding, error) {
	for i := range parts {
		if w.offsets != nil && w.offsets.trim {
			trimOffsets(&parts[i], w.offsets.addPrefixSpace)
		}
		if w.zero {
			parts[i].zeroTypes()
		}
	}
	if !special {
		return parts, nil
	}
	return w.template.process(parts, true)
}

func (e *Encoding) zeroTypes() {
	clear(e.TypeIDs)
	for i := range e.Overflow {
		e.Overflow[i].zeroTypes()
	}
}

// special is a token that a post-processor inserts.
type special struct {
	text string
	id   int
}

// bertTemplate is [CLS] A [SEP] and [CLS] A [SEP] B [SEP]; robertaTemplate has
// two separators between the texts and one type.
func bertTemplate(cls, sep special) template {
	t := func(s special, typeID int) templatePiece {
		return templatePiece{-1, typeID, []int{s.id}, []string{s.text}}
	}
	single := []templatePiece{t(cls, 0), {sequence: 0}, t(sep, 0)}
	return template{single, append(single[:3:3], templatePiece{sequence: 1, typeID: 1}, t(sep, 1))}
}

func robertaTemplate(cls, sep special) template {
	t := func(s special) templatePiece { return templatePiece{-1, 0, []int{s.id}, []string{s.text}} }
	single := []templatePiece{t(cls), {sequence: 0}, t(sep)}
	return template{single, append(single[:3:3], t(sep), templatePiece{sequence: 1}, t(sep))}
}
