package infer

import (
	"encoding/binary"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/core/variant"
	"github.com/mmtui/mmtui/int2/kernel"
)

func tinyFolder(name string) string {
	return filepath.Join("..", "..", "cmd", "mmtui", "testdata", "models", name)
}

// openVariant opens a folder as a variant, with packed tensors in dir.
func openVariant(t *testing.T, path string, spec variant.Spec, dir string) *Runner {
	t.Helper()
	r, err := Open(t.Context(), path, Options{Variant: spec, PackDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// The runner says what it runs, and counts weights as they are used.
func TestVariantInfo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"smolvlm-tiny", "clip-tiny"} {
		float, packed := openVariant(t, tinyFolder(name), variant.Float(), dir), openVariant(t, tinyFolder(name), variant.INT2(), dir)
		f, p := float.Info(), packed.Info()
		if f.Variant != "float" || len(f.Quantized) != 0 || !strings.HasPrefix(f.Backend, "cpu float32 (") {
			t.Errorf("float: %q, %d layers, %q", f.Variant, len(f.Quantized), f.Backend)
		}
		if p.Variant != "int2" || len(p.Quantized) == 0 || !strings.HasPrefix(p.Backend, "cpu int2 ("+kernel.Name()+"), float32 (") {
			t.Errorf("int2: %q, %d layers, %q", p.Variant, len(p.Quantized), p.Backend)
		}
		var inMemory, stored int64
		m, err := model.Open(t.Context(), tinyFolder(name), model.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range p.Quantized {
			tensor, _ := m.Lookup(l.Name)
			inMemory, stored = inMemory+l.Bytes, stored+tensor.SizeBytes
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		if got, want := p.WeightBytes, f.WeightBytes-stored+inMemory; got != want {
			t.Errorf("%s: %d bytes of weights, want %d: float takes %d", name, got, want, f.WeightBytes)
		}
		if got, want := packed.bytesPerWeight, float.bytesPerWeight*float64(m.SizeBytes-stored+inMemory)/float64(m.SizeBytes); math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: %v bytes a weight, want %v", name, got, want)
		}
	}
}

// Estimate and result count the packed weights.
func TestVariantEstimate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	q := Request{Task: VQA, Prompt: "hello", MaxNewTokens: 3}
	var e [2]Estimate
	var infos [2]Info
	for i, spec := range []variant.Spec{variant.Float(), variant.INT2()} {
		r := openVariant(t, tinyFolder("smolvlm-tiny"), spec, dir)
		var err error
		if e[i], err = r.Estimate(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		infos[i] = r.Info()
		res, err := r.Run(t.Context(), q, nil)
		if err != nil {
			t.Fatal(err)
		}
		if res.WeightBytes != infos[i].WeightBytes || res.Backend != infos[i].Backend {
			t.Errorf("the result says %d bytes, %q", res.WeightBytes, res.Backend)
		}
	}
	if got, want := e[0].MemoryBytes-e[1].MemoryBytes, infos[0].WeightBytes-infos[1].WeightBytes; got != want || want <= 0 {
		t.Errorf("%d bytes less than float, want %d", got, want)
	}
}

// Activations that are no numbers pass the quantized layers as such, and end
// the run with an error that says so.
func TestNaNThroughQuantizedLayers(t *testing.T) {
	t.Parallel()
	for name, damaged := range map[string]string{"smolvlm-tiny": "norm.weight", "clip-tiny": "layer_norm1.weight"} {
		m, err := model.Open(t.Context(), tinyFolder(name), model.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var entries []safetensors.Entry
		found := false
		for _, tensor := range m.Tensors {
			if found || !strings.HasSuffix(tensor.Name, damaged) || strings.Contains(tensor.Name, "vision") != (name == "clip-tiny") {
				entries = append(entries, tensor.CopyEntries()...)
				continue
			}
			found = true
			b := make([]byte, 0, 4*tensor.Parameters)
			for range tensor.Parameters {
				b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(math.NaN())))
			}
			entries = append(entries, safetensors.BytesEntry(tensor.Name, safetensors.F32, tensor.Shape, b))
		}
		if !found {
			t.Fatalf("%s has no %s", name, damaged)
		}
		folder := changed(t, name, map[string]string{"model.safetensors": ""})
		if err := safetensors.Write(t.Context(), filepath.Join(folder, "model.safetensors"), entries, m.Metadata); err != nil {
			t.Fatal(err)
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		r := openVariant(t, folder, variant.INT2(), t.TempDir())
		q := Request{Task: VQA, Prompt: "hello", MaxNewTokens: 3}
		if name == "clip-tiny" {
			q = Request{Task: Retrieval, Images: []string{filepath.Join(tinyFolder("smolvlm-tiny"), "images", "land.png")}, Texts: []string{"a cat"}}
		}
		if _, err := r.Run(t.Context(), q, nil); !errors.Is(err, errNotNumbers) || !strings.Contains(err.Error(), "NaN") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
