package tokenizer

import (
	"fmt"
	"unicode/utf8"
)

// bpe is byte-pair encoding: symbols are merged in the order in which the
// merges were learned (Sennrich et al., 2016, arXiv:1508.07909).
type bpe struct {
	*vocabulary
	merges map[uint64]pairResult // by the two ids
	runes  []int32               // ids of tokens that are one low code point; −1 for none
	bytes  [256]int32            // ids of <0x00> … <0xFF>; −1 for none

	unknown        string // unk_token
	hasUnknown     bool
	prefix, suffix string // continuing_subword_prefix, end_of_word_suffix
	fuseUnknown    bool
	byteFallback   bool
	ignoreMerges   bool
}

// pairResult is what two symbols merge to, and how early.
type pairResult struct{ rank, id int32 }

// bpeOptions are the members of the model but vocab and merges.
type bpeOptions struct {
	unknown        *string
	prefix, suffix string
	fuseUnknown    bool
	byteFallback   bool
	ignoreMerges   bool
}

const lowRunes = 0x250 // the code points that byte-level tokens are made of, and Latin

func newBPE(v *vocabulary, merges [][2]string, o bpeOptions) (*bpe, error) {
	m := &bpe{
		vocabulary: v, merges: make(map[uint64]pairResult, len(merges)), runes: make([]int32, lowRunes),
		prefix: o.prefix, suffix: o.suffix, fuseUnknown: o.fuseUnknown, byteFallback: o.byteFallback, ignoreMerges: o.ignoreMerges,
	}
	if o.unknown != nil {
		m.unknown, m.hasUnknown = *o.unknown, true
	}
	for r := range m.runes {
		m.runes[r] = m.lookup(string(rune(r)))
	}
	for b := range m.bytes {
		m.bytes[b] = m.lookup(fmt.Sprintf("<0x%02X>", b))
	}
	var joined []byte
	for rank, pair := range merges {
		left, right := m.lookup(pair[0]), m.lookup(pair[1])
		if left < 0 || right < 0 {
			return nil, fmt.Errorf("merge %d, %q and %q, has a token that the vocabulary lacks", rank, pair[0], pair[1])
		}
		if len(pair[1]) < len(m.prefix) {
			return nil, fmt.Errorf("merge %d: %q is shorter than the continuing_subword_prefix %q", rank, pair[1], m.prefix)
		}
		joined = append(append(joined[:0], pair[0]...), pair[1][len(m.prefix):]...)
		id, ok := v.ids[string(joined)]
		if !ok {
			return nil, fmt.Errorf("merge %d makes %q, which the vocabulary lacks", rank, joined)
		}
		m.merges[pairKey(left, right)] = pairResult{int32(rank), id}
	}
	return m, nil
}

func pairKey(left, right int32) uint64 { return uint64(uint32(left))<<32 | uint64(uint32(right)) }

func (m *bpe) lookup(s string) int32 {
	if id, ok := m.ids[s]; ok {
		return id
	}
	return -1
}

// symbol is a part of a word that is being merged: a doubly linked list in a
// slice. size is in bytes of the word; 0 once it is part of its neighbour.
type symbol struct {
	id         int32
	prev, next int32
	size       int32
}

func (m *bpe) tokenize(out []token, piece string, work *scratch) ([]token, error) {
	if m.ignoreMerges {
		if id, ok := m.ids[piece]; ok {
			return append(out, token{int(id), piece, 0, len(piece)}), nil
		}
	}
	symbols, err := m.symbols(work.symbols[:0], piece)
	work.symbols = symbols
	if err != nil {
		return out, err
	}
	if len(symbols) <= shortWord {
		symbols = m.mergeShort(symbols, work)
	} else {
		m.mergeLong(symbols, work)
	}
	at := 0
	for _, s := range symbols {
		if s.size == 0 {
			continue
		}
		text, _ := m.token(int(s.id))
		out = append(out, token{int(s.id), text, at, at + int(s.size)})
		at += int(s.size)
	}
	return out, nil
}

// symbols are the code points of a word as ids, before any merge.
func (m *bpe) symbols(out []symbol, word string) ([]symbol, error) {
	add := func(id, size int32) {
		n := int32(len(out))
		if n > 0 {
			out[n-1].next = n
		}
		out = append(out, symbol{id, n - 1, -1, size})
	}
	pending := int32(0) // bytes of an unknown symbol that is not yet added
	for i := 0; i < len(word); {
		r, n := utf8.DecodeRuneInString(word[i:])
		id, text := m.initial(r, word, i, n)
		if id >= 0 {
			if pending > 0 {
				add(m.lookup(m.unknown), pending)
				pending = 0
			}
			add(id, int32(n))
		} else if !m.byteFallback || !m.addBytes(text, add) {
			if m.hasUnknown {
				if m.lookup(m.unknown) < 0 {
					return out, fmt.Errorf("the unk_token %q is not in the vocabulary", m.unknown)
				}
				if pending > 0 && !m.fuseUnknown {
					add(m.lookup(m.unknown), pending)
					pending = 0
				}
				pending += int32(n)
			}
		}
		i += n
	}
	if pending > 0 {
		add(m.lookup(m.unknown), pending)
	}
	return out, nil
}

// initial is the id of one code point with the prefix and suffix that belong
// to it, −1 for none, and its text where that was needed.
func (m *bpe) initial(r rune, word string, at, size int) (int32, string) {
	last := at+size == len(word)
	bare := (at == 0 || m.prefix == "") && (!last || m.suffix == "")
	if bare && r < lowRunes {
		return m.runes[r], word[at : at+size]
	}
	text := word[at : at+size]
	if at > 0 {
		text = m.prefix + text
	}
	if last {
		text += m.suffix
	}
	return m.lookup(text), text
}

// addBytes adds one symbol a byte, if the vocabulary has them all.
func (m *bpe) addBytes(text string, add func(id, size int32)) bool {
	for i := range len(text) {
		if m.bytes[text[i]] < 0 {
			return false
		}
	}
	for i := range len(text) {
		add(m.bytes[text[i]], 1)
	}
	return true
}
