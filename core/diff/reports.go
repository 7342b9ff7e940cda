package diff

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/mmtui/mmtui/core/report"
)

// reportMetrics are the figures that two reports are compared in.
func reportMetrics() []report.Column {
	var out []report.Column
	for _, key := range []string{"quantized_size_bytes", "bits_per_weight", "sqnr_db", "relative_rmse", "cosine", "max_abs_error",
		"below_ideal_db", "clipped_ratio", "code_entropy_bits", "kurtosis", "scale_spread", "rank", "signal_energy", "error_energy"} {
		if c, ok := report.FindColumn(report.Columns(), key); ok {
			out = append(out, c)
		}
	}
	return out
}

// CompareReports compares the figures of two reports of `mmtui inspect`.
func CompareReports(a, b report.Model) *Report {
	out := &Report{SchemaVersion: report.SchemaVersion, Kind: Reports, A: reportInfo(a), B: reportInfo(b), Tensors: []Row{}}
	metrics := reportMetrics()
	for _, p := range match(rowNames(a), rowNames(b)) {
		var ta, tb *report.Tensor
		if p.a >= 0 {
			ta = &a.Tensors[p.a]
		}
		if p.b >= 0 {
			tb = &b.Tensors[p.b]
		}
		out.Tensors = append(out.Tensors, compareRows(metrics, p.name, ta, tb))
	}
	out.Total = total(out.Tensors)
	out.Suggestions = suggest(out.Tensors)
	return out
}

func rowNames(m report.Model) []string {
	out := make([]string, len(m.Tensors))
	for i := range m.Tensors {
		out[i] = m.Tensors[i].Name
	}
	return out
}

func reportInfo(m report.Model) Info {
	return Info{Path: m.Model.Path, TensorCount: m.Model.TensorCount, Parameters: m.Model.Parameters,
		SizeBytes: m.Total.SizeBytes, BitsPerWeight: m.Total.BitsPerWeight}
}

func reportSide(t *report.Tensor) *Side {
	if t == nil {
		return nil
	}
	s := &Side{DType: t.DType, Shape: append([]int{}, t.Shape...), SizeBytes: t.QuantizedSizeBytes, BitsPerWeight: t.BitsPerWeight}
	switch {
	case t.Scheme != nil:
		s.Method = t.Scheme.String()
	case t.Stored != nil:
		s.Method = t.Stored.Method
	}
	return s
}

func compareRows(metrics []report.Column, name string, a, b *report.Tensor) Row {
	row := newRow(name, Same, reportSide(a), reportSide(b))
	switch {
	case b == nil:
		row.Status = OnlyA
		return row
	case a == nil:
		row.Status = OnlyB
		return row
	case report.ShapeString(a.Shape) != report.ShapeString(b.Shape):
		row.Status = Shape
		row.Reason = fmt.Sprintf("%s in A, %s in B", report.ShapeString(a.Shape), report.ShapeString(b.Shape))
		return row
	}
	if row.A.Method != row.B.Method || a.DType != b.DType || a.State != b.State {
		row.Status = Changed
	}
	for _, c := range metrics {
		x, y := c.Number(a), c.Number(b)
		if !x.Valid() && !y.Valid() {
			continue
		}
		d := Delta{Metric: c.Key, A: x, B: y, Delta: report.NA()}
		if x.Valid() && y.Valid() {
			d.Delta = y - x
		}
		if x != y {
			row.Status = Changed
		}
		row.Deltas = append(row.Deltas, d)
	}
	return row
}

// largestReport bounds what OpenReport reads.
const largestReport = 1 << 30

// OpenReport reads a report of `mmtui inspect --format json`. ok is false,
// without an error, when the file is something else: a model, or another JSON.
func OpenReport(path string) (m report.Model, ok bool, err error) {
	// Looked at before it is opened: opening a pipe waits for a writer.
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || info.Size() > largestReport {
		return m, false, err
	}
	f, err := os.Open(path)
	if err != nil {
		return m, false, err
	}
	defer f.Close() // read only
	var head [1]byte
	if _, err := io.ReadFull(f, head[:]); err != nil || head[0] != '{' {
		return m, false, nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return m, false, err
	}
	var keys struct {
		SchemaVersion *int            `json:"schema_version"`
		Tensors       json.RawMessage `json:"tensors"`
	}
	if err := json.NewDecoder(f).Decode(&keys); err != nil || keys.SchemaVersion == nil || keys.Tensors == nil {
		return m, false, nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return m, false, err
	}
	if m, err = report.ReadJSON(f); err != nil {
		return m, true, fmt.Errorf("%s: %w", path, err)
	}
	return m, true, nil
}
