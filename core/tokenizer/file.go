package tokenizer

import (
	"fmt"
	"math"
	"strings"
)

// file is tokenizer.json, read but for what its parts mean.
type file struct {
	components map[string]string // raw text by member
	model      model
	modelType  string
	suffix     string // end_of_word_suffix, where the model has one
	added      []AddedToken
	truncation *fileTruncation
	padding    *filePadding
}

// parseFile reads tokenizer.json.
func parseFile(text string) (*file, error) {
	f := &file{components: map[string]string{}}
	r := &reader{text: text}
	var m modelJSON
	err := r.object(func(key string) error {
		switch key {
		case "model":
			m = modelJSON{}
			return m.read(r)
		case "version":
			v, err := r.raw()
			if err == nil && v != `"1.0"` {
				return r.fail(fmt.Sprintf("version %s is not implemented", shorten(v)))
			}
			return err
		}
		raw, err := r.raw()
		f.components[key] = raw
		return err
	})
	if err == nil {
		err = r.end()
	}
	if err != nil {
		return nil, fmt.Errorf("not valid JSON of a tokenizer: %w", err)
	}
	if f.model, err = m.build(); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	f.modelType, f.suffix = strings.Clone(m.kind), m.suffix // not a part of the whole file's text
	if f.added, err = parseAdded(f.components["added_tokens"]); err != nil {
		return nil, err
	}
	return f, f.limits()
}

func parseAdded(raw string) ([]AddedToken, error) {
	if raw == "" || raw == "null" {
		return nil, nil
	}
	var out []AddedToken
	r := &reader{text: raw}
	err := r.array(func() error {
		item, err := r.raw()
		if err != nil {
			return err
		}
		f, err := parseFields(item)
		if err != nil {
			return err
		}
		t, err := addedToken(f)
		out = append(out, t)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("added_tokens: %w", err)
	}
	return out, nil
}

// maxAddedBytes is the longest added token. Every place of a text is held against
// them all.
const maxAddedBytes = 4096

// addedToken reads one added token. Flags that are missing are off, but for
// normalized, which is on for tokens that are not special.
func addedToken(f fields) (AddedToken, error) {
	var t AddedToken
	if err := f.need("content", &t.Content); err != nil {
		return t, err
	}
	if len(t.Content) > maxAddedBytes {
		return t, fmt.Errorf("an added token has %d bytes; the most is %d", len(t.Content), maxAddedBytes)
	}
	if err := f.getAll("single_word", &t.SingleWord, "lstrip", &t.LStrip, "rstrip", &t.RStrip, "special", &t.Special); err != nil {
		return t, err
	}
	t.Normalized = !t.Special
	return t, f.get("normalized", &t.Normalized)
}

// modelJSON is the member model.
type modelJSON struct {
	kind    string
	entries []entry
	scores  []float64 // of a vocabulary that is a list
	isList  bool
	given   bool // there is a vocabulary
	merges  [][2]string
	merged  bool // there is a list of merges
	others  fields
	suffix  string
}

func (m *modelJSON) read(r *reader) error {
	m.others = fields{}
	return r.object(func(key string) (err error) {
		switch key {
		case "type":
			m.kind, err = r.str()
		case "vocab":
			m.entries, m.scores, m.given = m.entries[:0], m.scores[:0], true
			if m.isList = r.peek() == '['; m.isList {
				return m.scored(r)
			}
			return r.object(func(token string) error {
				id, err := r.id()
				m.entries = append(m.entries, entry{token, int32(id)})
				return err
			})
		case "merges":
			return m.readMerges(r)
		default:
			var raw string
			raw, err = r.raw()
			m.others[key] = []byte(raw)
		}
		return err
	})
}

// scored reads a list of tokens with their scores.
func (m *modelJSON) scored(r *reader) error {
	return r.array(func() error {
		n := 0
		return r.array(func() (err error) {
			switch n++; n {
			case 1:
				var token string
				token, err = r.str()
				m.entries = append(m.entries, entry{token, int32(len(m.entries))})
			case 2:
				var score float64
				score, err = r.float()
				m.scores = append(m.scores, score)
			default:
				err = r.fail("an entry of the vocabulary has more than a token and a score")
			}
			return err
		})
	})
}

// readMerges reads pairs, or strings with a space between the two.
func (m *modelJSON) readMerges(r *reader) error {
	m.merges = nil
	if r.peek() == 'n' {
		return r.skip()
	}
	m.merged = true
	return r.array(func() error {
		if r.peek() == '"' {
			line, err := r.str()
			if err != nil || strings.HasPrefix(line, "#version") {
				return err
			}
			left, right, ok := strings.Cut(line, " ")
			if !ok || strings.Contains(right, " ") {
				return r.fail(fmt.Sprintf("the merge %q is not two tokens with a space between them", shorten(line)))
			}
			m.merges = append(m.merges, [2]string{left, right})
			return nil
		}
		var pair [2]string
		n := 0
		err := r.array(func() (err error) {
			if n > 1 {
				return r.fail("a merge has more than two tokens")
			}
			pair[n], err = r.str()
			n++
			return err
		})
		if err == nil && n < 2 {
			err = r.fail("a merge has less than two tokens")
		}
		m.merges = append(m.merges, pair)
		return err
	})
}

// guess is the type of a model in a file that is older than the member.
func (m *modelJSON) guess() string {
	_, longest := m.others["max_input_chars_per_word"]
	switch {
	case m.isList:
		return "Unigram"
	case m.merged:
		return "BPE"
	case longest:
		return "WordPiece"
	}
	return "WordLevel"
}

func (m *modelJSON) build() (model, error) {
	if m.kind == "" && m.others != nil {
		m.kind = m.guess()
	}
	if len(m.entries) > math.MaxInt32/2 {
		return nil, fmt.Errorf("the vocabulary has %d entries, more than are implemented", len(m.entries))
	}
	switch m.kind {
	case "":
		return nil, fmt.Errorf("it is missing")
	case "Unigram":
		return m.unigram()
	case "BPE", "WordPiece", "WordLevel":
		if m.isList || !m.given {
			return nil, fmt.Errorf("%s: \"vocab\" is no object of tokens and ids", m.kind)
		}
	default:
		return nil, fmt.Errorf("the type %q is not implemented", shorten(m.kind))
	}
	switch m.kind {
	case "BPE":
		return m.bpe()
	case "WordPiece":
		w := &wordPiece{vocabulary: newVocabulary(m.entries), prefix: "##", unknown: "[UNK]", maxRunes: 100}
		if err := m.others.getAll(
			"unk_token", &w.unknown, "continuing_subword_prefix", &w.prefix, "max_input_chars_per_word", &w.maxRunes,
		); err != nil {
			return nil, err
		}
		return w, nil
	}
	w := &wordLevel{vocabulary: newVocabulary(m.entries), unknown: "<unk>"}
	return w, m.others.get("unk_token", &w.unknown)
}

func (m *modelJSON) bpe() (model, error) {
	var o bpeOptions
	var dropout *float64
	if err := m.others.getAll(
		"dropout", &dropout, "unk_token", &o.unknown, "continuing_subword_prefix", &o.prefix, "end_of_word_suffix", &o.suffix,
		"fuse_unk", &o.fuseUnknown, "byte_fallback", &o.byteFallback, "ignore_merges", &o.ignoreMerges,
	); err != nil {
		return nil, err
	}
	if dropout != nil && *dropout != 0 {
		return nil, fmt.Errorf("dropout %v makes tokens at random, which is not implemented", *dropout)
	}
	if !m.merged {
		return nil, fmt.Errorf("BPE has no \"merges\"")
	}
	m.suffix = o.suffix
	return newBPE(newVocabulary(m.entries), m.merges, o)
}

func (m *modelJSON) unigram() (model, error) {
	unknown, fallback := -1, false
	if err := m.others.get("unk_id", &unknown); err != nil {
		return nil, err
	}
	if err := m.others.get("byte_fallback", &fallback); err != nil {
		return nil, err
	}
	if !m.isList || len(m.scores) != len(m.entries) {
		return nil, fmt.Errorf("\"vocab\" of a Unigram model is no list of tokens and scores")
	}
	if unknown < -1 || unknown >= len(m.entries) {
		return nil, fmt.Errorf("unk_id %d of a Unigram model is not in the vocabulary", unknown)
	}
	return newUnigram(m.entries, m.scores, unknown, fallback), nil
}
