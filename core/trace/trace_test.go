package trace

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/core/report/schematest"
	"github.com/mmtui/mmtui/core/safetensors"
)

var _ nn.Observer = (*Recorder)(nil)

// clock goes on only when told.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }
func (c *clock) wait(milliseconds int) {
	c.at = c.at.Add(time.Duration(milliseconds) * time.Millisecond)
}

func record(t *testing.T, opt Options) *Recorder {
	t.Helper()
	opt.Folder = t.TempDir()
	r, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if left, _ := os.ReadDir(opt.Folder); len(left) > 0 {
			t.Errorf("%s is left", left[0].Name())
		}
	})
	return r
}

func TestTraceIsWrittenAndGathered(t *testing.T) {
	r := record(t, Options{})
	long := make([]float32, 40000)
	for i := range long {
		long[i] = float32(i)
	}
	r.Begin(phasePrompt)
	r.Activation("vision.h0", []int{1, 2, 2}, []float32{1, 2, 3, 4})
	r.Activation("vision.h1", []int{1, 1, 40000}, long)
	r.Activation("vision.h0", []int{2, 2, 2}, []float32{5, 6, 7, 8, 9, 10, 11, 12})
	r.End(phasePrompt)
	r.Begin(phaseToken)
	r.Activation("vision.h1", []int{7}, []float32{1, 2, 3, 4, 5, 6, 7})
	r.End(phaseToken)
	r.IDs("input_ids", []int{1, 3}, []int{5, 1 << 20, 0})
	path := filepath.Join(t.TempDir(), "t.safetensors")
	if err := r.Write(t.Context(), path, map[string]string{"task": "vqa"}); err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Open(path, safetensors.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Metadata[KindKey] != Kind || f.Metadata["task"] != "vqa" {
		t.Errorf("metadata %v", f.Metadata)
	}
	h0, ok := f.Lookup("vision.h0")
	if !ok || !slices.Equal(h0.Shape, []int{3, 2, 2}) {
		t.Fatalf("vision.h0 %v", h0)
	}
	values := make([]float32, 12)
	if err := f.ReadValues(t.Context(), h0, 0, values); err != nil {
		t.Fatal(err)
	}
	for i, v := range values {
		if v != float32(i+1) {
			t.Errorf("vision.h0 is %v", values)
			break
		}
	}
	h1, _ := f.Lookup("vision.h1")
	got := make([]float32, len(long))
	if err := f.ReadValues(t.Context(), h1, 0, got); err != nil || !slices.Equal(got, long) {
		t.Errorf("vision.h1 is not what was recorded: %v", err)
	}
	ids, _ := f.Lookup("input_ids")
	if ids.DType != safetensors.I64 || !slices.Equal(ids.Shape, []int{1, 3}) {
		t.Errorf("input_ids %v", ids)
	}
	if err := f.ReadValues(t.Context(), ids, 0, values[:3]); err != nil || values[1] != 1<<20 {
		t.Errorf("input_ids are %v %v", values[:3], err)
	}
}

func TestOnlyKeepsWhatMatches(t *testing.T) {
	r := record(t, Options{Only: []string{"text.*", "logits_per_image"}})
	for _, name := range []string{"vision.h0", "text.h0", "text.norm", "logits_per_image"} {
		r.Activation(name, []int{1}, []float32{1})
	}
	r.IDs("input_ids", []int{1}, []int{1})
	path := filepath.Join(t.TempDir(), "t.safetensors")
	if err := r.Write(t.Context(), path, nil); err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Open(path, safetensors.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if len(f.Tensors) != 3 || r.Count() != 3 {
		t.Errorf("%d tensors, counted %d", len(f.Tensors), r.Count())
	}
	if n := len(r.Profile().Activations); n != 5 {
		t.Errorf("the profile has %d activations, want all 5", n)
	}
	if _, err := New(Options{Only: []string{"[", "x"}}); err == nil || !strings.Contains(err.Error(), `"["`) {
		t.Errorf("bad pattern: %v", err)
	}
}

func TestNothingMatchesOrIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.safetensors")
	r := record(t, Options{Only: []string{"nothing"}})
	r.Activation("a", []int{1}, []float32{1})
	if err := r.Write(t.Context(), path, nil); err == nil || !strings.Contains(err.Error(), "no activation matches") {
		t.Error(err)
	}
	profile := record(t, Options{ProfileOnly: true})
	profile.Activation("a", []int{1}, []float32{1})
	if err := profile.Write(t.Context(), path, nil); err == nil {
		t.Error("written without values")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r = record(t, Options{})
	r.Activation("a", []int{1}, []float32{1})
	if err := r.Write(ctx, path, nil); err == nil {
		t.Error("written after the context ended")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a part of a trace stayed")
	}
}

func TestTwoTensorsOfOneName(t *testing.T) {
	r := record(t, Options{})
	r.Activation("a", []int{1, 2}, []float32{1, 2})
	r.Activation("a", []int{1, 3}, []float32{1, 2, 3})
	if err := r.Write(t.Context(), filepath.Join(t.TempDir(), "t.safetensors"), nil); err == nil || !strings.Contains(err.Error(), "[1 2] and as [1 3]") {
		t.Error(err)
	}
}

func TestProfile(t *testing.T) {
	c := &clock{time.Unix(0, 0)}
	r := record(t, Options{ProfileOnly: true, Now: c.now})
	layer := func(name string, inside func()) {
		r.Begin(name)
		inside()
		r.End(name)
	}
	layer(phasePrompt, func() {
		for range 2 {
			layer("block", func() {
				c.wait(3)
				layer("fc", func() { c.wait(5) })
			})
		}
		c.wait(4)
	})
	layer(phaseToken, func() { layer("block", func() { c.wait(7) }) })
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	r.Activation("x", []int{2, 3}, []float32{-1, nan, 3, inf, 2, 0})
	r.Activation("none", []int{0, 3}, nil)
	p := r.Profile()
	want := []LayerRow{
		{"prompt", "prompt", 0, 1, 20, 4, 0.2},
		{"block", "prompt", 1, 2, 16, 6, 0.3},
		{"fc", "prompt", 2, 2, 10, 10, 0.5},
		{"token", "token", 0, 1, 7, 0, 0},
		{"block", "token", 1, 1, 7, 7, 1},
	}
	if !slices.Equal(p.Layers, want) {
		t.Errorf("layers %+v", p.Layers)
	}
	x := p.Activations[0]
	if x.Min != -1 || x.Max != 3 || x.Mean != 1 || math.Abs(float64(x.RMS)-math.Sqrt(14./4)) > 1e-12 || x.NotFinite != 2 || x.SizeBytes != 24 {
		t.Errorf("statistics %+v", x)
	}
	p.Task = "vqa"
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	schematest.Validate(t, "trace", text)
	if none := p.Activations[1]; none.Min.Valid() || none.RMS.Valid() || none.SizeBytes != 0 {
		t.Errorf("statistics of nothing %+v", none)
	}
}

// Rows as lines keep to the schema, and every format writes every layer.
func TestProfileAsText(t *testing.T) {
	c := &clock{time.Unix(0, 0)}
	r := record(t, Options{Now: c.now})
	r.Begin(phasePrompt)
	r.Begin("vision_model.encoder")
	c.wait(2)
	r.Activation("vision.h0", []int{1, 2}, []float32{1, 2})
	r.End("vision_model.encoder")
	r.End(phasePrompt)
	p := r.Profile()
	var table, lines, cells bytes.Buffer
	for _, err := range []error{p.WriteTable(&table), p.WriteJSONL(&lines), p.WriteCSV(&cells)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"  vision_model.encoder", "100.0%", "vision.h0", "1×2"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &table)
		}
	}
	rows := strings.Split(strings.TrimSpace(lines.String()), "\n")
	if len(rows) != 3 || strings.Count(cells.String(), "\n") != 3 {
		t.Fatalf("%d lines, CSV %q", len(rows), &cells)
	}
	schematest.ValidateLine(t, "trace", "layer", []byte(rows[0]))
	schematest.ValidateLine(t, "trace", "activation", []byte(rows[2]))
}

// An error that leaves layers open does not spoil the times of those around.
func TestLayersLeftOpen(t *testing.T) {
	c := &clock{time.Unix(0, 0)}
	l := layers{now: c.now}
	l.begin("a", false)
	l.begin("b", false)
	c.wait(2)
	l.end("a")
	l.end("never begun")
	if len(l.open) != 0 || l.all[0].total != 2*time.Millisecond || l.all[1].calls != 0 {
		t.Errorf("%+v", l.all)
	}
}

// The ids of a run lie beside its activations under their names.
func TestIDsOfARun(t *testing.T) {
	for _, c := range []struct {
		res  infer.Result
		want map[string][]int
	}{
		{infer.Result{Task: infer.VQA, PromptTokenIDs: []int{1, 2, 3}, TokenIDs: []int{4}}, map[string][]int{"input_ids": {1, 3}, "greedy_ids": {1}}},
		{infer.Result{Task: infer.VQA, PromptTokenIDs: []int{1}, TokenIDs: []int{4, 5}, Temperature: 1}, map[string][]int{"input_ids": {1, 1}, "token_ids": {2}}},
		{infer.Result{Task: infer.Retrieval, TextTokenIDs: [][]int{{1, 2}, {3, 0}, {4, 5}}}, map[string][]int{"input_ids": {3, 2}}},
	} {
		r := record(t, Options{})
		path := filepath.Join(t.TempDir(), "t.safetensors")
		if err := r.WriteResult(t.Context(), path, &c.res, "v1"); err != nil {
			t.Fatal(err)
		}
		f, err := safetensors.Open(path, safetensors.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for name, shape := range c.want {
			if info, ok := f.Lookup(name); !ok || !slices.Equal(info.Shape, shape) {
				t.Errorf("%s: %s has the shape %v, want %v", c.res.Task, name, info.Shape, shape)
			}
		}
		if len(f.Tensors) != len(c.want) || f.Metadata["mmtui.version"] != "v1" || f.Metadata["mmtui.task"] != string(c.res.Task) {
			t.Errorf("%d tensors, metadata %v", len(f.Tensors), f.Metadata)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}
