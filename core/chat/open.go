package chat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mmtui/mmtui/internal/jinja"
)

// maxJSONBytes is the largest JSON file of a folder that is read for a template.
// A tokenizer_config.json with all added tokens stays far below.
const maxJSONBytes = 64 << 20

// ErrNone is wrapped by the error of Open when a folder brings no template.
var ErrNone = errors.New("no chat template")

// Open reads the chat template of a model folder: chat_template.jinja, else the
// key chat_template of chat_template.json, processor_config.json or
// tokenizer_config.json. The key holds text, or a list of named templates, of
// which the one called "default" is taken. The special tokens that a template
// may name come from tokenizer_config.json and special_tokens_map.json.
//
// A folder without a template gives an error that wraps ErrNone.
func Open(dir string) (*Template, error) {
	path, source, err := find(dir)
	if err != nil {
		return nil, err
	}
	t, err := compile(path, source)
	if err != nil {
		return nil, err
	}
	t.Path = path
	if t.Tokens, err = specialTokens(dir); err != nil {
		return nil, err
	}
	// A template may insist on a token: it is tried when they are known.
	t.plain = !t.takesParts()
	return t, nil
}

func find(dir string) (path, source string, err error) {
	path = filepath.Join(dir, "chat_template.jinja")
	text, err := readBounded(path, jinja.MaxSourceBytes)
	switch {
	case err == nil:
		return path, string(text), nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", "", err
	}
	for _, name := range []string{"chat_template.json", "processor_config.json", "tokenizer_config.json"} {
		path := filepath.Join(dir, name)
		source, err := fromJSON(path)
		if err != nil || source != "" {
			return path, source, err
		}
	}
	return "", "", fmt.Errorf("%s: %w: there is no chat_template.jinja, and no chat_template key in chat_template.json, "+
		"processor_config.json or tokenizer_config.json; add the template that the model was trained with", dir, ErrNone)
}

// readBounded reads a whole file that must not be larger than limit bytes.
func readBounded(path string, limit int64) ([]byte, error) {
	// Asked before opening: to open a pipe would wait for its writer.
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file; put the file itself here", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s: larger than %d bytes; this is no file of a model folder", path, limit)
	}
	return bytes.TrimPrefix(data, []byte("\ufeff")), err
}

// readObject reads a file of JSON into v. A file that is not there is no error.
func readObject(path string, v any) error {
	data, err := readBounded(path, maxJSONBytes)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %v; mend the JSON", path, err)
	}
	return nil
}

// fromJSON is the template under the key chat_template of a file; "" if there
// is no such file or key.
func fromJSON(path string) (string, error) {
	var config struct {
		Template json.RawMessage `json:"chat_template"`
	}
	if err := readObject(path, &config); err != nil {
		return "", err
	}
	if len(config.Template) == 0 || string(config.Template) == "null" {
		return "", nil
	}
	var text string
	if json.Unmarshal(config.Template, &text) == nil {
		return text, nil
	}
	byName := map[string]string{}
	var list []struct{ Name, Template string }
	if json.Unmarshal(config.Template, &list) == nil {
		for _, entry := range list {
			byName[entry.Name] = entry.Template
		}
	} else if err := json.Unmarshal(config.Template, &byName); err != nil {
		return "", fmt.Errorf("%s: chat_template is neither text nor a list of {name, template}; see the documentation of transformers", path)
	}
	if text, ok := byName["default"]; ok {
		return text, nil
	}
	if len(byName) == 1 {
		for _, text := range byName {
			return text, nil
		}
	}
	return "", fmt.Errorf("%s: none of the %d chat templates is called default; name one so", path, len(byName))
}

// specialTokens are the special tokens of a folder under the names that
// templates use, such as bos_token.
func specialTokens(dir string) (map[string]string, error) {
	tokens := map[string]string{}
	for _, name := range []string{"tokenizer_config.json", "special_tokens_map.json"} {
		var config map[string]json.RawMessage
		if err := readObject(filepath.Join(dir, name), &config); err != nil {
			return nil, err
		}
		for key, value := range config {
			if !strings.HasSuffix(key, "_token") {
				continue // add_bos_token is such a key too, but holds no text
			}
			if text, ok := tokenText(value); ok {
				tokens[key] = text
			}
		}
	}
	return tokens, nil
}

// tokenText is a token that is written as text or as {"content": text, …}.
func tokenText(value json.RawMessage) (string, bool) {
	var text string
	if json.Unmarshal(value, &text) == nil && string(value) != "null" {
		return text, true
	}
	var token struct{ Content *string }
	if json.Unmarshal(value, &token) == nil && token.Content != nil {
		return *token.Content, true
	}
	return "", false
}
