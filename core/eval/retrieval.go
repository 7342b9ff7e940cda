package eval

import (
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/metrics"
)

// ranks are what retrieval came to: the rank of the best right text for every
// picture, and of the best right picture for every text.
type ranks struct{ imageToText, textToImage []int }

// gatherRanks ranks the answers of retrieval. Samples with the same texts are
// rows of one matrix; a text is looked for among pictures only where there are
// several.
func gatherRanks(samples []Sample, answers []Answer) ranks {
	type group struct {
		scores    [][]float64
		positives [][]int
	}
	groups := map[string]*group{}
	var order []string
	for i, s := range samples {
		name := strings.Join(s.Texts, "\x00")
		g := groups[name]
		if g == nil {
			g = &group{}
			groups[name] = g
			order = append(order, name)
		}
		g.scores = append(g.scores, answers[i].Scores...)
		g.positives = append(g.positives, s.Positives...)
	}
	var out ranks
	for _, name := range order {
		g := groups[name]
		texts, images := metrics.ImageText(g.scores, g.positives)
		out.imageToText = append(out.imageToText, texts.Ranks...)
		if len(g.scores) > 1 {
			out.textToImage = append(out.textToImage, images.Ranks...)
		}
	}
	return out
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
