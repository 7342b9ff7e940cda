// Package chat turns a conversation into the text that a model was trained on,
// by the chat template that its own folder brings.
package chat

import (
	"fmt"
	"strings"
	"time"

	"github.com/mmtui/mmtui/internal/jinja"
)

// The types of a part.
const (
	PartText  = "text"
	PartImage = "image"
)

// Part is a piece of a message: text, or the place of an image.
type Part struct {
	Type string // PartText or PartImage
	Text string
}

// Message is what one side says.
type Message struct {
	Role    string // "system", "user" or "assistant"
	Content []Part
}

// User is a message of the user with images first, then text, which is how the
// model cards of vision-language models ask.
func User(images int, text string) Message {
	m := Message{Role: "user"}
	for range images {
		m.Content = append(m.Content, Part{Type: PartImage})
	}
	if text != "" {
		m.Content = append(m.Content, Part{Type: PartText, Text: text})
	}
	return m
}

// Options are what a template is given beside the messages.
type Options struct {
	// AddGenerationPrompt ends the text where the assistant is to answer.
	AddGenerationPrompt bool
	// BOS and EOS are given as bos_token and eos_token. Empty ones leave those
	// of the folder.
	BOS, EOS string
	// SpecialTokens are further tokens by the name of the variable, such as
	// "image_token". They stand before those of the folder.
	SpecialTokens map[string]string
	// Variables are any others, such as "enable_thinking".
	Variables map[string]any
	// Now is what strftime_now shows. With the zero time a template that asks
	// for the date is refused.
	Now time.Time
}

// Template is a chat template.
type Template struct {
	// Path is the file that it was read from, "" for one that was given as text.
	Path string
	// Source is its text.
	Source string
	// Tokens are the special tokens of the folder by the name of the variable.
	Tokens map[string]string

	compiled *jinja.Template
	plain    bool // messages are text to it, not lists of parts
}

// Parse reads a template. The name stands in front of its errors.
func Parse(name, source string) (*Template, error) {
	t, err := compile(name, source)
	if err != nil {
		return nil, err
	}
	t.plain = !t.takesParts()
	return t, nil
}

func compile(name, source string) (*Template, error) {
	compiled, err := jinja.Parse(name, source)
	if err != nil {
		return nil, fmt.Errorf("%w; the chat template cannot be used", err)
	}
	return &Template{Source: source, compiled: compiled}, nil
}

// PlainText reports whether the template takes messages as text. Such a
// template has no place for images.
func (t *Template) PlainText() bool { return t.plain }

// takesParts tries whether the template goes through the parts of a message: a
// template for text alone fails on a list, or prints it as Python would.
func (t *Template) takesParts() bool {
	const word = "needle"
	probe := []Message{{Role: "user", Content: []Part{{Type: PartText, Text: word}}}}
	opt := Options{AddGenerationPrompt: true, BOS: "<s>", EOS: "</s>", Now: time.Unix(0, 0).UTC()}
	parts, err := t.render(probe, opt, false)
	if err == nil && strings.Contains(parts, word) {
		return !strings.Contains(parts, "'text'") && !strings.Contains(parts, `"text"`)
	}
	plain, err := t.render(probe, opt, true)
	return err != nil || !strings.Contains(plain, word)
}

// Render gives the text of a conversation. An error names the line of the
// template; one that the template raised itself carries its message.
func (t *Template) Render(messages []Message, opt Options) (string, error) {
	if len(messages) == 0 {
		return "", fmt.Errorf("a conversation without messages; give at least one")
	}
	for i, m := range messages {
		for _, p := range m.Content {
			switch {
			case p.Type != PartText && p.Type != PartImage:
				return "", fmt.Errorf("message %d: a part of type %q; use text or image", i+1, p.Type)
			case p.Type == PartImage && t.plain:
				return "", fmt.Errorf("message %d: the chat template of this model takes text only; it has no place for an image", i+1)
			}
		}
	}
	return t.render(messages, opt, t.plain)
}

func (t *Template) render(messages []Message, opt Options, plain bool) (string, error) {
	// The variables that the library always gives, with the special tokens and
	// then whatever the caller adds.
	variables := map[string]any{
		"messages":              conversation(messages, plain),
		"tools":                 nil,
		"documents":             nil,
		"add_generation_prompt": opt.AddGenerationPrompt,
	}
	for name, token := range t.Tokens {
		variables[name] = token
	}
	for name, token := range opt.SpecialTokens {
		variables[name] = token
	}
	if opt.BOS != "" {
		variables["bos_token"] = opt.BOS
	}
	if opt.EOS != "" {
		variables["eos_token"] = opt.EOS
	}
	for name, value := range opt.Variables {
		variables[name] = value
	}
	return t.compiled.Render(variables, jinja.Options{Now: opt.Now})
}

// conversation gives messages as the library does: dictionaries whose content
// is a list of parts, or for plain templates one text.
func conversation(messages []Message, plain bool) []any {
	all := make([]any, len(messages))
	for i, m := range messages {
		d := &jinja.Dict{}
		d.Set("role", m.Role)
		if plain {
			text := ""
			for _, p := range m.Content {
				text += p.Text
			}
			d.Set("content", text)
		} else {
			parts := make([]any, len(m.Content))
			for j, p := range m.Content {
				part := &jinja.Dict{}
				part.Set("type", p.Type)
				if p.Type == PartText {
					part.Set("text", p.Text)
				}
				parts[j] = part
			}
			d.Set("content", parts)
		}
		all[i] = d
	}
	return all
}
