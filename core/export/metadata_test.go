package export

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/int2"
)

// Floats written from a file of ours must not say that they are packed: a
// reader would look for the codes.
func TestDequantizedOfOurOwnFile(t *testing.T) {
	dir := t.TempDir()
	packed, restored := filepath.Join(dir, "packed.safetensors"), filepath.Join(dir, "restored.safetensors")
	_, err := Quantize(t.Context(), source(t, safetensors.F32), planOf(int2.DefaultScheme()), packed, Options{})
	must(t, err)
	own := open(t, packed)
	_, err = Dequantized(t.Context(), own, planOf(int2.DefaultScheme()), restored, Options{})
	must(t, err)
	got := open(t, restored)
	if got.Metadata["format"] != "pt" || got.Metadata["made"] != "by a test" || got.Quantization != "" {
		t.Errorf("metadata are %v, quantized by %q", got.Metadata, got.Quantization)
	}
	for _, src := range own.Tensors {
		w, ok := got.Lookup(src.Name)
		if !ok || w.Stored != nil {
			t.Fatalf("%s is not there as plain floats", src.Name)
		}
		if _, _, matrix, _ := src.Matrix(); !matrix {
			continue
		}
		metrics, err := compare(t.Context(), src, w, Options{})
		must(t, err)
		if metrics.Error != 0 {
			t.Errorf("%s differs from what the packed file stands for", src.Name)
		}
	}
}

// A key of the source that only looks like ours must not come along: the file
// that is written is ours, and there the key would be believed.
func TestQuantizeDropsMetadataThatLookLikeOurs(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.safetensors"), filepath.Join(dir, "out.safetensors")
	m := gauss(16, 64)
	must(t, safetensors.Write(t.Context(), in, []safetensors.Entry{
		safetensors.FloatsEntry("a.weight", safetensors.F32, []int{16, 64}, m.Data),
	}, map[string]string{"b.int2": "{}", "c": "stays"}))
	_, err := Quantize(t.Context(), open(t, in), planOf(int2.DefaultScheme()), out, Options{})
	must(t, err)
	got := open(t, out)
	if _, there := got.Metadata["b.int2"]; there || got.Metadata["c"] != "stays" {
		t.Errorf("metadata are %v", got.Metadata)
	}
}

// Levels may lie beyond every weight; in F16 next to its largest number they
// must not become infinite.
func TestDequantizedStaysFinite(t *testing.T) {
	for d, most := range map[safetensors.DType]float32{safetensors.F16: 65000, safetensors.BF16: 3.38e38} {
		t.Run(string(d), func(t *testing.T) {
			dir := t.TempDir()
			in, out := filepath.Join(dir, "in.safetensors"), filepath.Join(dir, "out.safetensors")
			weights := make([]float32, 4*64)
			for i := range weights {
				weights[i] = most
				if i%2 == 1 {
					weights[i] *= -0.46
				}
			}
			must(t, safetensors.Write(t.Context(), in, []safetensors.Entry{safetensors.FloatsEntry("a.weight", d, []int{4, 64}, weights)}, nil))
			src := open(t, in)
			_, err := Dequantized(t.Context(), src, planOf(int2.DefaultScheme()), out, Options{})
			must(t, err)
			got := open(t, out)
			values := make([]float32, len(weights))
			must(t, got.Tensors[0].Values(t.Context(), 0, values))
			for i, v := range values {
				if math.IsInf(float64(v), 0) {
					t.Fatalf("value %d is %v for a weight of %v", i, v, weights[i])
				}
			}
		})
	}
}

// A head that is tied to the embeddings is a Linear without a tensor.
func TestCompressedTensorsIgnoresTiedHeads(t *testing.T) {
	out := filepath.Join(t.TempDir(), "packed")
	_, err := CompressedTensors(t.Context(), source(t, safetensors.F16), planOf(int2.DefaultScheme()), out, Options{})
	must(t, err)
	var config struct{ Ignore []string }
	readConfig(t, out, &config)
	if !slices.Contains(config.Ignore, outputHeads) {
		t.Errorf("ignore is %v, without %s", config.Ignore, outputHeads)
	}
}
