package projects

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// nearest is the known word that a user most likely meant, "" when none is near.
func nearest(word string, known []string) string {
	best, bestDistance := "", len(word)/3+2
	lower := strings.ToLower(word)
	for _, k := range known {
		d := levenshtein.ComputeDistance(lower, k)
		if len(k) > 2 && (strings.HasPrefix(lower, k) || strings.HasPrefix(k, lower) && len(lower) > 2) {
			d = min(d, 1) // group_size, quant
		}
		if d < bestDistance && d < max(len(k), len(word)) {
			best, bestDistance = k, d
		}
	}
	return best
}

// orList joins words as "a, b or c".
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
