package diverge

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/export"
	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/variant"
)

// int2File quantizes a folder as `mmtui quantize` does.
func (f folder) int2File(t *testing.T, p plan.Plan) string {
	t.Helper()
	m, err := model.Open(t.Context(), f.dir, model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	out := filepath.Join(t.TempDir(), "int2.safetensors")
	if _, err := export.Quantize(t.Context(), m, p, out, export.Options{Workers: 2, NoIdeal: true}); err != nil {
		t.Fatal(err)
	}
	return out
}

// A file whose weights of one layer were put in another order of rows, or made
// three times as large, is named by that layer.
func TestDamagedFileIsNamed(t *testing.T) {
	reverse := func(data []byte, shape []int) {
		row := len(data) / shape[0]
		for lo, hi := 0, shape[0]-1; lo < hi; lo, hi = lo+1, hi-1 {
			for k := range row {
				data[lo*row+k], data[hi*row+k] = data[hi*row+k], data[lo*row+k]
			}
		}
	}
	for name, c := range map[string]struct {
		make   func(t *testing.T) folder
		tensor string
		change func([]byte, []int)
	}{
		"smolvlm permuted": {func(t *testing.T) folder { return vlm(t, "smolvlm", 21) }, "model.text_model.layers.1.self_attn.v_proj.weight", reverse},
		"clip scaled": {func(t *testing.T) folder { return clip(t, 22) }, "vision_model.encoder.layers.0.mlp.fc1.weight", func(data []byte, _ []int) {
			scale(data, 3)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			f, other := c.make(t), c.make(t)
			other.edit(t, c.tensor, c.change)
			r := run(t, f.options(variant.Spec{Name: "file", Weights: other.int2File(t, *eight().Plan)}))
			if r.FirstBreak == nil || r.FirstBreak.Name != c.tensor || r.WorstLocal == nil || r.WorstLocal.Name != c.tensor {
				t.Errorf("break %+v, worst %+v", r.FirstBreak, r.WorstLocal)
			}
		})
	}
}

func scale(data []byte, by float32) {
	for at := 0; at < len(data); at += 4 {
		v := math.Float32frombits(binary.LittleEndian.Uint32(data[at:]))
		binary.LittleEndian.PutUint32(data[at:], math.Float32bits(v*by))
	}
}

// Outputs that overflow in the quantized run alone are named, with figures that
// do not exist rather than wrong ones.
func TestNotFiniteIsNamed(t *testing.T) {
	const name = "model.text_model.layers.0.mlp.up_proj.weight"
	f, other := vlm(t, "smolvlm", 23), vlm(t, "smolvlm", 23)
	other.edit(t, name, func(data []byte, _ []int) { scale(data, 3e38) })
	r := run(t, f.options(variant.Spec{Name: "file", Weights: other.int2File(t, *eight().Plan)}))
	if r.FirstBreak == nil || r.FirstBreak.Name != name || !strings.Contains(r.FirstBreak.Words, "no number") {
		t.Fatalf("first break %+v", r.FirstBreak)
	}
	x := r.row(t, name)
	if x.NotFinite.Variant == 0 || x.NotFinite.Local == 0 || x.NotFinite.Float != 0 || x.CumulativeSQNRdB.Valid() || x.Cosine.Valid() || x.Exact {
		t.Errorf("%+v", x)
	}
	if r.KL.NotFinite != r.KL.Count || r.KL.Mean.Valid() || r.Positions[0].VariantID != -1 || r.VariantAnswer != "" || len(r.Warnings) < 2 {
		t.Errorf("%+v, %q, %q", r.KL, r.VariantAnswer, r.Warnings)
	}
}

// A float run that is broken itself has no answer to compare with: the error
// tells where it breaks.
func TestBrokenFloat(t *testing.T) {
	f := vlm(t, "smolvlm", 24)
	f.edit(t, "model.text_model.layers.0.mlp.up_proj.weight", func(data []byte, _ []int) {
		binary.LittleEndian.PutUint32(data, math.Float32bits(float32(math.NaN())))
	})
	opt := f.options(variant.INT2())
	opt.PackDir = t.TempDir()
	_, err := Run(t.Context(), opt)
	if err == nil || !strings.Contains(err.Error(), "text.h1") {
		t.Errorf("error %v", err)
	}
}

func TestLifts(t *testing.T) {
	for text, want := range map[string]Lift{"a.b": {"a.b", 8}, "a.b:4": {"a.b", 4}, "a.b:float": {"a.b", plan.Float}, "a.b:16": {"a.b", plan.Float}} {
		if got, err := ParseLift(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", ":8", "a:5", "a:", "a:many"} {
		if l, err := ParseLift(text); err == nil {
			t.Errorf("%q became %v", text, l)
		}
	}
	f := vlm(t, "smolvlm", 25)
	opt := f.options(variant.INT2())
	opt.Lifts = []Lift{{"lm_head", plan.Float}}
	r := run(t, opt)
	if x := r.row(t, "lm_head.weight"); x.Quantized || !x.LocalExact || x.Exact || x.Scheme != "float" || len(r.Lifts) != 1 || r.Lifts[0].Name != "lm_head.weight" {
		t.Errorf("%+v, %v", x, r.Lifts)
	}
	if d := r.Plan.Decide(plan.Subject{Name: "lm_head.weight", Quantizable: true, Rows: 608, Cols: 64}); d.Scheme != nil {
		t.Errorf("the plan to save quantizes it: %+v", d)
	}
	opt.Lifts = []Lift{{"model.text_model.layers.0.mlp.down_prj", 8}}
	_, err := Run(t.Context(), opt)
	var refused *infer.RequestError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "model.text_model.layers.0.mlp.down_proj.weight") {
		t.Errorf("a name that is not there: %v", err)
	}
}

// constant is a layer that fills its outputs with one value.
type constant struct {
	out, in int
	value   float32
}

func (c constant) Shape() (out, in int) { return c.out, c.in }

func (c constant) Forward(ctx context.Context, y, x []float32, rows int) error {
	for i := range y[:rows*c.out] {
		y[i] = c.value
	}
	return ctx.Err()
}

type constants struct{ value float32 }

func (c constants) Linear(string, []float32) (nn.Linear, error) {
	return constant{300, 100, c.value}, nil
}
func (c constants) Table(string) (nn.Table, error) { return nil, errors.New("none") }

// A comparison keeps nothing of what it compares: once a layer and a stage have
// been seen, meeting there again allocates nothing.
func TestMemoryDoesNotGrow(t *testing.T) {
	const rows, rounds = 64, 200
	part := func(string) Part { return Decoder }
	m := newMeasure(part, part)
	variants, err := m.variant(constants{3}).Linear("w", nil)
	if err != nil {
		t.Fatal(err)
	}
	floats, err := m.float(constants{2}).Linear("w", nil)
	if err != nil {
		t.Fatal(err)
	}
	m.on = [2]bool{true, true}
	m.meeting = newLockstep()
	shape := []int{1, rows, 300}
	var grown uint64
	err = m.meeting.together(t.Context(), func(ctx context.Context, side int) error {
		l, o := floats, stages{ctx, m, side}
		if side == variantSide {
			l = variants
		}
		x, y := make([]float32, rows*100), make([]float32, rows*300)
		var before, after runtime.MemStats
		for i := range rounds {
			if i == 1 && side == floatSide {
				runtime.ReadMemStats(&before)
			}
			if err := l.Forward(ctx, y, x, rows); err != nil {
				return err
			}
			o.Activation("text.h0", shape, y)
		}
		if side == floatSide {
			runtime.ReadMemStats(&after)
			grown = after.TotalAlloc - before.TotalAlloc
		}
		return ctx.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	// The activations that went by are 4·rows·(400+300) bytes a round on either side.
	if all := uint64(rounds * 4 * rows * 700); grown > all/100 {
		t.Errorf("%d bytes were allocated while %d went by", grown, all)
	}
	if r := m.byName["linear w"]; r == nil || r.Samples != rows*rounds || r.fill().CumulativeSQNRdB != r.fill().LocalSQNRdB || r.cumulative.ee != 300*rows*rounds {
		t.Errorf("%+v", r)
	}
}

// Two runs that do not compute the same layers end with an error, and neither
// waits for the other.
func TestRunsApart(t *testing.T) {
	part := func(string) Part { return Decoder }
	for name, calls := range map[string][2][]string{
		"another layer": {{"a", "b"}, {"a", "c"}}, "float goes on": {{"a", "b"}, {"a"}}, "variant goes on": {{"a"}, {"a", "b"}},
	} {
		m := newMeasure(part, part)
		m.on = [2]bool{true, true}
		m.meeting = newLockstep()
		err := m.meeting.together(t.Context(), func(ctx context.Context, side int) error {
			y, x := make([]float32, 300), make([]float32, 100)
			for _, layer := range calls[side] {
				var l nn.Linear = &floatLayer{constant{300, 100, 1}, constant{300, 100, 1}, m, layer}
				if side == variantSide {
					l = &variantLayer{constant{300, 100, 1}, m, layer}
				}
				if err := l.Forward(ctx, y, x, 1); err != nil {
					return err
				}
			}
			return nil
		})
		if !errors.Is(err, errApart) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What goes wrong at the last activation is no layer's error, and is told too.
func TestObserversError(t *testing.T) {
	l := newLockstep()
	err := l.together(t.Context(), func(_ context.Context, side int) error {
		if side == floatSide {
			l.fail(errApart)
		}
		return nil
	})
	if !errors.Is(err, errApart) {
		t.Errorf("the error is %v", err)
	}
}

// A value that is infinite in the variant's run leaves no share to its error.
func TestInfiniteErrorHasNoShare(t *testing.T) {
	var r record
	r.Kind = Linear
	inf := float32(math.Inf(1))
	r.input.add([]float32{1, 2}, []float32{1, inf}, 1)
	r.local.add([]float32{1, 2}, []float32{1, 2.5}, 1)
	r.cumulative.add([]float32{1, 2}, []float32{1, inf}, 1)
	if row := r.fill(); row.LocalShare.Valid() || row.AmplificationDB.Valid() || row.NotFinite.Variant != 1 {
		t.Errorf("share %v, amplification %v, %+v", row.LocalShare, row.AmplificationDB, row.NotFinite)
	}
}

// A comparison that is cancelled, wherever it is, ends with the context's error
// and leaves no goroutine.
func TestCancelled(t *testing.T) {
	f := vlm(t, "smolvlm", 26)
	opt := f.options(variant.INT2())
	opt.Combinations, opt.PackDir = true, t.TempDir()
	seen := map[string]int{}
	opt.Progress = func(p Progress) { seen[p.Stage]++ }
	if _, err := Run(t.Context(), opt); err != nil {
		t.Fatal(err)
	}
	for _, stage := range []string{StageFloat, StageLayers, StageAnswer, StageCombinations} {
		if seen[stage] == 0 {
			t.Errorf("nothing was told of %s", stage)
		}
	}
	for stage, at := range map[string]int{StageFloat: 1, StageLayers: seen[StageLayers] / 2, StageAnswer: 1, StageCombinations: 3} {
		before := runtime.NumGoroutine()
		ctx, cancel := context.WithCancel(t.Context())
		count := 0
		opt.Progress = func(p Progress) {
			if p.Stage == stage {
				if count++; count == at {
					cancel()
				}
			}
		}
		r, err := Run(ctx, opt)
		if !errors.Is(err, context.Canceled) || r != nil {
			t.Errorf("%s: %v", stage, err)
		}
		cancel()
		for runtime.NumGoroutine() > before { // one that has done its work may not be gone yet
			runtime.Gosched()
		}
	}
}

func TestParts(t *testing.T) {
	for name, want := range map[string]Part{
		"model.vision_model.encoder.layers.0.mlp.fc1.weight": Encoder, "model.connector.modality_projection.proj.weight": Connector,
		"model.text_model.embed_tokens.weight": Decoder, "lm_head.weight": Decoder,
	} {
		if got := PartOf(infer.VQA, name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	for name, want := range map[string]Part{
		"vision_model.encoder.layers.0.mlp.fc1.weight": ImageTower, "text_model.embeddings.token_embedding.weight": TextTower,
		"visual_projection.weight": Projection, "text_projection.weight": Projection, "vision_model.head.attention.in_proj_weight": Projection,
	} {
		if got := PartOf(infer.Retrieval, name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// The KL of positions: trimmed at 20, and what is no number left out and counted.
func TestSumUp(t *testing.T) {
	var all []Position
	for i := range 20 {
		all = append(all, Position{Index: i, ID: 1, VariantID: i % 2})
		all[i].KL = 1
	}
	all[3].KL = 21
	k := sumUp(all)
	if k.Mean != 2 || k.TrimmedMean != 1 || k.Max != 21 || k.MaxAt != 3 || k.Agreement != 0.5 || k.Count != 20 || k.NotFinite != 0 {
		t.Errorf("%+v", k)
	}
	all[3].KL = report.NA()
	if k = sumUp(all); k.Mean != 1 || k.NotFinite != 1 || k.MaxAt != 0 {
		t.Errorf("%+v", k)
	}
	if k = sumUp(nil); k.Mean.Valid() || k.MaxAt != -1 || k.Agreement.Valid() {
		t.Errorf("%+v", k)
	}
}
