package variant

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/export"
	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/internal/pool"
)

func TestUnmatched(t *testing.T) {
	t.Parallel()
	m := openModel(t, tinyVLM)
	p := plan.Plan{Rules: []plan.Rule{
		{Match: pattern(t, "*.q_prj.*"), Line: 7}, {Match: pattern(t, "*.q_proj.*")}, {Match: pattern(t, "zzzzzzzzzzzzzzzzzzzz")},
	}}
	_, err := Open(t.Context(), m, Spec{Plan: &p, PlanFile: "p.toml"}.Lift("lm_haed.weight", 8), Options{CacheDir: t.TempDir()})
	var e *UnmatchedError
	if !errors.As(err, &e) || len(e.Rules) != 3 {
		t.Fatalf("%v", err)
	}
	lines := strings.Split(err.Error(), "\n")
	for i, want := range []string{`p.toml:7: pattern "*.q_prj.*"`, `p.toml: pattern "zzzzzzzzzzzzzzzzzzzz"`, `pattern "lm_haed.weight"`} {
		if !strings.Contains(lines[i], want) {
			t.Errorf("%q, want %q", lines[i], want)
		}
	}
	if !strings.Contains(lines[0], "q_proj") || !strings.Contains(lines[2], "near it are lm_head.weight") || !strings.Contains(lines[1], "inspect --list") {
		t.Errorf("advice: %q", lines)
	}
	p.Rules = p.Rules[:1]
	if _, err := Open(t.Context(), m, Spec{Plan: &p, Loose: true}, Options{CacheDir: t.TempDir()}); err != nil {
		t.Errorf("a plan for any model: %v", err)
	}
}

// A tensor with values that are no numbers stays as it is, and is told.
func TestNotFinite(t *testing.T) {
	t.Parallel()
	bad := copyFolder(t, tinyVLM, func(name string, v []float32) []float32 {
		switch name {
		case qProj:
			v[5] = float32(math.NaN())
		case kProj:
			v[7] = float32(math.Inf(1))
		}
		return v
	})
	m, dir := openModel(t, bad), t.TempDir()
	for range 2 { // cold and warm
		s := openSet(t, m, INT2(), dir)
		got := bitsOf(s)
		if _, ok := got[qProj]; ok || len(got) == 0 || len(s.Warnings()) != 2 {
			t.Fatalf("%d layers, warnings %q", len(got), s.Warnings())
		}
		for _, name := range []string{qProj, kProj} {
			if !slices.ContainsFunc(s.Warnings(), func(w string) bool {
				return strings.Contains(w, name+" stays in float: the matrix holds NaN or infinite values")
			}) {
				t.Errorf("%s is not told: %q", name, s.Warnings())
			}
		}
	}
}

// Tensors with equal values are one matrix in memory, also when they have
// names of their own.
func TestEqualTensorsAreOne(t *testing.T) {
	t.Parallel()
	embed := "model.text_model.embed_tokens.weight"
	var values []float32
	tied := copyFolder(t, tinyVLM, func(name string, v []float32) []float32 {
		switch name {
		case embed, "lm_head.weight":
			if values == nil {
				values = v
			}
			return values
		}
		return v
	})
	m := openModel(t, tied)
	s := openSet(t, m, INT2(), t.TempDir())
	a, errA := s.packed(embed)
	b, errB := s.packed("lm_head.weight")
	if errA != nil || errB != nil || a == nil || a != b {
		t.Fatalf("%p and %p: %v, %v", a, b, errA, errB)
	}
	plain := openSet(t, openModel(t, tinyVLM), INT2(), t.TempDir())
	if want := plain.Bytes() - a.SizeBytes(); s.Bytes() != want || len(s.Layers()) != len(plain.Layers()) {
		t.Errorf("%d bytes, want %d", s.Bytes(), want)
	}
	// A table that is looked up and a layer that multiplies share it, too.
	workers := pool.New(1)
	defer workers.Close()
	l := s.Linears(nn.NewEngine(workers), nil)
	table, err := l.Table(embed)
	if err != nil || table != nn.Table(a) {
		t.Errorf("the table is %v: %v", table, err)
	}
	head, err := l.Linear("lm_head.weight", nil)
	if q, ok := head.(*nn.Quantized); err != nil || !ok || q.Weights() != a {
		t.Errorf("the head is %v: %v", head, err)
	}
}

// packFile writes the INT2 file of a model.
func packFile(t *testing.T, from string, p plan.Plan) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "packed.safetensors")
	if _, err := export.Quantize(t.Context(), openModel(t, from), p, out, export.Options{}); err != nil {
		t.Fatal(err)
	}
	return out
}

// A file that quantize wrote gives the bits that quantizing on loading gives,
// and memory is that of the file.
func TestWeightsFile(t *testing.T) {
	t.Parallel()
	m := openModel(t, tinyVLM)
	file := packFile(t, tinyVLM, DefaultPlan())
	s := openSet(t, m, Spec{Name: "file", Weights: file}, t.TempDir())
	want := openSet(t, m, INT2(), t.TempDir())
	sameRows(t, rowsOf(t, s), rowsOf(t, want))
	if len(s.Warnings()) != 0 {
		t.Errorf("warnings %q", s.Warnings())
	}
	var stored int64
	f := openModel(t, file)
	for i, l := range s.Layers() {
		tensor, ok := f.Lookup(l.Name)
		if !ok {
			t.Fatalf("%s is not in the file", l.Name)
		}
		stored += tensor.SizeBytes
		if l.Origin != FromFile || l.SQNRdB != want.Layers()[i].SQNRdB {
			t.Errorf("%+v, quantized %+v", l, want.Layers()[i])
		}
	}
	if s.Bytes() > stored*115/100 {
		t.Errorf("%d bytes in memory, %d in the file", s.Bytes(), stored)
	}

	// What was lifted or kept counts over the file, and a plan over what it lacks.
	lifted := bitsOf(openSet(t, m, Spec{Weights: file}.Lift(qProj, 8).Lift(kProj, plan.Float), t.TempDir()))
	if lifted[qProj] != 8 || lifted[kProj] != 0 || lifted["lm_head.weight"] != 4 {
		t.Errorf("lifted: %v", lifted)
	}
	some := plan.Plan{Default: plan.FromScheme(nil), Rules: INT2().Lift(qProj, 2).over.rules}
	part := openSet(t, m, Spec{Weights: packFile(t, tinyVLM, some), Plan: INT2().Plan, Loose: true}, t.TempDir())
	for _, l := range part.Layers() {
		if (l.Origin == FromFile) != (l.Name == qProj) {
			t.Errorf("%s came from %s", l.Name, l.Origin)
		}
	}
}

func TestWeightsOfAnotherModel(t *testing.T) {
	t.Parallel()
	m := openModel(t, tinyVLM)
	open := func(path string) ([]string, error) {
		s, err := Open(t.Context(), m, Spec{Weights: path}, Options{CacheDir: t.TempDir()})
		if err != nil {
			return nil, err
		}
		return s.Warnings(), nil
	}
	if _, err := open(packFile(t, tinyCLIP, plan.Plan{})); err == nil || !strings.Contains(err.Error(), "none of its") || !strings.Contains(err.Error(), "near it are") {
		t.Errorf("another model: %v", err)
	}
	if _, err := open(filepath.Join(tinyVLM, "model.safetensors")); err == nil || !strings.Contains(err.Error(), "holds no tensor in mmtui's format") {
		t.Errorf("a float file: %v", err)
	}
	if _, err := open("no-such-file.safetensors"); err == nil {
		t.Error("a file that is not there is taken")
	}
	other := copyFolder(t, tinyVLM, func(_ string, v []float32) []float32 {
		for i := range v {
			v[i] *= 1.5
		}
		return v
	})
	warnings, err := open(packFile(t, other, DefaultPlan()))
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], "is of another checkpoint") {
		t.Errorf("another checkpoint: %q, %v", warnings, err)
	}
}

// A folder that holds an INT2 file runs packed, and in float when asked.
func TestPackedFolder(t *testing.T) {
	t.Parallel()
	folder := copyFolder(t, tinyVLM, nil)
	if _, err := export.Quantize(t.Context(), openModel(t, tinyVLM), DefaultPlan(), filepath.Join(folder, "model.safetensors"), export.Options{}); err != nil {
		t.Fatal(err)
	}
	m := openModel(t, folder)
	want := rowsOf(t, openSet(t, openModel(t, tinyVLM), INT2(), t.TempDir()))
	for _, spec := range []Spec{{}, INT2()} {
		s := openSet(t, m, spec, t.TempDir())
		sameRows(t, rowsOf(t, s), want)
		if s.Spec().Name != "int2" {
			t.Errorf("it is called %q", s.Spec().Name)
		}
	}
	if s := openSet(t, m, Float(), t.TempDir()); len(s.Layers()) != 0 {
		t.Errorf("in float, %d tensors are packed", len(s.Layers()))
	}
	if got := bitsOf(openSet(t, m, Spec{}.Lift(qProj, plan.Float), t.TempDir())); got[qProj] != 0 || got[kProj] != 2 {
		t.Errorf("lifted: %v", got)
	}
	// More bits would bring nothing back, and fewer are what a plan may ask for.
	p := plan.Plan{Rules: INT2().Lift("lm_head.weight", 2).over.rules}
	if got := bitsOf(openSet(t, m, Spec{Plan: &p}.Lift(qProj, 8), t.TempDir())); got[qProj] != 2 || got["lm_head.weight"] != 2 {
		t.Errorf("quantized again: %v", got)
	}
}
