package infer

import (
	"encoding/json"
	"errors"
	"io/fs"
)

// readMarks takes the strings of the image tokens from tokenizer_config.json:
// the keys image_token, fake_image_token and global_image_token, at the top
// (5.x) or under extra_special_tokens (4.x), as text or as {"content": text}.
// What is absent has the string that Idefics3Processor and SmolVLMProcessor
// fall back on.
func readMarks(dir string) (marks, error) {
	m := marks{image: "<image>", fake: "<fake_token_around_image>", global: "<global-img>"}
	_, config, err := readObject(dir, "tokenizer_config.json")
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return m, err
	}
	var extra map[string]json.RawMessage
	// A list there (5.x) names tokens without a meaning.
	if json.Unmarshal(config["extra_special_tokens"], &extra) != nil {
		extra = nil
	}
	for key, into := range map[string]*string{"image_token": &m.image, "fake_image_token": &m.fake, "global_image_token": &m.global} {
		for _, raw := range []json.RawMessage{extra[key], config[key]} {
			if text := tokenText(raw); text != "" {
				*into = text
			}
		}
	}
	return m, nil
}

// tokenText is a token as text or as an object with its content; "" otherwise.
func tokenText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var token struct {
		Content string `json:"content"`
	}
	if json.Unmarshal(raw, &token) == nil {
		return token.Content
	}
	return ""
}
