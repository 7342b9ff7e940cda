package variant

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mmtui/mmtui/core/int2file"
	"github.com/mmtui/mmtui/core/safetensors"
)

func entries(t *testing.T, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, entryPrefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// What comes from the cache has the bits and the figures of what was put there.
func TestWarmEqualsCold(t *testing.T) {
	t.Parallel()
	m, dir := openModel(t, tinyVLM), t.TempDir()
	cold := openSet(t, m, INT2(), dir)
	if cold.FromCache() != 0 || len(cold.Layers()) == 0 || len(cold.Warnings()) != 0 {
		t.Fatalf("cold: %d of %d from the cache, %v", cold.FromCache(), len(cold.Layers()), cold.Warnings())
	}
	warm := openSet(t, m, INT2(), dir)
	if warm.FromCache() != len(warm.Layers()) || len(warm.Warnings()) != 0 {
		t.Fatalf("warm: %d of %d from the cache, %v", warm.FromCache(), len(warm.Layers()), warm.Warnings())
	}
	sameRows(t, rowsOf(t, warm), rowsOf(t, cold))
	for i, l := range cold.Layers() {
		l.Origin = FromCache
		if got := warm.Layers()[i]; got != l {
			t.Errorf("warm %+v, cold %+v", got, l)
		}
	}
	if warm.Bytes() != cold.Bytes() || warm.BitsPerWeight() != cold.BitsPerWeight() {
		t.Errorf("warm takes %d bytes, cold %d", warm.Bytes(), cold.Bytes())
	}
	without := Options{CacheBytes: -1}
	plain, err := Open(t.Context(), m, INT2(), without)
	if err != nil || plain.FromCache() != 0 {
		t.Fatalf("without a cache: %d from it, %v", plain.FromCache(), err)
	}
	sameRows(t, rowsOf(t, plain), rowsOf(t, cold))
}

// An entry that is not what it should be is told, made again and replaced.
func TestDamagedEntries(t *testing.T) {
	t.Parallel()
	resave := func(path string, change func(meta map[string]string)) error {
		f, err := safetensors.Open(path, safetensors.Limits{})
		if err != nil {
			return err
		}
		defer f.Close()
		list, err := int2file.List(f)
		if err != nil {
			return err
		}
		p, err := list[0].Decode(context.Background(), f)
		if err != nil {
			return err
		}
		meta := map[string]string{}
		for k, v := range f.Metadata {
			meta[k] = v
		}
		change(meta)
		return safetensors.Write(context.Background(), path, int2file.Entries(entryTensor, p), meta)
	}
	flip := func(path string, at int) error {
		data, err := os.ReadFile(path)
		if err == nil {
			data[len(data)-at] ^= 1
			err = os.WriteFile(path, data, 0o666)
		}
		return err
	}
	for name, damage := range map[string]func(path string) error{
		"empty":     func(path string) error { return os.WriteFile(path, nil, 0o666) },
		"text":      func(path string) error { return os.WriteFile(path, []byte("not a model"), 0o666) },
		"truncated": func(path string) error { return os.Truncate(path, 700) },
		"a bit":     func(path string) error { return flip(path, 1) },
		"another format": func(path string) error {
			return resave(path, func(m map[string]string) { m[int2file.FormatKey] = "mmtui-int2-99" })
		},
		"no format": func(path string) error {
			return resave(path, func(m map[string]string) { delete(m, int2file.FormatKey) })
		},
		"another version": func(path string) error {
			return resave(path, func(m map[string]string) { m[keyVersion] = "0" })
		},
		"another tensor": func(path string) error {
			return resave(path, func(m map[string]string) { m[keyFingerprint] = "0000000000000000" })
		},
		"no figures": func(path string) error {
			return resave(path, func(m map[string]string) {
				m[entryTensor+".int2"] = strings.Replace(m[entryTensor+".int2"], `"measured"`, `"unmeasured"`, 1)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, dir := openModel(t, tinyVLM), t.TempDir()
			want := rowsOf(t, openSet(t, m, INT2(), dir))
			path := entries(t, dir)[0]
			if err := damage(path); err != nil {
				t.Fatal(err)
			}
			s := openSet(t, m, INT2(), dir)
			if w := s.Warnings(); len(w) != 1 || !strings.HasPrefix(w[0], path+": ") || !strings.HasSuffix(w[0], "quantized again") {
				t.Errorf("warnings %q", w)
			}
			if got := s.FromCache(); got != len(s.Layers())-1 {
				t.Errorf("%d of %d from the cache", got, len(s.Layers()))
			}
			sameRows(t, rowsOf(t, s), want)
			again := openSet(t, m, INT2(), dir)
			if again.FromCache() != len(again.Layers()) || len(again.Warnings()) != 0 {
				t.Errorf("it was not replaced: %v", again.Warnings())
			}
		})
	}
}

// An entry under the name of another matrix is not taken for it.
func TestSwappedEntries(t *testing.T) {
	t.Parallel()
	m, dir := openModel(t, tinyVLM), t.TempDir()
	want := rowsOf(t, openSet(t, m, INT2(), dir))
	paths := entries(t, dir)
	for _, step := range [][2]string{{paths[0], paths[0] + ".x"}, {paths[1], paths[0]}, {paths[0] + ".x", paths[1]}} {
		if err := os.Rename(step[0], step[1]); err != nil {
			t.Fatal(err)
		}
	}
	s := openSet(t, m, INT2(), dir)
	if len(s.Warnings()) != 2 {
		t.Errorf("warnings %q", s.Warnings())
	}
	sameRows(t, rowsOf(t, s), want)
}

func TestUnwritableCache(t *testing.T) {
	t.Parallel()
	m := openModel(t, tinyVLM)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "packs")} {
		s := openSet(t, m, INT2(), dir)
		if w := s.Warnings(); len(w) != 1 || !strings.Contains(w[0], "cannot be kept here") || len(s.Layers()) == 0 {
			t.Errorf("%s: %d layers, warnings %q", dir, len(s.Layers()), w)
		}
	}
}

// Several programs on one folder do not disturb each other.
func TestSharedCache(t *testing.T) {
	t.Parallel()
	m, dir := openModel(t, tinyVLM), t.TempDir()
	sets := make([]*Set, 4)
	errs := make([]error, len(sets))
	var all sync.WaitGroup
	for i := range sets {
		all.Go(func() { sets[i], errs[i] = Open(context.Background(), m, INT2(), Options{CacheDir: dir, Workers: 2}) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	for _, s := range sets {
		if len(s.Warnings()) != 0 {
			t.Error(s.Warnings())
		}
		sameRows(t, rowsOf(t, s), rowsOf(t, sets[0]))
	}
}

// The entries that were used longest ago go first; other files stay.
func TestPrune(t *testing.T) {
	t.Parallel()
	m, dir := openModel(t, tinyVLM), t.TempDir()
	put := func(name string, size int, age time.Duration) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, make([]byte, size), 0o666); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const day = 24 * time.Hour
	oldest := put("pack-0000000000000001-1x16-v1.safetensors", 1<<20, 9*day)
	older := put("pack-0000000000000002-1x16-v1.safetensors", 1<<20, 8*day)
	newer := put("index-0000000000000003.json", 1<<20, day)
	left := put(".pack-0000000000000004.safetensors.00.tmp", 10, 2*day)
	busy := put(".pack-0000000000000005.safetensors.00.tmp", 10, 0)
	foreign := []string{put("model.safetensors", 1<<22, 99*day), put("pack-list.txt", 1<<20, 99*day), put("pack-mine.safetensors", 1<<20, 99*day)}
	if _, err := Open(t.Context(), m, INT2(), Options{CacheDir: dir, CacheBytes: 5 << 18}); err != nil { // the model's own and one more
		t.Fatal(err)
	}
	there := func(path string) bool { _, err := os.Stat(path); return err == nil }
	for _, path := range []string{oldest, older, left} {
		if there(path) {
			t.Errorf("%s stayed", filepath.Base(path))
		}
	}
	for _, path := range append(foreign, newer, busy) {
		if !there(path) {
			t.Errorf("%s went", filepath.Base(path))
		}
	}
	if s := openSet(t, m, INT2(), dir); s.FromCache() != len(s.Layers()) {
		t.Errorf("%d of %d entries of the model are left", s.FromCache(), len(s.Layers()))
	}
}

// A context that ends leaves whole entries only.
func TestCancelled(t *testing.T) {
	t.Parallel()
	m, dir := openModel(t, tinyVLM), t.TempDir()
	for stop := 1; stop <= 5; stop++ {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := Open(ctx, m, INT2(), Options{CacheDir: dir, Workers: 2, Progress: func(done, of int, _ string) {
			if done == stop {
				cancel()
			}
		}})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("after %d tensors: %v", stop, err)
		}
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if !isEntry(f.Name()) {
				t.Errorf("%s is left", f.Name())
			}
		}
	}
	s := openSet(t, m, INT2(), dir)
	if len(s.Warnings()) != 0 || s.FromCache() == 0 {
		t.Errorf("%d from the cache, warnings %q", s.FromCache(), s.Warnings())
	}
}

// Progress counts every tensor once, in order.
func TestProgress(t *testing.T) {
	t.Parallel()
	m := openModel(t, tinyVLM)
	var seen int
	s, err := Open(t.Context(), m, INT2(), Options{CacheDir: t.TempDir(), Workers: 3, Progress: func(done, of int, name string) {
		if seen++; done != seen || name == "" || done > of {
			t.Errorf("%d of %d %q after %d", done, of, name, seen-1)
		}
	}})
	if err != nil || seen != len(s.Layers()) {
		t.Errorf("%d told, %d layers: %v", seen, len(s.Layers()), err)
	}
}
