package tokenizer

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// The components of tokenizer.json by their type. The members and their defaults
// are those of the Rust library.

// component is one component as the file has it.
type component struct {
	fields
	kind string // "normalizer", …
	name string // its type
}

func readComponent(kind, raw string) (*component, error) {
	f, err := parseFields(raw)
	if err != nil {
		return nil, fmt.Errorf("%s %w", kind, err)
	}
	if f == nil {
		return nil, nil
	}
	c := &component{fields: f, kind: kind}
	if err := f.need("type", &c.name); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return c, nil
}

// wrap names the component in an error.
func (c *component) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", c.kind, c.name, err)
}

func (c *component) refuse() error {
	return fmt.Errorf("the %s %q is not implemented", c.kind, c.name)
}

// members reads several members that must be there: names and pointers by turns.
func (c *component) members(pairs ...any) error {
	for i := 0; i < len(pairs); i += 2 {
		if err := c.need(pairs[i].(string), pairs[i+1]); err != nil {
			return c.wrap(err)
		}
	}
	return nil
}

// parts are the raw components of a Sequence.
func (c *component) parts(member string) ([]string, error) {
	var list []json.RawMessage
	if err := c.members(member, &list); err != nil {
		return nil, err
	}
	out := make([]string, len(list))
	for i, raw := range list {
		out[i] = string(raw)
	}
	return out, nil
}

// pattern reads {"String": …} or {"Regex": …}.
func (c *component) pattern() (pattern, error) {
	var p struct{ String, Regex *string }
	if err := c.members("pattern", &p); err != nil {
		return nil, err
	}
	switch {
	case p.Regex != nil:
		re, err := compile(*p.Regex)
		return re, c.wrap(err)
	case p.String == nil:
		return nil, c.wrap(fmt.Errorf("the pattern is neither String nor Regex"))
	case *p.String == "":
		return nil, c.wrap(fmt.Errorf("the pattern is empty"))
	}
	return literal(*p.String), nil
}

// character reads a member that is one code point.
func (c *component) character(name string) (string, error) {
	var s string
	if err := c.members(name, &s); err != nil {
		return "", err
	}
	if utf8.RuneCountInString(s) != 1 {
		return "", c.wrap(fmt.Errorf("%q is %q, not one character", name, shorten(s)))
	}
	return s, nil
}

// replacement reads the pattern and the content of a Replace.
func (c *component) replacement() (pattern, string, error) {
	p, err := c.pattern()
	if err != nil {
		return nil, "", err
	}
	var content string
	if err := c.members("content", &content); err != nil {
		return nil, "", err
	}
	if len(content) > maxContent {
		return nil, "", c.wrap(fmt.Errorf("the content has %d bytes; the most is %d", len(content), maxContent))
	}
	return p, content, nil
}

// maxContent bounds a replacement, which can stand for every byte of a text.
const maxContent = 4096
