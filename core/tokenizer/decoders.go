package tokenizer

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// decoder turns tokens into the parts of a text; the parts are joined at the end.
type decoder interface {
	decode(tokens []string) []string
}

type decoders []decoder

// decode stops where a file's replacements make the text longer than growth
// allows; no published decoder does.
func (ds decoders) decode(tokens []string) []string {
	limit := growth*size(tokens) + growthAlone
	for _, d := range ds {
		if size(tokens) > limit {
			break
		}
		tokens = d.decode(tokens)
	}
	return tokens
}

// size is the number of bytes of all tokens.
func size(tokens []string) int {
	n := 0
	for _, t := range tokens {
		n += len(t)
	}
	return n
}

// byteLevelDecoder turns GPT-2's code points back into bytes. A token that has
// another code point stands for itself.
type byteLevelDecoder struct{}

func (byteLevelDecoder) decode(tokens []string) []string {
	var out []byte
	for _, t := range tokens {
		out = appendTokenBytes(out, t)
	}
	return []string{string(appendLossy(nil, out))}
}

func appendTokenBytes(out []byte, text string) []byte {
	start := len(out)
	for _, r := range text {
		b, ok := runeBytes[r]
		if !ok {
			return append(out[:start], text...)
		}
		out = append(out, b)
	}
	return out
}

// appendLossy appends bytes as UTF-8. Every maximal subpart of a sequence that is
// not valid becomes one U+FFFD (the Unicode standard, section 3.9, as Rust and
// Python do it; Go's own conversion has one a byte).
func appendLossy(out, data []byte) []byte {
	for len(data) > 0 {
		if r, n := utf8.DecodeRune(data); r != utf8.RuneError || n > 1 {
			out = append(out, data[:n]...)
			data = data[n:]
			continue
		}
		n, _ := subpart(data)
		out = append(out, "\uFFFD"...)
		data = data[n:]
	}
	return out
}

// subpart is the length of the maximal subpart at the start of bytes that are not
// valid UTF-8. open says that more bytes could make it valid.
func subpart(data []byte) (n int, open bool) {
	lead := data[0]
	lo, hi, size := byte(0x80), byte(0xBF), 0
	switch {
	case lead >= 0xC2 && lead <= 0xDF:
		size = 2
	case lead >= 0xE0 && lead <= 0xEF:
		size = 3
		if lead == 0xE0 {
			lo = 0xA0
		} else if lead == 0xED {
			hi = 0x9F
		}
	case lead >= 0xF0 && lead <= 0xF4:
		size = 4
		if lead == 0xF0 {
			lo = 0x90
		} else if lead == 0xF4 {
			hi = 0x8F
		}
	}
	n = 1
	for n < size && n < len(data) && data[n] >= lo && data[n] <= hi {
		n, lo, hi = n+1, 0x80, 0xBF
	}
	return n, n < size && n == len(data)
}

// byteFallback turns runs of tokens such as <0xE2> into text. Where the bytes of
// a run are not valid UTF-8 together, every one of them becomes U+FFFD.
type byteFallback struct{}

func (byteFallback) decode(tokens []string) []string {
	var out []string
	var pending []byte
	flush := func() {
		switch {
		case len(pending) == 0:
		case utf8.Valid(pending):
			out = append(out, string(pending))
		default:
			for range pending {
				out = append(out, "\uFFFD")
			}
		}
		pending = pending[:0]
	}
	for _, t := range tokens {
		if b, ok := byteToken(t); ok {
			pending = append(pending, b)
			continue
		}
		flush()
		out = append(out, t)
	}
	flush()
	return out
}

func byteToken(text string) (byte, bool) {
	if len(text) != 6 || !strings.HasPrefix(text, "<0x") || text[5] != '>' {
		return 0, false
	}
	// Rust's parser takes a sign, too: <0x+A>.
	b, err := strconv.ParseUint(strings.TrimPrefix(text[3:5], "+"), 16, 8)
	return byte(b), err == nil
}

// fuse joins all tokens, for the decoders after it.
type fuse struct{}

func (fuse) decode(tokens []string) []string { return []string{strings.Join(tokens, "")} }

// wordPieceDecoder puts spaces between words.
type wordPieceDecoder struct {
	prefix  string
	cleanup bool
}

func (d wordPieceDecoder) decode(tokens []string) []string {
	out := make([]string, len(tokens))
	for i, t := range tokens {
		if i > 0 {
			rest, ok := strings.CutPrefix(t, d.prefix)
			if !ok {
				rest = " " + t
			}
			t = rest
		}
		if d.cleanup {
			t = cleanUp(t, true)
		}
		out[i] = t
	}
	return out
}

// cleanUp takes out the spaces that a tokenizer put before punctuation and
// English contractions. doNot is the one rule that tokenizers has and
// transformers has not.
func cleanUp(text string, doNot bool) string {
	rules := [][2]string{{" .", "."}, {" ?", "?"}, {" !", "!"}, {" ,", ","}, {" ' ", "'"}, {" n't", "n't"}, {" 'm", "'m"},
		{" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}}
	for _, r := range rules {
		if doNot || r[0] != " do not" {
			text = strings.ReplaceAll(text, r[0], r[1])
		}
	}
	return text
}

// bpeDecoder turns the suffix of a word's last token into a space.
type bpeDecoder struct{ suffix string }

func (d bpeDecoder) decode(tokens []string) []string {
	out := make([]string, len(tokens))
	for i, t := range tokens {
		space := " "
		if i == len(tokens)-1 {
			space = ""
		}
		out[i] = strings.ReplaceAll(t, d.suffix, space)
	}
	return out
}

// metaspaceDecoder turns the marks back into spaces; those of the first token go
// where the pre-tokenizer may have put one before the text.
type metaspaceDecoder struct {
	mark   string
	scheme prependScheme
}

func (d metaspaceDecoder) decode(tokens []string) []string {
	out := make([]string, len(tokens))
	for i, t := range tokens {
		space := " "
		if i == 0 && d.scheme != prependNever {
			space = ""
		}
		out[i] = strings.ReplaceAll(t, d.mark, space)
	}
	return out
}

// stripDecoder takes up to start and stop code points off the ends of each token.
type stripDecoder struct {
	content     rune
	start, stop int
}

func (d stripDecoder) decode(tokens []string) []string {
	out := make([]string, len(tokens))
	content := string(d.content)
	for i, t := range tokens {
		for n := 0; n < d.start && strings.HasPrefix(t, content); n++ {
			t = t[len(content):]
		}
		for n := 0; n < d.stop && strings.HasSuffix(t, content); n++ {
			t = t[:len(t)-len(content)]
		}
		out[i] = t
	}
	return out
}

// replaceDecoder replaces the matches of a pattern within each token.
type replaceDecoder struct {
	pattern pattern
	content string
}

func (d replaceDecoder) decode(tokens []string) []string {
	out := make([]string, len(tokens))
	for i, t := range tokens {
		var b strings.Builder
		for _, m := range d.pattern.matches(t) {
			if m.is {
				b.WriteString(d.content)
			} else {
				b.WriteString(t[m.begin:m.end])
			}
		}
		out[i] = b.String()
	}
	return out
}

// ctcDecoder takes repetitions and padding out of an acoustic model's output.
type ctcDecoder struct {
	pad, delimiter string
	cleanup        bool
}

func (d ctcDecoder) decode(tokens []string) []string {
	var out []string
	for i, t := range tokens {
		if i > 0 && t == tokens[i-1] {
			continue
		}
		t = strings.ReplaceAll(t, d.pad, "")
		if d.cleanup {
			t = strings.ReplaceAll(cleanUp(t, true), d.delimiter, " ")
		}
		if t != "" {
			out = append(out, t)
		}
	}
	return out
}
