package infer

import (
	"math"
	"slices"

	"github.com/mmtui/mmtui/core/metrics"
	"github.com/mmtui/mmtui/core/report"
)

// trim is the share of values that a trimmed mean leaves out at either end.
const trim = 0.05

// KL is the divergence KL(p ‖ q) = Σ p·(log p − log q) of the softmaxes of two
// rows of logits of one length, in nats: sums in float64, exactly 0 for equal
// rows, never less. It is +Inf where q rules out what p does not, NaN where a
// row has NaN or no finite value.
func KL(p, q []float32) float64 {
	np, nq := logNorm(p), logNorm(q)
	sum := 0.0
	for i, v := range p {
		lp := float64(v) - np
		if w := math.Exp(lp); w > 0 {
			sum += w * (lp - (float64(q[i]) - nq))
		}
	}
	if sum < 0 {
		return 0 // rounding of rows that are nearly equal
	}
	return sum
}

// logNorm is log Σ exp(x).
func logNorm(x []float32) float64 {
	peak := math.Inf(-1)
	for _, v := range x {
		if v != v {
			return math.NaN()
		}
		peak = max(peak, float64(v))
	}
	sum := 0.0
	for _, v := range x {
		sum += math.Exp(float64(v) - peak)
	}
	return peak + math.Log(sum)
}

// sigmoidKL is the sum over entries of the divergence of two yes-or-no
// distributions whose logits are p and q, in nats.
func sigmoidKL(p, q []float64) float64 {
	sum := 0.0
	for i := range p {
		yes, no := logSigmoid(p[i]), logSigmoid(-p[i])
		sum += math.Exp(yes) * (yes - logSigmoid(q[i]))
		sum += math.Exp(no) * (no - logSigmoid(-q[i]))
	}
	return max(sum, 0)
}

func logSigmoid(x float64) float64 {
	if x < 0 {
		return x - math.Log1p(math.Exp(x))
	}
	return -math.Log1p(math.Exp(-x))
}

// TrimmedMean is the mean without the floor(0.05·n) smallest and as many of the
// largest values (scipy.stats.trim_mean at 0.05): the plain mean of fewer than
// 20, NaN of nothing.
func TrimmedMean(x []float64) float64 {
	sorted := slices.Clone(x)
	slices.Sort(sorted)
	cut := int(trim * float64(len(x)))
	return metrics.Mean(sorted[cut : len(sorted)-cut])
}

// means are the plain and the trimmed mean of what exists.
func means(values []report.Number) (plain, trimmed report.Number) {
	var there []float64
	for _, v := range values {
		if v.Valid() {
			there = append(there, float64(v))
		}
	}
	return report.Number(metrics.Mean(there)), report.Number(TrimmedMean(there))
}
