package metrics

import (
	"math"
	"strings"
)

const bleuOrder = 4

// bleuStats are the counts of BLEU that add up over a corpus.
type bleuStats struct {
	correct, total       [bleuOrder]int
	sysLength, refLength int
}

func (s *bleuStats) add(o bleuStats) {
	for n := range bleuOrder {
		s.correct[n] += o.correct[n]
		s.total[n] += o.total[n]
	}
	s.sysLength += o.sysLength
	s.refLength += o.refLength
}

// ngramCounts counts the runs of n words, up to most.
func ngramCounts(words []string, most int) map[string]int {
	counts := map[string]int{}
	for n := 1; n <= most; n++ {
		for i := 0; i+n <= len(words); i++ {
			counts[strings.Join(words[i:i+n], "\x00")]++
		}
	}
	return counts
}

// bleuCounts counts what a hypothesis shares with its references, each clipped
// by the reference that has most of it. The length of the references is that of
// the closest one; of two, the shorter.
func bleuCounts(hypothesis []string, references [][]string) bleuStats {
	s := bleuStats{sysLength: len(hypothesis)}
	most := map[string]int{}
	for i, ref := range references {
		for gram, n := range ngramCounts(ref, bleuOrder) {
			most[gram] = max(most[gram], n)
		}
		gap, best := abs(len(ref)-len(hypothesis)), abs(s.refLength-len(hypothesis))
		if i == 0 || gap < best || gap == best && len(ref) < s.refLength {
			s.refLength = len(ref)
		}
	}
	for n := range bleuOrder {
		s.total[n] = max(0, len(hypothesis)-n)
	}
	for gram, n := range ngramCounts(hypothesis, bleuOrder) {
		s.correct[strings.Count(gram, "\x00")] += min(n, most[gram])
	}
	return s
}

func abs(n int) int { return max(n, -n) }

// coco is BLEU-1 … BLEU-4 of pycocoevalcap, whose constants keep a missing
// n-gram from making it 0.
func (s bleuStats) coco() [bleuOrder]float64 {
	const tiny, small = 1e-15, 1e-9
	var out [bleuOrder]float64
	product := 1.0
	ratio := (float64(s.sysLength) + tiny) / (float64(s.refLength) + small)
	for n := range bleuOrder {
		product *= (float64(s.correct[n]) + tiny) / (float64(s.total[n]) + small)
		out[n] = math.Pow(product, 1/float64(n+1))
		if ratio < 1 {
			out[n] *= math.Exp(1 - 1/ratio)
		}
	}
	return out
}

// CaptionBLEU is BLEU of captions as pycocoevalcap computes it from tokenized
// text (see PTB): corpus holds BLEU-1 … BLEU-4 of summed counts, perItem those
// of each caption.
func CaptionBLEU(hypotheses []string, references [][]string) (corpus [4]float64, perItem [][4]float64) {
	c := NewBLEUCorpus(hypotheses, references)
	perItem = make([][4]float64, len(c.items))
	for i, s := range c.items {
		perItem[i] = s.coco()
	}
	return c.Score(nil), perItem
}

// BLEUCorpus holds the counts of every caption, so that BLEU of resamples of
// the corpus is cheap.
type BLEUCorpus struct{ items []bleuStats }

// NewBLEUCorpus counts tokenized captions against their references.
func NewBLEUCorpus(hypotheses []string, references [][]string) *BLEUCorpus {
	c := &BLEUCorpus{items: make([]bleuStats, len(hypotheses))}
	for i, h := range hypotheses {
		refs := make([][]string, len(references[i]))
		for j, r := range references[i] {
			refs[j] = strings.Fields(r)
		}
		c.items[i] = bleuCounts(strings.Fields(h), refs)
	}
	return c
}

// Score is BLEU-1 … BLEU-4 of the captions at these indexes; nil takes all.
func (c *BLEUCorpus) Score(indexes []int) [4]float64 {
	var sum bleuStats
	if indexes == nil {
		for _, s := range c.items {
			sum.add(s)
		}
	}
	for _, i := range indexes {
		sum.add(c.items[i])
	}
	return sum.coco()
}

// CaptionROUGE is ROUGE-L of pycocoevalcap for each tokenized caption: the
// longest common subsequence with β = 1.2, from the best precision and the best
// recall over the references, which may be different ones. Words part at single
// spaces, so that "" is one word. The corpus score is the mean.
func CaptionROUGE(hypotheses []string, references [][]string) []float64 {
	const beta2 = 1.2 * 1.2
	out := make([]float64, len(hypotheses))
	for i, h := range hypotheses {
		got := strings.Split(h, " ")
		precision, recall := 0.0, 0.0
		for _, r := range references[i] {
			want := strings.Split(r, " ")
			common := float64(commonSubsequence(want, got))
			precision = max(precision, common/float64(len(got)))
			recall = max(recall, common/float64(len(want)))
		}
		if precision > 0 && recall > 0 {
			out[i] = (1 + beta2) * precision * recall / (recall + beta2*precision)
		}
	}
	return out
}

// commonSubsequence is the length of the longest common subsequence.
func commonSubsequence(a, b []string) int {
	row := make([]int, len(b)+1)
	for _, x := range a {
		diagonal := 0
		for j, y := range b {
			above := row[j+1]
			if x == y {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(above, row[j])
			}
			diagonal = above
		}
	}
	return row[len(b)]
}
