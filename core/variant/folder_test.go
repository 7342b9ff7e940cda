package variant

import (
	"context"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/safetensors"
)

// The bundled folders with random weights.
var (
	tinyVLM  = filepath.Join("..", "..", "examples", "tiny-vlm")
	tinyCLIP = filepath.Join("..", "..", "cmd", "mmtui", "testdata", "models", "clip-tiny")
)

func openModel(t *testing.T, path string) *model.Model {
	t.Helper()
	m, err := model.Open(t.Context(), path, model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func openSet(t *testing.T, m *model.Model, spec Spec, dir string) *Set {
	t.Helper()
	s, err := Open(t.Context(), m, spec, Options{CacheDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// copyFolder copies a bundled folder; change may replace a tensor's float32
// values, or give none to leave the tensor out.
func copyFolder(t *testing.T, from string, change func(name string, values []float32) []float32) string {
	t.Helper()
	to := t.TempDir()
	files, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.IsDir() || strings.HasSuffix(f.Name(), ".safetensors") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(from, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, f.Name()), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	rewrite(t, openModel(t, from), filepath.Join(to, "model.safetensors"), change)
	return to
}

// rewrite writes the tensors of a model as float32.
func rewrite(t *testing.T, m *model.Model, path string, change func(string, []float32) []float32) {
	t.Helper()
	var entries []safetensors.Entry
	for _, tensor := range m.Tensors {
		values := make([]float32, tensor.Parameters)
		if err := tensor.Values(t.Context(), 0, values); err != nil {
			t.Fatal(err)
		}
		if change != nil {
			values = change(tensor.Name, values)
		}
		if values == nil {
			continue
		}
		var b []byte
		for _, v := range values {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
		entries = append(entries, safetensors.BytesEntry(tensor.Name, safetensors.F32, tensor.Shape, b))
	}
	if err := safetensors.Write(context.Background(), path, entries, m.Metadata); err != nil {
		t.Fatal(err)
	}
}

// rowsOf dequantizes everything that a set packs.
func rowsOf(t *testing.T, s *Set) map[string][]float32 {
	t.Helper()
	out := map[string][]float32{}
	for _, l := range s.Layers() {
		w, err := s.packed(l.Name)
		if err != nil || w == nil {
			t.Fatalf("%s: %v", l.Name, err)
		}
		values := make([]float32, l.Rows*l.Cols)
		for r := range l.Rows {
			w.Row(values[r*l.Cols:][:l.Cols], r)
		}
		out[l.Name] = values
	}
	return out
}

func sameRows(t *testing.T, got, want map[string][]float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d tensors, want %d", len(got), len(want))
	}
	for name, values := range want {
		for i, v := range values {
			if len(got[name]) != len(values) || math.Float32bits(got[name][i]) != math.Float32bits(v) {
				t.Fatalf("%s differs at %d", name, i)
			}
		}
	}
}
