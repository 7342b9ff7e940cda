package tokenizer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mmtui/mmtui/core/safetensors"
)

// maxFileBytes is the largest tokenizer.json, vocabulary or sentencepiece model
// that is read; the largest published ones have some 40 MB.
const maxFileBytes = 128 << 20

// Names of the files of a folder.
const (
	tokenizerJSON = "tokenizer.json"
	spieceModel   = "spiece.model"
	vocabJSON     = "vocab.json"
	mergesTXT     = "merges.txt"
	addedJSON     = "added_tokens.json"
)

// siglipClass is the class whose reference is the sentencepiece model even where
// a tokenizer.json lies beside it.
const siglipClass = "SiglipTokenizer"

// siglip2Class lowers text, whether or not its tokenizer.json says so.
const siglip2Class = "Siglip2Tokenizer"

// Open opens the tokenizer of a model folder: spiece.model for SiglipTokenizer,
// else tokenizer.json, else vocab.json and merges.txt for the classes that say
// the rest (GPT2Tokenizer, CLIPTokenizer). The folder's configuration names the
// special tokens and adds those that the file lacks, as transformers does.
func Open(dir string) (*Tokenizer, error) {
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return nil, fileProblem(dir, err)
	case !info.IsDir():
		return OpenFile(dir)
	}
	config, err := readConfig(dir)
	if err != nil {
		return nil, err
	}
	has := func(name string) bool {
		info, err := os.Stat(filepath.Join(dir, name))
		return err == nil && info.Mode().IsRegular()
	}
	switch {
	case config.Class == siglipClass && has(spieceModel):
		return openSiglip(filepath.Join(dir, spieceModel), config)
	case has(tokenizerJSON):
		return openJSON(filepath.Join(dir, tokenizerJSON), config)
	case has(vocabJSON) && has(mergesTXT):
		return openPair(dir, config)
	}
	return nil, missing(dir, config, has)
}

// missing says which files a folder lacks.
func missing(dir string, config *Config, has func(string) bool) error {
	what := "there is no " + tokenizerJSON
	do := "save the tokenizer with save_pretrained, or copy its tokenizer.json here"
	switch {
	case config.Class == siglipClass:
		what = "there is neither " + spieceModel + " nor " + tokenizerJSON
		do = "copy the " + spieceModel + " of the model here"
	case has(spieceModel) || has("tokenizer.model"):
		what = fmt.Sprintf("there is a sentencepiece model but no %s, and for the tokenizer class %q the model alone is not implemented", tokenizerJSON, config.Class)
	case has(vocabJSON):
		what = "there is neither " + tokenizerJSON + " nor " + mergesTXT
	}
	return &safetensors.Error{Path: dir, What: what, Do: do, Err: fs.ErrNotExist}
}

// OpenFile opens a tokenizer.json, or a sentencepiece model (*.model). What the
// file itself does not say is not known: no special token is named, and decoded
// text is that of the tokenizers library. Beside a sentencepiece model the
// folder's configuration is read, because the model does not say how text is
// prepared for it; without one, text is given to it as it is.
func OpenFile(path string) (*Tokenizer, error) {
	if !strings.HasSuffix(path, ".model") {
		return openJSON(path, nil)
	}
	config, err := readConfig(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	return openSiglip(path, config)
}

// openJSON opens a tokenizer.json; config may be nil.
func openJSON(path string, config *Config) (*Tokenizer, error) {
	text, err := readFile(path, maxFileBytes)
	if err != nil {
		return nil, err
	}
	if head := strings.TrimLeft(text[:min(len(text), 64)], " \t\r\n\ufeff"); !strings.HasPrefix(head, "{") {
		return nil, problem(path, errors.New("it is no tokenizer.json"), "give a model folder, a tokenizer.json or a sentencepiece model (*.model)")
	}
	t, err := parseJSON(text, config)
	if err != nil {
		return nil, problem(path, err, "download it again, or save it with a newer version of tokenizers")
	}
	return t, nil
}

// parseJSON builds a tokenizer from the text of a tokenizer.json.
func parseJSON(text string, config *Config) (*Tokenizer, error) {
	f, err := parseFile(text)
	if err != nil {
		return nil, err
	}
	t, err := newTokenizer(f)
	if err != nil {
		return nil, err
	}
	if config != nil {
		t.configure(config, f.suffix)
	}
	return t, nil
}

// configure adds what the folder's configuration knows of.
func (t *Tokenizer) configure(c *Config, suffix string) {
	t.config = c
	if c.Class == "CLIPTokenizer" {
		t.wordSuffix = suffix
	}
	if t.padding != nil && c.PADToken == "" {
		c.PADToken = t.padding.PadToken
	}
	var add []AddedToken
	known := func(content string) bool {
		_, ok := t.added.ids[content]
		return ok
	}
	for _, token := range c.tokens {
		if id, ok := t.added.ids[token.Content]; !ok || t.added.byID[id] != token {
			add = append(add, token)
		}
	}
	if len(add) > 0 {
		t.added.add(add, t.model, t.norm)
	}
	add = nil
	for _, content := range c.specialTokens() {
		if content != "" && !known(content) {
			add = append(add, c.named[content])
		}
	}
	if len(add) > 0 {
		t.added.add(add, t.model, t.norm)
	}
	t.classRules(c)
}

// classRules are what some classes of transformers make of the pipeline.
func (t *Tokenizer) classRules(c *Config) {
	switch c.Class {
	case siglip2Class:
		t.norm = normalizers{rewrite(lowercase), t.norm}
		if t.norm.(normalizers)[1] == nil {
			t.norm = rewrite(lowercase)
		}
	case "LlamaTokenizer", "GemmaTokenizer":
		if c.addBOS != nil || c.addEOS != nil {
			t.post = t.bosAndEOS(c)
		}
	}
}

// bosAndEOS is the template that add_bos_token and add_eos_token ask for: [BOS] A
// [EOS], and [BOS] A [EOS] [BOS] B [EOS]. LlamaTokenizer and GemmaTokenizer have
// the first on and the second off by themselves.
func (t *Tokenizer) bosAndEOS(c *Config) postProcessor {
	var out template
	for sequence := range 2 {
		add := func(wanted bool, token string) {
			if id, ok := t.specialID(token); wanted && ok {
				out.pair = append(out.pair, templatePiece{-1, sequence, []int{id}, []string{token}})
			}
		}
		add(c.addBOS == nil || *c.addBOS, c.BOSToken)
		out.pair = append(out.pair, templatePiece{sequence: sequence, typeID: sequence})
		add(c.addEOS != nil && *c.addEOS, c.EOSToken)
		if sequence == 0 {
			out.single = out.pair[:len(out.pair):len(out.pair)]
		}
	}
	return out
}

// specialTokens are the named special tokens in transformers' order.
func (c *Config) specialTokens() []string {
	return append([]string{c.BOSToken, c.EOSToken, c.UNKToken, c.SEPToken, c.PADToken, c.CLSToken, c.MaskToken}, c.ExtraSpecial...)
}
