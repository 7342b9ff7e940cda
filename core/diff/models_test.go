package diff

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/core/scan"
	"github.com/mmtui/mmtui/int2"
)

// tensor is one to be written.
type tensor struct {
	name  string
	dtype safetensors.DType
	shape []int
	data  []byte
}

func floats(name string, values []float32, shape ...int) tensor {
	t := tensor{name: name, dtype: "F32", shape: shape}
	for _, v := range values {
		t.data = binary.LittleEndian.AppendUint32(t.data, math.Float32bits(v))
	}
	return t
}

func bf16(name string, values []float32, shape ...int) tensor {
	t := tensor{name: name, dtype: "BF16", shape: shape}
	for _, v := range values {
		t.data = binary.LittleEndian.AppendUint16(t.data, uint16(math.Float32bits(v)>>16))
	}
	return t
}

func longs(name string, values ...int64) tensor {
	t := tensor{name: name, dtype: "I64", shape: []int{len(values)}}
	for _, v := range values {
		t.data = binary.LittleEndian.AppendUint64(t.data, uint64(v))
	}
	return t
}

// gauss are values that bfloat16 holds exactly.
func gauss(seed uint64, n int) []float32 {
	rng := rand.New(rand.NewPCG(seed, 7))
	out := make([]float32, n)
	for i := range out {
		out[i] = math.Float32frombits(math.Float32bits(float32(rng.NormFloat64())) &^ 0xffff)
	}
	return out
}

// write makes a file of tensors and opens it.
func write(t *testing.T, tensors ...tensor) *model.Model {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.safetensors")
	var entries []safetensors.Entry
	for _, x := range tensors {
		entries = append(entries, safetensors.Entry{Name: x.name, DType: x.dtype, Shape: x.shape,
			Write: func(_ context.Context, w io.Writer) error { _, err := w.Write(x.data); return err }})
	}
	if err := safetensors.Write(context.Background(), path, entries, nil); err != nil {
		t.Fatal(err)
	}
	return open(t, path)
}

func open(t *testing.T, path string) *model.Model {
	t.Helper()
	m, err := model.Open(context.Background(), path, model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func compareModels(t *testing.T, a, b *model.Model, opt Options) *Report {
	t.Helper()
	r, err := CompareModels(context.Background(), a, b, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func rowOf(t *testing.T, r *Report, name string) Row {
	t.Helper()
	for _, row := range r.Tensors {
		if row.Name == name {
			return row
		}
	}
	t.Fatalf("no row %s", name)
	return Row{}
}

func TestStatuses(t *testing.T) {
	w := gauss(1, 64*32)
	other := append([]float32{}, w...)
	other[100] += 0.5
	nan := append([]float32{}, w...)
	nan[3] = float32(math.NaN())
	zero := make([]float32, 8)
	minus := make([]float32, 8)
	minus[2] = float32(math.Copysign(0, -1))
	const large = 1 << 53

	a := write(t, floats("same", w, 64, 32), floats("changed", w, 64, 32), floats("shape", w, 64, 32), floats("gone", w, 64, 32),
		floats("retyped", w, 64, 32), floats("bias", w[:32], 32), floats("nan.same", nan, 64, 32), floats("nan.changed", w, 64, 32),
		longs("ids", 1, 2, large), longs("ids.same", 5), floats("zero", zero, 8), floats("scalar", w[:1]), floats("empty", nil, 0, 4),
		tensor{"complex", "C64", []int{2}, make([]byte, 16)}, tensor{"complex.changed", "C64", []int{2}, make([]byte, 16)})
	b := write(t, floats("same", w, 64, 32), floats("changed", other, 64, 32), floats("shape", w, 32, 64), floats("new", w, 64, 32),
		bf16("retyped", w, 64, 32), floats("bias", other[80:112], 32), floats("nan.same", nan, 64, 32), floats("nan.changed", nan, 64, 32),
		longs("ids", 1, 2, large+1), longs("ids.same", 5), floats("zero", minus, 8), floats("scalar", w[1:2]), floats("empty", nil, 0, 4),
		tensor{"complex", "C64", []int{2}, make([]byte, 16)}, tensor{"complex.changed", "C64", []int{2}, append(make([]byte, 15), 1)})
	r := compareModels(t, a, b, Options{})
	tests := []struct {
		name   string
		status Status
		reason string
	}{
		{"same", Same, ""}, {"changed", Changed, ""}, {"shape", Shape, "64×32 in A, 32×64 in B"}, {"gone", OnlyA, ""}, {"new", OnlyB, ""},
		{"retyped", Same, "stored in different ways, the values are equal"}, {"bias", Changed, ""},
		{"nan.same", Same, "no figures"}, {"nan.changed", Changed, "1 NaN"},
		{"ids", Changed, "the bytes differ, the values are equal as float32"}, {"ids.same", Same, ""},
		{"zero", Changed, "the bytes differ"}, {"scalar", Changed, ""}, {"empty", Same, ""}, {"complex", Same, ""}, {"complex.changed", Failed, "C64"},
	}
	for _, tt := range tests {
		row := rowOf(t, r, tt.name)
		if row.Status != tt.status || !strings.Contains(row.Reason, tt.reason) || (tt.reason == "") != (row.Reason == "") {
			t.Errorf("%s is %s (%q), want %s (%q)", tt.name, row.Status, row.Reason, tt.status, tt.reason)
		}
		if (row.A == nil) != (tt.status == OnlyB) || (row.B == nil) != (tt.status == OnlyA) {
			t.Errorf("%s: sides %v and %v", tt.name, row.A, row.B)
		}
	}
	if len(r.Tensors) != len(tests) || r.Tensors[len(r.Tensors)-1].Name != "new" {
		t.Errorf("%d rows, the last is %s", len(r.Tensors), r.Tensors[len(r.Tensors)-1].Name)
	}
	if row := rowOf(t, r, "changed"); math.Abs(float64(row.ErrorEnergy)-0.25) > 1e-6 || math.Abs(float64(row.MaxAbsError)-0.5) > 1e-6 || !row.SQNRdB.Valid() || row.Cosine >= 1 {
		t.Errorf("changed: %+v", row)
	}
	if row := rowOf(t, r, "same"); row.SQNRdB.Valid() || row.RelativeRMSE != 0 || row.MaxAbsError != 0 || row.Cosine < 0.999999 {
		t.Errorf("same: %+v", row)
	}
	want := Total{Same: 6, Changed: 6, Shape: 1, Failed: 1, OnlyA: 1, OnlyB: 1}
	got := r.Total
	got.SQNRdB, got.RelativeRMSE, got.MaxAbsError, got.SignalEnergy, got.ErrorEnergy = 0, 0, 0, 0, 0
	if got != want || !r.HasDifference() {
		t.Errorf("counts %+v, want %+v", got, want)
	}
	// The pooled figure is over the changed floating-point tensors.
	var signal, noise float64
	for _, name := range []string{"changed", "bias", "scalar", "zero"} {
		row := rowOf(t, r, name)
		signal, noise = signal+float64(row.SignalEnergy), noise+float64(row.ErrorEnergy)
	}
	if want := 10 * math.Log10(signal/noise); math.Abs(float64(r.Total.SQNRdB)-want) > 1e-9 {
		t.Errorf("pooled %v dB, want %v", r.Total.SQNRdB, want)
	}
	if again := compareModels(t, a, a, Options{}); again.HasDifference() || again.Total.SQNRdB.Valid() || again.Total.Same != len(a.Tensors) {
		t.Errorf("a model against itself: %+v", again.Total)
	}
}

// What a scan says of a model is what a comparison with its dequantized form
// says, to the last bit.
func TestDiffEqualsScan(t *testing.T) {
	a := write(t, floats("w.0", gauss(1, 200*100), 200, 100), bf16("w.1", gauss(2, 64*32), 64, 32), floats("conv", gauss(3, 8*4*3*3), 8, 4, 3, 3),
		floats("norm", gauss(4, 64), 64), floats("thin", gauss(5, 40*8), 40, 8), floats("table", gauss(6, 2*50*32), 2, 50, 32))
	for _, scheme := range []int2.Scheme{
		int2.DefaultScheme(),
		{Bits: 2, Grid: int2.Twos, Group: 32, Solver: int2.Search},
		{Bits: 3, Grid: int2.Affine, Group: int2.PerChannel, Solver: int2.LS},
		{Bits: 2, Grid: int2.Affine, Group: 16, Solver: int2.SINQ},
	} {
		t.Run(scheme.String(), func(t *testing.T) {
			s := scan.New(a, plan.Plan{Default: plan.FromScheme(&scheme)}, scan.Options{NoIdeal: true})
			if err := s.Run(context.Background(), nil); err != nil {
				t.Fatal(err)
			}
			scanned := s.Report()
			r := compareModels(t, a, dequantized(t, a, scanned), Options{})
			quantized := 0
			for i, row := range scanned.Tensors {
				got := r.Tensors[i]
				if row.Scheme == nil {
					if got.Status != Same {
						t.Errorf("%s stays as it is and is %s", row.Name, got.Status)
					}
					continue
				}
				quantized++
				if got.SQNRdB != row.SQNRdB || got.RelativeRMSE != row.RelativeRMSE || got.Cosine != row.Cosine || got.MaxAbsError != row.MaxAbsError ||
					got.SignalEnergy != row.SignalEnergy || got.ErrorEnergy != row.ErrorEnergy {
					t.Errorf("%s: scan %v dB %v %v %v, diff %v dB %v %v %v", row.Name, row.SQNRdB, row.RelativeRMSE, row.Cosine, row.MaxAbsError,
						got.SQNRdB, got.RelativeRMSE, got.Cosine, got.MaxAbsError)
				}
			}
			if r.Total.SQNRdB != scanned.Total.SQNRdB || quantized != 4 {
				t.Errorf("%d tensors together: scan %v dB, diff %v dB", quantized, scanned.Total.SQNRdB, r.Total.SQNRdB)
			}
		})
	}
}

// dequantized writes a model after a round trip through the schemes of a report.
func dequantized(t *testing.T, m *model.Model, scanned report.Model) *model.Model {
	t.Helper()
	ctx := context.Background()
	var out []tensor
	for i, x := range m.Tensors {
		values := make([]float32, x.Parameters)
		if s := scanned.Tensors[i].Scheme; s != nil {
			rows, err := x.Rows(ctx)
			if err != nil {
				t.Fatal(err)
			}
			res, err := int2.Quantize(ctx, rows, *s, int2.Options{Keep: true})
			if err != nil {
				t.Fatal(err)
			}
			n, _ := res.Packed.Dims()
			if err := errors.Join(res.Packed.ReadRows(ctx, 0, n, values), rows.Close()); err != nil {
				t.Fatal(err)
			}
		} else if err := x.Values(ctx, 0, values); err != nil {
			t.Fatal(err)
		}
		if scanned.Tensors[i].Scheme == nil && x.DType == "BF16" {
			out = append(out, bf16(x.Name, values, x.Shape...))
		} else {
			out = append(out, floats(x.Name, values, x.Shape...))
		}
	}
	return write(t, out...)
}

func TestPrefixes(t *testing.T) {
	w := gauss(1, 64)
	a := write(t, floats("model.layers.0.w", w, 4, 16), floats("model.layers.1.w", w, 4, 16), floats("model.norm", w, 64), floats("head", w, 64))
	b := write(t, floats("layers.0.w", w, 4, 16), floats("layers.1.w", w, 4, 16), floats("norm", w, 32, 2), floats("head", w, 64), floats("w", w, 64))
	r := compareModels(t, a, b, Options{})
	if len(r.Suggestions) != 1 || r.Suggestions[0] != (Suggestion{"a", "model.", 2}) {
		t.Errorf("suggestions %+v", r.Suggestions)
	}
	if r.Total.OnlyA != 3 || r.Total.OnlyB != 4 {
		t.Errorf("a prefix was guessed: %+v", r.Total)
	}
	if got, want := r.Suggestions[0].String(), `2 more names match without the prefix "model." of A: add --strip-a model.`; got != want {
		t.Errorf("suggestion %q, want %q", got, want)
	}
	r = compareModels(t, a, b, Options{StripA: "model."})
	if r.Total.Same != 3 || r.Total.Shape != 1 || r.Total.OnlyB != 1 || len(r.Suggestions) != 0 {
		t.Errorf("without the prefix: %+v, %+v", r.Total, r.Suggestions)
	}
	if row := rowOf(t, r, "layers.0.w"); row.A.Name != "model.layers.0.w" || row.B.Name != "" {
		t.Errorf("%+v, %+v", row.A, row.B)
	}
	if r = compareModels(t, b, a, Options{StripB: "model."}); r.Total.Same != 3 {
		t.Errorf("the other way: %+v", r.Total)
	}
	if r = compareModels(t, b, a, Options{}); len(r.Suggestions) != 1 || r.Suggestions[0].Side != "b" {
		t.Errorf("the other way: %+v", r.Suggestions)
	}
	twice := write(t, floats("x.w", w, 64), floats("w", w, 64))
	if _, err := CompareModels(context.Background(), twice, b, Options{StripA: "x."}); err == nil || !strings.Contains(err.Error(), "x.w and w have the same name") &&
		!strings.Contains(err.Error(), "w and x.w have the same name") {
		t.Errorf("names that collide: %v", err)
	}
}

func TestCancelAndProgress(t *testing.T) {
	w := gauss(1, 64)
	a := write(t, floats("a", w, 4, 16), floats("b", w, 4, 16))
	var seen []string
	compareModels(t, a, a, Options{Progress: func(done, of int) { seen = append(seen, fmt.Sprint(done, "/", of)) }})
	if got := strings.Join(seen, " "); got != "1/2 2/2" {
		t.Errorf("progress %q", got)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := CompareModels(ctx, a, a, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: %v", err)
	}
}

func TestFileThatChanges(t *testing.T) {
	w := gauss(1, 64*64)
	a := write(t, floats("a", w, 64, 64))
	b := write(t, floats("a", w, 64, 64))
	if err := os.Truncate(b.Files[0], 100); err != nil {
		t.Fatal(err)
	}
	r := compareModels(t, a, b, Options{})
	if row := r.Tensors[0]; row.Status != Failed || !strings.Contains(row.Reason, "model.safetensors") {
		t.Errorf("%s: %s", row.Status, row.Reason)
	}
}

func TestViews(t *testing.T) {
	plain := func(transposed bool, shape ...int) *model.Tensor {
		n := int64(1)
		for _, d := range shape {
			n *= int64(d)
		}
		return &model.Tensor{DType: "F32", Shape: shape, Transposed: transposed, Parameters: n}
	}
	packed := plain(false, 96, 32)
	packed.Stored = &report.Stored{Method: "gptq"}
	square := plain(false, 32, 32)
	square.Stored = packed.Stored
	tests := []struct {
		name       string
		a, b       *model.Tensor
		ok, matrix bool
	}{
		{"two linears", plain(false, 8, 32), plain(false, 8, 32), true, true},
		{"two Conv1Ds", plain(true, 32, 96), plain(true, 32, 96), true, true},
		{"Conv1D and its packed form", plain(true, 32, 96), packed, true, true},
		{"square Conv1D and its packed form", plain(true, 32, 32), square, true, true},
		{"square Conv1D and a copy without configuration", plain(true, 32, 32), plain(false, 32, 32), true, false},
		{"Conv1D and a copy without configuration", plain(true, 32, 96), plain(false, 32, 96), true, false},
		{"Conv1D and the linear it became", plain(true, 32, 96), plain(false, 96, 32), true, true},
		{"vectors", plain(false, 8), plain(false, 8), true, false},
		{"scalars", plain(false), plain(false), true, false},
		{"vector and matrix", plain(false, 8), plain(false, 2, 4), false, false},
		{"transposed shapes of plain linears", plain(false, 32, 96), plain(false, 96, 32), false, false},
		{"a convolution and its flat form", plain(false, 8, 4, 3, 3), plain(false, 8, 36), false, false},
	}
	for _, tt := range tests {
		va, vb, ok := views(tt.a, tt.b)
		if ok != tt.ok || va.matrix != tt.matrix || vb.matrix != tt.matrix {
			t.Errorf("%s: ok %v, matrix %v and %v", tt.name, ok, va.matrix, vb.matrix)
		}
	}
}
