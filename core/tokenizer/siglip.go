package tokenizer

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mmtui/mmtui/internal/pytext"
)

// siglip is transformers' SiglipTokenizer over a sentencepiece model, or, for
// other classes, the model alone.
type siglip struct {
	*spm
	canonical bool // SiglipTokenizer: text is lowered and loses its punctuation
	lower     bool
	added     *addedVocabulary
	special   map[string]bool // all_special_tokens
	unknown   string          // unk_token, put before a text so that its first space stays
	unkTokens int             // how many tokens that is
	eos       int             // −1 for none
}

// openSiglip opens a sentencepiece model.
func openSiglip(path string, config *Config) (*Tokenizer, error) {
	data, err := readFile(path, maxFileBytes)
	if err != nil {
		return nil, err
	}
	t, err := parseSentencePiece([]byte(data), config)
	if err != nil {
		return nil, problem(path, err, "download it again")
	}
	return t, nil
}

// parseSentencePiece builds a tokenizer from a serialized model.
func parseSentencePiece(data []byte, config *Config) (*Tokenizer, error) {
	f, err := parseSPM(data)
	if err != nil {
		return nil, err
	}
	canonical := config.Class == siglipClass
	if canonical {
		f.dummyPrefix = false // SiglipTokenizer puts the mark before the text itself
	}
	m, err := newSPM(f)
	if err != nil {
		return nil, err
	}
	s := &siglip{spm: m, canonical: canonical, lower: config.lowerCase, added: newAddedVocabulary(), special: map[string]bool{}, eos: -1}
	if canonical {
		if err := s.addSpecials(config); err != nil {
			return nil, err
		}
	}
	return &Tokenizer{model: m, modelType: "SentencePiece", added: s.added, config: config, sentence: s}, nil
}

// addSpecials makes the special tokens of the class known.
func (s *siglip) addSpecials(c *Config) error {
	for _, d := range []struct {
		at    *string
		token string
	}{{&c.EOSToken, "</s>"}, {&c.UNKToken, "<unk>"}, {&c.PADToken, "</s>"}} {
		if *d.at == "" {
			*d.at = d.token
		}
	}
	if c.ModelMaxLength == 0 {
		c.ModelMaxLength = 64
	}
	add := slices.Clone(c.tokens)
	for _, content := range c.specialTokens() {
		known := slices.ContainsFunc(add, func(t AddedToken) bool { return t.Content == content })
		if content == "" {
			continue
		}
		s.special[content] = true
		if known {
			continue
		}
		t, ok := c.named[content]
		if !ok || t == (AddedToken{Content: content, Special: true}) && !slices.Contains(c.ExtraSpecial, content) {
			t = AddedToken{Content: content, LStrip: true, RStrip: true, Special: true}
		}
		add = append(add, t)
	}
	for i := range add { // they are found in the text as it is
		add[i].Normalized = false
		s.special[add[i].Content] = s.special[add[i].Content] || add[i].Special
	}
	s.added.add(add, s.spm, nil)
	eos, ok := s.added.ids[c.EOSToken]
	if !ok {
		return fmt.Errorf("the eos_token %q is not in the vocabulary", c.EOSToken)
	}
	s.eos, s.unknown = eos, c.UNKToken
	tokens, err := s.pieces(newAligned(s.unknown), &scratch{})
	s.unkTokens = len(tokens)
	return err
}

// pieces encodes a text with the model: the pieces as text.
func (s *siglip) pieces(t aligned, work *scratch) ([]placed, error) {
	n := s.normalizeText(t)
	if n.over {
		return nil, errGrown
	}
	tokens, err := s.tokenize(nil, n.text, work)
	out := make([]placed, len(tokens))
	for i, tok := range tokens {
		from, ok := n.original(tok.begin, tok.end)
		if !ok {
			from = span{n.base, n.base}
		}
		out[i] = placed{text: tok.text, from: from}
	}
	return out, err
}

// canonicalize is canonicalize_text: lower case, no ASCII punctuation, single
// spaces, none at the ends.
func (s *siglip) canonicalize(t aligned) aligned {
	if s.lower {
		lowered := []rune(pytext.Lower(t.text))
		changes := make([]change, 0, len(lowered))
		i := 0
		for _, r := range t.text {
			changes = append(changes, change{r: lowered[i]})
			if i++; r == 'İ' {
				changes = append(changes, change{r: lowered[i], n: 1})
				i++
			}
		}
		t.transform(changes, 0)
	}
	t.keep(func(r rune) bool { return r >= utf8.RuneSelf || !isPunctuation(r) })
	t.replace(scanner(func(rest string) int { return run(rest, isPythonSpace) }).matches(t.text), " ")
	text := strings.TrimSuffix(strings.TrimPrefix(t.text, " "), " ")
	if begin := len(t.text) - len(strings.TrimPrefix(t.text, " ")); len(text) < len(t.text) {
		t = t.slice(begin, begin+len(text))
	}
	return t
}

// tokenizeText is SiglipTokenizer.tokenize.
func (s *siglip) tokenizeText(text string, work *scratch) ([]placed, error) {
	t := newAligned(text)
	if !s.canonical {
		return s.pieces(t, work)
	}
	t.replaceEach(func(r rune) rune {
		if r == '▁' {
			return ' '
		}
		return r
	})
	mark := aligned{text: spaceMark, align: make([]span, len(spaceMark))}
	t.text, t.align = mark.text+t.text, append(mark.align, t.align...)
	parts := s.stripped(s.added.extract(nil, t, s.added.raw))
	var out []placed
	for _, p := range parts {
		switch {
		case p.text == "":
		case p.isAdded:
			from, _ := p.original(0, len(p.text))
			out = append(out, placed{text: s.added.byID[p.id].Content, from: from})
		default:
			tokens, err := s.tokenizePart(p.aligned, work)
			if err != nil {
				return nil, err
			}
			out = append(out, tokens...)
		}
	}
	if len(out) > 1 && out[0].text == spaceMark && s.special[out[1].text] {
		out = out[1:]
	}
	return out, nil
}

// stripped takes the white space around special tokens away, where their flags
// say so. (The flags do not widen the tokens, as they do in tokenizers.)
func (s *siglip) stripped(parts []piece) []piece {
	for i := range parts {
		if !parts[i].isAdded {
			continue
		}
		flags := s.added.byID[parts[i].id]
		if i+1 < len(parts) && flags.RStrip {
			right := &parts[i+1].aligned
			*right = right.slice(run(right.text, isPythonSpace), len(right.text))
		}
		if i > 0 && flags.LStrip {
			left := &parts[i-1].aligned
			*left = left.slice(0, len(strings.TrimRightFunc(left.text, isPythonSpace)))
		}
	}
	return parts
}

// tokenizePart is SiglipTokenizer._tokenize. The model drops spaces at the start
// of a text, so unk_token goes before it, and its tokens are taken off again.
func (s *siglip) tokenizePart(t aligned, work *scratch) ([]placed, error) {
	t = s.canonicalize(t)
	before := aligned{text: s.unknown, align: make([]span, len(s.unknown))}
	for i := range before.align {
		before.align[i] = span{t.base, t.base}
	}
	t.text, t.align = before.text+t.text, append(before.align, t.align...)
	tokens, err := s.pieces(t, work)
	if err != nil || len(tokens) < s.unkTokens {
		return tokens, err
	}
	return tokens[s.unkTokens:], nil
}

// pieceID is the id of a piece as text.
func (s *siglip) pieceID(text string) int {
	if id, ok := s.added.ids[text]; ok {
		return id
	}
	if id, ok := s.id(text); ok {
		return id
	}
	return s.spm.unknown
}

var errNoWindows = errors.New("windows of truncated text (a stride) are not implemented for sentencepiece models; leave the stride out")

// encode tokenizes one text or two, and puts EOS after each.
func (s *siglip) encode(texts []string, opt EncodeOptions, work *scratch) (Encoding, error) {
	if opt.Stride > 0 {
		return Encoding{}, errNoWindows
	}
	parts := make([]Encoding, len(texts))
	for i, text := range texts {
		if len(text) > math.MaxInt32/2 {
			return Encoding{}, errTooLong
		}
		if !utf8.ValidString(text) {
			text = oneEach(text)
		}
		tokens, err := s.tokenizeText(text, work)
		if err != nil {
			return Encoding{}, err
		}
		for j := range tokens {
			tokens[j].id = s.pieceID(tokens[j].text)
		}
		parts[i].fill(tokens, newCharIndex(text), i)
		clear(parts[i].TypeIDs)
	}
	eos := opt.AddSpecial && s.eos >= 0
	added := 0
	if eos {
		added = len(parts)
	}
	if err := truncateParts(parts, added, opt); err != nil {
		return Encoding{}, err
	}
	for i := range parts {
		parts[i].Overflow = nil
		if n := parts[i].Len(); eos && (n == 0 || parts[i].IDs[n-1] != s.eos) {
			text, _ := s.added.token(s.eos)
			parts[i].addSpecial(s.eos, text, 0)
		}
	}
	return joinAll(parts), nil
}

// decode is convert_tokens_to_string: special tokens stand for themselves, with a
// space before the text that precedes them.
func (s *siglip) decode(ids []int, skipSpecial bool) string {
	var b strings.Builder
	var pieces []string
	afterSpecial := false
	for _, id := range ids {
		text, ok := s.added.token(id)
		if !ok {
			if text, ok = s.token(id); !ok {
				continue
			}
		}
		switch {
		case s.special[text] && skipSpecial:
		case s.special[text]:
			if !afterSpecial {
				b.WriteByte(' ')
			}
			b.WriteString(s.decodePieces(pieces))
			b.WriteString(text)
			pieces, afterSpecial = pieces[:0], true
		default:
			pieces = append(pieces, text)
			afterSpecial = false
		}
	}
	b.WriteString(s.decodePieces(pieces))
	if !s.canonical {
		return b.String()
	}
	return strings.TrimFunc(b.String(), isPythonSpace)
}
