package metrics

import (
	"cmp"
	"math"
	"slices"
)

// Sum adds in the order of numpy (eight running sums, halves of long rows), so
// that sums come out the same to the last bit, and accurate.
func Sum(x []float64) float64 {
	const block = 128
	switch n := len(x); {
	case n < 8:
		total := 0.0
		for _, v := range x {
			total += v
		}
		return total
	case n <= block:
		var r [8]float64
		whole := n - n%8
		for i := 0; i < whole; i += 8 {
			for k := range r {
				r[k] += x[i+k]
			}
		}
		total := ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]))
		for _, v := range x[whole:] {
			total += v
		}
		return total
	default:
		half := n/2 - n/2%8
		return Sum(x[:half]) + Sum(x[half:])
	}
}

// Mean is the arithmetic mean; NaN of nothing.
func Mean(x []float64) float64 { return Sum(x) / float64(len(x)) }

// Variance is the mean squared distance from the mean, over len(x) − ddof.
func Variance(x []float64, ddof int) float64 {
	mean := Mean(x)
	squares := make([]float64, len(x))
	for i, v := range x {
		squares[i] = (v - mean) * (v - mean)
	}
	return Sum(squares) / float64(len(x)-ddof)
}

// Median is the middle value, the mean of two middle ones.
func Median(x []float64) float64 { return Quantile(x, 0.5) }

// Quantile is the quantile of numpy's default method: linear between the two
// nearest values. NaN of nothing, or if a value is NaN.
func Quantile(x []float64, q float64) float64 {
	sorted := slices.Clone(x)
	slices.Sort(sorted)
	return quantileOfSorted(sorted, q)
}

func quantileOfSorted(x []float64, q float64) float64 {
	if len(x) == 0 || math.IsNaN(x[0]) || math.IsNaN(q) { // NaN sorts first
		return math.NaN()
	}
	at := q * float64(len(x)-1)
	i := int(max(0, min(math.Floor(at), float64(len(x)-1))))
	j := min(i+1, len(x)-1)
	t := at - float64(i)
	if t < 0.5 {
		return x[i] + (x[j]-x[i])*t
	}
	return x[j] - (x[j]-x[i])*(1-t)
}

// LogSumExp is log Σ exp(x), without overflow.
func LogSumExp(x []float64) float64 {
	if len(x) == 0 {
		return math.Inf(-1)
	}
	top := slices.Max(x)
	if math.IsInf(top, 0) {
		return top
	}
	total := 0.0
	for _, v := range x {
		total += math.Exp(v - top)
	}
	return top + math.Log(total)
}

// LogSoftmax is the logarithm of the softmax of logits / temperature.
func LogSoftmax(logits []float64, temperature float64) []float64 {
	out := make([]float64, len(logits))
	for i, v := range logits {
		out[i] = v / temperature
	}
	total := LogSumExp(out)
	for i := range out {
		out[i] -= total
	}
	return out
}

// Divergence compares two distributions over the same choices, in nats.
type Divergence struct {
	KL             float64 // of q from p: Σ p (log p − log q)
	ReverseKL      float64 // Σ q (log q − log p)
	JS             float64 // Jensen-Shannon
	Entropy        float64 // of p
	CrossEntropy   float64 // −Σ p log q
	TotalVariation float64 // ½ Σ |p − q|
	TopAgrees      bool    // the most probable choice is the same
}

// Diverge compares the softmaxes of two rows of logits, p the reference.
func Diverge(p, q []float64, temperature float64) Divergence {
	lp, lq := LogSoftmax(p, temperature), LogSoftmax(q, temperature)
	var d Divergence
	for i := range lp {
		a, b := math.Exp(lp[i]), math.Exp(lq[i])
		m := LogSumExp([]float64{lp[i], lq[i]}) - math.Ln2
		d.KL += weighted(a, lp[i]-lq[i])
		d.ReverseKL += weighted(b, lq[i]-lp[i])
		d.JS += (weighted(a, lp[i]-m) + weighted(b, lq[i]-m)) / 2
		d.Entropy -= weighted(a, lp[i])
		d.CrossEntropy -= weighted(a, lq[i])
		d.TotalVariation += math.Abs(a-b) / 2
	}
	d.TopAgrees = len(p) > 0 && argmax(p) == argmax(q)
	return d
}

// weighted is a·b, and 0 where a is 0: 0·log 0 is 0.
func weighted(a, b float64) float64 {
	if a == 0 {
		return 0
	}
	return a * b
}

// argmax is the index of the first largest value.
func argmax(x []float64) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}

// Difference compares values with reference values.
type Difference struct {
	MSE, MAE, MaxAbs float64
	SQNR             float64 // dB: 10 log10(Σ x² / Σ (x − y)²), x the reference
	RelativeL2       float64 // ‖x − y‖ / ‖x‖
	Cosine           float64 // NaN if one is zero
	PSNR             float64 // dB, over the range of the reference; NaN without range or difference
}

// Differ compares y with the reference x, value by value.
func Differ(x, y []float64) Difference {
	var d Difference
	var xx, yy, xy, ee float64
	for i := range x {
		e := x[i] - y[i]
		xx, yy, xy, ee = xx+x[i]*x[i], yy+y[i]*y[i], xy+x[i]*y[i], ee+e*e
		d.MAE += math.Abs(e)
		d.MaxAbs = max(d.MaxAbs, math.Abs(e))
	}
	n := float64(len(x))
	d.MSE, d.MAE = ee/n, d.MAE/n
	d.SQNR = 10 * math.Log10(xx/ee) // ±Inf and NaN at zeros, as they should be
	d.RelativeL2 = math.Sqrt(ee) / math.Sqrt(xx)
	if xx == 0 && ee == 0 {
		d.RelativeL2 = 0
	}
	d.Cosine = xy / (math.Sqrt(xx) * math.Sqrt(yy))
	d.PSNR = math.NaN()
	if len(x) > 0 && ee > 0 {
		if span := slices.Max(x) - slices.Min(x); span > 0 {
			d.PSNR = 10 * math.Log10(span*span/d.MSE)
		}
	}
	return d
}

// Pearson is the correlation of two series.
func Pearson(x, y []float64) float64 {
	mx, my := Mean(x), Mean(y)
	var xx, yy, xy float64
	for i := range x {
		a, b := x[i]-mx, y[i]-my
		xx, yy, xy = xx+a*a, yy+b*b, xy+a*b
	}
	return xy / math.Sqrt(xx) / math.Sqrt(yy)
}

// ranks are the ranks from 1; equal values share the mean of theirs.
func ranks(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
	out := make([]float64, len(x))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && x[order[j]] == x[order[i]] {
			j++
		}
		for _, at := range order[i:j] {
			out[at] = float64(i+j+1) / 2
		}
		i = max(j, i+1) // a NaN equals nothing, itself included
	}
	return out
}

// Spearman is the correlation of ranks.
func Spearman(x, y []float64) float64 { return Pearson(ranks(x), ranks(y)) }

// Kendall is Kendall's τ-b, which takes ties into account.
func Kendall(x, y []float64) float64 {
	var agree, tiesX, tiesY, pairs float64
	for i := range x {
		for j := range i {
			a, b := cmp.Compare(x[i], x[j]), cmp.Compare(y[i], y[j])
			agree += float64(a * b)
			pairs++
			if a == 0 {
				tiesX++
			}
			if b == 0 {
				tiesY++
			}
		}
	}
	return agree / math.Sqrt(pairs-tiesX) / math.Sqrt(pairs-tiesY)
}

// Perplexity is exp of the mean negative log-probability of the tokens.
func Perplexity(logprobs []float64) float64 { return math.Exp(-Mean(logprobs)) }
