package bench

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/variant"
	"github.com/mmtui/mmtui/int2/kernel"
)

var (
	tinyVLM  = filepath.Join("..", "..", "examples", "tiny-vlm")
	tinyCLIP = filepath.Join("..", "..", "cmd", "mmtui", "testdata", "models", "clip-tiny")
)

// tick is a clock that goes on by a millisecond whenever it is looked at.
func tick() func() time.Time {
	at := time.Unix(0, 0)
	return func() time.Time {
		at = at.Add(time.Millisecond)
		return at
	}
}

// quickly measures with a clock and peaks of the test's own.
func quickly(t *testing.T) ModelOptions {
	never, closed := -1, 0
	return ModelOptions{
		PackDir: t.TempDir(), Tokens: 3, PromptTokens: 10, Pictures: 2, Length: time.Millisecond, Workers: 2, now: tick(),
		open: func(s subject) rater { return fakeRater{subject: s, stopAfter: &never, closed: &closed} },
	}
}

// stepBytes is the weights of the decoder's linear layers, which a token touches once each.
func stepBytes(t *testing.T, dir string) (bytes float64) {
	t.Helper()
	m, err := model.Open(t.Context(), dir, model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for _, tensor := range m.Tensors {
		if strings.Contains(tensor.Name, "_proj.weight") && strings.Contains(tensor.Name, "text_model") || strings.HasPrefix(tensor.Name, "lm_head") {
			for _, p := range tensor.Parts {
				bytes += float64(p.End - p.Begin)
			}
		}
	}
	return bytes
}

func find(t *testing.T, v Variant, name string) Phase {
	t.Helper()
	i := slices.IndexFunc(v.Phases, func(p Phase) bool { return p.Name == name })
	if i < 0 {
		t.Fatalf("%s has no phase %s", v.Name, name)
	}
	return v.Phases[i]
}

func TestGenerator(t *testing.T) {
	opt := quickly(t)
	got, err := MeasureModel(t.Context(), tinyVLM, opt)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Variants) != 2 || !got.Complete || got.Family != "smolvlm" {
		t.Fatalf("%d variants, complete %v, family %s", len(got.Variants), got.Complete, got.Family)
	}
	float, quantized := got.Variants[0], got.Variants[1]
	decode := find(t, float, "decode")
	near(t, "bytes of a float token", float64(decode.WeightBytes), stepBytes(t, tinyVLM))
	if decode.IntegerOps != 0 || decode.FloatOps <= 0 {
		t.Errorf("float decodes with %v integer and %v float operations", decode.IntegerOps, decode.FloatOps)
	}
	near(t, "p50", float64(decode.P50), 1)
	near(t, "tokens a second", float64(decode.PerSecond), 1000)
	// The prompt's linear layers do what a token's do, for every token; but the
	// head is for the last alone.
	prompt := find(t, float, "prompt")
	ops := func(p Phase, but string) (sum float64) {
		for _, l := range p.Layers {
			if l.Kind == linearKind && l.Name != but {
				sum += float64(l.Ops)
			}
		}
		return sum
	}
	near(t, "operations of the prompt", ops(prompt, "lm_head"), 10*ops(decode, "lm_head"))
	near(t, "operations of the head", ops(prompt, "")-ops(prompt, "lm_head"), ops(decode, "")-ops(decode, "lm_head"))
	for _, v := range got.Variants {
		for _, p := range v.Phases {
			checkPhase(t, got.Peak, v.Name+" "+p.Name, p)
		}
	}
	if parts := find(t, float, "first token").Parts; len(parts) != 3 || parts[0].MS <= 0 || parts[1].MS <= 0 || parts[2].MS <= 0 {
		t.Errorf("parts of the first token: %+v", parts)
	}
	if q := find(t, quantized, "decode"); q.IntegerOps <= 0 || q.WeightBytes >= decode.WeightBytes || quantized.WeightBytes >= float.WeightBytes || quantized.QuantizedLayers == 0 {
		t.Errorf("quantized: %v integer operations and %v bytes a token (float %v), %d bytes in all (float %d)",
			q.IntegerOps, q.WeightBytes, decode.WeightBytes, quantized.WeightBytes, float.WeightBytes)
	}
	fits(t, ModelSchema(), got)
	lines := 0
	for _, v := range got.Variants {
		for _, p := range v.Phases {
			lines += 1 + len(p.Layers)
		}
	}
	written(t, got, "int2", lines)
}

// checkPhase checks laws that hold for every phase.
func checkPhase(t *testing.T, peak Peak, what string, p Phase) {
	t.Helper()
	ideal := float64(p.IntegerOps)/float64(peak.Integer[0].Ops) + float64(p.FloatOps)/float64(peak.FMA)
	near(t, what+": share of the peaks", float64(p.ShareOfPeak), 1e3*ideal/float64(p.MS))
	near(t, what+": share of reading", float64(p.ShareOfRead), float64(p.WeightBytes)/float64(peak.Read)/(float64(p.MS)/1e3))
	near(t, what+": units a second", float64(p.PerSecond), 1e3/float64(p.MS))
	var kinds, time, layers float64
	for _, k := range p.Kinds {
		kinds += float64(k.ShareOfTime)
		time += float64(k.MS)
	}
	for _, l := range p.Layers {
		layers += float64(l.MS)
	}
	near(t, what+": shares of the kinds", kinds, 1)
	if len(p.Layers) == 0 || layers >= time {
		t.Errorf("%s: %d layers take %g ms of %g", what, len(p.Layers), layers, time)
	}
	if len(p.Parts) > 0 {
		var parts float64
		for _, part := range p.Parts {
			parts += float64(part.MS)
		}
		near(t, what+": parts", parts, time)
	}
}

func TestEmbedder(t *testing.T) {
	opt := quickly(t)
	got, err := MeasureModel(t.Context(), tinyCLIP, opt)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range got.Variants {
		if len(v.Phases) != 2 {
			t.Fatalf("%s has %d phases", v.Name, len(v.Phases))
		}
		for _, p := range v.Phases {
			checkPhase(t, got.Peak, v.Name+" "+p.Name, p)
		}
	}
	fits(t, ModelSchema(), got)
}

// What there is of a measurement that was stopped stays, with its shares.
func TestModelStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	opt := quickly(t)
	opt.Show = func(m Model) {
		if len(m.Variants[0].Phases) == 2 {
			cancel()
		}
	}
	got, err := MeasureModel(ctx, tinyVLM, opt)
	if !errors.Is(err, context.Canceled) || got.Complete || len(got.Variants) != 1 || len(got.Variants[0].Phases) != 2 {
		t.Fatalf("%v, %+v", err, got)
	}
	checkPhase(t, got.Peak, "stopped", got.Variants[0].Phases[1])
	fits(t, ModelSchema(), got)
}

// The layers behind the counted ones go together as before, so that what is
// measured unwatched is what a run does.
func TestCountedLayersFuse(t *testing.T) {
	opt := quickly(t)
	opt.now, opt.open = time.Now, nil
	opt.Variants = []variant.Spec{variant.INT2()}
	got, err := MeasureModel(t.Context(), tinyVLM, opt)
	if err != nil {
		t.Fatal(err)
	}
	if n := find(t, got.Variants[0], "decode").Allocations; !(n < 1) {
		t.Errorf("%v allocations a token", n)
	}
	if got.Peak.Integer[0].Tier != string(kernel.Current()) || !got.Peak.FMA.Valid() {
		t.Errorf("%+v", got.Peak)
	}
}

func TestKinds(t *testing.T) {
	for name, want := range map[string]string{
		"text_model.layers.0.self_attn.attention": attentionKind, "text_model.norm": normKind, "vision_model.pre_layrnorm": normKind,
		"text_model.layers.1.self_attn.rotary_emb": rotaryKind, "text_model.layers.1.mlp.act_fn": actKind, "text_model.embed_tokens": tableKind,
		"connector.pixel_shuffle": otherKind,
	} {
		if got := kindOf(name, work{}); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if got := kindOf("x.norm", work{float: 1}); got != linearKind {
		t.Errorf("what multiplies is %s", got)
	}
}

func TestQuantile(t *testing.T) {
	ms := func(n ...int) (out []time.Duration) {
		for _, v := range n {
			out = append(out, time.Duration(v)*time.Millisecond)
		}
		return out
	}
	for _, c := range []struct {
		of   []time.Duration
		q    float64
		want float64
	}{{ms(1, 2, 3), 0.5, 2}, {ms(7), 0.95, 7}, {ms(1, 2, 3, 4), 1, 4}} {
		near(t, "quantile", float64(quantile(c.of, c.q)), c.want)
	}
	if n := quantile(nil, 0.5); !math.IsNaN(float64(n)) {
		t.Errorf("%v of nothing", n)
	}
	if n := report.Number(0); better(report.NA(), 0).Valid() || better(n, 2) != 2 {
		t.Error("the better of two is wrong")
	}
}
