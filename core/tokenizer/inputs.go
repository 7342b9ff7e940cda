package tokenizer

import (
	"encoding/base64"
	"fmt"
	"slices"
)

// What a text goes through before the model: normalizers and pre-tokenizers.

func buildNormalizer(raw string) (normalizer, error) {
	c, err := readComponent("normalizer", raw)
	if c == nil {
		return nil, err
	}
	switch c.name {
	case "Sequence":
		return c.normalizers()
	case "NFC":
		return unicodeForm{composed: true}, nil
	case "NFD":
		return unicodeForm{}, nil
	case "NFKC":
		return unicodeForm{compatible: true, composed: true}, nil
	case "NFKD":
		return unicodeForm{compatible: true}, nil
	case "Lowercase":
		return rewrite(lowercase), nil
	case "StripAccents":
		return rewrite(stripAccents), nil
	case "Nmt":
		return rewrite(nmt), nil
	case "ByteLevel":
		return rewrite(bytesAsRunes), nil
	case "Strip":
		var s stripSpaces
		return s, c.members("strip_left", &s.left, "strip_right", &s.right)
	case "Prepend":
		var s string
		err := c.members("prepend", &s)
		return prependText(s), err
	case "Replace":
		p, content, err := c.replacement()
		return replaceAll{p, content}, err
	case "BertNormalizer":
		return c.bertNormalizer()
	case "Precompiled":
		return c.precompiled()
	}
	return nil, c.refuse()
}

func (c *component) normalizers() (normalizer, error) {
	parts, err := c.parts("normalizers")
	if err != nil {
		return nil, err
	}
	var out normalizers
	for _, raw := range parts {
		n, err := buildNormalizer(raw)
		if err != nil {
			return nil, err
		}
		if n != nil {
			out = append(out, n)
		}
	}
	return out, nil
}

func (c *component) bertNormalizer() (normalizer, error) {
	var b bertNormalizer
	if err := c.members("clean_text", &b.cleanText, "handle_chinese_chars", &b.ideographs, "lowercase", &b.lowercase); err != nil {
		return nil, err
	}
	b.stripAccents = b.lowercase
	return b, c.wrap(c.get("strip_accents", &b.stripAccents))
}

func (c *component) precompiled() (normalizer, error) {
	var text string
	if err := c.members("precompiled_charsmap", &text); err != nil {
		return nil, err
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, c.wrap(errCharsmap)
	}
	m, err := parseCharsmap(data)
	if err != nil {
		return nil, c.wrap(err)
	}
	return m, nil
}

func buildPreTokenizer(raw string) (preTokenizer, error) {
	c, err := readComponent("pre_tokenizer", raw)
	if c == nil {
		return nil, err
	}
	switch c.name {
	case "Sequence":
		return c.preTokenizers()
	case "ByteLevel":
		b, trim := byteLevel{useRegex: true}, false
		if err := c.members("add_prefix_space", &b.addPrefixSpace, "trim_offsets", &trim); err != nil {
			return nil, err
		}
		return b, c.wrap(c.get("use_regex", &b.useRegex))
	case "Metaspace":
		m, err := c.metaspace()
		return m, err
	case "BertPreTokenizer":
		return bertPreTokenizer{}, nil
	case "Whitespace":
		return splitBy{inverted{scanner(words)}, removed}, nil
	case "WhitespaceSplit":
		return splitBy{each(isSpace), removed}, nil
	case "Digits":
		individual := false
		if err := c.members("individual_digits", &individual); err != nil {
			return nil, err
		}
		if individual {
			return splitBy{each(isNumeric), isolated}, nil
		}
		return splitBy{each(isNumeric), contiguous}, nil
	case "Punctuation":
		how, err := c.behavior(isolated)
		return splitBy{each(isPunctuation), how}, err
	case "Split":
		return c.splitter()
	case "CharDelimiterSplit", "Delimiter":
		d, err := c.character("delimiter")
		return splitBy{literal(d), removed}, err
	case "FixedLength":
		n := 5
		if err := c.get("length", &n); err != nil || n < 1 {
			return nil, c.wrap(fmt.Errorf("\"length\" is not a positive number"))
		}
		return fixedLength(n), nil
	}
	return nil, c.refuse()
}

func (c *component) preTokenizers() (preTokenizer, error) {
	parts, err := c.parts("pretokenizers")
	if err != nil {
		return nil, err
	}
	var out preTokenizers
	for _, raw := range parts {
		p, err := buildPreTokenizer(raw)
		if err != nil {
			return nil, err
		}
		if p != nil {
			out = append(out, p)
		}
	}
	return out, nil
}

// behavior reads a Split's behaviour; none means that it must be there.
func (c *component) behavior(none behavior) (behavior, error) {
	how := none
	if err := c.get("behavior", &how); err != nil {
		return "", c.wrap(err)
	}
	if how == "" {
		return "", c.wrap(fmt.Errorf("\"behavior\" is missing"))
	}
	if !slices.Contains([]behavior{removed, isolated, mergedWithPrevious, mergedWithNext, contiguous}, how) {
		return "", c.wrap(fmt.Errorf("the behavior %q is not implemented", shorten(string(how))))
	}
	return how, nil
}

func (c *component) splitter() (preTokenizer, error) {
	p, err := c.pattern()
	if err != nil {
		return nil, err
	}
	how, err := c.behavior("")
	if err != nil {
		return nil, err
	}
	invert := false
	if err := c.members("invert", &invert); err != nil {
		return nil, err
	}
	if invert {
		p = inverted{p}
	}
	return splitBy{p, how}, nil
}

// metaspace is the pre-tokenizer; the decoder has the same members.
func (c *component) metaspace() (metaspace, error) {
	m := metaspace{scheme: prependAlways, split: true}
	var err error
	if m.mark, err = c.character("replacement"); err != nil {
		return m, err
	}
	prefix := true // the older spelling of the scheme
	if err := c.getAll("prepend_scheme", &m.scheme, "split", &m.split, "add_prefix_space", &prefix); err != nil {
		return m, c.wrap(err)
	}
	switch m.scheme {
	case prependAlways, prependFirst, prependNever:
	default:
		return m, c.wrap(fmt.Errorf("the prepend_scheme %q is not implemented", shorten(string(m.scheme))))
	}
	if !prefix {
		if _, given := c.fields["prepend_scheme"]; given && m.scheme != prependNever {
			return m, c.wrap(fmt.Errorf("add_prefix_space is false and prepend_scheme %q", m.scheme))
		}
		m.scheme = prependNever
	}
	return m, nil
}
