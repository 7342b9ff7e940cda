package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mmtui/mmtui/core/safetensors"
)

// makeModel writes a small model with random weights: `mkmodel KIND PATH`.
//
//	small    a file: 2 linear layers, a norm, a scalar, an integer tensor
//	folder   a folder: a linear layer in F16, config.json, tokenizer.json
//	sharded  a folder with two shards and an index
//	bad      a file with one tensor that holds a NaN and one of denormals
//	many     a file with 64 linear layers
//	pickle, gguf  files of other kinds
//	header   a file with this header, ' standing for ", and no data
func makeModel(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: mkmodel KIND PATH [HEADER]")
	}
	path := ts.MkAbs(args[1])
	switch args[0] {
	case "small":
		ts.Check(writeModel(path, map[string]string{"format": "pt"}, linear("enc.0.weight", safetensors.F32, 64, 128),
			linear("enc.1.weight", safetensors.F32, 32, 64), floats("enc.norm.weight", safetensors.F32, []int{64}),
			floats("scale", safetensors.F32, []int{}), safetensors.BytesEntry("ids", safetensors.I64, []int{2}, make([]byte, 16))))
	case "folder":
		ts.Check(os.MkdirAll(path, 0o777))
		ts.Check(writeModel(filepath.Join(path, "model.safetensors"), map[string]string{"format": "pt"},
			linear("model.layers.0.up_proj.weight", safetensors.F16, 64, 128), floats("model.norm.weight", safetensors.F16, []int{64})))
		ts.Check(os.WriteFile(filepath.Join(path, "config.json"), []byte(`{"architectures":["TinyForCausalLM"],"model_type":"tiny"}`), 0o666))
		ts.Check(os.WriteFile(filepath.Join(path, "tokenizer.json"), []byte(`{}`), 0o666))
	case "sharded":
		ts.Check(os.MkdirAll(path, 0o777))
		one, two := linear("a.weight", safetensors.BF16, 32, 64), linear("b.weight", safetensors.BF16, 32, 64)
		ts.Check(writeModel(filepath.Join(path, "model-00001-of-00002.safetensors"), nil, one))
		ts.Check(writeModel(filepath.Join(path, "model-00002-of-00002.safetensors"), nil, two))
		ts.Check(os.WriteFile(filepath.Join(path, "model.safetensors.index.json"), []byte(
			`{"metadata":{"total_size":8192},"weight_map":{"a.weight":"model-00001-of-00002.safetensors","b.weight":"model-00002-of-00002.safetensors"}}`), 0o666))
	case "bad":
		nan := values("x", 64*64)
		nan[7] = float32(math.NaN())
		tiny := make([]float32, 64*64)
		for i := range tiny {
			tiny[i] = math.SmallestNonzeroFloat32 * float32(i%7)
		}
		ts.Check(writeModel(path, nil, safetensors.FloatsEntry("nan.weight", safetensors.F32, []int{64, 64}, nan),
			safetensors.FloatsEntry("tiny.weight", safetensors.F32, []int{64, 64}, tiny), linear("good.weight", safetensors.F32, 64, 64)))
	case "pickle":
		ts.Check(os.WriteFile(path, append([]byte("PK\x03\x04\x00\x00\x08\x08archive/data.pkl\x80\x02c"), make([]byte, 64)...), 0o666))
	case "gguf":
		ts.Check(os.WriteFile(path, append([]byte("GGUF\x03\x00\x00\x00"), make([]byte, 64)...), 0o666))
	case "header": // what follows is the JSON of a header
		text := strings.ReplaceAll(args[2], "'", "\"")
		ts.Check(os.WriteFile(path, append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...), 0o666))
	case "many":
		ts.Check(writeModel(path, nil, manyLayers(64)...))
	default:
		ts.Fatalf("mkmodel: no kind %q", args[0])
	}
}

func manyLayers(n int) []safetensors.Entry {
	entries := make([]safetensors.Entry, n)
	for i := range entries {
		entries[i] = linear(fmt.Sprintf("layers.%d.weight", i), safetensors.F32, 64, 256)
	}
	return entries
}

func linear(name string, d safetensors.DType, rows, cols int) safetensors.Entry {
	return floats(name, d, []int{rows, cols})
}

func floats(name string, d safetensors.DType, shape []int) safetensors.Entry {
	n := 1
	for _, s := range shape {
		n *= s
	}
	return safetensors.FloatsEntry(name, d, shape, values(name, n))
}

// values are N(0, 0.05²), others for every name.
func values(name string, n int) []float32 {
	seed := uint64(14695981039346656037)
	for _, b := range []byte(name) {
		seed = (seed ^ uint64(b)) * 1099511628211
	}
	random := rand.New(rand.NewPCG(seed, 1))
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(0.05 * random.NormFloat64())
	}
	return v
}

func writeModel(path string, metadata map[string]string, entries ...safetensors.Entry) error {
	return safetensors.Write(context.Background(), path, entries, metadata)
}

func atoi(ts *testscript.TestScript, s string) int {
	n, err := strconv.Atoi(s)
	ts.Check(err)
	return n
}
