package tokenizer

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// openPair opens the older layout: vocab.json and merges.txt, with the rest of
// the pipeline as transformers builds it for the class.
func openPair(dir string, config *Config) (*Tokenizer, error) {
	m := modelJSON{kind: "BPE", others: fields{}, given: true, merged: true}
	f := &file{components: map[string]string{}, modelType: "BPE"}
	switch config.Class {
	case "GPT2Tokenizer":
		f.components["pre_tokenizer"] = fmt.Sprintf(`{"type":"ByteLevel","add_prefix_space":%t,"trim_offsets":true,"use_regex":true}`, config.addPrefixSpace)
		f.components["post_processor"] = `{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":false,"use_regex":true}`
	case "CLIPTokenizer":
		f.components["normalizer"] = `{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Replace","pattern":{"Regex":"\\s+"},"content":" "},{"type":"Lowercase"}]}`
		f.components["pre_tokenizer"] = clipPreTokenizer
		m.others["end_of_word_suffix"] = []byte(`"</w>"`)
		m.others["unk_token"] = []byte(`"<|endoftext|>"`)
	default:
		return nil, problem(dir, fmt.Errorf("there is no %s, and for the tokenizer class %q %s and %s alone are not implemented",
			tokenizerJSON, config.Class, vocabJSON, mergesTXT), "save the tokenizer with save_pretrained, which writes tokenizer.json")
	}
	f.components["decoder"] = `{"type":"ByteLevel"}`
	if err := m.readPair(dir); err != nil {
		return nil, err
	}
	var err error
	if f.model, err = m.build(); err != nil {
		return nil, problem(filepath.Join(dir, mergesTXT), err, "download both files again")
	}
	f.suffix = m.suffix
	if f.added, err = readAddedJSON(dir, f.model, config); err != nil {
		return nil, err
	}
	config.legacyDefaults()
	if f.components["post_processor"] == "" {
		if f.components["post_processor"], err = clipPostProcessor(f.model, config); err != nil {
			return nil, problem(filepath.Join(dir, vocabJSON), err, "download it again")
		}
	}
	t, err := newTokenizer(f)
	if err != nil {
		return nil, problem(dir, err, "")
	}
	t.configure(config, f.suffix)
	return t, nil
}

const clipPreTokenizer = `{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":` +
	`"<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"},"behavior":"Removed","invert":true},` +
	`{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}]}`

// legacyDefaults are the special tokens that the classes have where no file
// names them.
func (c *Config) legacyDefaults() {
	or := func(at *string, token string) {
		if *at == "" {
			*at = token
			c.named[token] = AddedToken{Content: token, Special: true}
		}
	}
	const end = "<|endoftext|>"
	or(&c.EOSToken, end)
	or(&c.UNKToken, end)
	if c.Class == "CLIPTokenizer" {
		or(&c.BOSToken, "<|startoftext|>")
		or(&c.PADToken, end)
	} else {
		or(&c.BOSToken, end)
	}
}

// clipPostProcessor is the one that inserts BOS and EOS.
func clipPostProcessor(m model, c *Config) (string, error) {
	ids := [2]int{}
	for i, token := range []string{c.BOSToken, c.EOSToken} {
		id, ok := m.id(token)
		if !ok {
			return "", fmt.Errorf("the special token %q is not in the vocabulary", token)
		}
		ids[i] = id
	}
	return fmt.Sprintf(`{"type":"RobertaProcessing","cls":[%s,%d],"sep":[%s,%d],"trim_offsets":false,"add_prefix_space":false}`,
		quoted(c.BOSToken), ids[0], quoted(c.EOSToken), ids[1]), nil
}

// readPair reads vocab.json and merges.txt.
func (m *modelJSON) readPair(dir string) error {
	path := filepath.Join(dir, vocabJSON)
	text, err := readFile(path, maxFileBytes)
	if err != nil {
		return err
	}
	r := &reader{text: text}
	err = r.object(func(token string) error {
		id, err := r.id()
		m.entries = append(m.entries, entry{token, int32(id)})
		return err
	})
	if err == nil {
		err = r.end()
	}
	if err != nil {
		return problem(path, err, "download it again")
	}
	path = filepath.Join(dir, mergesTXT)
	if text, err = readFile(path, maxFileBytes); err != nil {
		return err
	}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSuffix(line, "\r")
		if line == "" || strings.HasPrefix(line, "#version") {
			continue
		}
		left, right, ok := strings.Cut(line, " ")
		if !ok || strings.Contains(right, " ") {
			return problem(path, fmt.Errorf("line %d: %q is not two tokens with a space between them", i+1, shorten(line)), "download it again")
		}
		m.merges = append(m.merges, [2]string{left, right})
	}
	return nil
}

// readAddedJSON reads added_tokens.json: tokens with ids that follow the
// vocabulary's. Flags come from tokenizer_config.json, where it has the token.
func readAddedJSON(dir string, m model, c *Config) ([]AddedToken, error) {
	path := filepath.Join(dir, addedJSON)
	text, err := readFile(path, maxConfigBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []entry
	r := &reader{text: text}
	err = r.object(func(token string) error {
		id, err := r.id()
		list = append(list, entry{token, int32(id)})
		return err
	})
	if err != nil {
		return nil, problem(path, err, "download it again")
	}
	slices.SortStableFunc(list, func(a, b entry) int { return int(a.id) - int(b.id) })
	special := c.specialTokens()
	var out []AddedToken
	for _, e := range list {
		t := AddedToken{Content: e.token, Special: slices.Contains(special, e.token), Normalized: !slices.Contains(special, e.token)}
		for _, known := range c.tokens {
			if known.Content == e.token {
				t = known
			}
		}
		out = append(out, t)
	}
	return out, nil
}
