package metrics

import (
	"math"
	"testing"
)

func TestNumbersEqualSciPy(t *testing.T) {
	type row struct {
		Kind                   string
		P, Q                   []float64 `json:"-"`
		PLogits                []float64 `json:"p_logits"`
		QLogits                []float64 `json:"q_logits"`
		Temperature            float64
		KLpq                   float64 `json:"kl_pq"`
		KLqp                   float64 `json:"kl_qp"`
		JS                     float64
		Entropy                float64 `json:"entropy_p"`
		Cross                  float64 `json:"cross_entropy_pq"`
		TV                     float64 `json:"total_variation"`
		Top1                   bool    `json:"top1_agree"`
		LogSumExpP             float64 `json:"logsumexp_p"`
		Reference, Value, X, Y []float64
		MSE, MAE               float
		MaxAbs                 float `json:"max_abs"`
		SQNR                   float `json:"sqnr_db"`
		Rel                    float `json:"rel_l2"`
		Cosine                 float
		PSNR                   float `json:"psnr_db"`
		Pearson, Spearman      *float64
		Kendall                *float64  `json:"kendall_tau_b"`
		Logprobs               []float64 `json:"token_logprobs"`
		Perplexity             float64
		QS                     []float64 `json:"q"`
		Linear                 []float64 `json:"numpy_linear"`
		Std0                   float64   `json:"std_ddof0"`
		Std1                   float64   `json:"std_ddof1"`
	}
	check := func(i int, name string, got, want, tolerance float64) {
		if !near(got, want, tolerance) {
			t.Errorf("line %d: %s %v, want %v", i+1, name, got, want)
		}
	}
	for i, c := range lines[row](t, "numeric.jsonl") {
		switch c.Kind {
		case "logits":
			d := Diverge(c.PLogits, c.QLogits, c.Temperature)
			check(i, "kl", d.KL, c.KLpq, 1e-9)
			check(i, "reverse kl", d.ReverseKL, c.KLqp, 1e-9)
			check(i, "js", d.JS, c.JS, 1e-9)
			check(i, "entropy", d.Entropy, c.Entropy, 1e-9)
			check(i, "cross entropy", d.CrossEntropy, c.Cross, 1e-9)
			check(i, "total variation", d.TotalVariation, c.TV, 1e-9)
			if d.TopAgrees != c.Top1 {
				t.Errorf("line %d: top agrees %v", i+1, d.TopAgrees)
			}
		case "vectors":
			d := Differ(c.Reference, c.Value)
			check(i, "mse", d.MSE, float64(c.MSE), 1e-9)
			check(i, "mae", d.MAE, float64(c.MAE), 1e-9)
			check(i, "max", d.MaxAbs, float64(c.MaxAbs), 1e-9)
			check(i, "sqnr", d.SQNR, float64(c.SQNR), 1e-9)
			check(i, "relative", d.RelativeL2, float64(c.Rel), 1e-9)
			check(i, "cosine", d.Cosine, float64(c.Cosine), 1e-9)
			check(i, "psnr", d.PSNR, float64(c.PSNR), 1e-9)
			c.X, c.Y = c.Reference, c.Value
		case "perplexity":
			check(i, "perplexity", Perplexity(c.Logprobs), c.Perplexity, 1e-12)
		case "quantiles":
			for j, q := range c.QS {
				check(i, "quantile", Quantile(c.X, q), c.Linear[j], 1e-12)
			}
			check(i, "deviation", math.Sqrt(Variance(c.X, 0)), c.Std0, 1e-12)
			check(i, "deviation", math.Sqrt(Variance(c.X, 1)), c.Std1, 1e-12)
		}
		if c.Pearson != nil {
			check(i, "pearson", Pearson(c.X, c.Y), *c.Pearson, 1e-9)
			check(i, "spearman", Spearman(c.X, c.Y), *c.Spearman, 1e-9)
			check(i, "kendall", Kendall(c.X, c.Y), *c.Kendall, 1e-9)
		}
	}
}
