package eval

import (
	"slices"

	"github.com/mmtui/mmtui/core/metrics"
)

// ranks are what retrieval came to: the rank of the best right text for every
// picture, and of the best right picture for every text.
type ranks struct{ imageToText, textToImage []int }

// scoreMatrix are pictures against the same texts.
type scoreMatrix struct {
	scores    [][]float32 // [images × texts]
	positives [][]int     // [images]: indexes of the texts that belong to each
}

// add appends the rows of one sample.
func (m *scoreMatrix) add(s Sample, a Answer, rows map[string]int) {
	for i, path := range s.Images {
		at, known := rows[path]
		if !known {
			at = len(m.scores)
			rows[path] = at
			m.scores = append(m.scores, a.Scores[i])
			m.positives = append(m.positives, nil)
		}
		for _, text := range s.Positives[i] {
			if !slices.Contains(m.positives[at], text) {
				m.positives[at] = append(m.positives[at], text)
			}
		}
	}
}

// gatherRanks ranks the answers of retrieval, whose samples have their
// candidates (see pooled). Those of the pool are rows of one matrix, where a
// picture that several lines name is one row with the texts of all of them; a
// sample with texts of its own is a matrix of its own. A text is looked for among
// pictures only where there are several, and only if one that was answered has it.
func gatherRanks(samples []Sample, answers []Answer) ranks {
	var pool scoreMatrix
	var out ranks
	rows := map[string]int{}
	for i, s := range samples {
		if s.inPool() {
			pool.add(s, answers[i], rows)
			continue
		}
		var own scoreMatrix
		own.add(s, answers[i], map[string]int{})
		out.add(own)
	}
	out.add(pool)
	return out
}

func (r *ranks) add(m scoreMatrix) {
	texts, images := metrics.ImageText(m.scores, m.positives)
	r.imageToText = append(r.imageToText, texts.Ranks...)
	if len(m.scores) > 1 {
		r.textToImage = append(r.textToImage, images.Ranks...)
	}
}

// rankMetric is a metric of ranks.
type rankMetric struct {
	name   string
	lower  bool
	points bool
	of     func(r ranks) []int
	over   func(ranks []int) float64
}

// retrievalMetrics are those of both directions.
func retrievalMetrics() []rankMetric {
	var all []rankMetric
	for _, d := range []struct {
		name string
		of   func(ranks) []int
	}{
		{"image_to_text", func(r ranks) []int { return r.imageToText }},
		{"text_to_image", func(r ranks) []int { return r.textToImage }},
	} {
		add := func(name string, lower bool, over func(m metrics.Matches) float64) {
			all = append(all, rankMetric{name: d.name + "_" + name, lower: lower, points: lower, of: d.of,
				over: func(r []int) float64 { return over(metrics.NewMatches(r)) }})
		}
		add("recall_at_1", false, func(m metrics.Matches) float64 { return m.Recall1 })
		add("recall_at_5", false, func(m metrics.Matches) float64 { return m.Recall5 })
		add("recall_at_10", false, func(m metrics.Matches) float64 { return m.Recall10 })
		add("mrr", false, func(m metrics.Matches) float64 { return m.MRR })
		add("median_rank", true, func(m metrics.Matches) float64 { return m.MedianRank })
	}
	return all
}

// scored makes a metric of ranks one that can be resampled by query.
func (m rankMetric) scored(r ranks) scored {
	all := m.of(r)
	return scored{n: len(all), over: func(indexes []int) float64 {
		picked := make([]int, len(indexes))
		for i, at := range indexes {
			picked[i] = all[at]
		}
		return m.over(picked)
	}}
}

// asked reports whether a metric of retrieval was asked for.
func (m rankMetric) asked(names []string) bool {
	return len(names) == 0 || slices.Contains(names, m.name)
}
