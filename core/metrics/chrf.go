package metrics

import "strings"

// chrfOrder is the longest character n-gram.
const chrfOrder = 6

// chrfStats are counts a length of n-gram: of the hypothesis, of the reference,
// of both.
type chrfStats [][3]int

// CHRF is chrF of sacrebleu 2 in percent (Popović 2015; β = 2, six characters,
// white space left out): references[i] are those of hypothesis i, of which the
// best is taken. With words 2 it is chrF++.
func CHRF(hypotheses []string, references [][]string, words int) float64 {
	sum := make(chrfStats, chrfOrder+words)
	for i, h := range hypotheses {
		var best chrfStats
		bestScore := -1.0
		for _, r := range references[i] {
			s := chrfCounts(h, r, words)
			if score := s.score(); score > bestScore {
				best, bestScore = s, score
			}
		}
		for n, c := range best {
			for k := range c {
				sum[n][k] += c[k]
			}
		}
	}
	return sum.score()
}

func chrfCounts(hypothesis, reference string, words int) chrfStats {
	s := make(chrfStats, chrfOrder+words)
	h, r := []rune(strings.Join(pythonFields(hypothesis), "")), []rune(strings.Join(pythonFields(reference), ""))
	for n := range chrfOrder {
		s[n] = overlap(grams(h, n+1), grams(r, n+1))
	}
	hw, rw := chrfWords(hypothesis), chrfWords(reference)
	for n := range words {
		s[chrfOrder+n] = overlap(wordGrams(hw, n+1), wordGrams(rw, n+1))
	}
	return s
}

func grams(s []rune, n int) map[string]int {
	counts := map[string]int{}
	for i := 0; i+n <= len(s); i++ {
		counts[string(s[i:i+n])]++
	}
	return counts
}

func wordGrams(s []string, n int) map[string]int {
	counts := map[string]int{}
	for i := 0; i+n <= len(s); i++ {
		counts[strings.Join(s[i:i+n], "\x00")]++
	}
	return counts
}

// overlap counts the n-grams of both and what they share. Without reference the
// hypothesis counts for nothing.
func overlap(h, r map[string]int) [3]int {
	var out [3]int
	for gram, n := range h {
		out[0] += n
		out[2] += min(n, r[gram])
	}
	for _, n := range r {
		out[1] += n
	}
	if out[1] == 0 {
		out[0] = 0
	}
	return out
}

// chrfWords are words with one mark of punctuation parted from the end, or else
// from the beginning.
func chrfWords(s string) []string {
	var out []string
	for _, w := range pythonFields(s) {
		all := []rune(w)
		last := len(all) - 1
		switch {
		case len(all) == 1:
			out = append(out, w)
		case strings.ContainsRune(asciiPunctuation, all[last]):
			out = append(out, string(all[:last]), string(all[last:]))
		case strings.ContainsRune(asciiPunctuation, all[0]):
			out = append(out, string(all[:1]), string(all[1:]))
		default:
			out = append(out, w)
		}
	}
	return out
}

// score is the F2 of the mean precision and the mean recall over the lengths
// that both texts have.
func (s chrfStats) score() float64 {
	const beta2 = 4
	var precision, recall, orders float64
	for _, c := range s {
		if c[0] > 0 && c[1] > 0 {
			precision += float64(c[2]) / float64(c[0])
			recall += float64(c[2]) / float64(c[1])
			orders++
		}
	}
	if orders == 0 || precision+recall == 0 {
		return 0
	}
	precision, recall = precision/orders, recall/orders
	return 100 * (1 + beta2) * precision * recall / (beta2*precision + recall)
}
