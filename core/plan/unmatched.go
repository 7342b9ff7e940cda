package plan

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Unmatched returns the rules whose pattern matches none of the tensor names:
// most often a spelling mistake, which would otherwise go by unseen.
func (p Plan) Unmatched(names []string) []Rule {
	var out []Rule
	for _, r := range p.Rules {
		if !slices.ContainsFunc(names, r.Match.Match) {
			out = append(out, r)
		}
	}
	return out
}

// Nearest returns up to n of the names that are most like what a pattern was
// meant to match, by edit distance to its text without wildcards; names that
// have little in common with it are left out.
func Nearest(p Pattern, names []string, n int) []string {
	text := strings.ToLower(strings.TrimPrefix(p.String(), regexPrefix))
	plain := strings.NewReplacer("*", "", "?", "", "[", "", "]", "", "^", "", "$", "", `\`, "", "(", "", ")", "").Replace(text)
	if plain == "" || n <= 0 {
		return nil
	}
	type candidate struct {
		name     string
		distance int
	}
	var found []candidate
	length := len([]rune(plain))
	for _, name := range names {
		d := nearestWindow(plain, length, strings.ToLower(name), strings.ContainsAny(text, "*?[("))
		if d <= max(1, length/3) {
			found = append(found, candidate{name, d})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.distance - b.distance })
	out := make([]string, 0, min(n, len(found)))
	for _, c := range found[:min(n, len(found))] {
		out = append(out, c.name)
	}
	return out
}

// nearestWindow is the edit distance from plain to name, or, when the pattern
// had wildcards, to the nearest run of name that is as long as plain.
func nearestWindow(plain string, length int, name string, wild bool) int {
	best := levenshtein.ComputeDistance(plain, name)
	if !wild {
		return best
	}
	runes := []rune(name)
	for i := 0; i+length <= len(runes); i++ {
		if d := levenshtein.ComputeDistance(plain, string(runes[i:i+length])); d < best {
			best = d
		}
	}
	return best
}
