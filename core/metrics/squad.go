package metrics

import (
	"strings"
	"unicode"
)

// NormalizeSQuAD is normalize_answer of the SQuAD 2.0 evaluation script: small
// letters, no ASCII punctuation, no articles, single spaces.
func NormalizeSQuAD(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 128 && strings.ContainsRune(asciiPunctuation, r) {
			return -1
		}
		return r
	}, pythonLower(s))
	return strings.Join(pythonFields(withoutArticles(s)), " ")
}

// withoutArticles replaces the words a, an and the by spaces. A word is a run
// of letters, digits and underscores, as \b of Python has it.
func withoutArticles(s string) string {
	var b strings.Builder
	for s != "" {
		n := strings.IndexFunc(s, func(r rune) bool { return !wordRune(r) })
		if n < 0 {
			n = len(s)
		}
		switch word := s[:n]; word {
		case "a", "an", "the":
			b.WriteByte(' ')
		default:
			b.WriteString(word)
		}
		s = s[n:]
		if n = strings.IndexFunc(s, wordRune); n < 0 {
			n = len(s)
		}
		b.WriteString(s[:n])
		s = s[n:]
	}
	return b.String()
}

// wordRune is \w of Python.
func wordRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) }

// SQuAD scores an answer against the accepted ones: whether it equals one after
// normalising, and the best F1 of shared words. No accepted answers mean one
// empty answer: the question cannot be answered.
func SQuAD(answers []string, answer string) (exact, f1 float64) {
	var usable []string
	for _, a := range answers {
		if NormalizeSQuAD(a) != "" {
			usable = append(usable, a)
		}
	}
	if len(usable) == 0 {
		usable = []string{""}
	}
	normal := NormalizeSQuAD(answer)
	for _, a := range usable {
		if NormalizeSQuAD(a) == normal {
			exact = 1
		}
		f1 = max(f1, TokenF1(a, answer))
	}
	return exact, f1
}

// TokenF1 is the F1 of the words that two normalised texts share, counted as
// often as they stand in both. Two texts without words score 1, one alone 0.
func TokenF1(reference, answer string) float64 {
	want, got := strings.Fields(NormalizeSQuAD(reference)), strings.Fields(NormalizeSQuAD(answer))
	if len(want) == 0 || len(got) == 0 {
		if len(want) == len(got) {
			return 1
		}
		return 0
	}
	counts := map[string]int{}
	for _, w := range want {
		counts[w]++
	}
	shared := 0
	for _, w := range got {
		if counts[w] > 0 {
			counts[w]--
			shared++
		}
	}
	if shared == 0 {
		return 0
	}
	precision, recall := float64(shared)/float64(len(got)), float64(shared)/float64(len(want))
	return 2 * precision * recall / (precision + recall)
}
