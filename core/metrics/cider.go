package metrics

import (
	"math"
	"strings"
)

// ciderTerms are the n-grams of a text in the order in which they first stand.
type ciderTerms struct {
	grams  []string
	counts map[string]int
}

func newCiderTerms(text string) ciderTerms {
	words := strings.Fields(text)
	t := ciderTerms{counts: map[string]int{}}
	for n := 1; n <= bleuOrder; n++ {
		for i := 0; i+n <= len(words); i++ {
			gram := strings.Join(words[i:i+n], "\x00")
			if t.counts[gram] == 0 {
				t.grams = append(t.grams, gram)
			}
			t.counts[gram]++
		}
	}
	return t
}

// ciderVector is a text as weights of its n-grams.
type ciderVector struct {
	terms  ciderTerms
	weight map[string]float64
	norm   [bleuOrder]float64
	length int // of bigrams
}

// CIDEr scores tokenized captions against their references (Vedantam et al.
// 2015) as vrama91/cider does: plain is CIDEr, d is CIDEr-D, which clips counts
// and punishes lengths that differ (σ = 6) and is what pycocoevalcap calls
// CIDEr. Rare n-grams weigh more: the document frequencies are those of the
// references of this very corpus, so one caption alone scores 0, and scores of
// different corpora do not compare. The corpus score is the mean.
func CIDEr(hypotheses []string, references [][]string) (plain, d []float64) {
	refs := make([][]ciderTerms, len(references))
	documents := map[string]float64{}
	for i, texts := range references {
		seen := map[string]bool{}
		for _, text := range texts {
			terms := newCiderTerms(text)
			refs[i] = append(refs[i], terms)
			for _, gram := range terms.grams {
				if !seen[gram] {
					seen[gram] = true
					documents[gram]++
				}
			}
		}
	}
	all := math.Log(float64(len(references)))
	vector := func(t ciderTerms) ciderVector {
		v := ciderVector{terms: t, weight: make(map[string]float64, len(t.grams))}
		for _, gram := range t.grams {
			n := strings.Count(gram, "\x00")
			w := float64(t.counts[gram]) * (all - math.Log(max(1, documents[gram])))
			v.weight[gram] = w
			v.norm[n] += w * w
			if n == 1 {
				v.length += t.counts[gram]
			}
		}
		for n := range v.norm {
			v.norm[n] = math.Sqrt(v.norm[n])
		}
		return v
	}
	plain, d = make([]float64, len(hypotheses)), make([]float64, len(hypotheses))
	for i, h := range hypotheses {
		hyp := vector(newCiderTerms(h))
		for _, terms := range refs[i] {
			ref := vector(terms)
			plain[i] += ciderSimilarity(hyp, ref, false)
			d[i] += ciderSimilarity(hyp, ref, true)
		}
		if n := float64(len(refs[i])); n > 0 {
			plain[i] *= 10 / n
			d[i] *= 10 / n
		}
	}
	return plain, d
}

// ciderSimilarity is the mean over n of the cosine of two texts.
func ciderSimilarity(hyp, ref ciderVector, d bool) float64 {
	var dot [bleuOrder]float64
	for _, gram := range hyp.terms.grams {
		w, r := hyp.weight[gram], ref.weight[gram]
		if d {
			w = min(w, r)
		}
		dot[strings.Count(gram, "\x00")] += w * r
	}
	total := 0.0
	for n := range dot {
		if hyp.norm[n] != 0 && ref.norm[n] != 0 {
			dot[n] /= hyp.norm[n] * ref.norm[n]
		}
		if d {
			gap := float64(hyp.length - ref.length)
			dot[n] *= math.Exp(-gap * gap / (2 * 6 * 6))
		}
		total += dot[n]
	}
	return total / bleuOrder
}
