package int2

import (
	"math"
	"testing"
)

func TestDetail(t *testing.T) {
	t.Parallel()
	const rows, cols, group = 300, 250, 64
	m := draw(6, rows, cols, gauss)
	for r := range rows { // an input channel that stands out
		m.Data[r*cols+70] *= 20
	}
	for k := range cols { // and an output channel
		m.Data[5*cols+k] *= 9
	}
	s := Scheme{Bits: 2, Grid: Half, Group: group, Solver: RTN}
	res := quantizeAll(t, m, s, s.String())
	d, p := res.Detail, res.Packed
	if d.Rows != rows || d.Cols != cols || d.Groups != 4 {
		t.Fatalf("%d×%d, %d groups", d.Rows, d.Cols, d.Groups)
	}
	q := make([]float32, cols)
	colErr, colSig := make([]float64, cols), make([]float64, cols)
	for r := range rows {
		p.DequantizeRow(q, r)
		w := m.Data[r*cols : (r+1)*cols]
		peak := 0.0
		var groupErr, groupSig [4]float64
		for k, x := range w {
			e := float64(q[k]) - float64(x)
			groupErr[k/group] += e * e
			groupSig[k/group] += float64(x) * float64(x)
			colErr[k] += e * e
			colSig[k] += float64(x) * float64(x)
			peak = max(peak, math.Abs(float64(x)))
		}
		var rowErr, rowSig float64
		for g := range groupErr {
			near(t, "group", float64(d.GroupSQNRdB[r*4+g]), 10*math.Log10(groupSig[g]/groupErr[g]))
			rowErr += groupErr[g]
			rowSig += groupSig[g]
		}
		near(t, "row", float64(d.RowSQNRdB[r]), 10*math.Log10(rowSig/rowErr))
		near(t, "row max", float64(d.RowMaxAbs[r]), peak)
	}
	for k := range cols {
		near(t, "column", float64(d.ColRMS[k]), math.Sqrt(colSig[k]/rows))
		near(t, "column error", float64(d.ColErrorRMS[k]), math.Sqrt(colErr[k]/rows))
	}
	if len(d.Outliers) != 2 {
		t.Fatalf("outliers: %+v", d.Outliers)
	}
	input, output := d.Outliers[0], d.Outliers[1]
	if input.Axis != "input" || input.Index != 70 || input.Ratio < 15 || output.Axis != "output" || output.Index != 5 || output.Ratio < 6 {
		t.Errorf("outliers: %+v", d.Outliers)
	}
	var touched float64
	for _, e := range colErr[64:128] {
		touched += e
	}
	near(t, "share of the group column", input.Share, touched/res.Metrics.Error)
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-5*math.Abs(want)+1e-9) {
		t.Fatalf("%s is %v, want %v", what, got, want)
	}
}

func TestHistograms(t *testing.T) {
	t.Parallel()
	m := draw(6, 200, 500, gauss)
	for _, s := range []Scheme{DefaultScheme(), {Bits: 8, Grid: Affine, Group: 64, Solver: RTN}} {
		res := quantizeAll(t, m, s, s.String())
		h := res.Detail.Histogram
		if h.Lo != res.Metrics.Min || h.Hi != res.Metrics.Max || len(h.Counts) != histogramBins(s.Levels()) || len(res.Detail.LevelHistogram) != s.Levels() {
			t.Fatalf("%v … %v, %d bins, %d levels", h.Lo, h.Hi, len(h.Counts), len(res.Detail.LevelHistogram))
		}
		want := make([]int64, len(h.Counts))
		for _, x := range m.Data {
			want[min(int((float64(x)-h.Lo)*float64(len(h.Counts))/(h.Hi-h.Lo)), len(h.Counts)-1)]++
		}
		sum := make([]int64, len(h.Counts))
		for c, level := range res.Detail.LevelHistogram {
			var n int64
			for b, v := range level.Counts {
				sum[b] += v
				n += v
			}
			near(t, "occupancy", float64(n)/float64(len(m.Data)), res.Metrics.CodeOccupancy[c])
		}
		for b := range want {
			if d := h.Counts[b] - want[b]; sum[b] != h.Counts[b] || d > 1 || d < -1 { // one on an edge may round either way
				t.Errorf("bin %d has %d, levels sum to %d, want %d", b, h.Counts[b], sum[b], want[b])
			}
		}
	}
}

// The verdict on tensors that cannot be quantized in any useful way.
func TestDegenerate(t *testing.T) {
	t.Parallel()
	for name, fill := range map[string]float32{"zero": 0, "constant": 0.5, "denormal": 1e-41} {
		m := &Dense{Rows: 4, Cols: 32, Data: make([]float32, 128)}
		fillWith := fill
		for i := range m.Data {
			m.Data[i] = fillWith
			if name == "denormal" && i%2 == 0 {
				m.Data[i] = -fillWith
			}
		}
		res := quantizeAll(t, m, DefaultScheme(), name)
		if res.Metrics.Cause != CauseDegenerate || res.Detail.Verdict.Cause != CauseDegenerate || res.Detail.Verdict.Summary == "" {
			t.Errorf("%s: %+v", name, res.Detail.Verdict)
		}
	}
	if res := quantizeAll(t, draw(1, 4, 64, gauss), DefaultScheme(), "gauss"); res.Metrics.Cause == CauseDegenerate {
		t.Error("a Gaussian matrix is called degenerate")
	}
}
