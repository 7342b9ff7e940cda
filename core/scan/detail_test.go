package scan

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/report/schematest"
	"github.com/mmtui/mmtui/int2"
)

// measuredBy is a session over a model in memory with the real quantizer.
func measuredBy(f *fake, p plan.Plan, opt Options) *Session {
	e := f.engine()
	e.quantize = func(ctx context.Context, w int2.RowReader, s int2.Scheme, opt int2.Options) (*int2.Result, error) {
		f.calls.add("quantize")
		return int2.Quantize(ctx, w, s, opt)
	}
	return newSession(f.model, p, opt, e)
}

func TestDetail(t *testing.T) {
	f := newFake(t)
	f.add("a", 1, 32, 100) // the second group of 64 is short
	f.add("b", 2, 32, 100)
	s := measuredBy(f, plan.Plan{}, Options{})
	ctx := context.Background()
	d, err := s.Detail(ctx, "a", nil)
	if err != nil {
		t.Fatal(err)
	}
	collect(t, s)
	row := s.Report().Tensors[0]
	if d.Tensor.SQNRdB != row.SQNRdB || d.Tensor.BelowIdealDB != row.BelowIdealDB || d.Tensor.QuantizedSizeBytes != row.QuantizedSizeBytes ||
		d.Tensor.State != report.Done || d.Scheme != *row.Scheme || d.Note != "" {
		t.Errorf("the detail's row %+v, the report's %+v", d.Tensor, row)
	}
	if d.Rows != 32 || d.Cols != 100 || len(d.Channels) != 32 || d.Groups.PerRow != 2 || len(d.Groups.SQNRdB) != 64 || len(d.CodeHistograms) != 4 {
		t.Errorf("%d×%d, %d channels, %d groups a row, %d groups, %d histograms", d.Rows, d.Cols, len(d.Channels), d.Groups.PerRow, len(d.Groups.SQNRdB), len(d.CodeHistograms))
	}
	var all, byCode int64
	for i, n := range d.Histogram.Counts {
		all += n
		for _, h := range d.CodeHistograms {
			byCode += h.Counts[i]
		}
	}
	if all != 3200 || byCode != 3200 {
		t.Errorf("histograms hold %d and %d of 3200 weights", all, byCode)
	}
	// On the half grid the levels are {−1.5, −0.5, 0.5, 1.5}·s and clipping begins at 2s.
	step := float64(d.LevelsMedian[1] - d.LevelsMedian[0])
	for i, want := range []float64{-1.5, -0.5, 0.5, 1.5} {
		if got := float64(d.LevelsMedian[i]); math.Abs(got-want*step) > 1e-6*step {
			t.Errorf("level %d is %v, want %v", i, got, want*step)
		}
	}
	if math.Abs(float64(d.ClipHigh)-2*step) > 1e-6*step || math.Abs(float64(d.ClipLow)+2*step) > 1e-6*step {
		t.Errorf("clips outside %v … %v with a step of %v", d.ClipLow, d.ClipHigh, step)
	}
	if d.Verdict.Scope != VerdictScope || d.Verdict.Summary == "" {
		t.Errorf("verdict %+v", d.Verdict)
	}
	var b bytes.Buffer
	if err := report.WriteDetailJSON(&b, *d); err != nil {
		t.Fatal(err)
	}
	schematest.Validate(t, "tensor", b.Bytes())
}

func TestDetailIsKept(t *testing.T) {
	f := newFake(t)
	f.add("a", 1, 32, 128)
	s := measuredBy(f, plan.Plan{}, Options{})
	ctx := context.Background()
	for range 2 {
		if _, err := s.Detail(ctx, "a", nil); err != nil {
			t.Fatal(err)
		}
		if _, err := s.GroupValues(ctx, "a", nil, 31, 1); err != nil {
			t.Fatal(err)
		}
	}
	collect(t, s) // the detail has all figures of the row
	if n := f.calls.get("quantize"); n != 1 {
		t.Errorf("quantized %d times, want once", n)
	}
}

func TestDetailOfWhatStays(t *testing.T) {
	f := newFake(t)
	f.add("norm", 1, 100)
	f.add("thin", 2, 64, 8)
	f.add("empty", 3, 0)
	bad := f.add("bad", 4, 16, 64)
	bad.values[0] = float32(math.NaN())
	f.add("scalar", 5)
	packed := f.add("packed", 6, 16, 64)
	packed.tensor.Stored = &report.Stored{Method: "gptq", Bits: 4, Group: 64}
	rtn := int2.RTN
	s := measuredBy(f, plan.Plan{Default: plan.Choice{Solver: &rtn}}, Options{})
	ctx := context.Background()
	for name, want := range map[string]string{
		"norm":   "stays as it is: rank 1: not a matrix. The view shows what 2b half g64 rtn would do to it",
		"thin":   "stays as it is: 8 columns a row, fewer than 16. The view shows what 2b half g64 rtn would do to it",
		"scalar": "rank 0",
		"packed": "measured against the values that it is stored with",
		"bad":    "stays as it is: holds 1 NaN",
	} {
		d, err := s.Detail(ctx, name, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !strings.Contains(d.Note, want) || d.Tensor.State != report.Kept || d.Tensor.Scheme != nil {
			t.Errorf("%s: note %q, state %s, scheme %v; want a note with %q", name, d.Note, d.Tensor.State, d.Tensor.Scheme, want)
		}
		if d.Scheme.Solver != int2.RTN {
			t.Errorf("%s: scheme %s is not the plan's default", name, d.Scheme)
		}
		var b bytes.Buffer
		if err := report.WriteDetailJSON(&b, *d); err != nil {
			t.Fatal(err)
		}
		schematest.Validate(t, "tensor", b.Bytes())
	}
	if d, err := s.Detail(ctx, "norm", nil); err != nil || d.Rows != 1 || d.Cols != 100 {
		t.Errorf("a vector as a matrix: %+v, %v", d, err)
	}
	if d, err := s.Detail(ctx, "bad", nil); err != nil || d.Verdict.Cause != "degenerate tensor" || d.Tensor.Cause == nil {
		t.Errorf("NaN: %+v, %v", d, err)
	}
	// Asked for with a scheme, a thin matrix is quantized after all.
	three := int2.Scheme{Bits: 3, Grid: int2.Half, Group: 16, Solver: int2.RTN}
	if d, err := s.Detail(ctx, "thin", &three); err != nil || d.Tensor.State != report.Done || d.Note != "" || d.Tensor.Rank == nil {
		t.Errorf("thin with a scheme: %+v, %v", d, err)
	}
	for name, want := range map[string]string{"empty": "it is empty", "nothing": "no tensor \"nothing\""} {
		if _, err := s.Detail(ctx, name, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", name, err, want)
		}
	}
	if _, err := s.Detail(ctx, "norm", &int2.Scheme{}); err == nil {
		t.Error("the zero scheme is accepted")
	}
}

// The values of a group agree with the detail's figure for it, on every grid.
func TestGroupValues(t *testing.T) {
	f := newFake(t)
	w := f.add("a", 1, 8, 100)
	s := measuredBy(f, plan.Plan{}, Options{})
	ctx := context.Background()
	for _, scheme := range []int2.Scheme{
		int2.DefaultScheme(),
		{Bits: 2, Grid: int2.Twos, Group: 32, Solver: int2.Search},
		{Bits: 4, Grid: int2.Affine, Group: int2.PerChannel, Solver: int2.LS},
		{Bits: 2, Grid: int2.Affine, Group: 64, Solver: int2.SINQ},
		{Bits: 8, Grid: int2.Half, Group: 16, Solver: int2.RTN},
	} {
		d, err := s.Detail(ctx, "a", &scheme)
		if err != nil {
			t.Fatal(err)
		}
		width := scheme.GroupLen(100)
		for group := range scheme.Groups(100) {
			const row = 5
			g, err := s.GroupValues(ctx, "a", &scheme, row, group)
			if err != nil {
				t.Fatal(err)
			}
			n := min(width, 100-group*width)
			if g.FirstCol != group*width || len(g.Codes) != n || len(g.Original) != n || len(g.Restored) != n {
				t.Fatalf("%s group %d: from %d, %d codes", scheme, group, g.FirstCol, len(g.Codes))
			}
			if want := d.Groups.SQNRdB[row*scheme.Groups(100)+group]; math.Abs(float64(g.SQNRdB-want)) > 1e-4 {
				t.Errorf("%s group %d: %v dB, the detail has %v", scheme, group, g.SQNRdB, want)
			}
			for i, c := range g.Codes {
				if float32(g.Original[i]) != w.values[row*100+g.FirstCol+i] {
					t.Errorf("%s group %d: original %d is %v", scheme, group, i, g.Original[i])
				}
				if scheme.Solver == int2.SINQ {
					continue // a factor per column besides
				}
				value := float64(g.Min) + float64(g.Scale)*float64(c)
				if math.Abs(value-float64(g.Restored[i])) > 1e-5*(1+math.Abs(value)) {
					t.Errorf("%s group %d: code %d is %v, restored is %v", scheme, group, c, value, g.Restored[i])
				}
			}
		}
	}
	for _, at := range [][2]int{{-1, 0}, {8, 0}, {0, -1}, {0, 2}} {
		if _, err := s.GroupValues(ctx, "a", nil, at[0], at[1]); err == nil || !strings.Contains(err.Error(), "8 rows of 2 groups") {
			t.Errorf("group %v: %v", at, err)
		}
	}
}

func TestDetailsAreBounded(t *testing.T) {
	f := newFake(t)
	f.add("a", 1, 32, 128)
	f.add("b", 2, 32, 128)
	s := measuredBy(f, plan.Plan{}, Options{NoIdeal: true})
	s.details.limit = 1
	for _, name := range []string{"a", "b", "a"} {
		if _, err := s.Detail(context.Background(), name, nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := f.calls.get("quantize"); n != 3 || s.details.order.Len() != 1 {
		t.Errorf("quantized %d times, %d details kept", n, s.details.order.Len())
	}
}

func TestMedianLevelsOfZeros(t *testing.T) {
	f := newFake(t)
	w := f.add("zeros", 1, 16, 64)
	clear(w.values)
	s := measuredBy(f, plan.Plan{}, Options{})
	d, err := s.Detail(context.Background(), "zeros", nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.LevelsMedian) != 0 || d.ClipLow.Valid() || d.Tensor.SQNRdB.Valid() || d.Verdict.Cause != "degenerate tensor" {
		t.Errorf("%v, %v, %v, %+v", d.LevelsMedian, d.ClipLow, d.Tensor.SQNRdB, d.Verdict)
	}
}
