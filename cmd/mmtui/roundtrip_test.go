package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/mmtui/mmtui/core/diff"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/internal/sharedtest"
)

// command runs the program in this process and returns stdout.
func command(t *testing.T, args ...string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	con := &console{stdout: os.Stderr, out: newOutput(&stdout), err: &stderr, lookup: nothingSet(t.TempDir()), format: formatTable}
	if code := run(context.Background(), append(args, "--quiet"), con); code != exitOK {
		t.Fatalf("mmtui %v: exit code %d\n%s", args, code, &stderr)
	}
	return stdout.Bytes()
}

// nothingSet is an environment without settings.
func nothingSet(dir string) func(string) (string, bool) {
	return func(key string) (string, bool) {
		switch key {
		case "XDG_CONFIG_HOME", "XDG_STATE_HOME", "HF_HOME":
			return dir, true
		}
		return "", false
	}
}

func inspected(t *testing.T, args ...string) report.Model {
	t.Helper()
	m, err := report.ReadJSON(bytes.NewReader(command(t, append(args, "--format", "json")...)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func compared(t *testing.T, a, b string) map[string]diff.Row {
	t.Helper()
	var r diff.Report
	if err := json.Unmarshal(command(t, "diff", a, b, "--format", "json"), &r); err != nil {
		t.Fatal(err)
	}
	rows := map[string]diff.Row{}
	for _, row := range r.Tensors {
		rows[row.Name] = row
	}
	return rows
}

// The scan, the written file, what inspect reads from it, and the comparison
// of original and file agree to the last digit of the JSON.
func TestRoundTripOfRealModels(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(sharedtest.Dir(t), "models", "*.safetensors"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no models: %v", err)
	}
	for _, file := range files {
		for _, scheme := range [][]string{nil, {"--bits", "4", "--grid", "twos", "--group", "32"}, {"--solver", "ls"}, {"--solver", "best", "--group", "128"}} {
			name := filepath.Base(file)
			for _, word := range scheme {
				name += " " + word
			}
			t.Run(name, func(t *testing.T) { roundTrip(t, file, scheme) })
		}
	}
}

func roundTrip(t *testing.T, file string, scheme []string) {
	t.Parallel()
	dir := t.TempDir()
	packed, floats := filepath.Join(dir, "int2.safetensors"), filepath.Join(dir, "floats.safetensors")
	scan := inspected(t, append([]string{"inspect", file}, scheme...)...)
	written := inspected(t, append([]string{"quantize", file, "-o", packed}, scheme...)...)
	command(t, append([]string{"quantize", file, "-o", floats, "--dequantized"}, scheme...)...)
	read := inspected(t, "inspect", packed)
	ofPacked, ofFloats := compared(t, file, packed), compared(t, file, floats)
	recorded := map[string]report.Tensor{}
	for _, r := range read.Tensors {
		recorded[r.Name] = r
	}
	quantized := 0
	for i, want := range scan.Tensors {
		if w := written.Tensors[i]; !sameFigures(w, want) {
			t.Errorf("%s: quantize says %v, inspect %v", want.Name, figures(w), figures(want))
		}
		if want.Scheme == nil {
			if r := ofPacked[want.Name]; r.Status != diff.Same {
				t.Errorf("%s stays and is %s in the file", want.Name, r.Status)
			}
			if r := ofFloats[want.Name]; r.Status != diff.Same {
				t.Errorf("%s stays and is %s in the floats", want.Name, r.Status)
			}
			continue
		}
		quantized++
		if r := recorded[want.Name]; !sameFigures(r, want) {
			t.Errorf("%s: the file records %v, the scan has %v", want.Name, figures(r), figures(want))
		}
		if size := recorded[want.Name].SizeBytes; size != want.QuantizedSizeBytes {
			t.Errorf("%s takes %d bytes, the scan says %d", want.Name, size, want.QuantizedSizeBytes)
		}
		for what, r := range map[string]diff.Row{"the file": ofPacked[want.Name], "the floats": ofFloats[want.Name]} {
			got := []report.Number{r.SQNRdB, r.RelativeRMSE, r.Cosine, r.MaxAbsError}
			for k, w := range []report.Number{want.SQNRdB, want.RelativeRMSE, want.Cosine, want.MaxAbsError} {
				if !equal(got[k], w) && want.DType == "F32" {
					t.Errorf("%s: diff of %s has figure %d at %v, the scan %v", want.Name, what, k, got[k], w)
				}
			}
		}
	}
	if quantized == 0 {
		t.Error("no tensor was quantized")
	}
	// The tensors lie in another order in the file, and so are summed in another.
	if read.Total.SizeBytes != scan.Total.SizeBytes || math.Abs(float64(read.Total.SQNRdB-scan.Total.SQNRdB)) > 1e-11 {
		t.Errorf("totals of the file are %+v, of the scan %+v", read.Total, scan.Total)
	}
}

func figures(t report.Tensor) []report.Number {
	return append([]report.Number{t.SQNRdB, t.RelativeRMSE, t.Cosine, t.MaxAbsError, t.BelowIdealDB, t.ClippedRatio,
		t.CodeEntropyBits, t.Kurtosis, t.ScaleSpread, t.SignalEnergy, t.ErrorEnergy}, t.CodeOccupancy...)
}

func sameFigures(a, b report.Tensor) bool {
	x, y := figures(a), figures(b)
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if !equal(x[i], y[i]) {
			return false
		}
	}
	return true
}

func equal(a, b report.Number) bool {
	return a == b || (math.IsNaN(float64(a)) && math.IsNaN(float64(b)))
}

// Every real model goes through both exports, and the written folder compares
// as its report says.
func TestExportsOfRealModels(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(sharedtest.Dir(t), "models", "*.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	exported := 0
	for _, file := range files {
		for _, format := range []string{"gptq", "compressed-tensors"} {
			out := filepath.Join(t.TempDir(), format)
			var stdout, stderr bytes.Buffer
			con := &console{stdout: os.Stderr, out: newOutput(&stdout), err: &stderr, lookup: nothingSet(t.TempDir()), format: formatTable}
			code := run(context.Background(), []string{"quantize", file, "-o", out, "--export", format, "--format", "json"}, con)
			if code != exitOK {
				if !bytes.Contains(stderr.Bytes(), []byte("no linear layer is quantized")) {
					t.Errorf("%s as %s: exit code %d\n%s", filepath.Base(file), format, code, &stderr)
				}
				continue
			}
			exported++
			rep, err := report.ReadJSON(&stdout)
			if err != nil {
				t.Fatal(err)
			}
			rows := compared(t, file, out)
			for _, want := range rep.Tensors {
				if got := rows[want.Name]; want.Scheme != nil && !equal(got.SQNRdB, want.SQNRdB) {
					t.Errorf("%s as %s: %s has %v dB, the report says %v", filepath.Base(file), format, want.Name, got.SQNRdB, want.SQNRdB)
				}
			}
		}
	}
	if exported < 4 {
		t.Errorf("only %d exports of %d files", exported, len(files))
	}
}
