package tokenizer

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// AddedToken is a token beside the model's vocabulary: found in the text before
// the model sees it.
type AddedToken struct {
	Content    string
	SingleWord bool // only where no word character stands on either side
	LStrip     bool // takes the white space before it
	RStrip     bool // takes the white space after it
	Normalized bool // found in the normalized text, in its normalized form
	Special    bool // left out of decoded text on request
}

// addedVocabulary holds the added tokens.
type addedVocabulary struct {
	ids        map[string]int
	byID       map[int]AddedToken
	normalized map[int]string // form of a normalized token, where it differs
	special    map[string]bool

	raw, norm *trie // of contents to ids; nil where there are none
}

func newAddedVocabulary() *addedVocabulary {
	return &addedVocabulary{ids: map[string]int{}, byID: map[int]AddedToken{}, normalized: map[int]string{}, special: map[string]bool{}}
}

// add adds tokens. One that the model knows keeps the model's id; the others
// follow after the highest. The ids that a file gives are not looked at, as in
// tokenizers.
func (a *addedVocabulary) add(tokens []AddedToken, m model, n normalizer) {
	next := m.size()
	for id := range a.byID {
		next = max(next, id+1)
	}
	for _, t := range tokens {
		if t.Content == "" {
			continue
		}
		id, ok := a.ids[t.Content]
		if !ok {
			if id, ok = m.id(t.Content); !ok {
				id = next
				next++
			}
		}
		delete(a.normalized, id)
		if t.Normalized && n != nil {
			text := newAligned(t.Content)
			n.normalize(&text)
			if text.text != t.Content {
				a.normalized[id] = text.text
			}
		}
		a.ids[t.Content], a.byID[id] = id, t
		if t.Special {
			a.special[t.Content] = true
		}
	}
	a.build()
}

// build makes the tries anew.
func (a *addedVocabulary) build() {
	var raw, norm []entry
	for id, t := range a.byID {
		switch form, changed := a.normalized[id]; {
		case !t.Normalized:
			raw = append(raw, entry{t.Content, int32(id)})
		case changed:
			norm = append(norm, entry{form, int32(id)})
		default:
			norm = append(norm, entry{t.Content, int32(id)})
		}
	}
	a.raw, a.norm = trieOf(raw), trieOf(norm)
}

func trieOf(entries []entry) *trie {
	if len(entries) == 0 {
		return nil
	}
	// Of two tokens with one form the one with the lower id is found.
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(b.id, a.id) })
	return newTrie(entries)
}

// token is what an id is called when it is decoded: the normalized form of a
// normalized token.
func (a *addedVocabulary) token(id int) (string, bool) {
	t, ok := a.byID[id]
	if form, changed := a.normalized[id]; ok && changed {
		return form, true
	}
	return t.Content, ok
}

// piece is a part of the text: an added token, or what goes to the model.
type piece struct {
	aligned
	id      int
	isAdded bool
}

// extract cuts the added tokens out of a text.
func (a *addedVocabulary) extract(out []piece, t aligned, tokens *trie) []piece {
	if tokens == nil {
		if t.text != "" {
			out = append(out, piece{aligned: t.slice(0, len(t.text))})
		}
		return out
	}
	text := t.text
	done := 0 // up to here the text is in out
	for at := 0; at < len(text); {
		n, id := tokens.longest(text[at:])
		if n == 0 {
			at++
			continue
		}
		begin, end := at, at+n
		at = end
		added := a.byID[int(id)]
		if added.SingleWord && !wordBorders(text, begin, end) {
			continue
		}
		if added.LStrip {
			begin = max(trimRightSpace(text, begin), done)
		}
		if added.RStrip {
			end += run(text[end:], isSpace)
		}
		// The white space of the token before may reach over all of this one.
		if begin >= end {
			continue
		}
		if done < begin {
			out = append(out, piece{aligned: t.slice(done, begin)})
		}
		out = append(out, piece{aligned: t.slice(begin, end), id: int(id), isAdded: true})
		done = end
	}
	if done < len(text) {
		out = append(out, piece{aligned: t.slice(done, len(text))})
	}
	return out
}

// wordBorders says that no word character stands before begin or at end.
func wordBorders(text string, begin, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:begin])
	after, _ := utf8.DecodeRuneInString(text[end:])
	return (begin == 0 || !isWord(before)) && (end == len(text) || !isWord(after))
}

// trimRightSpace is the length of text[:end] without the white space at its end.
func trimRightSpace(text string, end int) int {
	for end > 0 {
		r, n := utf8.DecodeLastRuneInString(text[:end])
		if !isSpace(r) {
			break
		}
		end -= n
	}
	return end
}
