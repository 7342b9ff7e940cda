package family_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/family"
	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/safetensors"
)

// folder is a model before it is written. Weights have the values that their
// dtype keeps, and the names that the published library saves.
type folder struct {
	config  object
	weights checkpoint
	dtype   safetensors.DType
	shards  int                 // 1: model.safetensors alone
	rename  func(string) string // nil: as they are
}

// write lays the folder out on disk.
func (f *folder) write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	writeJSON(t, filepath.Join(dir, "config.json"), f.config)
	entries := make([][]safetensors.Entry, f.shards)
	index := map[string]string{}
	for i, name := range slices.Sorted(maps.Keys(f.weights)) {
		w := f.weights[name]
		values := make([]float32, len(w.v))
		for k, v := range w.v {
			values[k] = float32(v)
		}
		if f.rename != nil {
			name = f.rename(name)
		}
		shard := i * f.shards / len(f.weights)
		entries[shard] = append(entries[shard], safetensors.FloatsEntry(name, f.dtype, w.shape, values))
		index[name] = shardName(shard, f.shards)
	}
	for i, e := range entries {
		if err := safetensors.Write(context.Background(), filepath.Join(dir, shardName(i, f.shards)), e, nil); err != nil {
			t.Fatal(err)
		}
	}
	if f.shards > 1 {
		writeJSON(t, filepath.Join(dir, "model.safetensors.index.json"), map[string]any{"weight_map": index})
	}
	return dir
}

func shardName(i, of int) string {
	if of == 1 {
		return "model.safetensors"
	}
	return fmt.Sprintf("model-%05d-of-%05d.safetensors", i+1, of)
}

func writeJSON(t *testing.T, path string, v any) {
	t.Helper()
	data, err := json.MarshalIndent(v, "", " ")
	if err == nil {
		err = os.WriteFile(path, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// readTensors reads a safetensors file whole.
func readTensors(t *testing.T, path string) checkpoint {
	t.Helper()
	f, err := safetensors.Open(path, safetensors.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c := checkpoint{}
	for _, info := range f.Tensors {
		values := make([]float32, info.Parameters())
		if err := f.ReadValues(context.Background(), info, 0, values); err != nil {
			t.Fatal(err)
		}
		w := tensor{shape: info.Shape}
		for _, v := range values {
			w.v = append(w.v, float64(v))
		}
		c[info.Name] = w
	}
	return c
}

// readFolder reads the config and the weights of a published layout.
func readFolder(t *testing.T, dir string) (object, checkpoint) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	var config object
	if err := json.Unmarshal(data, &config); err != nil {
		t.Fatal(err)
	}
	weights := checkpoint{}
	files, _ := filepath.Glob(filepath.Join(dir, "model*.safetensors"))
	for _, f := range files {
		maps.Copy(weights, readTensors(t, f))
	}
	return config, weights
}

// open opens a folder as the package under test does.
func open(t *testing.T, dir string) (family.Network, error) {
	t.Helper()
	m, err := model.Open(context.Background(), dir, model.Options{})
	if err != nil {
		return nil, err
	}
	n, err := family.Open(context.Background(), m, family.Options{})
	t.Cleanup(func() {
		if n != nil {
			_ = n.Close()
		}
		_ = m.Close()
	})
	return n, err
}

func mustOpen(t *testing.T, dir string) family.Network {
	t.Helper()
	n, err := open(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// traced collects activations by name, in the order that they come in.
type traced map[string][]float32

func (r traced) Activation(name string, _ []int, data []float32) { r[name] = append(r[name], data...) }
func (r traced) Begin(string)                                    {}
func (r traced) End(string)                                      {}

// naive collects what the reference records.
type naive map[string][]float64

func (n naive) record(name string, m matrix) { n[name] = append(n[name], m.v...) }

// agree compares within tolerance times the largest value, 1 at least, and
// says where the first name by the order of the computation leaves.
func agree(t *testing.T, got traced, want naive, tolerance float64) {
	t.Helper()
	for _, name := range slices.SortedFunc(maps.Keys(want), byDepth) {
		if !close64(t, name, got[name], want[name], tolerance) {
			return
		}
	}
}

// byDepth orders activations as they are computed, as far as names tell.
func byDepth(a, b string) int {
	rank := func(s string) int {
		for i, p := range []string{"vision.h", "vision.post", "connector", "text.h", "text.norm"} {
			if strings.HasPrefix(s, p) {
				return i
			}
		}
		return 9
	}
	if d := rank(a) - rank(b); d != 0 {
		return d
	}
	if d := len(a) - len(b); d != 0 {
		return d
	}
	return strings.Compare(a, b)
}

func close64(t *testing.T, name string, got []float32, want []float64, tolerance float64) bool {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values, want %d", name, len(got), len(want))
		return false
	}
	scale, worst, at := 1.0, 0.0, 0
	for i, w := range want {
		scale = max(scale, w, -w)
		d := float64(got[i]) - w
		if d = max(d, -d); d > worst || d != d {
			worst, at = d, i
			if d != d {
				break
			}
		}
	}
	if !(worst <= tolerance*scale) {
		t.Errorf("%s[%d] is %g, want %g (largest %g)", name, at, got[at], want[at], scale)
		return false
	}
	return true
}
