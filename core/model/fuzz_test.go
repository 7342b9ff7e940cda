package model_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/mmtui/mmtui/core/model"
)

// FuzzOpenForeign mutates the header and the configuration of packed
// checkpoints: whatever they say, opening and reading ends in values or an
// error, without a panic and without an allocation that the file does not
// justify (the fuzzer's memory is the bound).
func FuzzOpenForeign(f *testing.F) {
	fixtures := make(map[byte][]byte) // tensor data of each fixture, appended to the mutated header
	i := byte(0)
	for _, name := range slices.Sorted(maps.Keys(storedAs())) {
		dir := filepath.Join("testdata/quantized", name)
		file, err := os.ReadFile(filepath.Join(dir, "model.safetensors"))
		if err != nil {
			f.Fatal(err)
		}
		config, err := os.ReadFile(filepath.Join(dir, "config.json"))
		if err != nil {
			f.Fatal(err)
		}
		n := binary.LittleEndian.Uint64(file)
		fixtures[i] = file[8+n:]
		// The last parts of the data are the small ones that say how to decode.
		f.Add(i, bytes.TrimRight(file[8:8+n], " "), config, fixtures[i][len(fixtures[i])-min(200, len(fixtures[i])):])
		i++
	}
	f.Fuzz(func(t *testing.T, which byte, header, config, tail []byte) {
		data := bytes.Clone(fixtures[which%i])
		if len(tail) <= len(data) {
			copy(data[len(data)-len(tail):], tail)
		}
		file := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
		file = append(append(file, header...), data...)
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "model.safetensors"), file, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "config.json"), config, 0o644); err != nil {
			t.Fatal(err)
		}
		readSome(dir)
	})
}

// readSome reads the ends of every matrix; an error is a fine outcome.
func readSome(dir string) {
	ctx := context.Background()
	m, err := model.Open(ctx, dir, model.Options{})
	if err != nil {
		return
	}
	defer m.Close()
	for _, tensor := range m.Tensors {
		rows, cols, ok, _ := tensor.Matrix()
		if !ok {
			continue
		}
		if r, err := tensor.Rows(ctx); err == nil {
			row := make([]float32, cols)
			_ = r.ReadRows(ctx, 0, 1, row)
			_ = r.ReadRows(ctx, rows/2, rows/2+1, row)
			_ = r.ReadRows(ctx, rows-1, rows, row)
		}
	}
}
