// Package pytext does to text what Python's str does, where Go's packages differ.
package pytext

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lower is str.lower: code point by code point, but İ becomes two, and Σ is ς at
// the end of a word (the Unicode standard, section 3.13, Final_Sigma).
func Lower(text string) string {
	if !strings.ContainsAny(text, "Σİ") {
		return strings.ToLower(text)
	}
	runes := []rune(text)
	out := make([]byte, 0, len(text))
	for i, r := range runes {
		switch {
		case r == 'Σ' && finalSigma(runes, i):
			out = utf8.AppendRune(out, 'ς')
		case r == 'İ':
			out = append(out, "i̇"...)
		default:
			out = utf8.AppendRune(out, unicode.ToLower(r))
		}
	}
	return string(out)
}

// finalSigma: a cased letter stands before, none after, looking through
// case-ignorable code points.
func finalSigma(runes []rune, at int) bool {
	before := at - 1
	for before >= 0 && isCaseIgnorable(runes[before]) {
		before--
	}
	if before < 0 || !isCased(runes[before]) {
		return false
	}
	after := at + 1
	for after < len(runes) && isCaseIgnorable(runes[after]) {
		after++
	}
	return after == len(runes) || !isCased(runes[after])
}

func isCased(r rune) bool {
	return unicode.In(r, unicode.Lu, unicode.Ll, unicode.Lt, unicode.Other_Lowercase, unicode.Other_Uppercase)
}

func isCaseIgnorable(r rune) bool {
	switch r { // Word_Break is MidLetter, MidNumLet or Single_Quote
	case '\'', '.', ':', 0xB7, 0x387, 0x55F, 0x5F4, 0x2018, 0x2019, 0x2024, 0x2027,
		0xFE13, 0xFE52, 0xFE55, 0xFF07, 0xFF0E, 0xFF1A:
		return true
	}
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk)
}
