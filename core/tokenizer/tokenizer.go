package tokenizer

import (
	"sync"
)

// Tokenizer is an opened tokenizer.
type Tokenizer struct {
	pre         preTokenizer // nil for none, and so the four below
	norm        normalizer
	post        postProcessor
	decoder     decoder
	model       model
	added       *addedVocabulary
	config      *Config
	truncation  *fileTruncation
	padding     *filePadding
	modelType   string
	wordSuffix  string // what transformers' CLIPTokenizer takes out of decoded text
	sentence    *siglip
	scratchPool sync.Pool
}

// newTokenizer builds the pipeline of a file.
func newTokenizer(f *file) (*Tokenizer, error) {
	t := &Tokenizer{model: f.model, modelType: f.modelType, truncation: f.truncation, padding: f.padding, config: &Config{}}
	var err error
	if t.norm, err = buildNormalizer(f.components["normalizer"]); err != nil {
		return nil, err
	}
	if t.pre, err = buildPreTokenizer(f.components["pre_tokenizer"]); err != nil {
		return nil, err
	}
	if t.post, err = buildPostProcessor(f.components["post_processor"]); err != nil {
		return nil, err
	}
	if t.decoder, err = buildDecoder(f.components["decoder"]); err != nil {
		return nil, err
	}
	t.added = newAddedVocabulary()
	t.added.add(f.added, f.model, t.norm)
	return t, nil
}

// Config is what tokenizer_config.json and special_tokens_map.json say. It is not
// to be changed.
func (t *Tokenizer) Config() *Config { return t.config }

// VocabSize is the number of tokens, added ones included. Ids may have holes, so
// that it need not be the highest id plus one.
func (t *Tokenizer) VocabSize() int {
	n := t.model.size()
	for content := range t.added.ids {
		if _, ok := t.model.id(content); !ok {
			n++
		}
	}
	return n
}

// TokenID is the id of a token as it stands in the vocabulary.
func (t *Tokenizer) TokenID(token string) (int, bool) {
	if id, ok := t.added.ids[token]; ok {
		return id, true
	}
	return t.model.id(token)
}

// Token is the token of an id. A normalized added token has its normalized form.
func (t *Tokenizer) Token(id int) (string, bool) {
	if token, ok := t.added.token(id); ok {
		return token, true
	}
	return t.model.token(id)
}

// IsSpecial says whether decoding leaves the id out when it skips special tokens.
func (t *Tokenizer) IsSpecial(id int) bool {
	token, ok := t.Token(id)
	return ok && t.added.special[token]
}

// AddedTokens are the added tokens by id.
func (t *Tokenizer) AddedTokens() map[int]AddedToken {
	out := make(map[int]AddedToken, len(t.added.byID))
	for id, token := range t.added.byID {
		out[id] = token
	}
	return out
}

// specialID is the id of a special token that the configuration names.
func (t *Tokenizer) specialID(token string) (int, bool) {
	if token == "" {
		return 0, false
	}
	return t.TokenID(token)
}

// BOS, EOS, PAD, UNK, CLS, SEP and Mask are the ids of the special tokens that the
// configuration names; ok is false where it names none, or one that is not in
// the vocabulary.
func (t *Tokenizer) BOS() (id int, ok bool)  { return t.specialID(t.config.BOSToken) }
func (t *Tokenizer) EOS() (id int, ok bool)  { return t.specialID(t.config.EOSToken) }
func (t *Tokenizer) PAD() (id int, ok bool)  { return t.specialID(t.config.PADToken) }
func (t *Tokenizer) UNK() (id int, ok bool)  { return t.specialID(t.config.UNKToken) }
func (t *Tokenizer) CLS() (id int, ok bool)  { return t.specialID(t.config.CLSToken) }
func (t *Tokenizer) SEP() (id int, ok bool)  { return t.specialID(t.config.SEPToken) }
func (t *Tokenizer) Mask() (id int, ok bool) { return t.specialID(t.config.MaskToken) }

// scratch lends memory to one call.
func (t *Tokenizer) scratch() *scratch {
	if s, ok := t.scratchPool.Get().(*scratch); ok {
		return s
	}
	return &scratch{}
}
