package diverge

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/mmtui/mmtui/core/diff"
	"github.com/mmtui/mmtui/core/family"
	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/core/trace"
	"github.com/mmtui/mmtui/core/variant"
	"github.com/mmtui/mmtui/int2"
)

// dump keeps the inputs of every layer of a network.
type dump struct {
	of     nn.Linears
	inputs map[string][]float32
	bias   map[string][]float32
}

func (d dump) Linear(name string, bias []float32) (nn.Linear, error) {
	l, err := d.of.Linear(name, bias)
	d.bias[name] = bias
	return dumped{l, d, name}, err
}

func (d dump) Table(name string) (nn.Table, error) { return d.of.Table(name) }

type dumped struct {
	nn.Linear
	d    dump
	name string
}

func (l dumped) Forward(ctx context.Context, y, x []float32, rows int) error {
	_, in := l.Shape()
	l.d.inputs[l.name] = append(l.d.inputs[l.name], x[:rows*in]...)
	return l.Linear.Forward(ctx, y, x, rows)
}

// quantizedInput is a row of activations as the number format takes it: codes
// of 8 bits and their scale (int2/kernel's specification).
func quantizedInput(x []float32) []float64 {
	var most float32
	for _, v := range x {
		most = max(most, max(v, -v))
	}
	out := make([]float64, len(x))
	if most == 0 {
		return out
	}
	scale, inverse := most/127, 127/most
	for i, v := range x {
		out[i] = math.RoundToEven(float64(v*inverse)) * float64(scale)
	}
	return out
}

// Every layer's local SQNR against products in float64 of the inputs that the
// float run has there, and the weights as they are stored and as packed.
func TestLocalAgainstOracle(t *testing.T) {
	f := vlm(t, "smolvlm", 11)
	opt := f.options(variant.INT2())
	opt.Request.Split = nil // several tiles
	r := run(t, opt)
	m, err := model.Open(t.Context(), f.dir, model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	d := dump{inputs: map[string][]float32{}, bias: map[string][]float32{}}
	net, err := family.Open(t.Context(), m, family.Options{Linears: func(_ *nn.Engine, float nn.Linears) nn.Linears { d.of = float; return d }})
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	var given inputs
	float, err := infer.Open(t.Context(), f.dir, infer.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer float.Close()
	q := opt.Request
	q.Observer = &given
	res, err := float.Run(t.Context(), q, nil)
	if err != nil {
		t.Fatal(err)
	}
	session, err := net.(family.Generator).NewSession(len(res.PromptTokenIDs))
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	prompt := family.Prompt{IDs: res.PromptTokenIDs, Pixels: given.pixels, Tiles: given.shape[0], Height: given.shape[2], Width: given.shape[3]}
	if _, err := session.Prefill(t.Context(), prompt, nil); err != nil {
		t.Fatal(err)
	}
	set, err := variant.Open(t.Context(), m, variant.INT2(), variant.Options{CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, l := range set.Layers() {
		x, ok := d.inputs[l.Name]
		if !ok {
			continue // a table
		}
		row := r.row(t, l.Name)
		want := oracle(t, m, l, x, d.bias[l.Name])
		// The kernels add in float32, which is 120 dB below the signal and more.
		if got := float64(row.LocalSQNRdB); math.Abs(got-want) > 0.01 {
			t.Errorf("%s: local SQNR %.4f dB, by float64 %.4f dB", l.Name, got, want)
		}
		if row.Samples != int64(len(x)/l.Cols) {
			t.Errorf("%s: %d samples of %d", l.Name, row.Samples, len(x)/l.Cols)
		}
		checked++
	}
	if checked < 20 {
		t.Errorf("%d layers were checked", checked)
	}
}

func oracle(t *testing.T, m *model.Model, l variant.Layer, x, bias []float32) float64 {
	tensor, _ := m.Lookup(l.Name)
	rows, err := tensor.Rows(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	q, err := int2.Quantize(t.Context(), rows, l.Scheme, int2.Options{Keep: true})
	if err != nil {
		t.Fatal(err)
	}
	w, packed := make([]float32, l.Cols), make([]float32, l.Cols)
	var signal, noise float64
	for out := range l.Rows {
		if err := rows.ReadRows(t.Context(), out, out+1, w); err != nil {
			t.Fatal(err)
		}
		q.Packed.DequantizeRow(packed, out)
		for at := 0; at < len(x); at += l.Cols {
			in := x[at:][:l.Cols]
			coded := quantizedInput(in)
			var exact, approximate float64
			for k := range w {
				exact += float64(w[k]) * float64(in[k])
				approximate += float64(packed[k]) * coded[k]
			}
			if bias != nil {
				exact, approximate = exact+float64(bias[out]), approximate+float64(bias[out])
			}
			signal += exact * exact
			noise += (approximate - exact) * (approximate - exact)
		}
	}
	return 10 * math.Log10(signal/noise)
}

// The activations between layers have the figures that `mmtui diff` gives of
// two traces.
func TestStagesAsDiffOfTraces(t *testing.T) {
	for name, f := range map[string]folder{"smolvlm": vlm(t, "smolvlm", 12), "clip": clip(t, 12)} {
		opt := f.options(variant.INT2())
		opt.Request.MaxNewTokens, opt.Request.Split = 1, nil
		r := run(t, opt)
		compared, err := diff.CompareTraces(t.Context(), traced(t, opt, variant.Float()), traced(t, opt, opt.Variant), diff.Options{})
		if err != nil {
			t.Fatal(err)
		}
		rows := map[string]diff.Row{}
		for _, x := range compared.Tensors {
			rows[x.Name] = x
		}
		stages := 0
		for _, x := range r.Rows {
			if x.Kind != Stage {
				continue
			}
			stages++
			want, ok := rows[x.Name]
			if !ok {
				t.Errorf("%s: %s is in no trace", name, x.Name)
				continue
			}
			for _, pair := range [][2]float64{
				{float64(x.CumulativeSQNRdB), float64(want.SQNRdB)}, {float64(x.Cosine), float64(want.Cosine)}, {float64(x.RelativeRMSE), float64(want.RelativeRMSE)},
			} {
				if !(math.Abs(pair[0]-pair[1]) <= 1e-9*math.Abs(pair[1])) {
					t.Errorf("%s: %s: %v, by traces %v", name, x.Name, pair[0], pair[1])
				}
			}
		}
		if stages < 8 {
			t.Errorf("%s: %d stages", name, stages)
		}
	}
}

func traced(t *testing.T, opt Options, spec variant.Spec) *model.Model {
	t.Helper()
	r, err := infer.Open(t.Context(), opt.Model, infer.Options{Workers: 2, Variant: spec, PackDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	recorder, err := trace.New(trace.Options{Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer recorder.Close()
	q := opt.Request
	q.Observer = recorder
	res, err := r.Run(t.Context(), q, nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "trace.safetensors")
	if err := recorder.WriteResult(t.Context(), path, res, "test"); err != nil {
		t.Fatal(err)
	}
	m, err := model.Open(t.Context(), path, model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

// What combinations say of everything quantized is what a run of the variant
// by itself says, fed the same tokens; so is one with a part left in float.
func TestCombinationsAsPlainRuns(t *testing.T) {
	f := vlm(t, "smolvlm", 13)
	opt := f.options(variant.INT2())
	opt.Combinations = true
	r := run(t, opt)
	var parts = Parts(infer.Caption)
	for _, c := range r.Combinations {
		if len(c.Quantized) == 0 && (c.KL.Mean != 0 || c.KL.Agreement != 1 || c.Answer != r.Answer) {
			t.Errorf("nothing quantized: %+v", c)
		}
		if !slices.Equal(c.Quantized, parts) {
			continue
		}
		float, ids := forced(t, opt, variant.Float(), nil)
		other, _ := forced(t, opt, opt.Variant, ids)
		var sum float64
		for i := range float {
			sum += infer.KL(float[i], other[i])
		}
		if want := sum / float64(len(float)); math.Abs(float64(c.KL.Mean)-want) > 1e-12 {
			t.Errorf("everything quantized: mean KL %v, by plain runs %v", c.KL.Mean, want)
		}
		if c.Answer != r.VariantAnswer || c.KL != r.KL {
			t.Errorf("everything quantized: %+v beside %+v", c, r.KL)
		}
	}
	if len(r.Combinations) != 8 || !(r.KL.Mean > 0) {
		t.Errorf("%d combinations, KL %v", len(r.Combinations), r.KL.Mean)
	}
}

// forced gives the logits of a run that is fed ids, its own where there are none.
func forced(t *testing.T, opt Options, spec variant.Spec, ids []int) (logits [][]float32, fed []int) {
	t.Helper()
	r, err := infer.Open(t.Context(), opt.Model, infer.Options{Workers: 2, Variant: spec, PackDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if ids == nil {
		res, err := r.Run(t.Context(), opt.Request, nil)
		if err != nil {
			t.Fatal(err)
		}
		ids = res.TokenIDs
	}
	err = infer.Forced(t.Context(), r, opt.Request, ids, func(_ int, row []float32) error {
		logits = append(logits, slices.Clone(row))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return logits, ids
}
