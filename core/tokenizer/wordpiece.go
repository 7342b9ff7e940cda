package tokenizer

import (
	"fmt"
	"unicode/utf8"
)

// wordPiece takes the longest token of the vocabulary at every step; a word
// that it cannot cover is one unknown token (Wu et al., 2016, arXiv:1609.08144).
type wordPiece struct {
	*vocabulary
	unknown  string
	prefix   string // of every token but a word's first
	maxRunes int    // longer words are unknown
}

func (m *wordPiece) tokenize(out []token, word string, _ *scratch) ([]token, error) {
	start := len(out)
	if utf8.RuneCountInString(word) > m.maxRunes {
		return m.whole(out, word)
	}
	var key []byte
	for at := 0; at < len(word); {
		key = key[:0]
		if at > 0 {
			key = append(key, m.prefix...)
		}
		head := len(key)
		// No token is longer than the longest.
		end := min(len(word), at+max(m.longest-head, 0))
		for end < len(word) && !utf8.RuneStart(word[end]) {
			end--
		}
		key = append(key, word[at:max(end, at)]...)
		id, ok := int32(0), false
		for end > at {
			if id, ok = m.ids[string(key[:head+end-at])]; ok {
				break
			}
			_, n := utf8.DecodeLastRuneInString(word[at:end])
			end -= n
		}
		if !ok {
			return m.whole(out[:start], word)
		}
		text, _ := m.token(int(id))
		out = append(out, token{int(id), text, at, end})
		at = end
	}
	return out, nil
}

func (m *wordPiece) whole(out []token, word string) ([]token, error) {
	id, ok := m.id(m.unknown)
	if !ok {
		return out, fmt.Errorf("the unk_token %q is not in the vocabulary", m.unknown)
	}
	return append(out, token{id, m.unknown, 0, len(word)}), nil
}

// wordLevel knows whole words only.
type wordLevel struct {
	*vocabulary
	unknown string
}

func (m *wordLevel) tokenize(out []token, word string, _ *scratch) ([]token, error) {
	if id, ok := m.id(word); ok {
		return append(out, token{id, word, 0, len(word)}), nil
	}
	id, ok := m.id(m.unknown)
	if !ok {
		return out, fmt.Errorf("the unk_token %q is not in the vocabulary", m.unknown)
	}
	return append(out, token{id, m.unknown, 0, len(word)}), nil
}
