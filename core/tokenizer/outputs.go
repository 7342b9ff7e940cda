package tokenizer

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// What tokens go through after the model: post-processors, and decoders on the way back.

func buildDecoder(raw string) (decoder, error) {
	c, err := readComponent("decoder", raw)
	if c == nil {
		return nil, err
	}
	switch c.name {
	case "Sequence":
		return c.decoders()
	case "ByteLevel":
		return byteLevelDecoder{}, nil
	case "ByteFallback":
		return byteFallback{}, nil
	case "Fuse":
		return fuse{}, nil
	case "WordPiece":
		var d wordPieceDecoder
		err := c.members("prefix", &d.prefix, "cleanup", &d.cleanup)
		return d, err
	case "BPEDecoder":
		var d bpeDecoder
		if err := c.members("suffix", &d.suffix); err != nil {
			return nil, err
		}
		if d.suffix == "" {
			return nil, c.wrap(fmt.Errorf("the suffix is empty"))
		}
		return d, nil
	case "Metaspace":
		m, err := c.metaspace()
		return metaspaceDecoder{m.mark, m.scheme}, err
	case "Strip":
		return c.stripDecoder()
	case "Replace":
		p, content, err := c.replacement()
		return replaceDecoder{p, content}, err
	case "CTC":
		var d ctcDecoder
		err := c.members("pad_token", &d.pad, "word_delimiter_token", &d.delimiter, "cleanup", &d.cleanup)
		return d, err
	}
	return nil, c.refuse()
}

func (c *component) decoders() (decoder, error) {
	parts, err := c.parts("decoders")
	if err != nil {
		return nil, err
	}
	var out decoders
	for _, raw := range parts {
		d, err := buildDecoder(raw)
		if err != nil {
			return nil, err
		}
		if d != nil {
			out = append(out, d)
		}
	}
	return out, nil
}

func (c *component) stripDecoder() (decoder, error) {
	content, err := c.character("content")
	if err != nil {
		return nil, err
	}
	var d stripDecoder
	d.content, _ = utf8.DecodeRuneInString(content)
	if err := c.members("start", &d.start, "stop", &d.stop); err != nil {
		return nil, err
	}
	if d.start < 0 || d.stop < 0 {
		return nil, c.wrap(fmt.Errorf("start or stop is negative"))
	}
	return d, nil
}

func buildPostProcessor(raw string) (postProcessor, error) {
	c, err := readComponent("post_processor", raw)
	if c == nil {
		return nil, err
	}
	switch c.name {
	case "Sequence":
		parts, err := c.parts("processors")
		if err != nil {
			return nil, err
		}
		var out postProcessors
		for _, raw := range parts {
			p, err := buildPostProcessor(raw)
			if err != nil {
				return nil, err
			}
			if p != nil {
				out = append(out, p)
			}
		}
		return out, nil
	case "ByteLevel":
		var b byteLevelOffsets
		err := c.members("trim_offsets", &b.trim, "add_prefix_space", &b.addPrefixSpace)
		return b, err
	case "BertProcessing":
		cls, sep, err := c.clsAndSep()
		return wrapped{template: bertTemplate(cls, sep)}, err
	case "RobertaProcessing":
		cls, sep, err := c.clsAndSep()
		if err != nil {
			return nil, err
		}
		var b byteLevelOffsets
		err = c.members("trim_offsets", &b.trim, "add_prefix_space", &b.addPrefixSpace)
		return wrapped{robertaTemplate(cls, sep), &b, true}, err
	case "TemplateProcessing":
		return c.template()
	}
	return nil, c.refuse()
}

// clsAndSep reads the pairs of token and id of BertProcessing.
func (c *component) clsAndSep() (cls, sep special, err error) {
	for name, into := range map[string]*special{"cls": &cls, "sep": &sep} {
		var pair []json.RawMessage
		if err := c.members(name, &pair); err != nil {
			return cls, sep, err
		}
		if len(pair) != 2 || json.Unmarshal(pair[0], &into.text) != nil || json.Unmarshal(pair[1], &into.id) != nil || !validID(into.id) {
			return cls, sep, c.wrap(fmt.Errorf("%q is no pair of a token and its id", name))
		}
	}
	return cls, sep, nil
}

func validID(id int) bool { return id >= 0 && id <= 1<<31-1 }

// template reads the layouts for one text and two.
func (c *component) template() (postProcessor, error) {
	var tokens map[string]struct {
		IDs    []int    `json:"ids"`
		Tokens []string `json:"tokens"`
	}
	var single, pair []templateJSON
	if err := c.members("special_tokens", &tokens, "single", &single, "pair", &pair); err != nil {
		return nil, err
	}
	layout := func(list []templateJSON) ([]templatePiece, error) {
		var out []templatePiece
		for _, p := range list {
			switch {
			case p.Sequence != nil && (p.Sequence.ID == "A" || p.Sequence.ID == "B"):
				out = append(out, templatePiece{sequence: int(p.Sequence.ID[0] - 'A'), typeID: p.Sequence.TypeID})
			case p.SpecialToken != nil:
				s, ok := tokens[p.SpecialToken.ID]
				if !ok || len(s.IDs) != len(s.Tokens) {
					return nil, c.wrap(fmt.Errorf("the special token %q is not described", shorten(p.SpecialToken.ID)))
				}
				for _, id := range s.IDs {
					if !validID(id) {
						return nil, c.wrap(fmt.Errorf("%d is no token id", id))
					}
				}
				out = append(out, templatePiece{-1, p.SpecialToken.TypeID, s.IDs, s.Tokens})
			default:
				return nil, c.wrap(fmt.Errorf("a piece is neither a sequence A or B nor a special token"))
			}
		}
		return out, nil
	}
	var t template
	var err error
	if t.single, err = layout(single); err != nil {
		return nil, err
	}
	if t.pair, err = layout(pair); err != nil {
		return nil, err
	}
	for _, p := range t.single {
		if p.sequence == 1 {
			return nil, c.wrap(fmt.Errorf("\"single\" has the sequence B"))
		}
	}
	if n := max(t.added(false), t.added(true)); n > maxInserted {
		return nil, c.wrap(fmt.Errorf("it inserts %d tokens; the most is %d", n, maxInserted))
	}
	return t, nil
}

// maxInserted is how many special tokens a template may insert.
const maxInserted = 1 << 12

// templateJSON is one piece of a layout.
type templateJSON struct {
	Sequence     *templateItem
	SpecialToken *templateItem
}

type templateItem struct {
	ID     string `json:"id"`
	TypeID int    `json:"type_id"`
}
