package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/safetensors"
)

const committed = "../../examples/tiny-vlm"

// TestCommittedFilesAreCurrent writes the example again and compares all bytes.
func TestCommittedFilesAreCurrent(t *testing.T) {
	dir := t.TempDir()
	if err := write(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, e := range entries {
		names[e.Name()] = true
		want, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(committed, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if ext := filepath.Ext(e.Name()); ext != ".safetensors" && ext != ".png" { // a text may have been checked out with Windows lines
			got = bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n"))
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the generator writes; run `go generate ./examples`", e.Name())
		}
	}
	for _, name := range []string{"model.safetensors", "config.json", "tokenizer.json", "house.png", "project.toml", "README.md"} {
		if !names[name] {
			t.Errorf("the generator wrote no %s", name)
		}
	}
}

func TestLabelledUntrained(t *testing.T) {
	for _, name := range []string{"model.safetensors", "config.json", "project.toml", "README.md"} {
		data, err := os.ReadFile(filepath.Join(committed, name))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(data), label) {
			t.Errorf("%s does not say %q", name, label)
		}
		if name == "model.safetensors" && len(data) > 1_500_000 {
			t.Errorf("%s has %d bytes; the repository carries at most 1.5 MB", name, len(data))
		}
		if name == "config.json" && !json.Valid(data) {
			t.Errorf("%s is not JSON", name)
		}
	}
}

// TestWeights measures what the README says of the weights.
func TestWeights(t *testing.T) {
	all := map[string][]float32{}
	shapes := map[string][]int{}
	types := map[safetensors.DType]int{}
	for _, e := range entries() {
		var b bytes.Buffer
		if err := e.Write(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		n := b.Len() * 8 / e.DType.Bits()
		values := make([]float32, n)
		if err := safetensors.Decode(e.DType, b.Bytes(), values); err != nil {
			t.Fatal(err)
		}
		all[e.Name], shapes[e.Name] = values, e.Shape
		types[e.DType]++
	}
	if types[safetensors.F32] == 0 || types[safetensors.BF16] == 0 {
		t.Errorf("types %v, want F32 and BF16", types)
	}
	plain := all["model.text_model.layers.0.mlp.up_proj.weight"]
	mean, sigma, kurtosis := moments(plain)
	if math.Abs(mean) > 0.003 || sigma < 0.08 || sigma > 0.12 || kurtosis < 3.5 || kurtosis > 8 {
		t.Errorf("a plain tensor has mean %.4f, deviation %.4f, kurtosis %.2f", mean, sigma, kurtosis)
	}
	outlier, cols := all[outlierTensor], shapes[outlierTensor][1]
	var channel, rest []float32
	for i, v := range outlier {
		if i%cols == 37 {
			channel = append(channel, v)
		} else {
			rest = append(rest, v)
		}
	}
	_, in, _ := moments(channel)
	_, out, _ := moments(rest)
	if in/out < 15 || in/out > 35 {
		t.Errorf("the outlier channel is %.1f times its peers", in/out)
	}
	var alive int
	for _, v := range all[deadTensor] {
		if math.Abs(float64(v)) > 0.01 {
			alive++
		}
	}
	if share := float64(alive) / float64(len(all[deadTensor])); share < 0.15 || share > 0.18 {
		t.Errorf("%.3f of the nearly dead tensor is alive", share)
	}
	var atLimit int
	for _, v := range all[clippedTensor] {
		if a := math.Abs(float64(v)); a > 0.0995 && a < 0.1005 {
			atLimit++
		}
	}
	if share := float64(atLimit) / float64(len(all[clippedTensor])); share < 0.1 {
		t.Errorf("only %.3f of the clipped tensor is at the limit", share)
	}
}

func moments(values []float32) (mean, sigma, kurtosis float64) {
	n := float64(len(values))
	for _, v := range values {
		mean += float64(v) / n
	}
	var m2, m4 float64
	for _, v := range values {
		d := float64(v) - mean
		m2 += d * d / n
		m4 += d * d * d * d / n
	}
	return mean, math.Sqrt(m2), m4 / (m2 * m2)
}
