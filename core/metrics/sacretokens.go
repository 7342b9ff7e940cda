package metrics

import (
	"fmt"
	"strings"
	"unicode"
)

// sacreTokenizer is a tokenizer of sacrebleu.
func sacreTokenizer(name string) (func(string) string, error) {
	switch name {
	case "", "13a":
		return tokenize13a, nil
	case "intl":
		return tokenizeIntl, nil
	case "char":
		return func(s string) string { return strings.Join(strings.Split(s, ""), " ") }, nil
	case "none":
		return func(s string) string { return s }, nil
	}
	return nil, fmt.Errorf("tokenizer %q is not known; use 13a, intl, char or none", name)
}

// tokenize13a is the tokenizer of mteval-v13a: entities are read, symbols stand
// alone; periods and commas do unless digits surround them, and hyphens after
// digits.
func tokenize13a(s string) string {
	s = strings.NewReplacer("<skipped>", "", "-\n", "", "\n", " ").Replace(s)
	if strings.Contains(s, "&") {
		for _, pair := range [][2]string{{"&quot;", `"`}, {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}} {
			s = strings.ReplaceAll(s, pair[0], pair[1])
		}
	}
	alone := func(r rune) bool {
		return r >= '{' && r <= '~' || r >= '[' && r <= '`' || r >= ' ' && r <= '&' || r >= '(' && r <= '+' ||
			r >= ':' && r <= '@' || r == '/'
	}
	digit := func(r rune) bool { return r >= '0' && r <= '9' }
	point := func(r rune) bool { return r == '.' || r == ',' }
	all := apart([]rune(" "+s+" "), alone)
	all = pairs(all, func(a, b rune) bool { return !digit(a) && point(b) }, false)
	all = pairs(all, func(a, b rune) bool { return point(a) && !digit(b) }, true)
	all = pairs(all, func(a, b rune) bool { return digit(a) && b == '-' }, false)
	return strings.Join(pythonFields(string(all)), " ")
}

// tokenizeIntl parts punctuation from what is no number, and all symbols.
func tokenizeIntl(s string) string {
	number, punctuation := unicode.IsNumber, unicode.IsPunct
	all := pairs([]rune(s), func(a, b rune) bool { return !number(a) && punctuation(b) }, false)
	all = pairs(all, func(a, b rune) bool { return punctuation(a) && !number(b) }, true)
	all = apart(all, unicode.IsSymbol)
	return strings.Join(pythonFields(string(all)), " ")
}

// apart puts spaces around the characters that stand alone.
func apart(s []rune, alone func(rune) bool) []rune {
	out := make([]rune, 0, len(s)+len(s)/2)
	for _, r := range s {
		if alone(r) {
			out = append(out, ' ', r, ' ')
		} else {
			out = append(out, r)
		}
	}
	return out
}

// pairs replaces pairs from left to right, none overlapping, as a regular
// expression does: "ab" becomes "a b ", or " a b" where first is set.
func pairs(s []rune, is func(a, b rune) bool, first bool) []rune {
	out := make([]rune, 0, len(s)+len(s)/2)
	for i := 0; i < len(s); i++ {
		switch {
		case i+1 < len(s) && is(s[i], s[i+1]) && first:
			out = append(out, ' ', s[i], ' ', s[i+1])
			i++
		case i+1 < len(s) && is(s[i], s[i+1]):
			out = append(out, s[i], ' ', s[i+1], ' ')
			i++
		default:
			out = append(out, s[i])
		}
	}
	return out
}
