// Package sample holds a small made-up model for the tests of the views: its
// weights come from a seeded generator and its figures are worked out from
// them by round-to-nearest on the half grid, so that they hang together.
package sample

import (
	"fmt"
	"math"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
)

// BudgetBytes is the budget of the sample's report.
const BudgetBytes = 1_000_000

// spec is a tensor of the sample.
type spec struct {
	name       string
	rows, cols int
	kept       string // why it stays as it is
	state      report.State
	outlier    int // column that is far larger, -1: none
}

func specs() []spec {
	out := []spec{{name: "embedder.weight", rows: 96, cols: 128, outlier: -1}}
	for i := range 3 {
		block := fmt.Sprintf("encoder.layers.%d.", i)
		out = append(out,
			spec{name: block + "norm.weight", rows: 1, cols: 128, kept: "rank 1: not a matrix", outlier: -1},
			spec{name: block + "attention.query_key_value.weight", rows: 384, cols: 128, outlier: -1},
			spec{name: block + "mlp.up_proj.weight", rows: 512, cols: 128, outlier: 17 * i},
			spec{name: block + "mlp.down_proj.weight", rows: 128, cols: 512, outlier: -1},
		)
	}
	return append(out,
		spec{name: "position_ids", rows: 1, cols: 512, kept: "I64: not floating-point", outlier: -1},
		spec{name: "head.bad", rows: 64, cols: 64, state: report.Failed, outlier: -1},
		spec{name: "head.weight", rows: 32, cols: 128, state: report.Pending, outlier: -1},
	)
}

// Scheme is what the sample's matrices are quantized with.
func Scheme() int2.Scheme {
	return int2.Scheme{Bits: 2, Grid: int2.Half, Group: 64, Solver: int2.RTN}
}

// Names of some of its tensors.
const (
	Plain   = "encoder.layers.0.attention.query_key_value.weight" // nothing stands out
	Outlier = "encoder.layers.1.mlp.up_proj.weight"               // column 17 is an outlier
	Kept    = "encoder.layers.0.norm.weight"                      // stays as it is
	Integer = "position_ids"                                      // no float
	Failed  = "head.bad"                                          // could not be read
	Pending = "head.weight"                                       // not measured yet
)

// Report is the sample's report under one scheme for all matrices.
func Report(s int2.Scheme) *report.Model {
	m := &report.Model{SchemaVersion: report.SchemaVersion, Model: report.ModelInfo{Path: "sample.safetensors", Files: []string{"sample.safetensors"}}}
	for _, sp := range specs() {
		t := row(sp, s)
		m.Model.Parameters += t.Parameters
		m.Model.SizeBytes += t.SizeBytes
		m.Tensors = append(m.Tensors, t)
	}
	m.Model.TensorCount = len(m.Tensors)
	report.SetRanks(m.Tensors)
	m.Total = report.Totals(m.Tensors, BudgetBytes)
	return m
}

// Row is one tensor of the report under a scheme, nil for as it is stored.
func Row(name string, s *int2.Scheme) (report.Tensor, error) {
	for _, sp := range specs() {
		if sp.name != name {
			continue
		}
		if s == nil {
			sp.kept = "stays in float"
			return row(sp, Scheme()), nil
		}
		if sp.state == report.Pending {
			sp.state = ""
		}
		return row(sp, *s), nil
	}
	return report.Tensor{}, fmt.Errorf("no tensor %q", name)
}

func row(sp spec, s int2.Scheme) report.Tensor {
	t := report.Unmeasured()
	t.Name, t.DType, t.Shape = sp.name, "F32", []int{sp.rows, sp.cols}
	t.Parameters = int64(sp.rows * sp.cols)
	t.SizeBytes = 4 * t.Parameters
	t.QuantizedSizeBytes, t.BitsPerWeight = t.SizeBytes, 32
	if sp.rows == 1 {
		t.Shape = []int{sp.cols}
	}
	switch {
	case sp.name == Integer:
		t.DType, t.SizeBytes, t.QuantizedSizeBytes, t.BitsPerWeight = "I64", 8*t.Parameters, 8*t.Parameters, 64
		t.State, t.Reason = report.Kept, sp.kept
		return t
	case sp.kept != "":
		t.State, t.Reason = report.Kept, sp.kept
		return t
	case sp.state == report.Failed:
		t.State, t.Reason = sp.state, "sample.safetensors: bytes 4096 to 20480 cannot be read: input/output error"
		return t
	}
	t.Scheme = &s
	t.QuantizedSizeBytes = s.SizeBytes(sp.rows, sp.cols, false)
	t.BitsPerWeight = report.Number(s.BitsPerWeight(sp.rows, sp.cols, false))
	if sp.state == report.Pending {
		t.State = report.Pending
		return t
	}
	measure(&t, sp, s)
	return t
}

// measure fills in the figures of a row.
func measure(t *report.Tensor, sp spec, s int2.Scheme) {
	q := quantize(sp, s)
	signal, noise, dot, qq, worst, fourth := 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
	counts := make([]float64, s.Levels())
	clipped := 0
	for i, w := range q.weights {
		e := q.restored[i] - w
		signal += w * w
		noise += e * e
		dot += w * q.restored[i]
		qq += q.restored[i] * q.restored[i]
		fourth += w * w * w * w
		worst = math.Max(worst, math.Abs(e))
		counts[q.codes[i]]++
		if math.Abs(e) > 0.5*q.scales[q.groupOf(i)]+1e-9 {
			clipped++
		}
	}
	n := float64(len(q.weights))
	t.State = report.Done
	t.SignalEnergy, t.ErrorEnergy = report.Number(signal), report.Number(noise)
	t.SQNRdB = report.PooledSQNR(signal, noise)
	t.RelativeRMSE = report.Number(math.Sqrt(noise / signal))
	t.Cosine = report.Number(dot / math.Sqrt(signal*qq))
	t.MaxAbsError = report.Number(worst)
	t.BelowIdealDB = 1.25
	t.ClippedRatio = report.Number(float64(clipped) / n)
	t.Kurtosis = report.Number(n * fourth / (signal * signal))
	t.ScaleSpread = report.Number(q.spread())
	entropy := 0.0
	for _, c := range counts {
		p := c / n
		if p > 0 {
			entropy -= p * math.Log2(p)
		}
		t.CodeOccupancy = append(t.CodeOccupancy, report.Number(p))
	}
	t.CodeEntropyBits = report.Number(entropy)
	cause := ""
	if sp.outlier >= 0 && sp.outlier < sp.cols && sp.outlier > 0 {
		cause = string(int2.CauseOutlierChannel)
	}
	t.Cause = &cause
}
