package export

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/int2file"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/int2"
)

func TestQuantizedFile(t *testing.T) {
	m := source(t, safetensors.BF16)
	out := filepath.Join(t.TempDir(), "int2.safetensors")
	eight := int2.Scheme{Bits: 8, Grid: int2.Affine, Group: int2.PerChannel, Solver: int2.RTN}
	p := planOf(int2.DefaultScheme()).WithRule(plan.Rule{Match: plan.Exact("lm_head.weight"), Choice: plan.FromScheme(&eight)})
	res, err := Quantize(t.Context(), m, p, out, Options{Tool: "mmtui:1.2.3"})
	must(t, err)
	f, err := safetensors.Open(out, safetensors.Limits{})
	must(t, err)
	defer f.Close()
	if f.Metadata[int2file.FormatKey] != int2file.Format || f.Metadata["tool"] != "mmtui:1.2.3" || f.Metadata["made"] != "by a test" {
		t.Errorf("metadata: format %q, tool %q, made %q", f.Metadata[int2file.FormatKey], f.Metadata["tool"], f.Metadata["made"])
	}
	got := open(t, out)
	if got.Quantization != "mmtui" {
		t.Errorf("quantization is %q", got.Quantization)
	}
	for i, src := range m.Tensors {
		row := res.Report.Tensors[i]
		w, ok := got.Lookup(src.Name)
		if !ok || !slices.Equal(w.Shape, src.Shape) {
			t.Fatalf("%s is not there with shape %v", src.Name, src.Shape)
		}
		if (row.Scheme == nil) != (w.Stored == nil) {
			t.Errorf("%s: scheme %v, stored %v", src.Name, row.Scheme, w.Stored)
		}
		if row.Scheme == nil {
			continue
		}
		if w.SizeBytes != row.QuantizedSizeBytes {
			t.Errorf("%s takes %d bytes, the report says %d", src.Name, w.SizeBytes, row.QuantizedSizeBytes)
		}
		metrics, err := compare(t.Context(), src, w, Options{})
		must(t, err)
		if metrics.SQNRdB != float64(row.SQNRdB) || metrics.MaxAbsError != float64(row.MaxAbsError) {
			t.Errorf("%s has %g dB, the report says %g", src.Name, metrics.SQNRdB, float64(row.SQNRdB))
		}
		if w.Recorded == nil || w.Recorded.SQNRdB != row.SQNRdB || w.Recorded.BelowIdealDB.Valid() != row.BelowIdealDB.Valid() {
			t.Errorf("%s records other figures than the report", src.Name)
		}
	}
	if row := rowOf(t, res.Report, "lm_head.weight"); row.Scheme == nil || *row.Scheme != eight {
		t.Errorf("lm_head is under %v", row.Scheme)
	}
}

// Quantizing a quantized file again under the same plan changes nothing.
func TestQuantizeTwice(t *testing.T) {
	m := source(t, safetensors.F32)
	dir := t.TempDir()
	first, second := filepath.Join(dir, "a.safetensors"), filepath.Join(dir, "b.safetensors")
	_, err := Quantize(t.Context(), m, planOf(int2.DefaultScheme()), first, Options{})
	must(t, err)
	_, err = Quantize(t.Context(), open(t, first), planOf(int2.DefaultScheme()), second, Options{})
	must(t, err)
	a, err := os.ReadFile(first)
	must(t, err)
	b, err := os.ReadFile(second)
	must(t, err)
	if string(a) != string(b) {
		t.Error("the files differ")
	}
}

func TestQuantizeKeepsPackedTensorsOfOthers(t *testing.T) {
	m := source(t, safetensors.F32)
	dir := t.TempDir()
	_, err := GPTQ(t.Context(), m, planOf(int2.DefaultScheme()), filepath.Join(dir, "gptq"), Options{})
	must(t, err)
	res, err := Quantize(t.Context(), open(t, filepath.Join(dir, "gptq")), planOf(int2.DefaultScheme()), filepath.Join(dir, "out.safetensors"), Options{})
	must(t, err)
	if len(res.Notes) != 1 || !strings.Contains(res.Notes[0], "stay as gptq packed them") {
		t.Errorf("notes are %q", res.Notes)
	}
	f, err := safetensors.Open(filepath.Join(dir, "out.safetensors"), safetensors.Limits{})
	must(t, err)
	defer f.Close()
	if _, ok := f.Lookup(upProj + ".qweight"); !ok {
		t.Error("qweight was not copied")
	}
	if _, ok := f.Lookup("lm_head.weight.codes"); !ok {
		t.Error("lm_head was not quantized")
	}
}

func TestQuantizeLeavesNothingBehind(t *testing.T) {
	m := source(t, safetensors.F32)
	dir := t.TempDir()
	p := planOf(int2.DefaultScheme())
	for _, share := range []float64{0, 0.4, 0.7} { // stopped before, while it measures, while it packs
		ctx, stop := context.WithCancel(t.Context())
		if share == 0 {
			stop()
		}
		_, err := Quantize(ctx, m, p, filepath.Join(dir, "a.safetensors"), Options{Progress: func(done, of int, _ string) {
			if float64(done) >= share*float64(of) {
				stop()
			}
		}})
		stop()
		if err == nil {
			t.Errorf("a run that was stopped at %g succeeded", share)
		}
	}
	if _, err := Quantize(t.Context(), m, p, m.Files[0], Options{}); err == nil || !strings.Contains(err.Error(), "the model that is read") {
		t.Errorf("overwriting the input: %v", err)
	}
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != 0 {
		t.Errorf("left behind: %v", entries)
	}
}

// A file that changes while it is read gives an error and no file.
func TestSourceThatChanges(t *testing.T) {
	for name, write := range map[string]func(ctx context.Context, dir string) error{
		"int2": func(ctx context.Context, dir string) error {
			m := source(t, safetensors.F32)
			_, err := Quantize(ctx, m, planOf(int2.DefaultScheme()), filepath.Join(dir, "out"), changing(t, m.Files[0]))
			return err
		},
		"dequantized": func(ctx context.Context, dir string) error {
			m := source(t, safetensors.F32)
			_, err := Dequantized(ctx, m, planOf(int2.DefaultScheme()), filepath.Join(dir, "out"), changing(t, m.Files[0]))
			return err
		},
		"gptq": func(ctx context.Context, dir string) error {
			m := source(t, safetensors.F32)
			_, err := GPTQ(ctx, m, planOf(int2.DefaultScheme()), filepath.Join(dir, "out"), changing(t, m.Files[0]))
			return err
		},
	} {
		dir := t.TempDir()
		err := write(t.Context(), dir)
		if err == nil || !strings.Contains(err.Error(), "changed while open") {
			t.Errorf("%s: error is %v", name, err)
		}
		if entries, _ := os.ReadDir(dir); len(entries) != 0 {
			t.Errorf("%s left behind %v", name, entries)
		}
	}
}

// changing cuts the file short when the second half of the work begins.
func changing(t *testing.T, path string) Options {
	done := false
	return Options{Progress: func(at, of int, _ string) {
		if !done && 2*at >= of {
			done = true
			must(t, os.Truncate(path, 2000))
		}
	}}
}

func TestReportOfAnExport(t *testing.T) {
	m := source(t, safetensors.F16)
	res, err := GPTQ(t.Context(), m, planOf(int2.DefaultScheme()), filepath.Join(t.TempDir(), "out"), Options{BudgetBytes: 1000})
	must(t, err)
	var size int64
	for _, row := range res.Report.Tensors {
		size += row.QuantizedSizeBytes
		if row.State != report.Done && row.State != report.Kept {
			t.Errorf("%s is %s", row.Name, row.State)
		}
	}
	if res.Report.Total.SizeBytes != size || res.Report.Total.OverBudgetBytes != size-1000 {
		t.Errorf("total is %+v, the rows sum to %d", res.Report.Total, size)
	}
}
