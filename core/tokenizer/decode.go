package tokenizer

import "strings"

// Decode turns ids into text as the tokenizers library does. Ids without a token
// are left out, and so are special tokens if skipSpecial is set.
func (t *Tokenizer) Decode(ids []int, skipSpecial bool) string {
	if t.sentence != nil {
		return t.sentence.decode(ids, skipSpecial)
	}
	tokens := t.kept(ids, skipSpecial)
	if t.decoder == nil {
		return strings.Join(tokens, " ")
	}
	return strings.Join(t.decoder.decode(tokens), "")
}

// kept are the tokens of ids that are decoded.
func (t *Tokenizer) kept(ids []int, skipSpecial bool) []string {
	tokens := make([]string, 0, len(ids))
	for _, id := range ids {
		if token, ok := t.Token(id); ok && !(skipSpecial && t.added.special[token]) {
			tokens = append(tokens, token)
		}
	}
	return tokens
}

// DecodeText turns ids into the text that transformers prints, which for some
// tokenizer classes is not what tokenizers gives.
func (t *Tokenizer) DecodeText(ids []int, skipSpecial bool) string {
	return t.finish(t.Decode(ids, skipSpecial))
}

// finish is what transformers does to a decoded text.
func (t *Tokenizer) finish(text string) string {
	if t.wordSuffix != "" {
		text = strings.ReplaceAll(text, t.wordSuffix, " ")
		text = strings.TrimFunc(text, isPythonSpace)
	}
	// transformers 5 leaves BPE alone.
	if t.config.CleanUpSpaces && t.modelType != "BPE" && t.sentence == nil {
		text = cleanUp(text, false)
	}
	return text
}

// plainBytes says that decoding is joining bytes, and nothing comes after it.
func (t *Tokenizer) plainBytes() bool {
	_, ok := t.decoder.(byteLevelDecoder)
	return ok && t.sentence == nil && t.wordSuffix == "" && (!t.config.CleanUpSpaces || t.modelType == "BPE")
}
