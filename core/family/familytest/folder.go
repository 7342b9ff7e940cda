// Package familytest writes model folders with random weights, for tests and
// benchmarks: the shapes, names and config.json of a published family, without
// anybody's weights.
package familytest

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/safetensors"
)

// Folder is a model before it is written.
type Folder struct {
	Config    map[string]any   // config.json
	Processor map[string]any   // processor_config.json, nil for none
	Tensors   map[string][]int // shapes by name
}

// add puts NAME.weight [out, in] and, if biased, NAME.bias among the tensors.
func (f *Folder) add(name string, biased bool, shape ...int) {
	f.Tensors[name+".weight"] = shape
	if biased {
		f.Tensors[name+".bias"] = shape[:1]
	}
}

// Write writes config.json, processor_config.json and model.safetensors into a
// folder, which it makes. Equal seeds give equal weights: matrices of a variance
// that keeps activations near one, gains near one and small biases.
func (f *Folder) Write(ctx context.Context, dir string, dtype safetensors.DType, seed uint64) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	files := map[string]map[string]any{"config.json": f.Config}
	if f.Processor != nil {
		files["processor_config.json"] = f.Processor
	}
	for name, content := range files {
		data, err := json.MarshalIndent(content, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), append(data, '\n'), 0o644); err != nil {
			return err
		}
	}
	var entries []safetensors.Entry
	for i, name := range slices.Sorted(maps.Keys(f.Tensors)) {
		entries = append(entries, random(name, dtype, f.Tensors[name], rand.New(rand.NewPCG(seed, uint64(i)))))
	}
	return safetensors.Write(ctx, filepath.Join(dir, "model.safetensors"), entries, map[string]string{"format": "pt", "note": "random weights"})
}

// random is a tensor of uniform values, written in blocks.
func random(name string, dtype safetensors.DType, shape []int, r *rand.Rand) safetensors.Entry {
	count, in := 1, 1
	for i, d := range shape {
		count *= d
		if i > 0 {
			in *= d
		}
	}
	mean, half := 0.0, math.Sqrt(3/float64(in))
	switch {
	case strings.HasSuffix(name, "logit_scale"):
		mean, half = 2.6, 0
	case len(shape) == 1 && strings.HasSuffix(name, ".weight"):
		mean, half = 1, 0.1
	case len(shape) <= 1:
		half = 0.1
	case strings.Contains(name, "embed") && !strings.Contains(name, "patch_embedding"):
		half = 0.5
	}
	return safetensors.Entry{Name: name, DType: dtype, Shape: shape, Write: func(ctx context.Context, w io.Writer) error {
		const step = 16 << 10
		values, raw := make([]float32, min(step, count)), make([]byte, min(step, count)*dtype.Bits()/8)
		for left := count; left > 0; left -= len(values) {
			if err := ctx.Err(); err != nil {
				return err
			}
			values = values[:min(left, len(values))]
			for i := range values {
				values[i] = float32(mean + half*(2*float64(r.Uint32())/(1<<32)-1))
			}
			block := raw[:len(values)*dtype.Bits()/8]
			if err := safetensors.Encode(dtype, values, block); err != nil {
				return err
			}
			if _, err := w.Write(block); err != nil {
				return err
			}
		}
		return nil
	}}
}
