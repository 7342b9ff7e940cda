package metrics

import (
	"fmt"
	"testing"
)

func TestCaptionScoresEqualThePackages(t *testing.T) {
	for _, c := range lines[captionCorpus](t, "captions.jsonl") {
		n := len(c.Items)
		bleu, perItem := CaptionBLEU(c.TokenizedPreds, c.TokenizedRefs)
		plain, d := CIDEr(c.TokenizedPreds, c.TokenizedRefs)
		got := map[string]captionScore{
			"CIDEr": {Mean(plain), plain}, "CIDEr-D": {Mean(d), d},
		}
		rouge := CaptionROUGE(c.TokenizedPreds, c.TokenizedRefs)
		got["ROUGE-L"] = captionScore{Mean(rouge), rouge}
		want := map[string]captionScore{"CIDEr": c.CIDEr, "CIDEr-D": c.CIDErD, "ROUGE-L": c.RougeL}
		for k, w := range []captionScore{c.Bleu1, c.Bleu2, c.Bleu3, c.Bleu4} {
			name := fmt.Sprintf("BLEU-%d", k+1)
			per := make([]float64, n)
			for i := range per {
				per[i] = perItem[i][k]
			}
			got[name], want[name] = captionScore{bleu[k], per}, w
		}
		for name, w := range want {
			if !near(got[name].Corpus, w.Corpus, 1e-9) {
				t.Errorf("%s %s: %v, want %v", c.Name, name, got[name].Corpus, w.Corpus)
			}
			for i := range n {
				if !near(got[name].Per[i], w.Per[i], 1e-9) {
					t.Errorf("%s %s %d: %v, want %v", c.Name, name, i, got[name].Per[i], w.Per[i])
				}
			}
		}
	}
}

// A resample that takes every caption once is the corpus.
func TestResampledBLEU(t *testing.T) {
	c := NewBLEUCorpus([]string{"a b c d", "a b"}, [][]string{{"a b c d e"}, {"b a", "a b c"}})
	if c.Score(nil) != c.Score([]int{1, 0}) || c.Score([]int{0}) == c.Score([]int{1}) {
		t.Error("the score of a resample is wrong")
	}
}
