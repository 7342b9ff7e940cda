package diverge

import (
	"math"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/metrics"
	"github.com/mmtui/mmtui/core/report"
)

// bernoulli is the KL in nats of independent yes-or-no answers from their
// logits, summed: what SigLIP gives for the texts of one picture. A sigmoid is
// the softmax of its logit and zero.
func bernoulli(p, q []float32) float64 {
	var sum float64
	for i := range p {
		sum += infer.KL([]float32{p[i], 0}, []float32{q[i], 0})
	}
	return sum
}

// best is the index of the largest value, the first of equals; −1 where one is
// no number, as an answer has then no next token.
func best(v []float32) int {
	at := 0
	for i, x := range v {
		if !finite(float64(x)) {
			return -1
		}
		if x > v[at] {
			at = i
		}
	}
	if len(v) == 0 {
		return -1
	}
	return at
}

// logprob is the natural logarithm of softmax(v) at an index.
func logprob(v []float32, at int) float64 {
	peak := math.Inf(-1)
	for _, x := range v {
		peak = max(peak, float64(x)) // NaN wins
	}
	var sum float64
	for _, x := range v {
		sum += math.Exp(float64(x) - peak)
	}
	return float64(v[at]) - peak - math.Log(sum)
}

// sumUp makes KL of positions. The float run takes the most probable id, so
// that both runs put the same first where the variant's is that id.
func sumUp(positions []Position) KL {
	k := KL{Max: report.NA(), MaxAt: -1, Agreement: report.NA(), Count: len(positions)}
	var values []float64
	agree := 0
	for i, p := range positions {
		if p.VariantID == p.ID {
			agree++
		}
		v := float64(p.KL)
		if !finite(v) {
			k.NotFinite++
			continue
		}
		values = append(values, v)
		if k.MaxAt < 0 || v > float64(k.Max) {
			k.Max, k.MaxAt = p.KL, i
		}
	}
	if len(positions) > 0 {
		k.Agreement = report.Number(float64(agree) / float64(len(positions)))
	}
	k.Mean, k.TrimmedMean = report.Number(metrics.Mean(values)), report.Number(infer.TrimmedMean(values))
	return k
}
