package infer

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/metrics"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/report/schematest"
	"github.com/mmtui/mmtui/core/variant"
)

// damaged is a plan that leaves all layers as they are but those that a pattern
// names, which have 2 bits and one scale a row.
func damaged(t *testing.T, pattern string) variant.Spec {
	t.Helper()
	match, err := plan.ParsePattern(pattern)
	if err != nil {
		t.Fatal(err)
	}
	keep, worst, channel := plan.Float, 2, 0
	return variant.Spec{Name: "damaged", Plan: &plan.Plan{
		Default: plan.Choice{Bits: &keep},
		Rules:   []plan.Rule{{Match: match, Choice: plan.Choice{Bits: &worst, Group: &channel}}},
	}}
}

func (f fixture) openAs(t *testing.T, spec variant.Spec) *Runner {
	t.Helper()
	r, err := Open(t.Context(), f.layout, Options{Workers: 2, Variant: spec, PackDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// timeless drops what no two runs have in common.
func timeless(res Result) Result {
	na := report.Number(0)
	res.PreprocessMS, res.EncoderMS, res.TimeToFirstToken, res.TokensPerSecond, res.TotalMS, res.PeakMemoryBytes = na, na, na, na, na, na
	res.Variant = ""
	return res
}

func validateComparison(t *testing.T, c *Comparison) {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	schematest.Validate(t, "comparison", text)
}

func zero(t *testing.T, what string, values []report.Number, n int) {
	t.Helper()
	if len(values) != n {
		t.Errorf("%s: %d values, want %d", what, len(values), n)
	}
	for i, v := range values {
		if v != 0 {
			t.Errorf("%s: %g at %d, want exactly 0", what, float64(v), i)
		}
	}
}

// Float beside float: KL is exactly 0, nothing differs, and every column is
// what Run gives. One runner may be in two columns.
func TestCompareFloatWithFloat(t *testing.T) {
	f, _ := bundled(t, "smolvlm-tiny")
	a, b := f.open(t), f.open(t)
	for _, q := range []Request{
		{Task: VQA, Prompt: "Compare them.", Images: f.images([]string{"port.png", "land.png"}), MaxNewTokens: 6},
		{Task: VQA, Prompt: "hello", MaxNewTokens: 12, Temperature: 2, Seed: 7},
		{Task: Caption, Images: f.images([]string{"land.png"}), MaxNewTokens: 3, TeacherForced: true},
	} {
		var texts [3]strings.Builder
		order := []int{}
		got, err := Compare(t.Context(), []*Runner{a, b, a}, q, func(v int, e Event) {
			if e.Kind == Token {
				texts[v].WriteString(e.Text)
				order = append(order, v)
				if e.Differs || v > 0 && e.KL != 0 || v == 0 && e.KL.Valid() {
					t.Errorf("column %d: %+v", v, e)
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		want, err := a.Run(t.Context(), q, nil)
		if err != nil {
			t.Fatal(err)
		}
		validateComparison(t, got)
		n := len(want.TokenIDs)
		names := []string{"float", "float (2)", "float (3)"}
		for i, c := range got.Variants {
			if !reflect.DeepEqual(timeless(*c.Result), timeless(*want)) || texts[i].String() != want.Text {
				t.Errorf("column %d: %+v\nwant %+v", i, c.Result, want)
			}
			if c.Variant != names[i] || c.Result.Variant != names[i] || c.FirstDifference != nil || c.Error != "" || c.MemoryBytes < c.WeightBytes || c.WeightBytes == 0 {
				t.Errorf("column %d: %+v", i, c)
			}
			if !c.Result.TimeToFirstToken.Valid() || !c.Result.TokensPerSecond.Valid() || !c.Result.TotalMS.Valid() {
				t.Errorf("column %d has no times: %+v", i, c.Result)
			}
			if i == 0 {
				if len(c.KL) > 0 || c.MeanKL.Valid() || c.Agreement.Valid() {
					t.Errorf("figures of the reference: %+v", c)
				}
				continue
			}
			zero(t, c.Variant, c.KL, n)
			if c.MeanKL != 0 || c.TrimmedMeanKL != 0 || c.Agreement != 1 || c.Compared != n || c.NoKL != "" {
				t.Errorf("column %d: %+v", i, c)
			}
		}
		for i, v := range order {
			if v != i%3 {
				t.Fatalf("tokens come in the order %v", order)
			}
		}
		if drawn := len(got.Notes) == 1 && strings.Contains(got.Notes[0], "by chance"); drawn != (q.Temperature > 0) {
			t.Errorf("notes %q", got.Notes)
		}
	}
}

// logitsOf feeds a runner ids and keeps the logits before each.
func logitsOf(t *testing.T, r *Runner, q Request, ids []int) [][]float32 {
	t.Helper()
	var out [][]float32
	if err := Forced(t.Context(), r, q, ids, func(i int, logits []float32) error {
		if i != len(out) {
			t.Errorf("place %d comes as %d", len(out), i)
		}
		out = append(out, slices.Clone(logits))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(out) != len(ids) {
		t.Errorf("%d places for %d ids", len(out), len(ids))
	}
	return out
}

// A run that is fed its own answer chooses it again, with the same
// log-probabilities.
func TestForcedOnOwnAnswer(t *testing.T) {
	f, _ := bundled(t, "smolvlm-tiny")
	for _, spec := range []variant.Spec{variant.Float(), variant.INT2()} {
		r := f.openAs(t, spec)
		q := Request{Task: VQA, Prompt: "Compare them.", Images: f.images([]string{"port.png", "land.png"}), MaxNewTokens: 8}
		res, err := r.Run(t.Context(), q, nil)
		if err != nil {
			t.Fatal(err)
		}
		greedy := newSampler(0, 0)
		for i, logits := range logitsOf(t, r, q, res.TokenIDs) {
			if c, err := greedy.choose(logits); err != nil || c.id != res.TokenIDs[i] || c.logprob != res.Logprobs[i] {
				t.Errorf("%s: token %d is %d (%g), want %d (%g): %v", spec.Name, i, c.id, c.logprob, res.TokenIDs[i], res.Logprobs[i], err)
			}
		}
	}
}

func TestForcedRefuses(t *testing.T) {
	r := newFake(&fakeGenerator{script: "abc", context: 5})
	q := Request{Task: VQA, Prompt: "q"}
	each := func(int, []float32) error { return nil }
	stop := errors.New("enough")
	for _, c := range []struct {
		name string
		r    *Runner
		q    Request
		ids  []int
		each func(int, []float32) error
		want string
	}{
		{"no room", r, q, []int{1, 2, 3, 4}, each, "there is room for 3"},
		{"beyond the vocabulary", r, q, []int{1, fakeVocabulary}, each, "holds the id 128"},
		{"negative", r, q, []int{-1}, each, "holds the id -1"},
		{"retrieval", newFake(&fakeEmbedder{}), Request{Task: Retrieval, Images: []string{"5x5"}, Texts: []string{"a"}}, []int{1}, each, "no tokens to feed"},
		{"the caller has enough", r, q, []int{1, 2}, func(int, []float32) error { return stop }, "enough"},
		{"a bad request", r, Request{Task: VQA}, []int{1}, each, "the prompt is empty"},
	} {
		if err := Forced(t.Context(), c.r, c.q, c.ids, c.each); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	if err := Forced(ended, r, q, []int{1, 2, 3}, func(int, []float32) error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: %v", err)
	}
	if err := Forced(t.Context(), r, q, []int{1, 2, 3}, each); err != nil {
		t.Errorf("a full context: %v", err)
	}
	if err := Forced(t.Context(), r, q, nil, each); err != nil {
		t.Errorf("no ids: %v", err)
	}
}

// A damaged layer shows: KL is that of an oracle on the logits of both, free
// running and fed, and agreement and the first difference follow from the ids.
func TestCompareDamaged(t *testing.T) {
	f, _ := bundled(t, "smolvlm-tiny")
	float := f.open(t)
	for _, spec := range []variant.Spec{damaged(t, "*layers.0.mlp.down_proj.weight"), variant.INT2()} {
		other := f.openAs(t, spec)
		if len(other.Info().Quantized) == 0 {
			t.Fatalf("%s quantizes nothing", spec.Name)
		}
		q := Request{Task: VQA, Prompt: "What is in this picture?", Images: f.images([]string{"land.png"}), MaxNewTokens: 16, Split: new(bool)}
		free, err := Compare(t.Context(), []*Runner{float, other}, q, nil)
		if err != nil {
			t.Fatal(err)
		}
		q.TeacherForced = true
		fed, err := Compare(t.Context(), []*Runner{float, other}, q, nil)
		if err != nil {
			t.Fatal(err)
		}
		validateComparison(t, free)
		validateComparison(t, fed)
		alone, err := other.Run(t.Context(), q, nil)
		if err != nil || !slices.Equal(free.Variants[1].Result.TokenIDs, alone.TokenIDs) {
			t.Errorf("%s says %v beside float and %v alone (%v)", spec.Name, free.Variants[1].Result.TokenIDs, alone.TokenIDs, err)
		}
		ids := free.Variants[0].Result.TokenIDs
		a, b := logitsOf(t, float, q, ids), logitsOf(t, other, q, ids)
		agreed, first := 0, -1
		for i := range ids {
			d := metrics.Diverge(wide(a[i]), wide(b[i]), 1)
			if got := float64(fed.Variants[1].KL[i]); !(d.KL > 0) || math.Abs(got-d.KL) > 1e-9*(1+d.KL) {
				t.Errorf("%s: KL at %d is %g, want %g above 0", spec.Name, i, got, d.KL)
			}
			if d.TopAgrees {
				agreed++
			} else if first < 0 {
				first = i
			}
		}
		if got := fed.Variants[1]; got.Compared != len(ids) || math.Abs(float64(got.Agreement)-float64(agreed)/float64(len(ids))) > 1e-12 || got.NoKL != "" {
			t.Errorf("%s: %+v, want %d of %d agreed", spec.Name, got, agreed, len(ids))
		}
		checkParting(t, free, fed, first)
	}
}

// checkParting holds the free-running comparison against the fed one.
func checkParting(t *testing.T, free, fed *Comparison, first int) {
	t.Helper()
	ref, got := free.Variants[0].Result, free.Variants[1]
	if d := fed.Variants[1].FirstDifference; (d == nil) != (first < 0) || d != nil && d.Index != first {
		t.Errorf("fed: the first difference is %+v, want at %d", d, first)
	}
	if first < 0 {
		first = len(ref.TokenIDs)
	} else if d := got.FirstDifference; d == nil || d.Index != first || d.ID != got.Result.TokenIDs[first] || d.ReferenceID != ref.TokenIDs[first] ||
		d.At > len(got.Result.Text) || got.Result.Text[:d.At] != ref.Text[:d.At] {
		t.Errorf("the first difference is %+v, want at %d", d, first)
	} else if !strings.Contains(got.NoKL, "differ from token") {
		t.Errorf("reason %q", got.NoKL)
	}
	if !slices.Equal(ref.TokenIDs[:first], got.Result.TokenIDs[:first]) {
		t.Errorf("%v and %v do not part at %d", ref.TokenIDs, got.Result.TokenIDs, first)
	}
	for i, v := range got.KL {
		if i > first && v.Valid() || i <= first && v != fed.Variants[1].KL[i] {
			t.Errorf("KL at %d is %v, fed %v, parted at %d", i, v, fed.Variants[1].KL[i], first)
		}
	}
}

// Stopped anywhere, a comparison keeps what there is and lets its runners go.
func TestCompareStopped(t *testing.T) {
	f, _ := bundled(t, "smolvlm-tiny")
	pair := []*Runner{f.open(t), f.open(t)}
	q := Request{Task: VQA, Prompt: "x", Images: f.images([]string{"land.png"}), MaxNewTokens: 40}
	for _, at := range []string{StagePictures, StageEncoder, StagePrompt, "token"} {
		for column := range pair {
			ctx, cancel := context.WithCancel(t.Context())
			got, err := Compare(ctx, pair, q, func(v int, e Event) {
				if v == column && (e.Stage == at || string(e.Kind) == at) {
					cancel()
				}
			})
			cancel()
			if !errors.Is(err, context.Canceled) || got == nil || len(got.Variants) != 2 {
				t.Fatalf("stopped at %s: %+v %v", at, got, err)
			}
			for i, c := range got.Variants {
				if c.Result.StopReason != StopCancelled || len(c.Result.TokenIDs) > 1 || len(c.KL) > 1 {
					t.Errorf("stopped at %s of %d: column %d is %+v", at, column, i, c.Result)
				}
			}
			validateComparison(t, got)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := Compare(ended, pair, q, nil); got != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("ended before: %+v %v", got, err)
	}
	q.MaxNewTokens = 1
	if _, err := Compare(t.Context(), pair, q, nil); err != nil {
		t.Error(err)
	}
}
