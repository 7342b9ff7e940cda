package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/mmtui/mmtui/core/safetensors"
)

// Config is what a model folder says about its tokenizer beside tokenizer.json:
// tokenizer_config.json, and special_tokens_map.json for what that leaves out.
type Config struct {
	// Class is tokenizer_class without a final Fast: "CLIPTokenizer".
	Class string
	// The special tokens; "" where there is none.
	BOSToken, EOSToken, PADToken, UNKToken, CLSToken, SEPToken, MaskToken string
	// ExtraSpecial are further special tokens, such as "<image>".
	ExtraSpecial []string
	// ModelMaxLength is the longest input in tokens, 0 where there is no limit.
	ModelMaxLength int
	PaddingSide    Side
	TruncationSide Side
	CleanUpSpaces  bool // clean_up_tokenization_spaces

	lowerCase      bool
	addPrefixSpace bool
	addBOS, addEOS *bool
	tokens         []AddedToken // added_tokens_decoder in the order of ids, with the flags
	named          map[string]AddedToken
}

// unlimited is from where on model_max_length means that there is no limit.
const unlimited = 1e20

// readConfig reads what there is of a folder's configuration.
func readConfig(dir string) (*Config, error) {
	c := &Config{TruncationSide: Right, lowerCase: true, named: map[string]AddedToken{}}
	f, path, err := readFields(dir, "tokenizer_config.json")
	if err != nil {
		return nil, err
	}
	if err := c.read(f); err != nil {
		return nil, problem(path, err, "correct it or download it again")
	}
	more, path, err := readFields(dir, "special_tokens_map.json")
	if err != nil {
		return nil, err
	}
	// The older file goes before a configuration that is older, too.
	if _, newer := f["added_tokens_decoder"]; newer {
		for name := range more {
			if raw, given := f[name]; given && string(raw) != "null" {
				delete(more, name)
			}
		}
	}
	if err := c.specials(more); err != nil {
		return nil, problem(path, err, "correct it or download it again")
	}
	if c.Class == "" {
		return c, c.classOfModel(dir)
	}
	return c, nil
}

func (c *Config) read(f fields) error {
	var class string
	var length json.Number
	if err := f.getAll(
		"tokenizer_class", &class, "model_max_length", &length, "padding_side", &c.PaddingSide, "truncation_side", &c.TruncationSide,
		"clean_up_tokenization_spaces", &c.CleanUpSpaces, "do_lower_case", &c.lowerCase, "add_prefix_space", &c.addPrefixSpace,
		"add_bos_token", &c.addBOS, "add_eos_token", &c.addEOS,
	); err != nil {
		return err
	}
	c.Class = strings.TrimSuffix(class, "Fast")
	if c.PaddingSide == "" {
		c.PaddingSide = Right
		if slices.Contains([]string{"LlamaTokenizer", "GemmaTokenizer", siglip2Class}, c.Class) {
			c.PaddingSide = Left
		}
	}
	for name, side := range map[string]Side{"padding_side": c.PaddingSide, "truncation_side": c.TruncationSide} {
		if side != Left && side != Right {
			return fmt.Errorf("%q is %q, neither left nor right", name, shorten(string(side)))
		}
	}
	if n, err := strconv.ParseFloat(string(length), 64); err == nil && n >= 1 && n < unlimited {
		c.ModelMaxLength = int(min(n, 1<<31-1))
	}
	if err := c.decoderTokens(f); err != nil {
		return err
	}
	return c.specials(f)
}

// decoderTokens reads added_tokens_decoder: added tokens by id.
func (c *Config) decoderTokens(f fields) error {
	var byID map[string]json.RawMessage
	if err := f.get("added_tokens_decoder", &byID); err != nil {
		return err
	}
	ids := make([]int, 0, len(byID))
	for key := range byID {
		id, err := strconv.Atoi(key)
		if err != nil || !validID(id) {
			return fmt.Errorf("added_tokens_decoder has the id %q", shorten(key))
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		item, err := parseFields(string(byID[strconv.Itoa(id)]))
		if err != nil {
			return fmt.Errorf("added_tokens_decoder: %d %w", id, err)
		}
		t, err := addedToken(item)
		if err != nil {
			return fmt.Errorf("added_tokens_decoder: %d: %w", id, err)
		}
		c.tokens = append(c.tokens, t)
	}
	return nil
}

// specials reads the special tokens, each a string or an object with content.
func (c *Config) specials(f fields) error {
	for name, into := range c.slots() {
		raw, ok := f[name]
		if !ok || string(raw) == "null" {
			continue
		}
		t, err := specialToken(raw)
		if err != nil {
			return fmt.Errorf("%q %w", name, err)
		}
		*into = t.Content
		c.named[t.Content] = t
	}
	for _, name := range []string{"additional_special_tokens", "extra_special_tokens"} {
		if err := c.extra(name, f[name]); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) slots() map[string]*string {
	return map[string]*string{
		"bos_token": &c.BOSToken, "eos_token": &c.EOSToken, "pad_token": &c.PADToken, "unk_token": &c.UNKToken,
		"cls_token": &c.CLSToken, "sep_token": &c.SEPToken, "mask_token": &c.MaskToken,
	}
}

// extra reads a list of special tokens, or an object of them.
func (c *Config) extra(name string, raw json.RawMessage) error {
	var list []json.RawMessage
	switch trimmed := bytes.TrimSpace(raw); {
	case len(trimmed) == 0 || string(trimmed) == "null":
		return nil
	case trimmed[0] == '{':
		var named map[string]json.RawMessage
		if err := json.Unmarshal(trimmed, &named); err != nil {
			return fmt.Errorf("%q is no list of tokens", name)
		}
		keys := make([]string, 0, len(named))
		for key := range named {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			list = append(list, named[key])
		}
	default:
		if err := json.Unmarshal(trimmed, &list); err != nil {
			return fmt.Errorf("%q is no list of tokens", name)
		}
	}
	for _, item := range list {
		t, err := specialToken(item)
		if err != nil {
			return fmt.Errorf("%q: an entry %w", name, err)
		}
		if !slices.Contains(c.ExtraSpecial, t.Content) {
			c.ExtraSpecial = append(c.ExtraSpecial, t.Content)
			c.named[t.Content] = t
		}
	}
	return nil
}

var errNoToken = errors.New("is neither a string nor an object with content")

func specialToken(raw json.RawMessage) (AddedToken, error) {
	t := AddedToken{Special: true}
	if json.Unmarshal(raw, &t.Content) == nil {
		return t, nil
	}
	f, err := parseFields(string(raw))
	if err != nil || f == nil {
		return t, errNoToken
	}
	if f["special"] == nil { // what the map names is special
		f["special"] = json.RawMessage("true")
	}
	if t, err = addedToken(f); err != nil {
		return t, errNoToken
	}
	t.Special = true
	return t, nil
}

// classOfModel takes the class from config.json, where tokenizer_config.json has
// none: its own tokenizer_class, or the one that goes with its model_type.
func (c *Config) classOfModel(dir string) error {
	f, path, err := readFields(dir, "config.json")
	if err != nil {
		return err
	}
	var class, kind string
	if err := errors.Join(f.get("tokenizer_class", &class), f.get("model_type", &kind)); err != nil {
		return problem(path, err, "correct it or download it again")
	}
	if class == "" {
		class = map[string]string{"clip": "CLIPTokenizer", "siglip": "SiglipTokenizer", "gpt2": "GPT2Tokenizer"}[kind]
	}
	c.Class = strings.TrimSuffix(class, "Fast")
	return nil
}

// maxConfigBytes is the largest configuration that is read; published ones have
// some 100 KB.
const maxConfigBytes = 16 << 20

// readFields reads a JSON object of a folder. A file that is not there has none.
func readFields(dir, name string) (fields, string, error) {
	path := filepath.Join(dir, name)
	text, err := readFile(path, maxConfigBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, path, nil
	}
	if err != nil {
		return nil, path, err
	}
	f, err := parseFields(text)
	if err != nil {
		return nil, path, problem(path, errors.New("it is no JSON object"), "correct it or download it again")
	}
	return f, path, nil
}

// readFile reads a file that is not larger than a limit.
func readFile(path string, limit int64) (string, error) {
	// Asked before opening: to open a pipe would wait for its writer.
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", fileProblem(path, err)
	case !info.Mode().IsRegular():
		return "", problem(path, errors.New("it is not a regular file"), "give a model folder, a tokenizer.json or a sentencepiece model")
	case info.Size() > limit:
		return "", problem(path, fmt.Errorf("it has %d bytes, more than the %d that are read", info.Size(), limit), "check that it is the right file")
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fileProblem(path, err)
	}
	defer f.Close()
	var b strings.Builder
	b.Grow(int(info.Size()))
	n, err := io.Copy(&b, io.LimitReader(f, limit+1))
	if err != nil {
		return "", fileProblem(path, err)
	}
	if n > limit {
		return "", problem(path, fmt.Errorf("it has more than the %d bytes that are read", limit), "check that it is the right file")
	}
	return b.String(), nil
}

// problem is an error that names the file and says what to do.
func problem(path string, err error, do string) error {
	return &safetensors.Error{Path: path, What: err.Error(), Do: do, Err: err}
}

func fileProblem(path string, err error) error {
	var p *fs.PathError
	what := err
	if errors.As(err, &p) {
		what = p.Err
	}
	do := "check the path"
	if errors.Is(err, fs.ErrPermission) {
		do = "check who may read it"
	}
	return &safetensors.Error{Path: path, What: what.Error(), Do: do, Err: err}
}
