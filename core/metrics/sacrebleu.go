package metrics

import (
	"fmt"
	"math"
	"strings"
)

// BLEUOptions are those of sacrebleu. The zero value is its default.
type BLEUOptions struct {
	Tokenize       string  // "13a" (also ""), "intl", "char" or "none"
	Smooth         string  // "exp" (also ""), "floor", "add-k" or "none"
	SmoothValue    float64 // of floor (default 0.1) and add-k (default 1)
	Lowercase      bool
	EffectiveOrder bool // leaves out n-grams that a short sentence cannot have
}

// BLEUScore is a score of sacrebleu 2, in percent.
type BLEUScore struct {
	Score                float64
	Precisions           [4]float64 // percent, smoothed
	BrevityPenalty       float64
	SysLength, RefLength int
	Counts, Totals       [4]float64 // add-k adds to them
}

// SacreBLEU is BLEU of raw text as sacrebleu computes it: references[i] are
// those of hypothesis i. It fails on an option that it does not know.
func SacreBLEU(hypotheses []string, references [][]string, opt BLEUOptions) (BLEUScore, error) {
	c, err := NewSacreCorpus(hypotheses, references, opt)
	if err != nil {
		return BLEUScore{}, err
	}
	return c.Score(nil), nil
}

// SacreCorpus holds the counts of every segment, so that BLEU of resamples of
// the corpus is cheap.
type SacreCorpus struct {
	items []bleuStats
	opt   BLEUOptions
}

// NewSacreCorpus counts segments against their references.
func NewSacreCorpus(hypotheses []string, references [][]string, opt BLEUOptions) (*SacreCorpus, error) {
	tokenize, err := sacreTokenizer(opt.Tokenize)
	if err != nil {
		return nil, err
	}
	if opt.SmoothValue == 0 {
		opt.SmoothValue = map[string]float64{"floor": 0.1, "add-k": 1}[opt.Smooth]
	}
	switch opt.Smooth {
	case "", "exp", "none", "floor", "add-k":
	default:
		return nil, fmt.Errorf("smoothing %q is not known; use exp, floor, add-k or none", opt.Smooth)
	}
	words := func(s string) []string {
		if opt.Lowercase {
			s = pythonLower(s)
		}
		return pythonFields(tokenize(strings.TrimRightFunc(s, pythonSpace)))
	}
	c := &SacreCorpus{items: make([]bleuStats, len(hypotheses)), opt: opt}
	for i, h := range hypotheses {
		refs := make([][]string, len(references[i]))
		for j, r := range references[i] {
			refs[j] = words(r)
		}
		c.items[i] = bleuCounts(words(h), refs)
	}
	return c, nil
}

// Score is the score of the segments at these indexes; nil takes all.
func (c *SacreCorpus) Score(indexes []int) BLEUScore {
	var sum bleuStats
	if indexes == nil {
		for _, s := range c.items {
			sum.add(s)
		}
	}
	for _, i := range indexes {
		sum.add(c.items[i])
	}
	return sum.sacre(c.opt)
}

// sacre is the score of summed counts.
func (s bleuStats) sacre(opt BLEUOptions) BLEUScore {
	out := BLEUScore{BrevityPenalty: 1, SysLength: s.sysLength, RefLength: s.refLength}
	value := opt.SmoothValue
	if s.sysLength < s.refLength {
		out.BrevityPenalty = 0
		if s.sysLength > 0 {
			out.BrevityPenalty = math.Exp(1 - float64(s.refLength)/float64(s.sysLength))
		}
	}
	matches := 0
	for n := range bleuOrder {
		out.Counts[n], out.Totals[n] = float64(s.correct[n]), float64(s.total[n])
		matches += s.correct[n]
	}
	if matches == 0 {
		return out
	}
	order, halving := bleuOrder, 1.0
	for n := range bleuOrder {
		if opt.Smooth == "add-k" && n > 0 {
			out.Counts[n] += value
			out.Totals[n] += value
		}
		if out.Totals[n] == 0 {
			break
		}
		if opt.EffectiveOrder {
			order = n + 1
		}
		switch {
		case out.Counts[n] > 0:
			out.Precisions[n] = 100 * out.Counts[n] / out.Totals[n]
		case opt.Smooth == "" || opt.Smooth == "exp":
			halving *= 2
			out.Precisions[n] = 100 / (halving * out.Totals[n])
		case opt.Smooth == "floor":
			out.Precisions[n] = 100 * value / out.Totals[n]
		}
	}
	logs := 0.0
	for _, p := range out.Precisions[:order] {
		if p == 0 {
			logs += -9999999999
			continue
		}
		logs += math.Log(p)
	}
	out.Score = out.BrevityPenalty * math.Exp(logs/float64(order))
	return out
}
