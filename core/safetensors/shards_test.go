package safetensors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/internal/sharedtest"
)

func TestShardedFixture(t *testing.T) {
	checkSharded(t, filepath.Join("testdata", "dtypes", "sharded"))
}

func TestSharedShardedFixture(t *testing.T) {
	checkSharded(t, filepath.Join(sharedtest.Dir(t), "fixtures", "safetensors", "dtypes", "sharded"))
}

func checkSharded(t *testing.T, dir string) {
	t.Helper()
	s, err := OpenIndex(dir, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if len(s.Files) != 4 || len(s.Tensors) != 7 || s.Index.TotalSize != 1664 || len(s.Warnings) != 0 {
		t.Errorf("%d files, %d tensors, total %d, warnings %q", len(s.Files), len(s.Tensors), s.Index.TotalSize, s.Warnings)
	}
	var order []string
	for _, tensor := range s.Tensors {
		order = append(order, tensor.Name)
	}
	want := []string{"model.layers.0.w", "model.layers.1.w", "model.layers.2.w", "model.layers.3.w", "model.layers.4.w", "model.layers.5.w", "lm_head.weight"}
	if !slices.Equal(order, want) || !slices.Equal(s.Index.Names, want) {
		t.Errorf("order %q, in the index %q", order, s.Index.Names)
	}
	b, err := os.ReadFile(filepath.Join(dir, "first_last.json"))
	if err != nil {
		t.Fatal(err)
	}
	var ends map[string][2]float64
	if err := json.Unmarshal(b, &ends); err != nil {
		t.Fatal(err)
	}
	for _, name := range want {
		tensor, ok := s.Lookup(name)
		if !ok {
			t.Fatalf("no tensor %q", name)
		}
		values := make([]float32, tensor.Parameters())
		if err := tensor.File.ReadValues(context.Background(), tensor.Info, 0, values); err != nil {
			t.Fatal(err)
		}
		if first, last := float64(values[0]), float64(values[len(values)-1]); first != ends[name][0] || last != ends[name][1] {
			t.Errorf("%q goes from %v to %v, want %v", name, first, last, ends[name])
		}
	}
	if _, ok := s.Lookup("none"); ok {
		t.Error("found a tensor that is not there")
	}
}

// shardedModel writes shards, each a list of tensor names (U8, one byte), and an index text.
func shardedModel(t *testing.T, shards map[string][]string, index string) string {
	t.Helper()
	dir := t.TempDir()
	for shard, names := range shards {
		var entries []Entry
		for _, name := range names {
			entries = append(entries, BytesEntry(name, U8, []int{1}, []byte{7}))
		}
		path := filepath.Join(dir, shard)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := Write(context.Background(), path, entries, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, IndexName), []byte(index), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func indexText(total string, pairs ...string) string {
	var entries []string
	for i := 0; i < len(pairs); i += 2 {
		entries = append(entries, fmt.Sprintf("%q: %q", pairs[i], pairs[i+1]))
	}
	return fmt.Sprintf(`{"metadata": {"total_size": %s}, "weight_map": {%s}}`, total, strings.Join(entries, ", "))
}

func TestMismatchedShards(t *testing.T) {
	good := map[string][]string{"1.safetensors": {"a", "b"}, "2.safetensors": {"c"}}
	full := []string{"a", "1.safetensors", "b", "1.safetensors", "c", "2.safetensors"}
	with := func(change func(m map[string][]string)) map[string][]string {
		m := maps.Clone(good)
		change(m)
		return m
	}
	for _, c := range []struct {
		name   string
		shards map[string][]string
		index  string
		word   string
	}{
		{"good", good, indexText("3", full...), ""},
		{"in a folder below", map[string][]string{"sub/1.safetensors": {"a"}}, indexText("1", "a", "sub/1.safetensors"), ""},
		{"one shard missing", with(func(m map[string][]string) { delete(m, "2.safetensors") }), indexText("3", full...), `shard "2.safetensors" is missing; download`},
		{"all shards missing", nil, indexText("3", full...), "2 of 2 shards are missing"},
		{"tensor missing", with(func(m map[string][]string) { m["1.safetensors"] = []string{"a"} }), indexText("3", full...), `shard "1.safetensors" has no tensor "b"`},
		{"tensor elsewhere", good, indexText("3", "a", "1.safetensors", "b", "2.safetensors", "c", "2.safetensors"), `tensor "b" is in shard "1.safetensors", but the index says "2.safetensors"`},
		{"tensor twice", with(func(m map[string][]string) { m["2.safetensors"] = []string{"b", "c"} }), indexText("3", full...), `tensor "b" is in two shards, "1.safetensors" and "2.safetensors"`},
		{"tensor not listed", with(func(m map[string][]string) { m["2.safetensors"] = []string{"c", "d\x1b"} }), indexText("3", full...), `has the tensor "d\x1b", which the index does not list`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := shardedModel(t, c.shards, c.index)
			s, err := OpenIndex(dir, Limits{})
			if c.word == "" {
				if err != nil {
					t.Fatal(err)
				}
				if len(s.Warnings) != 0 {
					t.Errorf("warnings %q", s.Warnings)
				}
				_ = s.Close()
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.word) || !strings.HasPrefix(err.Error(), filepath.Join(dir, IndexName)+": ") {
				t.Errorf("%v, want it to say %q", err, c.word)
			}
		})
	}
}

func TestShardIsNoSafetensors(t *testing.T) {
	dir := shardedModel(t, map[string][]string{"1.safetensors": {"a"}}, indexText("2", "a", "1.safetensors", "b", "2.bin"))
	if err := os.WriteFile(filepath.Join(dir, "2.bin"), []byte("PK\x03\x04\x00\x00\x08\x08"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenIndex(dir, Limits{}); !errors.Is(err, ErrNotSafetensors) || !strings.HasPrefix(err.Error(), filepath.Join(dir, "2.bin")) {
		t.Errorf("%v", err)
	}
}

func TestTotalSize(t *testing.T) {
	for total, want := range map[string]int64{"3": 3, "3.0": 3, "4": 4, "9007199254740993": 9007199254740993} {
		dir := shardedModel(t, map[string][]string{"1.safetensors": {"a", "b", "c"}}, indexText(total, "a", "1.safetensors", "b", "1.safetensors", "c", "1.safetensors"))
		s, err := OpenIndex(filepath.Join(dir, IndexName), Limits{}) // by the file as well
		if err != nil {
			t.Fatal(err)
		}
		if s.Index.TotalSize != want {
			t.Errorf("total_size %s is %d, want %d", total, s.Index.TotalSize, want)
		}
		if warned := len(s.Warnings) == 1 && strings.Contains(s.Warnings[0], "the shards hold 3"); warned != (want != 3) {
			t.Errorf("total_size %s: warnings %q", total, s.Warnings)
		}
		_ = s.Close()
	}
}

// indexTexts are index files that must be refused. They seed the fuzzing too.
func indexTexts() map[string]string {
	bad := map[string]string{}
	for _, shard := range []string{"../x", "/etc/passwd", "a/../../x", `a\\b`, "C:x", "./a", "a//b", "", ".", ".."} {
		bad["shard "+shard] = `{"weight_map":{"a":"` + shard + `"}}`
	}
	maps.Copy(bad, map[string]string{
		"control character": `{"weight_map":{"a":"x\u001b"}}`,
		"duplicate":         `{"weight_map":{"a":"1","a":"1"}}`,
		"duplicate escaped": `{"weight_map":{"a":"1","\u0061":"1"}}`,
		"two maps":          `{"weight_map":{"a":"1"},"weight_map":{"a":"1"}}`,
		"number as shard":   `{"weight_map":{"a":1}}`,
		"array":             `{"weight_map":["a"]}`,
		"no map":            `{"metadata":{}}`,
		"empty map":         `{"weight_map":{}}`,
		"case":              `{"Weight_Map":{"a":"1"}}`,
		"text total":        `{"metadata":{"total_size":"3"},"weight_map":{"a":"1"}}`,
		"negative total":    `{"metadata":{"total_size":-1},"weight_map":{"a":"1"}}`,
		"huge total":        `{"metadata":{"total_size":1e300},"weight_map":{"a":"1"}}`,
		"duplicate total":   `{"metadata":{"total_size":1,"total_size":1},"weight_map":{"a":"1"}}`,
		"trailing":          `{"weight_map":{"a":"1"}}{}`,
		"bad UTF-8":         "{\"weight_map\":{\"a\xff\":\"1\"}}",
		"empty":             "",
		"long name":         `{"weight_map":{"` + strings.Repeat("n", 513) + `":"1"}}`,
		"deep":              `{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `,"weight_map":{"a":"1"}}`,
	})
	return bad
}

func TestBadIndexes(t *testing.T) {
	for name, text := range indexTexts() {
		path := filepath.Join(t.TempDir(), IndexName)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		index, err := ReadIndex(path)
		var own *Error
		if index != nil || !errors.As(err, &own) || own.Path != path || own.Do == "" || own.Do == adviceDamaged {
			t.Errorf("%s: %v, %v", name, index, err)
		}
	}
	for name, text := range map[string]string{
		"no metadata":   `{"weight_map":{"a":"1.safetensors"}}`,
		"null metadata": `{"metadata":null,"weight_map":{"a":"1.safetensors"}}`,
		"other fields":  `{"metadata":{"total_parameters":5,"x":{"y":[[[1]]]}},"version":2,"weight_map":{"a":"1.safetensors"}}`,
		"control names": `{"weight_map":{"a\u001b":"1.safetensors"}}`,
	} {
		if index, err := parseIndex([]byte(text), DefaultLimits()); err != nil || len(index.Names) != 1 || index.TotalSize != -1 {
			t.Errorf("%s: %+v, %v", name, index, err)
		}
	}
}

func TestIndexOfFolderWithout(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenIndex(dir, Limits{}); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), IndexName) {
		t.Errorf("%v", err)
	}
	if _, err := ReadIndex(dir); !errors.Is(err, ErrInvalid) {
		t.Errorf("a folder as an index: %v", err)
	}
}
