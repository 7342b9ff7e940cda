package metrics

import (
	"cmp"
	"math"
	"slices"
)

// Ranking is how the relevant items of one query came out.
type Ranking struct {
	Ranks []int // of the relevant items, from 1, in their own order; of ties the first index first
	items int
}

// Rank ranks items by score, the highest first. A NaN stands last.
func Rank(scores []float64, relevant []bool) Ranking {
	place := make([]int, len(scores))
	for at, i := range descending(scores) {
		place[i] = at + 1
	}
	r := Ranking{items: len(scores)}
	for i, yes := range relevant {
		if yes {
			r.Ranks = append(r.Ranks, place[i])
		}
	}
	return r
}

// descending are the indexes by falling score, of ties the first first.
func descending(scores []float64) []int {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	return order
}

func (r Ranking) within(k int) float64 {
	n := 0
	for _, rank := range r.Ranks {
		if rank <= k {
			n++
		}
	}
	return float64(n)
}

// Hit is 1 if one of the first k items is relevant.
func (r Ranking) Hit(k int) float64 { return min(1, r.within(k)) }

// Recall is the share of the relevant items that stand among the first k.
func (r Ranking) Recall(k int) float64 {
	if len(r.Ranks) == 0 {
		return 0
	}
	return r.within(k) / float64(len(r.Ranks))
}

// Precision is the share of the first k items that are relevant.
func (r Ranking) Precision(k int) float64 { return r.within(k) / float64(k) }

// ReciprocalRank is 1 over the rank of the first relevant item, 0 without one.
func (r Ranking) ReciprocalRank() float64 {
	if len(r.Ranks) == 0 {
		return 0
	}
	return 1 / float64(slices.Min(r.Ranks))
}

// AveragePrecision is the mean over the relevant items of the precision at
// their rank.
func (r Ranking) AveragePrecision() float64 {
	if len(r.Ranks) == 0 {
		return 0
	}
	sorted := slices.Clone(r.Ranks)
	slices.Sort(sorted)
	total := 0.0
	for i, rank := range sorted {
		total += float64(i+1) / float64(rank)
	}
	return total / float64(len(sorted))
}

// NDCG is the normalised discounted cumulative gain of graded relevance: the
// gain of the item at rank r counts 1/log2(r+1), over that of the best order.
// Tied items share the mean of their discounts, as torchmetrics and
// scikit-learn have it.
func NDCG(scores, gains []float64) float64 {
	order := descending(scores)
	got := 0.0
	for i := 0; i < len(order); {
		j, discount, gain := i, 0.0, 0.0
		for j < len(order) && scores[order[j]] == scores[order[i]] {
			discount += 1 / math.Log2(float64(j+2))
			gain += gains[order[j]]
			j++
		}
		if j == i { // a NaN equals nothing
			discount, gain, j = 1/math.Log2(float64(i+2)), gains[order[i]], i+1
		}
		got += discount * gain / float64(j-i)
		i = j
	}
	best := 0.0
	for i, at := range descending(gains) {
		best += gains[at] / math.Log2(float64(i+2))
	}
	if best == 0 {
		return 0
	}
	return got / best
}

// Matches are the ranks of an image-text matrix in one direction.
type Matches struct {
	Ranks                           []int
	Recall1, Recall5, Recall10, MRR float64
	MedianRank, MeanRank            float64
}

// ImageText ranks a matrix of scores [images × texts] both ways. positives[i]
// are the texts that belong to image i. A rank is 1 plus the number of strictly
// better scores; of several right ones the best counts. Texts that belong to no
// image are no queries.
func ImageText[T float32 | float64](scores [][]T, positives [][]int) (imageToText, textToImage Matches) {
	var rows, columns []int
	owners := map[int][]int{}
	for i, texts := range positives {
		if len(texts) == 0 {
			continue
		}
		best := len(scores[i]) + 1
		for _, j := range texts {
			owners[j] = append(owners[j], i)
			better := 0
			for _, s := range scores[i] {
				if s > scores[i][j] {
					better++
				}
			}
			best = min(best, 1+better)
		}
		rows = append(rows, best)
	}
	if len(scores) > 0 {
		for j := range scores[0] {
			best := len(scores) + 1
			for _, i := range owners[j] {
				better := 0
				for _, row := range scores {
					if row[j] > scores[i][j] {
						better++
					}
				}
				best = min(best, 1+better)
			}
			if len(owners[j]) > 0 {
				columns = append(columns, best)
			}
		}
	}
	return NewMatches(rows), NewMatches(columns)
}

// NewMatches gives the measures of ranks.
func NewMatches(ranks []int) Matches {
	m := Matches{Ranks: ranks}
	as := make([]float64, len(ranks))
	n := float64(len(ranks))
	for i, rank := range ranks {
		as[i] = float64(rank)
		m.MRR += 1 / float64(rank) / n
		for _, k := range []struct {
			at int
			to *float64
		}{{1, &m.Recall1}, {5, &m.Recall5}, {10, &m.Recall10}} {
			if rank <= k.at {
				*k.to += 1 / n
			}
		}
	}
	m.MedianRank, m.MeanRank = Median(as), Mean(as)
	return m
}
