package tokenizer

import (
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// unigram chooses the tokens whose scores, natural logarithms of their
// probabilities, have the greatest sum (Kudo, 2018, arXiv:1804.10959).
type unigram struct {
	*vocabulary
	tokensOf     *trie
	scores       []float64
	unknown      int // −1 for none
	unknownScore float64
	byteFallback bool
}

// unknownPenalty is how much worse than the worst token an unknown one is.
const unknownPenalty = 10

func newUnigram(entries []entry, scores []float64, unknown int, byteFallback bool) *unigram {
	m := &unigram{
		vocabulary: newVocabulary(entries), scores: scores, unknown: unknown, byteFallback: byteFallback,
		unknownScore: math.Inf(1),
	}
	m.tokensOf = newTrie(entries)
	for _, s := range scores {
		m.unknownScore = min(m.unknownScore, s)
	}
	m.unknownScore -= unknownPenalty
	return m
}

// pathNode is the best way to a byte position: where its last token begins.
type pathNode struct {
	score float64
	from  int32 // −1 while there is no way
	id    int32
}

var errNoUnknown = errors.New("a character is not in the vocabulary, and the model has no unk_id")

func (m *unigram) tokenize(out []token, text string, work *scratch) ([]token, error) {
	path := work.path[:0]
	for range len(text) + 1 {
		path = append(path, pathNode{from: -1})
	}
	work.path = path
	for at := 0; at < len(text); {
		_, size := utf8.DecodeRuneInString(text[at:])
		single := false
		here := path[at].score
		reach := func(n int, id int32, score float64) {
			if p := &path[at+n]; p.from < 0 || here+score > p.score {
				*p = pathNode{here + score, int32(at), id}
			}
		}
		m.tokensOf.prefixes(text[at:], func(n int, id int32) {
			reach(n, id, m.scores[id])
			single = single || n == size
		})
		if !single {
			if m.unknown < 0 {
				return out, errNoUnknown
			}
			reach(size, int32(m.unknown), m.unknownScore)
		}
		at += size
	}
	return m.collect(out, text, path)
}

// collect walks the best path backwards; neighbouring unknown tokens become one.
func (m *unigram) collect(out []token, text string, path []pathNode) ([]token, error) {
	start := len(out)
	for end := len(text); end > 0; {
		begin := int(path[end].from)
		unknown := int(path[end].id) == m.unknown
		for unknown && begin > 0 && int(path[begin].id) == m.unknown {
			begin = int(path[begin].from)
		}
		out = m.appendReversed(out, text[begin:end], begin)
		end = begin
	}
	for i, j := start, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out, nil
}

// appendReversed appends the token of a surface, or its bytes, last first.
func (m *unigram) appendReversed(out []token, surface string, begin int) []token {
	end := begin + len(surface)
	if id, ok := m.id(surface); ok {
		return append(out, token{id, surface, begin, end})
	}
	if m.byteFallback {
		start := len(out)
		for i := len(surface) - 1; i >= 0; i-- {
			text := fmt.Sprintf("<0x%02X>", surface[i])
			id, ok := m.id(text)
			if !ok {
				out = out[:start]
				break
			}
			out = append(out, token{id, text, begin, end})
		}
		if len(out) > start {
			return out
		}
	}
	return append(out, token{m.unknown, surface, begin, end})
}
