package layers

import (
	"fmt"
	"math"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
)

// made is a report of a made-up encoder with so many blocks of eight tensors,
// and three tensors that stay as they are. Figures follow from the index, so
// that goldens are stable.
func made(blocks int) *report.Model {
	m := &report.Model{SchemaVersion: report.SchemaVersion}
	add := func(name string, shape ...int) {
		row := pendingRow(name, shape...)
		m.Tensors = append(m.Tensors, row)
		m.Model.Parameters += row.Parameters
		m.Model.SizeBytes += row.SizeBytes
	}
	add("model.embed_tokens.weight", 4096, 256)
	for b := range blocks {
		for _, part := range []string{"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"} {
			add(fmt.Sprintf("model.layers.%d.%s.weight", b, part), 256, 256)
		}
		add(fmt.Sprintf("model.layers.%d.input_layernorm.weight", b), 256)
	}
	add("model.norm.weight", 256)
	add("lm_head.weight", 4096, 256)
	for i := range m.Tensors {
		if len(m.Tensors[i].Shape) == 1 {
			m.Tensors[i] = keptRow(m.Tensors[i], "rank 1")
		}
	}
	m.Model.TensorCount = len(m.Tensors)
	m.Total = report.Totals(m.Tensors, 35_000_000)
	return m
}

func pendingRow(name string, shape ...int) report.Tensor {
	row := report.Unmeasured()
	row.Name, row.DType, row.Shape, row.State = name, "F32", shape, report.Pending
	row.Parameters = 1
	for _, d := range shape {
		row.Parameters *= int64(d)
	}
	row.SizeBytes = 4 * row.Parameters
	scheme := int2.DefaultScheme()
	row.Scheme = &scheme
	rows, cols := shape[0], 1
	if len(shape) > 1 {
		cols = shape[1]
	}
	row.QuantizedSizeBytes = scheme.SizeBytes(rows, cols, false)
	row.BitsPerWeight = report.BitsPerWeight(row.QuantizedSizeBytes, row.Parameters)
	return row
}

func keptRow(row report.Tensor, reason string) report.Tensor {
	row.State, row.Scheme, row.Reason = report.Kept, nil, reason
	row.QuantizedSizeBytes, row.BitsPerWeight = row.SizeBytes, 32
	return row
}

// doneRow fills a row as a scan would; the figures depend on i alone.
func doneRow(row report.Tensor, i int) report.Tensor {
	if row.State == report.Kept {
		return row
	}
	db := 3 + 8*math.Abs(math.Sin(float64(i)*0.7))
	row.State = report.Done
	row.SignalEnergy = report.Number(row.Parameters)
	row.ErrorEnergy = report.Number(float64(row.Parameters) / math.Pow(10, db/10))
	row.SQNRdB = report.Number(db)
	row.RelativeRMSE = report.Number(math.Pow(10, -db/20))
	row.Cosine = report.Number(math.Sqrt(1 - math.Pow(10, -db/10)))
	row.BelowIdealDB = report.Number(0.01 * float64(i%7))
	row.ClippedRatio = report.Number(0.001 * float64(i%11))
	row.CodeEntropyBits = report.Number(1.8 + 0.01*float64(i%13))
	row.MaxAbsError = 0.5
	if i%9 == 4 {
		cause := string(int2.CauseOutlierChannel)
		row.Cause = &cause
	}
	return row
}

// scanned is the report with every row measured and ranked.
func scanned(m *report.Model) *report.Model {
	out := m.Clone()
	for i := range out.Tensors {
		out.Tensors[i] = doneRow(out.Tensors[i], i)
	}
	report.SetRanks(out.Tensors)
	out.Total = report.Totals(out.Tensors, 35_000_000)
	return &out
}
