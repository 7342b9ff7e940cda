package tokenizer

import (
	"strings"
)

// vocabulary maps the tokens of a model to ids and back. Ids may have holes.
type vocabulary struct {
	ids     map[string]int32
	tokens  []string       // by id, where ids are dense
	filled  []bool         // which of tokens are there
	sparse  map[int]string // by id, where they are not
	longest int            // bytes of the longest token
}

// entry is one line of a vocabulary as a file has it.
type entry struct {
	token string
	id    int32
}

// newVocabulary copies the tokens out of the file's memory. Of two entries with
// one token, and of two tokens with one id, the later counts.
func newVocabulary(entries []entry) *vocabulary {
	total, highest := 0, -1
	for _, e := range entries {
		total += len(e.token)
		highest = max(highest, int(e.id))
	}
	var arena strings.Builder
	arena.Grow(total)
	for _, e := range entries {
		arena.WriteString(e.token)
	}
	v := &vocabulary{ids: make(map[string]int32, len(entries))}
	dense := highest < 4*len(entries)+1024
	if dense {
		v.tokens, v.filled = make([]string, highest+1), make([]bool, highest+1)
	} else {
		v.sparse = make(map[int]string, len(entries))
	}
	at := 0
	for _, e := range entries {
		token := arena.String()[at : at+len(e.token)]
		at += len(e.token)
		v.longest = max(v.longest, len(token))
		if old, ok := v.ids[token]; ok && old != e.id {
			v.drop(int(old), token)
		}
		v.ids[token] = e.id
		if dense {
			v.tokens[e.id], v.filled[e.id] = token, true
		} else {
			v.sparse[int(e.id)] = token
		}
	}
	return v
}

// drop forgets an id that a token no longer has.
func (v *vocabulary) drop(id int, token string) {
	if old, ok := v.token(id); !ok || old != token {
		return
	}
	if v.sparse != nil {
		delete(v.sparse, id)
	} else {
		v.filled[id] = false
	}
}

func (v *vocabulary) size() int { return len(v.ids) }

func (v *vocabulary) id(token string) (int, bool) {
	id, ok := v.ids[token]
	return int(id), ok
}

func (v *vocabulary) token(id int) (string, bool) {
	if v.sparse != nil {
		token, ok := v.sparse[id]
		return token, ok
	}
	if id < 0 || id >= len(v.tokens) || !v.filled[id] {
		return "", false
	}
	return v.tokens[id], true
}

// each calls f with every id that is taken.
func (v *vocabulary) each(f func(id int, token string)) {
	for id, token := range v.sparse {
		f(id, token)
	}
	for id, token := range v.tokens {
		if v.filled[id] {
			f(id, token)
		}
	}
}

// model splits a piece of text into tokens of its vocabulary.
type model interface {
	// tokenize appends the tokens of a piece that is not empty.
	tokenize(out []token, piece string, work *scratch) ([]token, error)
	id(token string) (int, bool)
	token(id int) (string, bool)
	size() int
	each(f func(id int, token string))
}

// token is one token of a piece; begin and end are bytes of the piece.
type token struct {
	id         int
	text       string
	begin, end int
}

// scratch is memory that one call to a model leaves to the next.
type scratch struct {
	symbols []symbol
	ranks   []int64
	heap    []pairMerge
	path    []pathNode
	tokens  []token
	found   []placed
}
