package eval

import (
	"fmt"
	"slices"

	"github.com/mmtui/mmtui/core/metrics"
)

// corpus is what the samples of a task were answered, for scoring.
type corpus struct {
	got  []string
	want [][]string

	tokenizedGot  []string // by the PTB tokenizer, on demand
	tokenizedWant [][]string
}

// tokenize runs the PTB tokenizer once: all references as one text, all answers
// as another, as pycocoevalcap does.
func (c *corpus) tokenize() ([]string, [][]string) {
	if c.tokenizedGot != nil {
		return c.tokenizedGot, c.tokenizedWant
	}
	ptb := metrics.NewPTB()
	c.tokenizedGot = ptb.Tokenize(c.got)
	var all []string
	for _, refs := range c.want {
		all = append(all, refs...)
	}
	all = ptb.Tokenize(all)
	for _, refs := range c.want {
		c.tokenizedWant = append(c.tokenizedWant, all[:len(refs)])
		all = all[len(refs):]
	}
	return c.tokenizedGot, c.tokenizedWant
}

// scored is a metric over a corpus: its value, and its value over any of the
// samples, for resampling.
type scored struct {
	n    int
	over func(indexes []int) float64
	// note says how to read the value; undefined is without one.
	note      string
	undefined bool
}

func (s scored) value() float64 {
	all := make([]int, s.n)
	for i := range all {
		all[i] = i
	}
	return s.over(all)
}

// metric is a metric of answers in text.
type metric struct {
	name   string
	tasks  []string // by default
	lower  bool     // smaller is better
	score  func(c *corpus) scored
	points bool // 0 … 100 or beyond, not a ratio
}

// meanOf is a metric that is the mean of what each sample scores.
func meanOf(each func(want []string, got string) float64) func(c *corpus) scored {
	return func(c *corpus) scored {
		per := make([]float64, len(c.got))
		for i := range per {
			per[i] = each(c.want[i], c.got[i])
		}
		return mean(per)
	}
}

func mean(per []float64) scored {
	return scored{n: len(per), over: func(indexes []int) float64 {
		picked := make([]float64, len(indexes))
		for i, at := range indexes {
			picked[i] = per[at]
		}
		return metrics.Mean(picked)
	}}
}

// vqaAccuracy is that of the published script. It compares each annotator's
// answer with those of the others, so that a sample of one annotator scores 0
// whatever is said: a set of only such samples has no accuracy.
func vqaAccuracy(c *corpus) scored {
	s := meanOf(metrics.VQAAccuracy)(c)
	alone := 0
	for _, want := range c.want {
		if len(want) < 2 {
			alone++
		}
	}
	switch {
	case alone == 0:
	case alone == s.n:
		s.undefined = true
		s.note = "no value: it compares annotators, and no sample has two accepted answers; take exact_match or anls"
	case alone == 1:
		s.note = fmt.Sprintf("1 sample of %d has one accepted answer, and scores 0 whatever is said", s.n)
	default:
		s.note = fmt.Sprintf("%d samples of %d have one accepted answer each, and score 0 whatever is said", alone, s.n)
	}
	return s
}

// textMetrics are the metrics of captions, readings and answers.
func textMetrics() []metric {
	all := []metric{
		{name: "exact_match", tasks: []string{OCR, VQA}, score: meanOf(func(want []string, got string) float64 {
			exact, _ := metrics.SQuAD(want, got)
			return exact
		})},
		{name: "token_f1", tasks: []string{OCR, VQA}, score: meanOf(func(want []string, got string) float64 {
			_, f1 := metrics.SQuAD(want, got)
			return f1
		})},
		{name: "vqa_accuracy", tasks: []string{VQA}, score: vqaAccuracy},
		{name: "anls", tasks: []string{OCR, VQA}, score: meanOf(metrics.ANLSDocVQA)},
		{name: "anls_package", score: meanOf(metrics.ANLS)},
		{name: "cer", tasks: []string{OCR}, lower: true, score: errorRate(metrics.CharacterEdits)},
		{name: "wer", tasks: []string{OCR}, lower: true, score: errorRate(metrics.WordEdits)},
	}
	for n, name := range []string{"bleu_1", "bleu_2", "bleu_3", "bleu_4"} {
		all = append(all, metric{name: name, tasks: []string{Caption}, score: func(c *corpus) scored {
			got, want := c.tokenize()
			counts := metrics.NewBLEUCorpus(got, want)
			return scored{n: len(got), over: func(indexes []int) float64 { return counts.Score(indexes)[n] }}
		}})
	}
	return append(all,
		metric{name: "rouge_l", tasks: []string{Caption}, score: func(c *corpus) scored {
			got, want := c.tokenize()
			return mean(metrics.CaptionROUGE(got, want))
		}},
		metric{name: "cider_d", tasks: []string{Caption}, points: true, score: func(c *corpus) scored {
			got, want := c.tokenize()
			_, d := metrics.CIDEr(got, want)
			return mean(d)
		}},
		metric{name: "cider", points: true, score: func(c *corpus) scored {
			got, want := c.tokenize()
			plain, _ := metrics.CIDEr(got, want)
			return mean(plain)
		}},
		metric{name: "sacrebleu", points: true, score: func(c *corpus) scored {
			counts, err := metrics.NewSacreCorpus(c.got, c.want, metrics.BLEUOptions{})
			if err != nil {
				panic(err) // the default options are known
			}
			return scored{n: len(c.got), over: func(indexes []int) float64 { return counts.Score(indexes).Score }}
		}},
	)
}

// errorRate is edits over reference lengths, of each sample against the accepted
// answer that is nearest; an empty reference counts its insertions.
func errorRate(edits func(reference, hypothesis string) metrics.Edits) func(c *corpus) scored {
	return func(c *corpus) scored {
		wrong, length := make([]float64, len(c.got)), make([]float64, len(c.got))
		for i, got := range c.got {
			best := -1.0
			for _, want := range c.want[i] {
				e := edits(want, got)
				n := float64(e.Hits + e.Substitutions + e.Deletions)
				rate := float64(e.Distance()) / max(1, n)
				if best < 0 || rate < best {
					best, wrong[i], length[i] = rate, float64(e.Distance()), n
				}
			}
		}
		return scored{n: len(c.got), over: func(indexes []int) float64 {
			sum, of := 0.0, 0.0
			for _, i := range indexes {
				sum, of = sum+wrong[i], of+length[i]
			}
			return sum / max(1, of)
		}}
	}
}

// MetricNames lists all metrics that can be asked for by name.
func MetricNames() []string {
	var names []string
	for _, m := range textMetrics() {
		names = append(names, m.name)
	}
	for _, m := range retrievalMetrics() {
		names = append(names, m.name)
	}
	return names
}

// metricsOf are the text metrics of a task: those that were asked for by name,
// else its default ones.
func metricsOf(task string, asked []string) []metric {
	var out []metric
	for _, m := range textMetrics() {
		if len(asked) > 0 && slices.Contains(asked, m.name) || len(asked) == 0 && slices.Contains(m.tasks, task) {
			out = append(out, m)
		}
	}
	return out
}
