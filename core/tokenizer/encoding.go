package tokenizer

import (
	"fmt"
	"slices"
)

// Encoding is a tokenized text. All slices but Overflow have one element a token.
type Encoding struct {
	IDs           []int
	Tokens        []string
	Offsets       [][2]int // code points [begin, end) of the text; (0, 0) for inserted tokens
	TypeIDs       []int
	SequenceIDs   []int  // 0 or 1: which text of a pair; −1 for inserted tokens
	SpecialMask   []bool // inserted by the post-processor or as padding
	AttentionMask []int  // 0 for padding
	// Overflow are the further windows of a text that was truncated.
	Overflow []Encoding
}

// Len is the number of tokens.
func (e *Encoding) Len() int { return len(e.IDs) }

// addSpecial appends a token that does not stand in the text.
func (e *Encoding) addSpecial(id int, text string, typeID int) {
	e.IDs = append(e.IDs, id)
	e.Tokens = append(e.Tokens, text)
	e.Offsets = append(e.Offsets, [2]int{})
	e.TypeIDs = append(e.TypeIDs, typeID)
	e.SequenceIDs = append(e.SequenceIDs, -1)
	e.SpecialMask = append(e.SpecialMask, true)
	e.AttentionMask = append(e.AttentionMask, 1)
}

// part is the tokens [begin, end), without windows.
func (e *Encoding) part(begin, end int) Encoding {
	return Encoding{
		IDs: slices.Clone(e.IDs[begin:end]), Tokens: slices.Clone(e.Tokens[begin:end]), Offsets: slices.Clone(e.Offsets[begin:end]),
		TypeIDs: slices.Clone(e.TypeIDs[begin:end]), SequenceIDs: slices.Clone(e.SequenceIDs[begin:end]),
		SpecialMask: slices.Clone(e.SpecialMask[begin:end]), AttentionMask: slices.Clone(e.AttentionMask[begin:end]),
	}
}

// appendTokens appends the tokens of another encoding, not its windows.
func (e *Encoding) appendTokens(o *Encoding) {
	e.IDs = append(e.IDs, o.IDs...)
	e.Tokens = append(e.Tokens, o.Tokens...)
	e.Offsets = append(e.Offsets, o.Offsets...)
	e.TypeIDs = append(e.TypeIDs, o.TypeIDs...)
	e.SequenceIDs = append(e.SequenceIDs, o.SequenceIDs...)
	e.SpecialMask = append(e.SpecialMask, o.SpecialMask...)
	e.AttentionMask = append(e.AttentionMask, o.AttentionMask...)
}

// join appends another encoding. Every window of one goes with the other and
// with every window of the other, in the order that tokenizers has.
func (e *Encoding) join(o *Encoding) {
	var windows []Encoding
	pair := func(a, b *Encoding) {
		w := a.part(0, a.Len())
		w.appendTokens(b)
		windows = append(windows, w)
	}
	for i := range e.Overflow {
		pair(&e.Overflow[i], o)
		for j := range o.Overflow {
			pair(&e.Overflow[i], &o.Overflow[j])
		}
	}
	for j := range o.Overflow {
		pair(e, &o.Overflow[j])
	}
	e.appendTokens(o)
	e.Overflow = windows
}

// set gives every token to a sequence and a type. Windows keep their types, as
// in tokenizers.
func (e *Encoding) set(sequence, typeID int) {
	for i := range e.SequenceIDs {
		e.SequenceIDs[i], e.TypeIDs[i] = sequence, typeID
	}
}

// Side is an end of a text.
type Side string

// The sides. Right is the default.
const (
	Right Side = "right"
	Left  Side = "left"
)

// truncate keeps the first (or, on the left, the last) tokens. The rest follows
// in windows of the same length that overlap by stride tokens.
func (e *Encoding) truncate(length, stride int, side Side) error {
	n := e.Len()
	switch {
	case length >= n:
		return nil
	case length == 0:
		whole := *e
		*e = Encoding{Overflow: []Encoding{whole}}
		return nil
	case stride >= length:
		return fmt.Errorf("stride %d is not less than the %d tokens that are left for the text; choose a smaller one", stride, length)
	}
	var ranges [][2]int
	for at := 0; ; at += length - stride {
		begin, end := at, min(at+length, n)
		if side == Left {
			begin, end = max(n-at-length, 0), n-at
		}
		ranges = append(ranges, [2]int{begin, end})
		if side == Left && begin == 0 || side != Left && end == n {
			break
		}
	}
	first := e.part(ranges[0][0], ranges[0][1])
	for _, r := range ranges[1:] {
		first.Overflow = append(first.Overflow, e.part(r[0], r[1]))
	}
	*e = first
	return nil
}

// pad fills the encoding and its windows up to a length.
func (e *Encoding) pad(length, id, typeID int, text string, side Side) {
	for i := range e.Overflow {
		e.Overflow[i].pad(length, id, typeID, text, side)
	}
	missing := length - e.Len()
	if missing <= 0 {
		return
	}
	var filler Encoding
	for range missing {
		filler.addSpecial(id, text, typeID)
	}
	clear(filler.AttentionMask)
	if side != Left {
		e.appendTokens(&filler)
		return
	}
	windows := e.Overflow
	filler.appendTokens(e)
	*e = filler
	e.Overflow = windows
}
