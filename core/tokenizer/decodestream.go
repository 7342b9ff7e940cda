package tokenizer

import (
	"fmt"
	"strings"
)

// DecodeStream gives text out token by token, as the tokenizers library's own
// DecodeStream does: as soon as the text grew and does not end in U+FFFD. Bytes
// at the end of an answer that are not valid are never given out.
type DecodeStream struct {
	t           *Tokenizer
	skipSpecial bool
	ids         []int // those whose text is not certain, after those of prefix
	prefix      string
	prefixEnd   int
}

// NewDecodeStream begins an answer.
func (t *Tokenizer) NewDecodeStream(skipSpecial bool) *DecodeStream {
	return &DecodeStream{t: t, skipSpecial: skipSpecial}
}

// Step takes the next id. ok is false where it holds back. A decoder that changes
// text which was given out already, as ByteFallback can, is an error.
func (s *DecodeStream) Step(id int) (text string, ok bool, err error) {
	const incomplete = "\uFFFD"
	if s.prefix == "" && len(s.ids) > 0 {
		if p := s.t.Decode(s.ids, s.skipSpecial); !strings.HasSuffix(p, incomplete) {
			s.prefix, s.prefixEnd = p, len(s.ids)
		}
	}
	s.ids = append(s.ids, id)
	whole := s.t.Decode(s.ids, s.skipSpecial)
	if len(whole) <= len(s.prefix) || strings.HasSuffix(whole, incomplete) {
		return "", false, nil
	}
	text, ok = strings.CutPrefix(whole, s.prefix)
	if !ok {
		return "", false, fmt.Errorf("token %d changes text that was given out: %q became %q", id, s.prefix, whole)
	}
	end := len(s.ids) - s.prefixEnd
	s.ids = append(s.ids[:0], s.ids[s.prefixEnd:]...)
	s.prefix, s.prefixEnd = s.t.Decode(s.ids, s.skipSpecial), end
	return text, true, nil
}
