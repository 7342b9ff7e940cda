package tokenizer

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// Truncation says which text of a pair is shortened to MaxLength.
type Truncation string

// The ways to truncate, as transformers calls them.
const (
	NoTruncation Truncation = ""
	LongestFirst Truncation = "longest_first"
	OnlyFirst    Truncation = "only_first"
	OnlySecond   Truncation = "only_second"
)

// Padding says how far encodings are filled up.
type Padding string

// The ways to pad. FixedLength pads to PadLength, or to MaxLength where that is 0.
const (
	NoPadding   Padding = ""
	Longest     Padding = "longest"
	FixedLength Padding = "max_length"
)

// EncodeOptions are the options of the encoding calls. The zero value adds
// nothing and cuts nothing.
type EncodeOptions struct {
	AddSpecial bool // let the post-processor insert its tokens

	Truncation Truncation
	// MaxLength is counted with inserted tokens; 0 means the configuration's
	// model_max_length (and no truncation where it has none).
	MaxLength       int
	Stride          int  // tokens that two windows of a truncated text share
	TruncationSide  Side // "" means the configuration's
	Padding         Padding
	PadLength       int
	PadToMultipleOf int
	PaddingSide     Side // "" means the configuration's

	// FromFile takes truncation and padding from tokenizer.json in place of the
	// options above, as the tokenizers library does without transformers.
	FromFile bool
}

var (
	errTooLong = errors.New("the text has 1 GiB or more; split it")
	errGrown   = fmt.Errorf("the tokenizer's normalizer or pre-tokenizer makes the text more than %d times longer; check its replacements", growth)
)

// maxPadding is the longest encoding that padding makes, in tokens.
const maxPadding = 1 << 24

// Encode tokenizes a text.
func (t *Tokenizer) Encode(text string, opt EncodeOptions) (Encoding, error) {
	return t.encodeOne([]string{text}, opt)
}

// EncodePair tokenizes two texts that belong together.
func (t *Tokenizer) EncodePair(a, b string, opt EncodeOptions) (Encoding, error) {
	return t.encodeOne([]string{a, b}, opt)
}

// EncodeBatch tokenizes texts and pads them to one length. Windows of truncated
// texts are in Overflow.
func (t *Tokenizer) EncodeBatch(texts []string, opt EncodeOptions) ([]Encoding, error) {
	opt = t.resolve(opt)
	out := make([]Encoding, len(texts))
	for i, text := range texts {
		var err error
		if out[i], err = t.process([]string{text}, opt); err != nil {
			return nil, err
		}
	}
	return out, t.padAll(out, opt)
}

func (t *Tokenizer) encodeOne(texts []string, opt EncodeOptions) (Encoding, error) {
	opt = t.resolve(opt)
	e, err := t.process(texts, opt)
	if err != nil {
		return Encoding{}, err
	}
	one := []Encoding{e}
	err = t.padAll(one, opt)
	return one[0], err
}

// resolve fills in what the configuration says.
func (t *Tokenizer) resolve(opt EncodeOptions) EncodeOptions {
	if opt.FromFile {
		opt = opt.fromFile(t.truncation, t.padding)
	}
	if opt.MaxLength == 0 && (opt.Truncation != NoTruncation || opt.Padding == FixedLength && opt.PadLength == 0) {
		if n := t.config.ModelMaxLength; n > 0 {
			opt.MaxLength = n
		} else {
			opt.Truncation = NoTruncation
			if opt.Padding == FixedLength && opt.PadLength == 0 {
				opt.Padding = NoPadding
			}
		}
	}
	if opt.TruncationSide == "" {
		opt.TruncationSide = t.config.TruncationSide
	}
	if opt.PaddingSide == "" {
		opt.PaddingSide = t.config.PaddingSide
	}
	return opt
}

// process tokenizes one text or two, truncates them and inserts special tokens.
func (t *Tokenizer) process(texts []string, opt EncodeOptions) (Encoding, error) {
	work := t.scratch()
	defer t.scratchPool.Put(work)
	if t.sentence != nil {
		return t.sentence.encode(texts, opt, work)
	}
	parts := make([]Encoding, len(texts))
	for i, text := range texts {
		if err := t.encodeText(&parts[i], text, i, work); err != nil {
			return Encoding{}, err
		}
	}
	added := 0
	if opt.AddSpecial && t.post != nil {
		added = t.post.added(len(parts) == 2)
	}
	if err := truncateParts(parts, added, opt); err != nil {
		return Encoding{}, err
	}
	if t.post != nil {
		var err error
		if parts, err = t.post.process(parts, opt.AddSpecial); err != nil {
			return Encoding{}, err
		}
	}
	return joinAll(parts), nil
}

func joinAll(parts []Encoding) Encoding {
	if len(parts) == 1 {
		return parts[0]
	}
	var e Encoding
	for i := range parts {
		e.join(&parts[i])
	}
	return e
}

// encodeText runs the pipeline over one text, up to the model.
func (t *Tokenizer) encodeText(e *Encoding, text string, sequence int, work *scratch) error {
	if len(text) > math.MaxInt32/2 {
		return errTooLong
	}
	if !utf8.ValidString(text) {
		text = oneEach(text)
	}
	found := work.found[:0]
	var err error
	for _, p := range t.pieces(text) {
		tokens := work.tokens[:0]
		if p.over {
			return errGrown
		}
		if p.isAdded {
			tokens = append(tokens, token{p.id, p.text, 0, len(p.text)})
		} else if tokens, err = t.model.tokenize(tokens, p.text, work); err != nil {
			return err
		}
		work.tokens = tokens
		for _, tok := range tokens {
			found = append(found, placed{tok.id, tok.text, p.place(tok)})
		}
	}
	work.found = found
	e.fill(found, newCharIndex(text), sequence)
	return nil
}

// placed is a token with the original bytes it came from.
type placed struct {
	id   int
	text string
	from span
}

// place is where a token of the piece lies in the original. A token without
// text, and one that goes past the piece's end, are placed as tokenizers does it.
func (p piece) place(tok token) span {
	if from, ok := p.original(tok.begin, tok.end); ok {
		return from
	}
	if tok.begin == tok.end {
		return span{p.base + int32(tok.begin), p.base + int32(tok.end)}
	}
	return span{int32(tok.begin), int32(tok.end)}
}

// fill makes the encoding of one text from its tokens.
func (e *Encoding) fill(tokens []placed, chars charIndex, sequence int) {
	n := len(tokens)
	*e = Encoding{
		IDs: make([]int, n), Tokens: make([]string, n), Offsets: make([][2]int, n), TypeIDs: make([]int, n),
		SequenceIDs: make([]int, n), SpecialMask: make([]bool, n), AttentionMask: make([]int, n),
	}
	for i, tok := range tokens {
		e.IDs[i], e.Tokens[i], e.Offsets[i] = tok.id, tok.text, chars.convert(tok.from)
		e.TypeIDs[i], e.SequenceIDs[i], e.AttentionMask[i] = sequence, sequence, 1
	}
}

// oneEach replaces every byte that is not UTF-8 by U+FFFD, as a range loop sees it.
func oneEach(text string) string {
	var b strings.Builder
	for _, r := range text {
		b.WriteRune(r)
	}
	return b.String()
}

// pieces is the text with added tokens cut out, normalized and split. Pieces are
// never empty.
func (t *Tokenizer) pieces(text string) []piece {
	var out []piece
	for _, p := range t.added.extract(nil, newAligned(text), t.added.raw) {
		if p.isAdded {
			out = append(out, p)
			continue
		}
		if t.norm != nil {
			t.norm.normalize(&p.aligned)
		}
		out = t.added.extract(out, p.aligned, t.added.norm)
	}
	if t.pre == nil {
		return out
	}
	split := make([]piece, 0, len(text)/4+len(out))
	var parts []aligned
	for _, p := range out {
		if p.isAdded {
			split = append(split, p)
			continue
		}
		parts = t.pre.pieces(parts[:0], p.aligned)
		for _, part := range parts {
			if part.text != "" {
				split = append(split, piece{aligned: part})
			}
		}
	}
	return split
}

// charIndex turns byte positions of the original text into code points. It is
// nil for ASCII.
type charIndex []int32

func newCharIndex(text string) charIndex {
	if utf8.RuneCountInString(text) == len(text) {
		return nil
	}
	index := make(charIndex, len(text)+1)
	n := int32(-1)
	for i := range len(text) {
		if utf8.RuneStart(text[i]) {
			n++
		}
		index[i] = n
	}
	index[len(text)] = n + 1
	return index
}

func (c charIndex) convert(s span) [2]int {
	if c == nil || int(s.end) >= len(c) || s.begin < 0 {
		return [2]int{int(s.begin), int(s.end)}
	}
	return [2]int{int(c[s.begin]), int(c[s.end])}
}

// truncateParts shortens the texts so that they fit with the tokens to be inserted.
func truncateParts(parts []Encoding, added int, opt EncodeOptions) error {
	if opt.Truncation == NoTruncation {
		return nil
	}
	limit := opt.MaxLength - added
	if limit < 0 {
		return fmt.Errorf("the maximum length %d is less than the %d special tokens; raise it", opt.MaxLength, added)
	}
	total := 0
	for i := range parts {
		total += parts[i].Len()
	}
	if total <= limit {
		return nil
	}
	lengths := make([]int, len(parts))
	for i := range parts {
		lengths[i] = parts[i].Len()
	}
	switch {
	case limit == 0:
		clear(lengths)
	case opt.Truncation == LongestFirst && len(parts) == 1:
		lengths[0] = limit
	case opt.Truncation == LongestFirst:
		lengths[0], lengths[1] = shareLength(lengths[0], lengths[1], limit)
	default:
		which := 0
		if opt.Truncation == OnlySecond {
			which = 1
		}
		if which >= len(parts) {
			return errors.New("there is no second text to truncate; choose only_first or longest_first")
		}
		if lengths[which] -= total - limit; lengths[which] <= 0 {
			return fmt.Errorf("the text to truncate is too short for the maximum length %d; choose longest_first", opt.MaxLength)
		}
	}
	for i := range parts {
		if err := parts[i].truncate(lengths[i], opt.Stride, opt.TruncationSide); err != nil {
			return err
		}
	}
	return nil
}

// shareLength shortens the longer of two texts, and both once they are equal.
func shareLength(a, b, limit int) (int, int) {
	short := min(a, b)
	long := max(short, limit-short)
	if short > limit {
		long = short
	}
	if short+long > limit {
		short = limit / 2
		long = short + limit%2
	}
	if a > b {
		return long, short
	}
	return short, long
}

// padAll brings encodings and their windows to one length.
func (t *Tokenizer) padAll(es []Encoding, opt EncodeOptions) error {
	if opt.Padding == NoPadding || len(es) == 0 {
		return nil
	}
	length := opt.PadLength
	switch {
	case opt.Padding == Longest:
		length = 0
		for i := range es {
			length = max(length, es[i].Len())
		}
	case length == 0:
		length = opt.MaxLength
	}
	if m := opt.PadToMultipleOf; m > 0 && length%m > 0 {
		length += m - length%m
	}
	if length > maxPadding {
		return fmt.Errorf("padding to %d tokens is not implemented; the most is %d", length, maxPadding)
	}
	id, typeID, text := 0, 0, t.config.PADToken
	if opt.FromFile && t.padding != nil {
		id, typeID, text = t.padding.PadID, t.padding.PadTypeID, t.padding.PadToken
	} else {
		var ok bool
		if id, ok = t.PAD(); !ok {
			return errors.New("the tokenizer has no padding token; encode without padding, or name one as pad_token in tokenizer_config.json")
		}
	}
	for i := range es {
		es[i].pad(length, id, typeID, text, opt.PaddingSide)
	}
	return nil
}
