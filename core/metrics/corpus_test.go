package metrics

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
)

func TestSacreBLEUEqualsThePackage(t *testing.T) {
	for i, c := range lines[struct {
		Args struct {
			Tokenize    string  `json:"tokenize"`
			Lowercase   bool    `json:"lowercase"`
			Smooth      string  `json:"smooth_method"`
			SmoothValue float64 `json:"smooth_value"`
			Effective   bool    `json:"effective_order"`
		}
		Hyps       []string
		Streams    [][]string `json:"ref_streams"`
		Score      float64
		Precisions [4]float64
		BP         float64
		SysLen     int `json:"sys_len"`
		RefLen     int `json:"ref_len"`
		Counts     [4]float64
		Totals     [4]float64
		Sentence   []float64 `json:"sentence_bleu_effective_order"`
		CHRF       float64   `json:"chrf"`
		CHRFpp     float64   `json:"chrf++"`
		Tokenized  []string  `json:"tokenized_hyps"`
	}](t, "sacrebleu.jsonl") {
		refs := make([][]string, len(c.Hyps))
		for j := range c.Hyps {
			for _, stream := range c.Streams {
				refs[j] = append(refs[j], stream[j])
			}
		}
		opt := BLEUOptions{c.Args.Tokenize, c.Args.Smooth, c.Args.SmoothValue, c.Args.Lowercase, c.Args.Effective}
		got, err := SacreBLEU(c.Hyps, refs, opt)
		if err != nil {
			t.Fatal(err)
		}
		if !near(got.Score, c.Score, 1e-9) || !near(got.BrevityPenalty, c.BP, 1e-12) || got.SysLength != c.SysLen || got.RefLength != c.RefLen ||
			got.Counts != c.Counts || got.Totals != c.Totals {
			t.Errorf("%d %+v: %+v, want %v %v %v %v %v %v", i, c.Args, got, c.Score, c.BP, c.SysLen, c.RefLen, c.Counts, c.Totals)
		}
		for n, p := range c.Precisions {
			if !near(got.Precisions[n], p, 1e-9) {
				t.Errorf("%d: precision %d is %v, want %v", i, n+1, got.Precisions[n], p)
			}
		}
		opt.EffectiveOrder = true
		tokenize, _ := sacreTokenizer(c.Args.Tokenize)
		for j, h := range c.Hyps {
			one, err := SacreBLEU([]string{h}, refs[j:j+1], opt)
			if err != nil || !near(one.Score, c.Sentence[j], 1e-9) {
				t.Errorf("%d: sentence %d %v, want %v", i, j, one.Score, c.Sentence[j])
			}
			if got := tokenize(h); got != c.Tokenized[j] {
				t.Errorf("%d: tokenized %q, want %q", i, got, c.Tokenized[j])
			}
		}
		if got := CHRF(c.Hyps, refs, 0); !near(got, c.CHRF, 1e-9) {
			t.Errorf("%d: chrF %v, want %v", i, got, c.CHRF)
		}
		if got := CHRF(c.Hyps, refs, 2); !near(got, c.CHRFpp, 1e-9) {
			t.Errorf("%d: chrF++ %v, want %v", i, got, c.CHRFpp)
		}
	}
	if _, err := SacreBLEU(nil, nil, BLEUOptions{Tokenize: "zh"}); err == nil {
		t.Error("an unknown tokenizer gives no error")
	}
	if _, err := SacreBLEU(nil, nil, BLEUOptions{Smooth: "x"}); err == nil {
		t.Error("an unknown smoothing gives no error")
	}
}

func TestRetrievalEqualsTorchmetrics(t *testing.T) {
	type side struct {
		Ranks      []int
		R1         float64 `json:"recall@1"`
		R5         float64 `json:"recall@5"`
		R10        float64 `json:"recall@10"`
		MRR        float64
		MedianRank float64 `json:"median_rank"`
		MeanRank   float64 `json:"mean_rank"`
	}
	type row struct {
		Kind     string
		Scores   json2
		Relevant []float64
		Ties     bool
		Hit1     *float64 `json:"hit@1"`
		Recall1  *float64 `json:"recall@1"`
		Prec1    *float64 `json:"precision@1"`
		Hit5     *float64 `json:"hit@5"`
		Recall5  *float64 `json:"recall@5"`
		Prec5    *float64 `json:"precision@5"`
		Stable   []int    `json:"ranks_stable"`
		MRR, AP  float64
		NDCG     float64
		Captions int  `json:"captions_per_image"`
		I2T      side `json:"image_to_text"`
		T2I      side `json:"text_to_image"`
	}
	for i, c := range lines[row](t, "retrieval.jsonl") {
		if c.Kind == "matrix" {
			positives := make([][]int, len(c.Scores.matrix))
			for j := range positives {
				for k := range c.Captions {
					positives[j] = append(positives[j], j*c.Captions+k)
				}
			}
			a, b := ImageText(c.Scores.matrix, positives)
			for name, pair := range map[string]struct {
				got  Matches
				want side
			}{"image to text": {a, c.I2T}, "text to image": {b, c.T2I}} {
				g, w := pair.got, pair.want
				if !slices.Equal(g.Ranks, w.Ranks) || !near(g.Recall1, w.R1, 1e-9) || !near(g.Recall5, w.R5, 1e-9) || !near(g.Recall10, w.R10, 1e-9) ||
					!near(g.MRR, w.MRR, 1e-9) || !near(g.MedianRank, w.MedianRank, 1e-9) || !near(g.MeanRank, w.MeanRank, 1e-9) {
					t.Errorf("%d %s: %+v, want %+v", i, name, g, w)
				}
			}
			continue
		}
		relevant := make([]bool, len(c.Relevant))
		for j, v := range c.Relevant {
			relevant[j] = v > 0
		}
		r := Rank(c.Scores.row, relevant)
		if !slices.Equal(r.Ranks, c.Stable) || !near(r.ReciprocalRank(), c.MRR, 1e-12) || !near(r.AveragePrecision(), c.AP, 1e-12) {
			t.Errorf("%d: %+v, want %v mrr %v ap %v", i, r, c.Stable, c.MRR, c.AP)
		}
		if got := NDCG(c.Scores.row, c.Relevant); !near(got, c.NDCG, 1e-6) {
			t.Errorf("%d: nDCG %v, want %v", i, got, c.NDCG)
		}
		if c.Ties {
			continue // torchmetrics orders ties in its own way
		}
		for name, pair := range map[string]struct {
			got  float64
			want *float64
		}{"hit@1": {r.Hit(1), c.Hit1}, "recall@1": {r.Recall(1), c.Recall1}, "precision@1": {r.Precision(1), c.Prec1},
			"hit@5": {r.Hit(5), c.Hit5}, "recall@5": {r.Recall(5), c.Recall5}, "precision@5": {r.Precision(5), c.Prec5}} {
			if pair.want != nil && !near(pair.got, *pair.want, 1e-6) {
				t.Errorf("%d: %s %v, want %v", i, name, pair.got, *pair.want)
			}
		}
	}
}

func TestIntervalsEqualSciPy(t *testing.T) {
	type ends = *[2]float
	for i, c := range lines[struct {
		Kind, Statistic string
		Data, A, B      []float64
		N               int    `json:"n_resamples"`
		Indices         string `json:"resample_indices"`
		P90             ends   `json:"percentile_0.9"`
		P95             ends   `json:"percentile_0.95"`
		B90             ends   `json:"basic_0.9"`
		B95             ends   `json:"basic_0.95"`
		BCa90           ends   `json:"BCa_0.9"`
		BCa95           ends   `json:"BCa_0.95"`
		Less            ends   `json:"percentile_0.95_less"`
		Greater         ends   `json:"percentile_0.95_greater"`
	}](t, "bootstrap.jsonl") {
		data := c.Data
		for j := range c.A {
			data = append(data, c.A[j]-c.B[j])
		}
		statistic := func(indexes []int) float64 {
			picked := make([]float64, len(indexes))
			for j, at := range indexes {
				picked[j] = data[at]
			}
			switch c.Statistic {
			case "median":
				return Median(picked)
			case "std":
				return math.Sqrt(Variance(picked, 0))
			}
			return Mean(picked)
		}
		all := make([]int, len(data))
		for j := range all {
			all[j] = j
		}
		theta := statistic(all)
		var distribution []float64
		for j := range c.N {
			row := make([]int, len(data))
			for k := range row {
				row[k] = int(c.Indices[j*len(data)+k]) - 48
			}
			distribution = append(distribution, statistic(row))
		}
		jackknife := Jackknife(len(data), statistic)
		for name, pair := range map[string]struct {
			got  Interval
			want ends
		}{
			"percentile 0.9": {Percentile(distribution, 0.9, TwoSided), c.P90}, "percentile 0.95": {Percentile(distribution, 0.95, TwoSided), c.P95},
			"basic 0.9": {Basic(distribution, theta, 0.9), c.B90}, "basic 0.95": {Basic(distribution, theta, 0.95), c.B95},
			"BCa 0.9": {BCa(distribution, theta, jackknife, 0.9), c.BCa90}, "BCa 0.95": {BCa(distribution, theta, jackknife, 0.95), c.BCa95},
			"less": {Percentile(distribution, 0.95, Less), c.Less}, "greater": {Percentile(distribution, 0.95, Greater), c.Greater},
		} {
			if pair.want == nil {
				continue
			}
			if w := *pair.want; !near(pair.got.Low, float64(w[0]), 1e-9) || !near(pair.got.High, float64(w[1]), 1e-9) {
				t.Errorf("%d %s %s: %v, want %v", i, c.Statistic, name, pair.got, w)
			}
		}
	}
}

func TestResamplesFollowTheSeed(t *testing.T) {
	x := []float64{1, 2, 3, 4, 10}
	mean := func(indexes []int) float64 {
		total := 0.0
		for _, i := range indexes {
			total += x[i]
		}
		return total / float64(len(indexes))
	}
	a, err := Resamples(context.Background(), len(x), 500, 7, mean)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := Resamples(context.Background(), len(x), 500, 7, mean)
	other, _ := Resamples(context.Background(), len(x), 500, 8, mean)
	if !slices.Equal(a, b) || slices.Equal(a, other) {
		t.Error("the seed does not decide")
	}
	if m := Mean(a); math.Abs(m-4) > 0.4 {
		t.Errorf("the mean of resampled means is %v, want about 4", m)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Resamples(ctx, len(x), 500, 7, mean); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
