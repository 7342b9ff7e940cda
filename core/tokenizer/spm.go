package tokenizer

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// spaceMark stands for a space in sentencepiece.
const spaceMark = "▁"

// spm encodes and decodes as the sentencepiece library does.
type spm struct {
	*spmFile
	*vocabulary
	charsmap *charsmap // nil for none
	search   *trie     // of pieces that may be found in text
	user     *trie     // of user-defined pieces, which are always found; nil for none
	unknown  int

	minScore, maxScore float32
}

func newSPM(f *spmFile) (*spm, error) {
	m := &spm{spmFile: f, unknown: -1, minScore: math.MaxFloat32, maxScore: 0x1p-126} // FLT_MIN, as there
	var entries, search, user []entry
	for id, p := range f.pieces {
		e := entry{p.text, int32(id)}
		entries = append(entries, e)
		switch p.kind {
		case pieceUnknown:
			if m.unknown >= 0 {
				return nil, errors.New("there are two unknown pieces")
			}
			m.unknown = id
		case pieceUserDefined:
			user = append(user, e)
			search = append(search, e)
		case pieceNormal:
			m.minScore, m.maxScore = min(m.minScore, p.score), max(m.maxScore, p.score)
			search = append(search, e)
		case pieceUnused:
			search = append(search, e)
		}
	}
	if m.unknown < 0 {
		return nil, errors.New("there is no unknown piece")
	}
	if m.vocabulary = newVocabulary(entries); m.size() != len(entries) {
		return nil, errors.New("two pieces are the same")
	}
	m.search, m.user = newTrie(search), trieOf(user)
	if len(f.charsmap) > 0 {
		var err error
		if m.charsmap, err = parseCharsmap(f.charsmap); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// normalizePrefix is what the start of a text becomes, and how much of it that is.
func (m *spm) normalizePrefix(text string) (string, int) {
	if m.user != nil {
		if n, _ := m.user.longest(text); n > 0 {
			return text[:n], n
		}
	}
	if m.charsmap != nil {
		if n, to, ok := m.charsmap.longest(text); ok {
			return to, n
		}
	}
	_, n := utf8.DecodeRuneInString(text)
	return text[:n], n
}

// normalizeText prepares a text: the character map, spaces that are too many, and
// marks in place of spaces.
func (m *spm) normalizeText(t aligned) aligned {
	in := t.text
	at := 0
	if m.removeExtra {
		for at < len(in) {
			to, n := m.normalizePrefix(in[at:])
			if to != " " {
				break
			}
			at += n
		}
	}
	if at == len(in) {
		return aligned{}
	}
	space := spaceMark
	if !m.escapes {
		space = " "
	}
	out := aligned{base: t.base, limit: t.limit}
	var text []byte
	add := func(s string, from span) {
		text = append(text, s...)
		for range len(s) {
			out.align = append(out.align, from)
		}
	}
	if m.dummyPrefix && !m.spaceSuffix {
		add(space, t.align[at])
	}
	afterSpace := m.removeExtra
	for at < len(in) {
		if !t.fits(len(text)) {
			break
		}
		to, n := m.normalizePrefix(in[at:])
		from := span{t.align[at].begin, t.align[at+n-1].end}
		at += n
		if afterSpace {
			to = strings.TrimLeft(to, " ")
		}
		if to == "" {
			continue
		}
		for i := range len(to) {
			if to[i] == ' ' {
				add(space, from)
			} else {
				add(to[i:i+1], from)
			}
		}
		afterSpace = m.removeExtra && strings.HasSuffix(to, " ")
	}
	for m.removeExtra && strings.HasSuffix(string(text[max(0, len(text)-len(space)):]), space) {
		text = text[:len(text)-len(space)]
	}
	out.align = out.align[:len(text)]
	if m.dummyPrefix && m.spaceSuffix {
		add(space, t.align[len(in)-1])
	}
	out.text, out.over = string(text), t.over
	return out
}

// tokenize is Encode of a text that is normalized: pieces with their surfaces.
// Neighbouring unknown ones are one.
func (m *spm) tokenize(out []token, text string, work *scratch) ([]token, error) {
	start := len(out)
	if m.modelType == spmBPE {
		out = m.tokenizeBPE(out, text)
	} else {
		out = m.tokenizeUnigram(out, text, work)
	}
	return m.joinUnknown(out, start, text), nil
}

// joinUnknown joins unknown tokens, or takes them apart into bytes.
func (m *spm) joinUnknown(out []token, start int, text string) []token {
	found := append([]token(nil), out[start:]...)
	out = out[:start]
	wasUnknown := false
	for _, t := range found {
		unknown := t.id == m.unknown
		switch {
		case unknown && m.byteFallback:
			for i := range len(t.text) {
				name := fmt.Sprintf("<0x%02X>", t.text[i])
				id, ok := m.id(name)
				if !ok {
					id = m.unknown
				}
				out = append(out, token{id, name, t.begin, t.end})
			}
		case unknown && wasUnknown:
			last := &out[len(out)-1]
			last.text, last.end = text[last.begin:t.end], t.end
		default:
			out = append(out, t)
		}
		wasUnknown = unknown && !m.byteFallback
	}
	return out
}

// tokenizeUnigram finds the best path with the library's own arithmetic: sums
// are float64, what is kept of them float32.
func (m *spm) tokenizeUnigram(out []token, text string, work *scratch) []token {
	path := work.path[:0]
	for range len(text) + 1 {
		path = append(path, pathNode{from: -1})
	}
	work.path = path
	unknownScore := m.minScore - unknownPenalty
	for at := 0; at < len(text); {
		_, size := utf8.DecodeRuneInString(text[at:])
		single := false
		here := path[at].score
		reach := func(n int, id int32, sum float64) {
			if p := &path[at+n]; p.from < 0 || sum > p.score {
				*p = pathNode{float64(float32(sum)), int32(at), id}
			}
		}
		m.search.prefixes(text[at:], func(n int, id int32) {
			p := &m.pieces[id]
			switch p.kind {
			case pieceUnused:
				return
			case pieceUserDefined:
				reach(n, id, float64(float32(n)*m.maxScore)-0.1+here)
			default:
				reach(n, id, float64(p.score)+here)
			}
			single = single || n == size
		})
		if !single {
			reach(size, int32(m.unknown), float64(unknownScore+float32(here)))
		}
		at += size
	}
	start := len(out)
	for end := len(text); end > 0; {
		n := path[end]
		out = append(out, token{int(n.id), text[n.from:end], int(n.from), end})
		end = int(n.from)
	}
	for i, j := start, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// decodePieces is DecodePieces: marks become spaces, but for those at the start.
func (m *spm) decodePieces(pieces []string) string {
	var out []byte
	var pending []byte
	flush := func() {
		// Every byte that begins no valid code point is one U+FFFD, unlike in
		// tokenizers' ByteFallback, which gives up the whole run.
		for _, r := range string(pending) {
			out = utf8.AppendRune(out, r)
		}
		pending = pending[:0]
	}
	start, seen := true, false // nothing is written; a mark was taken off
	for i, piece := range pieces {
		id, known := m.id(piece)
		if !known {
			id = m.unknown
		}
		if m.pieces[id].kind == pieceByte {
			if b, ok := byteToken(piece); ok {
				pending = append(pending, b)
				continue
			}
		}
		flush()
		if i > 0 && (seen || len(out) > 0) {
			start = false
		}
		seen = false
		switch {
		case m.pieces[id].kind == pieceControl:
			continue
		case id == m.unknown && known:
			out = append(out, m.unknownSurface...)
			continue
		}
		if start && (m.dummyPrefix || m.removeExtra) {
			var rest string
			if rest, seen = strings.CutPrefix(piece, spaceMark); seen {
				piece = rest
			}
			seen = seen && !m.removeExtra
		}
		out = append(out, strings.ReplaceAll(piece, spaceMark, " ")...)
	}
	flush()
	return string(out)
}
