package model_test

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/safetensors"
)

// folder is a model in a temporary folder, put together by a test.
type folder struct {
	t       testing.TB
	dir     string
	entries []safetensors.Entry
}

func newFolder(t testing.TB) *folder { return &folder{t: t, dir: t.TempDir()} }

func (f *folder) bytes(name string, d safetensors.DType, shape []int, data []byte) *folder {
	f.entries = append(f.entries, safetensors.BytesEntry(name, d, shape, data))
	return f
}

func (f *folder) floats(name string, d safetensors.DType, shape []int, values []float32) *folder {
	return f.bytes(name, d, shape, encode(f.t, d, values))
}

func (f *folder) words(name string, shape []int, words []uint32) *folder {
	data := make([]byte, 0, 4*len(words))
	for _, w := range words {
		data = binary.LittleEndian.AppendUint32(data, w)
	}
	return f.bytes(name, safetensors.I32, shape, data)
}

func (f *folder) longs(name string, values ...int64) *folder {
	data := make([]byte, 0, 8*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint64(data, uint64(v))
	}
	return f.bytes(name, safetensors.I64, []int{len(values)}, data)
}

func (f *folder) scalar(name string, v int32) *folder {
	return f.bytes(name, safetensors.I32, []int{}, binary.LittleEndian.AppendUint32(nil, uint32(v)))
}

func (f *folder) config(text string) *folder { return f.file("config.json", text) }

func (f *folder) file(name, text string) *folder {
	f.t.Helper()
	path := filepath.Join(f.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		f.t.Fatal(err)
	}
	return f
}

// save writes what was put together so far to a file, and starts anew.
func (f *folder) save(name string) *folder {
	f.t.Helper()
	if err := safetensors.Write(context.Background(), filepath.Join(f.dir, name), f.entries, nil); err != nil {
		f.t.Fatal(err)
	}
	f.entries = nil
	return f
}

// open saves as model.safetensors and opens the folder.
func (f *folder) open() *model.Model {
	f.t.Helper()
	return open(f.t, f.save("model.safetensors").dir)
}

// fails saves and expects Open to fail.
func (f *folder) fails() error {
	f.t.Helper()
	f.save("model.safetensors")
	m, err := model.Open(context.Background(), f.dir, model.Options{})
	if err == nil {
		_ = m.Close()
		f.t.Fatalf("opened, with tensors %v and warnings %q", names(m), m.Warnings)
	}
	return err
}

// source is a deterministic stream of random numbers for one test.
func source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }

// randomCodes are n codes of b bits.
func randomCodes(r *rand.Rand, n, b int) []int {
	codes := make([]int, n)
	for i := range codes {
		codes[i] = r.IntN(1 << b)
	}
	return codes
}

// randomScales are n positive numbers that a dtype can hold exactly.
func randomScales(r *rand.Rand, n int) []float32 {
	scales := make([]float32, n)
	for i := range scales {
		scales[i] = float32(1+r.IntN(127)) / 4096
	}
	return scales
}

// bitStream packs codes of b bits into words, low bits first, astride.
func bitStream(codes []int, b int) []uint32 {
	words := make([]uint32, (len(codes)*b+31)/32)
	for i, c := range codes {
		at := i * b
		words[at/32] |= uint32(c) << (at % 32)
		if at%32+b > 32 {
			words[at/32+1] |= uint32(c) >> (32 - at%32)
		}
	}
	return words
}

// packRows packs each of rows rows on its own.
func packRows(codes []int, rows, b int) (words []uint32, perRow int) {
	cols := len(codes) / rows
	for r := range rows {
		words = append(words, bitStream(codes[r*cols:(r+1)*cols], b)...)
	}
	return words, len(words) / rows
}

// transpose turns a [rows, cols] matrix into [cols, rows].
func transpose[T any](m []T, rows, cols int) []T {
	out := make([]T, len(m))
	for r := range rows {
		for c := range cols {
			out[c*rows+r] = m[r*cols+c]
		}
	}
	return out
}

// rounded is v in a dtype and back.
func rounded(d safetensors.DType, v float32) float32 {
	switch d {
	case safetensors.F16:
		return safetensors.F16ToF32(safetensors.F32ToF16(v))
	case safetensors.BF16:
		return safetensors.BF16ToF32(safetensors.F32ToBF16(v))
	}
	return v
}

// wantValues compares a tensor of a model with a matrix, exactly.
func wantValues(t *testing.T, m *model.Model, name string, shape []int, want func(r, c int) float32) {
	t.Helper()
	tensor, ok := m.Lookup(name)
	if !ok {
		t.Fatalf("no tensor %s, only %v; warnings %q", name, names(m), m.Warnings)
	}
	rows, cols, ok, reason := tensor.Matrix()
	if !ok || rows != shape[0] || cols != shape[1] {
		t.Fatalf("matrix [%d, %d] %v %s, want %v", rows, cols, ok, reason, shape)
	}
	r, err := tensor.Rows(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got := make([]float32, rows*cols)
	if err := r.ReadRows(context.Background(), 0, rows, got); err != nil {
		t.Fatal(err)
	}
	for i, v := range got {
		if w := want(i/cols, i%cols); v != w {
			t.Fatalf("row %d, column %d: %v, want %v", i/cols, i%cols, v, w)
		}
	}
	// A run that begins and ends inside a row, in the flat order of Shape.
	if !tensor.Transposed && len(got) > 3 {
		run := make([]float32, len(got)/2+1)
		first := len(got) / 3
		if err := tensor.Values(context.Background(), int64(first), run); err != nil {
			t.Fatal(err)
		}
		for i, v := range run {
			if v != got[first+i] {
				t.Fatalf("value %d is %v, row reading gave %v", first+i, v, got[first+i])
			}
		}
	}
}
