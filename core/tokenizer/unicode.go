package tokenizer

import (
	"unicode"
	"unicode/utf8"
)

// isSpace is the property White_Space: what Rust's char::is_whitespace and
// Oniguruma's \s mean.
func isSpace(r rune) bool {
	if r < utf8.RuneSelf {
		return r == ' ' || r >= '\t' && r <= '\r'
	}
	return unicode.Is(unicode.White_Space, r)
}

// isPythonSpace is Python's str.isspace and the \s of its re: also the four
// information separators.
func isPythonSpace(r rune) bool { return isSpace(r) || r >= 0x1C && r <= 0x1F }

// isLetter is \p{L}, isNumeric \p{N}.
func isLetter(r rune) bool {
	if r < utf8.RuneSelf {
		return r|0x20 >= 'a' && r|0x20 <= 'z'
	}
	return unicode.IsLetter(r)
}

func isNumeric(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= '0' && r <= '9'
	}
	return unicode.IsNumber(r)
}

// isOther is [^\s\p{L}\p{N}].
func isOther(r rune) bool { return !isSpace(r) && !isLetter(r) && !isNumeric(r) }

// isWord is the \w of UTS #18: Alphabetic, marks, decimal numbers, connector
// punctuation and the joiners.
func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return isLetter(r) || isNumeric(r) || r == '_'
	}
	return unicode.In(r, unicode.L, unicode.Nl, unicode.Other_Alphabetic, unicode.M, unicode.Nd, unicode.Pc) ||
		r == 0x200C || r == 0x200D
}

// isPunctuation is what BERT takes for punctuation: the ASCII marks, symbols
// among them, and \p{P}.
func isPunctuation(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= '!' && r <= '/' || r >= ':' && r <= '@' || r >= '[' && r <= '`' || r >= '{' && r <= '~'
	}
	return unicode.IsPunct(r)
}

// isControl is what BERT's clean_text removes: Cc but for tab and line ends,
// Cf and Co. Unassigned code points stay.
func isControl(r rune) bool {
	switch r {
	case '\t', '\n', '\r':
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co)
}

// isIdeograph tells the CJK ideographs. extensionE is where Extension E begins:
// U+2B820, or U+2B920 in the table of tokenizers' BertNormalizer.
func isIdeograph(r, extensionE rune) bool {
	switch {
	case r < 0x3400:
		return false
	case r <= 0x4DBF, r >= 0x4E00 && r <= 0x9FFF, r >= 0xF900 && r <= 0xFAFF,
		r >= 0x20000 && r <= 0x2A6DF, r >= 0x2A700 && r <= 0x2B73F, r >= 0x2B740 && r <= 0x2B81F,
		r >= extensionE && r <= 0x2CEAF, r >= 0x2F800 && r <= 0x2FA1F:
		return true
	}
	return false
}

// appendLower appends the lower case of one code point. It looks at no
// context: Σ is σ everywhere. İ alone has two.
func appendLower(changes []change, r rune) []change {
	switch {
	case r < utf8.RuneSelf:
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return append(changes, change{r: r})
	case r == 'İ':
		return append(changes, change{r: 'i'}, change{r: 0x307, n: 1})
	}
	return append(changes, change{r: unicode.ToLower(r)})
}
