package tokenizer

import (
	"strings"
	"unicode/utf8"
)

// The published split patterns, by hand: Go's regexp has no look-ahead, and
// its \s, \d and \w are ASCII. Others go through compile in regex.go.

const (
	patternGPT2   = `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
	patternTail   = `| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	patternHead   = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|`
	patternLlama3 = patternHead + `\p{N}{1,3}` + patternTail
	patternQwen2  = patternHead + `\p{N}` + patternTail
	patternCLIP   = `'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`
	// As transformers writes it for CLIPTokenizer.
	patternCLIPSpecial = `<\|startoftext\|>|<\|endoftext\|>|` + patternCLIP
)

// published is the splitter of a published pattern, or nil.
func published(source string) pattern {
	switch source {
	case patternGPT2:
		return scanner(scanGPT2)
	case patternLlama3:
		return scanner(func(rest string) int { return scanCL100K(rest, 3) })
	case patternQwen2:
		return scanner(func(rest string) int { return scanCL100K(rest, 1) })
	case patternCLIP:
		return scanner(scanCLIP)
	case patternCLIPSpecial:
		return scanner(func(rest string) int {
			for _, special := range []string{"<|startoftext|>", "<|endoftext|>"} {
				if strings.HasPrefix(rest, special) {
					return len(special)
				}
			}
			return scanCLIP(rest)
		})
	case `\s+`:
		return scanner(func(rest string) int { return run(rest, isSpace) })
	case ` {2,}`:
		return scanner(func(rest string) int {
			if n := run(rest, func(r rune) bool { return r == ' ' }); n > 1 {
				return n
			}
			return 0
		})
	}
	return nil
}

// run is the length of the longest prefix whose code points all have a property.
func run(text string, is func(rune) bool) int {
	for i, r := range text {
		if !is(r) {
			return i
		}
	}
	return len(text)
}

// contraction is the length of 's 't 're 've 'm 'll or 'd at the start. With
// anyCase, the case is ignored as Unicode folds it, so that ſ (U+017F) is an s.
func contraction(text string, anyCase bool) int {
	if len(text) < 2 || text[0] != '\'' {
		return 0
	}
	if anyCase && strings.HasPrefix(text[1:], "ſ") {
		return 1 + len("ſ")
	}
	lower := func(i int) byte {
		if i >= len(text) {
			return 0
		}
		if c := text[i]; anyCase && c >= 'A' && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return text[i]
	}
	switch lower(1) {
	case 's', 't', 'm', 'd':
		return 2
	case 'r', 'v':
		if lower(2) == 'e' {
			return 3
		}
	case 'l':
		if lower(2) == 'l' {
			return 3
		}
	}
	return 0
}

// scanGPT2 is patternGPT2.
func scanGPT2(rest string) int {
	if n := contraction(rest, false); n > 0 {
		return n
	}
	body := strings.TrimPrefix(rest, " ")
	r, _ := utf8.DecodeRuneInString(body)
	for _, class := range []func(rune) bool{isLetter, isNumeric, isOther} {
		if body != "" && class(r) {
			return len(rest) - len(body) + run(body, class)
		}
	}
	return spaces(rest)
}

// spaces is \s+(?!\S)|\s+: white space, but for the last code point of it where
// something else follows and more than one is there.
func spaces(rest string) int {
	n := run(rest, isSpace)
	if n == 0 || n == len(rest) {
		return n
	}
	if _, last := utf8.DecodeLastRuneInString(rest[:n]); last < n {
		return n - last
	}
	return n
}

// scanCL100K is patternLlama3 (three digits at most) and patternQwen2 (one).
func scanCL100K(rest string, digits int) int {
	if n := contraction(rest, true); n > 0 {
		return n
	}
	r, size := utf8.DecodeRuneInString(rest)
	if isLetter(r) {
		return run(rest, isLetter)
	}
	if r != '\r' && r != '\n' && !isNumeric(r) {
		if n := run(rest[size:], isLetter); n > 0 {
			return size + n
		}
	}
	if isNumeric(r) {
		n := 0
		return run(rest, func(r rune) bool { n++; return n <= digits && isNumeric(r) })
	}
	body := strings.TrimPrefix(rest, " ")
	if n := run(body, isOther); n > 0 {
		n += len(rest) - len(body)
		return n + run(rest[n:], isLineEnd)
	}
	white := run(rest, isSpace)
	if last := strings.LastIndexAny(rest[:white], "\r\n"); last >= 0 {
		return last + 1 // \s*[\r\n]+
	}
	return spaces(rest)
}

func isLineEnd(r rune) bool { return r == '\r' || r == '\n' }

// scanCLIP is patternCLIP.
func scanCLIP(rest string) int {
	if n := contraction(rest, false); n > 0 {
		return n
	}
	r, size := utf8.DecodeRuneInString(rest)
	switch {
	case isSpace(r):
		return 0
	case isLetter(r):
		return run(rest, isLetter)
	case isNumeric(r):
		return size
	}
	return run(rest, isOther)
}

// words is \w+|[^\w\s]+, the pattern of the pre-tokenizer Whitespace.
func words(rest string) int {
	if n := run(rest, isWord); n > 0 {
		return n
	}
	return run(rest, func(r rune) bool { return !isWord(r) && !isSpace(r) })
}
