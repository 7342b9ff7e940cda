package export

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/int2"
)

// What is measured of the written floats is what the scan said: to the last
// bit in F32, and to what a second rounding costs in 16 bits.
func TestDequantizedAgreesWithTheReport(t *testing.T) {
	for _, d := range []safetensors.DType{safetensors.F32, safetensors.BF16, safetensors.F16} {
		t.Run(string(d), func(t *testing.T) {
			m := source(t, d)
			out := filepath.Join(t.TempDir(), "restored.safetensors")
			res, err := Dequantized(t.Context(), m, planOf(int2.DefaultScheme()), out, Options{})
			must(t, err)
			got := open(t, out)
			if got.Metadata["made"] != "by a test" || got.Metadata["format"] != "pt" {
				t.Errorf("metadata are %v", got.Metadata)
			}
			for i, src := range m.Tensors {
				w, ok := got.Lookup(src.Name)
				if !ok || w.DType != src.DType || !slices.Equal(w.Shape, src.Shape) {
					t.Fatalf("%s is not there as %s %v", src.Name, src.DType, src.Shape)
				}
				if _, _, matrix, _ := src.Matrix(); !matrix {
					continue
				}
				metrics, err := compare(t.Context(), src, w, Options{})
				must(t, err)
				row := res.Report.Tensors[i]
				if row.Scheme == nil {
					if metrics.Error != 0 {
						t.Errorf("%s was not copied", src.Name)
					}
					continue
				}
				diff := metrics.SQNRdB - float64(row.SQNRdB)
				limit := map[safetensors.DType]float64{safetensors.F32: 0, safetensors.BF16: 5e-3, safetensors.F16: 5e-3}[d]
				if diff > limit || diff < -limit {
					t.Errorf("%s has %.6f dB, the report says %.6f", src.Name, metrics.SQNRdB, float64(row.SQNRdB))
				}
			}
		})
	}
}

func TestDequantizedFolder(t *testing.T) {
	m := source(t, safetensors.F16)
	out := filepath.Join(t.TempDir(), "restored")
	res, err := Dequantized(t.Context(), m, planOf(int2.DefaultScheme()), out, Options{})
	must(t, err)
	for _, name := range []string{"model.safetensors", "config.json", "tokenizer.json"} {
		if !slices.Contains(res.Files, filepath.Join(out, name)) {
			t.Errorf("%s is not among the files %v", name, res.Files)
		}
	}
	got := open(t, out)
	if got.Architecture != "LlamaForCausalLM" || got.Quantization != "" {
		t.Errorf("architecture %q, quantization %q", got.Architecture, got.Quantization)
	}
}

// GPT-2's linears are stored [in, out]; the file must be as well.
func TestDequantizedConv1D(t *testing.T) {
	dir := t.TempDir()
	m := gauss(48, 96)
	must(t, safetensors.Write(t.Context(), filepath.Join(dir, "model.safetensors"),
		[]safetensors.Entry{safetensors.FloatsEntry("h.0.attn.c_attn.weight", safetensors.F32, []int{48, 96}, m.Data)}, nil))
	must(t, os.WriteFile(filepath.Join(dir, "config.json"), []byte(`{"model_type":"gpt2","architectures":["GPT2LMHeadModel"]}`), 0o666))
	src := open(t, dir)
	if !src.Tensors[0].Transposed {
		t.Fatal("the source is not seen as transposed")
	}
	out := filepath.Join(t.TempDir(), "restored")
	res, err := Dequantized(t.Context(), src, planOf(int2.DefaultScheme()), out, Options{})
	must(t, err)
	got := open(t, out)
	metrics, err := compare(t.Context(), src.Tensors[0], got.Tensors[0], Options{})
	must(t, err)
	if want := float64(res.Report.Tensors[0].SQNRdB); metrics.SQNRdB != want {
		t.Errorf("restored has %g dB, the report says %g", metrics.SQNRdB, want)
	}
	if _, err := CompressedTensors(t.Context(), src, planOf(int2.DefaultScheme()), filepath.Join(t.TempDir(), "ct"), Options{}); err == nil || !strings.Contains(err.Error(), "Conv1D") {
		t.Errorf("compressed-tensors takes a Conv1D: %v", err)
	}
	gptq := filepath.Join(t.TempDir(), "gptq")
	_, err = GPTQ(t.Context(), src, planOf(int2.DefaultScheme()), gptq, Options{})
	must(t, err)
}

// A checkpoint of another tool comes out as plain floats.
func TestDequantizedOfAQuantizedModel(t *testing.T) {
	m := source(t, safetensors.F32)
	gptq := filepath.Join(t.TempDir(), "gptq")
	_, err := GPTQ(t.Context(), m, planOf(int2.Scheme{Bits: 4, Grid: int2.Twos, Group: 32, Solver: int2.RTN}), gptq, Options{})
	must(t, err)
	packed := open(t, gptq)
	if _, err := GPTQ(t.Context(), packed, planOf(int2.DefaultScheme()), filepath.Join(t.TempDir(), "again"), Options{}); err == nil || !strings.Contains(err.Error(), "already quantized by gptq") {
		t.Errorf("exporting a quantized model: %v", err)
	}
	out := filepath.Join(t.TempDir(), "floats")
	_, err = Dequantized(t.Context(), packed, planOf(int2.DefaultScheme()), out, Options{})
	must(t, err)
	got := open(t, out)
	if got.Quantization != "" {
		t.Errorf("the floats say they are quantized by %q", got.Quantization)
	}
	w, _ := got.Lookup(upProj + ".weight")
	src, _ := packed.Lookup(upProj + ".weight")
	if w.Stored != nil || w.DType != "F16" {
		t.Errorf("stored %v, dtype %s", w.Stored, w.DType)
	}
	metrics, err := compare(t.Context(), src, w, Options{})
	must(t, err)
	if metrics.Error != 0 {
		t.Errorf("values changed by %g", metrics.MaxAbsError)
	}
}

func TestDequantizedLeavesNothingBehind(t *testing.T) {
	m := source(t, safetensors.F32)
	dir := t.TempDir()
	p := planOf(int2.DefaultScheme())
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Dequantized(canceled, m, p, filepath.Join(dir, "a.safetensors"), Options{}); err == nil {
		t.Error("a canceled run succeeded")
	}
	// Stopped while it writes: the callback is called between tensors.
	ctx, stop := context.WithCancel(t.Context())
	_, err := Dequantized(ctx, m, p, filepath.Join(dir, "b.safetensors"), Options{Progress: func(done, of int, _ string) {
		if 2*done > of {
			stop()
		}
	}})
	if err == nil {
		t.Error("a run that was stopped succeeded")
	}
	for _, in := range append([]string{m.Root}, m.Files...) {
		if _, err := Dequantized(t.Context(), m, p, in, Options{}); err == nil || !strings.Contains(err.Error(), "the model that is read") {
			t.Errorf("overwriting the input %s: %v", in, err)
		}
	}
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != 0 {
		t.Errorf("left behind: %v", entries)
	}
	if _, err := model.Open(t.Context(), m.Root, model.Options{}); err != nil {
		t.Errorf("the input is no longer what it was: %v", err)
	}
}
