package safetensors

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// seed adds the small vectors and the reference writers' files.
func seed(f *testing.F, patterns ...string) {
	f.Helper()
	for _, pattern := range patterns {
		paths, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil || len(paths) == 0 {
			f.Fatalf("no seeds %s: %v", pattern, err)
		}
		for _, path := range paths {
			b, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
}

// FuzzParseHeader: no input panics; what is refused gives an *Error of a known
// kind; what is accepted agrees with encoding/json and can be written and read again.
func FuzzParseHeader(f *testing.F) {
	seed(f, filepath.Join("vectors", "*.safetensors"), filepath.Join("dtypes", "*.safetensors"))
	f.Fuzz(func(t *testing.T, file []byte) {
		h, err := ParseHeader(bytes.NewReader(file), int64(len(file)), Limits{})
		if err != nil {
			var own *Error
			if !errors.As(err, &own) || own.What == "" || own.Do == "" || own.Err == nil || h != nil {
				t.Fatalf("header %v, error %#v", h, err)
			}
			return
		}
		agreeWithJSON(t, file, h)
		rewrite(t, file, h)
	})
}

// rewrite encodes an accepted header anew and parses that.
func rewrite(t *testing.T, file []byte, h *Header) {
	t.Helper()
	var entries []Entry
	for _, info := range h.Tensors {
		entries = append(entries, BytesEntry(info.Name, info.DType, info.Shape, nil))
	}
	order, header, err := layout(entries, h.Metadata)
	if err != nil {
		t.Fatalf("what was read cannot be written: %v", err)
	}
	again := append(header, make([]byte, int64(len(file))-h.DataStart)...)
	h2, err := ParseHeader(bytes.NewReader(again), int64(len(again)), Limits{HeaderBytes: maxHeaderBytes})
	if err != nil {
		t.Fatalf("what was written cannot be read: %v\n%q", err, header)
	}
	if len(h2.Tensors) != len(h.Tensors) || len(h2.Metadata) != len(h.Metadata) {
		t.Fatalf("%d tensors and %d metadata became %d and %d", len(h.Tensors), len(h.Metadata), len(h2.Tensors), len(h2.Metadata))
	}
	for _, p := range order {
		a, _ := h.Lookup(p.Name)
		b, ok := h2.Lookup(p.Name)
		if !ok || a.DType != b.DType || a.Size() != b.Size() || a.ShapeText() != b.ShapeText() {
			t.Fatalf("%+v became %+v", a, b)
		}
	}
}

// FuzzReadIndex: no input panics; what is accepted agrees with encoding/json
// and names shards inside the folder only.
func FuzzReadIndex(f *testing.F) {
	seed(f, filepath.Join("dtypes", "sharded", "*.json"))
	for _, text := range indexTexts() {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		index, err := parseIndex(text, DefaultLimits())
		if err != nil {
			var own *Error
			if !errors.As(err, &own) || own.What == "" || own.Do == "" || own.Err == nil || index != nil {
				t.Fatalf("index %v, error %#v", index, err)
			}
			return
		}
		var object map[string]json.RawMessage
		var want map[string]string
		if err := json.Unmarshal(text, &object); err != nil {
			t.Fatalf("accepted what encoding/json refuses: %v", err)
		}
		if err := json.Unmarshal(object["weight_map"], &want); err != nil {
			t.Fatalf("accepted a map that encoding/json refuses: %v", err)
		}
		if len(want) != len(index.WeightMap) || len(want) != len(index.Names) || index.TotalSize < -1 {
			t.Fatalf("%+v, want %v", index, want)
		}
		for name, shard := range want {
			if index.WeightMap[name] != shard {
				t.Fatalf("%q is in %q, want %q", name, index.WeightMap[name], shard)
			}
			if !filepath.IsLocal(shard) {
				t.Fatalf("the shard %q leads out of the folder", shard)
			}
		}
	})
}
