package metrics

import "strings"

// anlsText is how ANLS compares text: small letters, single spaces.
func anlsText(s string) string { return strings.Join(pythonFields(pythonLower(s)), " ") }

// ANLSDocVQA is the average normalised Levenshtein similarity of the script of
// the DocVQA challenge for one question: 1 minus the smallest distance over the
// accepted answers, over the length of the longer text as it stands, blanks at
// its ends included; 0 below one half, which itself still counts.
func ANLSDocVQA(answers []string, answer string) float64 {
	best := 1.0
	for i, a := range answers {
		distance := 0.0
		length := max(capitalLength(a), capitalLength(answer))
		if length > 0 {
			distance = float64(levenshtein(anlsText(a), anlsText(answer))) / float64(length)
		}
		if i == 0 || distance < best {
			best = distance
		}
	}
	if len(answers) == 0 {
		return 0
	}
	if similarity := 1 - best; similarity >= 0.5 {
		return similarity
	}
	return 0
}

// capitalLength is the number of code points of a text in capitals, which is
// what both programs divide by: ß counts two. The table is that of Unicode's
// SpecialCasing.
func capitalLength(s string) int {
	n := 0
	for _, r := range s {
		n += 1 + moreInCapitals(r)
	}
	return n
}

// moreInCapitals is how many code points a character gains in capitals.
func moreInCapitals(r rune) int {
	const three = "\u0390\u03b0\u1f52\u1f54\u1f56\u1fb7\u1fc7\u1fd2\u1fd3\u1fd7\u1fe2\u1fe3\u1fe7\u1ff7\ufb03\ufb04"
	const two = "ß\u0149\u01f0\u0587\u1f50\u1fb2\u1fb3\u1fb4\u1fb6\u1fbc\u1fc2\u1fc3\u1fc4\u1fc6\u1fcc\u1fd6\u1fe4\u1fe6\u1ff2\u1ff3\u1ff4\u1ff6\u1ffc"
	switch {
	case r < 0xdf:
		return 0
	case strings.ContainsRune(three, r):
		return 2
	case strings.ContainsRune(two, r), r >= 0x1e96 && r <= 0x1e9a, r >= 0x1f80 && r <= 0x1faf,
		r >= 0xfb00 && r <= 0xfb06, r >= 0xfb13 && r <= 0xfb17:
		return 1
	}
	return 0
}

// ANLS is the similarity as the package anls 0.0.2 computes it: over normalised
// lengths, and 0 at one half.
func ANLS(answers []string, answer string) float64 {
	best := 0.0
	got := anlsText(answer)
	for _, a := range answers {
		want := anlsText(a)
		similarity := 1.0
		if length := max(capitalLength(want), capitalLength(got)); length > 0 {
			similarity = 1 - float64(levenshtein(want, got))/float64(length)
		}
		if similarity <= 0.5 {
			similarity = 0
		}
		best = max(best, similarity)
	}
	return best
}

// levenshtein is the distance in code points.
func levenshtein(a, b string) int { return Align([]rune(a), []rune(b)).Distance() }
