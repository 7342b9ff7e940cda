package variant

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// age makes a file as old as one that was downloaded some time ago.
func age(t *testing.T, path string, at time.Time) {
	t.Helper()
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

// A file is known again without reading it, and a copy that only looks the
// same (path, size and time) is not taken for it.
func TestIndexKnowsTheFile(t *testing.T) {
	t.Parallel()
	folder, dir := copyFolder(t, tinyVLM, nil), t.TempDir()
	path := filepath.Join(folder, "model.safetensors")
	at := time.Now().Add(-time.Hour).Truncate(time.Second)
	age(t, path, at)
	first := openSet(t, openModel(t, folder), INT2(), dir)
	kept, err := filepath.Glob(filepath.Join(dir, indexPrefix+"*"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("indexes %v: %v", kept, err)
	}
	x := readIndex(kept[0])
	if x == nil || len(x.Tensors) != len(first.Layers()) {
		t.Fatalf("the index holds %+v", x)
	}
	m := openModel(t, folder)
	for _, l := range first.Layers() {
		tensor, _ := m.Lookup(l.Name)
		want, err := tensor.Fingerprint(t.Context())
		if err != nil || x.Tensors[l.Name].Fingerprint != want {
			t.Errorf("%s: %x, the tensor's is %x: %v", l.Name, x.Tensors[l.Name].Fingerprint, want, err)
		}
	}
	// What the index says is used: another fingerprint leads to another entry.
	name := first.Layers()[0].Name
	c := newCache(dir, 0, func(string, ...any) {})
	tensor, _ := m.Lookup(name)
	c.index(path).Tensors[name] = func() indexedValue { v := x.Tensors[name]; v.Fingerprint++; return v }()
	if got, err := c.fingerprint(t.Context(), tensor); err != nil || got != x.Tensors[name].Fingerprint+1 {
		t.Errorf("the index was not asked: %x, %v", got, err)
	}

	// Other weights of the same size and time, at the same path.
	scaled := copyFolder(t, tinyVLM, func(name string, v []float32) []float32 {
		for i := range v {
			v[i] *= 2
		}
		return v
	})
	if err := os.Rename(filepath.Join(scaled, "model.safetensors"), path); err != nil {
		t.Fatal(err)
	}
	age(t, path, at)
	second := openSet(t, openModel(t, folder), INT2(), dir)
	if second.FromCache() != 0 {
		t.Errorf("%d tensors of the old weights were used", second.FromCache())
	}
}

// A file that was written a moment ago may change again within a tick of the clock.
func TestIndexOfFreshFile(t *testing.T) {
	t.Parallel()
	folder, dir := copyFolder(t, tinyVLM, nil), t.TempDir()
	age(t, filepath.Join(folder, "model.safetensors"), time.Now().Add(time.Hour))
	openSet(t, openModel(t, folder), INT2(), dir)
	if kept, err := filepath.Glob(filepath.Join(dir, indexPrefix+"*")); err != nil || len(kept) != 0 {
		t.Errorf("indexes %v: %v", kept, err)
	}
}

// A damaged index is as good as none.
func TestDamagedIndex(t *testing.T) {
	t.Parallel()
	folder, dir := copyFolder(t, tinyVLM, nil), t.TempDir()
	age(t, filepath.Join(folder, "model.safetensors"), time.Now().Add(-time.Hour))
	want := rowsOf(t, openSet(t, openModel(t, folder), INT2(), dir))
	kept, _ := filepath.Glob(filepath.Join(dir, indexPrefix+"*"))
	for _, text := range []string{"", "{", `{"version":1,"tensors":{"x":{"sample":"y"}}}`, `null`, `{"version":9}`} {
		if err := os.WriteFile(kept[0], []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		s := openSet(t, openModel(t, folder), INT2(), dir)
		if s.FromCache() != len(s.Layers()) || len(s.Warnings()) != 0 {
			t.Errorf("%q: %d of %d from the cache, %v", text, s.FromCache(), len(s.Layers()), s.Warnings())
		}
		sameRows(t, rowsOf(t, s), want)
	}
}
