package model_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/internal/sharedtest"
	"github.com/mmtui/mmtui/internal/usertest"
)

func small(f *folder, name string, v float32) *folder {
	return f.floats(name, safetensors.F32, []int{1, 2}, []float32{v, v})
}

// sharded writes two shards and their index.
func sharded(t *testing.T) *folder {
	f := newFolder(t)
	small(f, "b", 1).save("model-00001-of-00002.safetensors")
	small(f, "a", 2).save("model-00002-of-00002.safetensors")
	return f.file("model.safetensors.index.json", `{"metadata": {"total_size": 16}, "weight_map": {
		"b": "model-00001-of-00002.safetensors", "a": "model-00002-of-00002.safetensors"}}`)
}

func TestOpensFilesAndFolders(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		make  func(t *testing.T) string // what to open
		files []string
		names []string
		warns string
	}{
		"a file": {func(t *testing.T) string {
			return filepath.Join(small(newFolder(t), "x", 1).save("weights.safetensors").dir, "weights.safetensors")
		}, []string{"weights.safetensors"}, []string{"x"}, ""},
		"a folder with model.safetensors and others": {func(t *testing.T) string {
			return small(small(newFolder(t), "x", 1).save("model.safetensors"), "y", 1).save("other.safetensors").dir
		}, []string{"model.safetensors"}, []string{"x"}, ""},
		"a folder with one file": {func(t *testing.T) string {
			return small(newFolder(t), "x", 1).save("pruned.safetensors").dir
		}, []string{"pruned.safetensors"}, []string{"x"}, ""},
		"a folder with several files": {func(t *testing.T) string {
			return small(small(newFolder(t), "x", 1).save("vision.safetensors"), "y", 1).save("text.safetensors").dir
		}, []string{"text.safetensors", "vision.safetensors"}, []string{"y", "x"}, ""},
		"shards": {func(t *testing.T) string { return sharded(t).dir },
			[]string{"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"}, []string{"b", "a"}, ""},
		"an index": {func(t *testing.T) string { return filepath.Join(sharded(t).dir, "model.safetensors.index.json") },
			[]string{"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"}, []string{"b", "a"}, ""},
		"one shard": {func(t *testing.T) string { return filepath.Join(sharded(t).dir, "model-00002-of-00002.safetensors") },
			[]string{"model-00002-of-00002.safetensors"}, []string{"a"}, "shard 2 of 2"},
		"shards without an index": {func(t *testing.T) string {
			f := sharded(t)
			if err := os.Remove(filepath.Join(f.dir, "model.safetensors.index.json")); err != nil {
				t.Fatal(err)
			}
			return f.dir
		}, []string{"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"}, []string{"b", "a"}, ""},
		"an index beside model.safetensors": {func(t *testing.T) string { return small(sharded(t), "old", 1).save("model.safetensors").dir },
			[]string{"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"}, []string{"b", "a"}, "model.safetensors is also there"},
		"an index of another name": {func(t *testing.T) string {
			f := small(newFolder(t), "u", 1).save("diffusion_pytorch_model-00001-of-00001.safetensors")
			return f.file("diffusion_pytorch_model.safetensors.index.json", `{"weight_map": {"u": "diffusion_pytorch_model-00001-of-00001.safetensors"}}`).dir
		}, []string{"diffusion_pytorch_model-00001-of-00001.safetensors"}, []string{"u"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := c.make(t)
			m := open(t, path)
			var base []string
			for _, f := range m.Files {
				if !filepath.IsAbs(f) {
					t.Errorf("file %s is not absolute", f)
				}
				base = append(base, filepath.Base(f))
			}
			if !slices.Equal(base, c.files) || !slices.Equal(names(m), c.names) {
				t.Errorf("files %v with %v, want %v with %v", base, names(m), c.files, c.names)
			}
			if all := strings.Join(m.Warnings, "\n"); !strings.Contains(all, c.warns) || c.warns == "" && all != "" {
				t.Errorf("warnings %q, want %q", m.Warnings, c.warns)
			}
			if m.SizeBytes != int64(8*len(c.names)) || m.Parameters != int64(2*len(c.names)) {
				t.Errorf("%d bytes, %d parameters", m.SizeBytes, m.Parameters)
			}
		})
	}
}

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		make func(f *folder) string
		want []string
	}{
		"no such file":    {func(f *folder) string { return filepath.Join(f.dir, "x.safetensors") }, []string{"no such file"}},
		"nothing":         {func(*folder) string { return "" }, []string{"no model was named"}},
		"an empty folder": {func(f *folder) string { return f.dir }, []string{"the folder is empty"}},
		"a pickle": {func(f *folder) string { return f.file("pytorch_model.bin", "\x80\x02}").file("config.json", "{}").dir },
			[]string{"pytorch_model.bin is a PyTorch pickle", "convert"}},
		"a GGUF":    {func(f *folder) string { return f.file("q4.gguf", "GGUF").dir }, []string{"q4.gguf is a GGUF", "safetensors checkpoint"}},
		"an ONNX":   {func(f *folder) string { return f.file("m.onnx", "\x08").dir }, []string{"m.onnx is an ONNX model"}},
		"a .pt":     {func(f *folder) string { return f.file("m.PT", "PK").dir }, []string{"m.PT is a PyTorch pickle"}},
		"only text": {func(f *folder) string { return f.file("README.md", "hi").dir }, []string{"only README.md"}},
		"diffusers": {func(f *folder) string {
			return small(f, "x", 1).file("unet/.keep", "").save("unet/diffusion_pytorch_model.safetensors").file("model_index.json", "{}").dir
		}, []string{"unet" + string(filepath.Separator), "give one of these folders"}},
		"a config": {func(f *folder) string { return filepath.Join(f.file("config.json", "{}").dir, "config.json") }, []string{"configuration", "folder"}},
		"a text file": {func(f *folder) string {
			return filepath.Join(f.file("notes.safetensors", "just text here").dir, "notes.safetensors")
		},
			[]string{"notes.safetensors"}},
		"several indexes": {func(f *folder) string {
			return f.file("a.safetensors.index.json", "{}").file("b.safetensors.index.json", "{}").dir
		},
			[]string{"several models", "a.safetensors.index.json"}},
		"a missing shard": {func(f *folder) string {
			return small(f, "x", 1).save("model-00001-of-00003.safetensors").dir
		}, []string{"shard 2 of 3", "missing"}},
		"an index to a missing shard": {func(f *folder) string {
			return f.file("model.safetensors.index.json", `{"weight_map": {"x": "model-00001-of-00001.safetensors"}}`).dir
		}, []string{"model-00001-of-00001.safetensors"}},
		"an index that names a tensor its shard lacks": {func(f *folder) string {
			return small(f, "x", 1).save("a.safetensors").file("model.safetensors.index.json", `{"weight_map": {"x": "a.safetensors", "y": "a.safetensors"}}`).dir
		}, []string{"y"}},
		"an index that leads outside": {func(f *folder) string {
			return f.file("model.safetensors.index.json", `{"weight_map": {"x": "../a.safetensors"}}`).dir
		}, []string{"../a.safetensors"}},
		"a tensor twice": {func(f *folder) string {
			return small(small(f, "x", 1).save("a.safetensors"), "x", 2).save("b.safetensors").dir
		},
			[]string{"tensor x", "a.safetensors", "b.safetensors"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := c.make(newFolder(t))
			m, err := model.Open(context.Background(), path, model.Options{CacheDir: t.TempDir()})
			if err == nil {
				_ = m.Close()
				t.Fatalf("opened %v", names(m))
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q does not say %q", err, w)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q is more than a line", err)
			}
		})
	}
}

func TestOpenWithoutPermission(t *testing.T) {
	t.Parallel()
	f := small(newFolder(t), "x", 1).save("model.safetensors")
	if err := os.Chmod(filepath.Join(f.dir, "model.safetensors"), 0); err != nil {
		t.Fatal(err)
	}
	usertest.Enter(t, f.dir)
	usertest.Ordinary(t, func() {
		_, err := model.Open(context.Background(), f.dir, model.Options{})
		if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "permission") {
			t.Errorf("%v", err)
		}
	})
}

func TestOpenIsCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	f := small(newFolder(t), "x", 1).save("model.safetensors")
	if _, err := model.Open(ctx, f.dir, model.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ config, architecture, modelType, warns string }{
		"complete":        {`{"architectures": ["LlamaForCausalLM", "X"], "model_type": "llama"}`, "LlamaForCausalLM", "llama", ""},
		"model type only": {`{"model_type": "clip"}`, "clip", "clip", ""},
		"diffusers":       {`{"_class_name": "UNet2DConditionModel"}`, "UNet2DConditionModel", "", ""},
		"odd types":       {`{"architectures": "x", "model_type": 3}`, "", "", ""},
		"other case":      {`{"Architectures": ["X"], "MODEL_TYPE": "x"}`, "", "", ""},
		"broken":          {`{"model_type": "llama"`, "", "", "config.json"},
		"a list":          {`[1]`, "", "", "config.json"},
		"deep":            {strings.Repeat("[", 100000), "", "", "config.json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := small(newFolder(t), "x", 1).config(c.config).open()
			if m.Architecture != c.architecture || m.ModelType != c.modelType {
				t.Errorf("%q, %q; want %q, %q", m.Architecture, m.ModelType, c.architecture, c.modelType)
			}
			if all := strings.Join(m.Warnings, "\n"); !strings.Contains(all, c.warns) || c.warns == "" && all != "" {
				t.Errorf("warnings %q, want %q", m.Warnings, c.warns)
			}
		})
	}
	if m := small(newFolder(t), "x", 1).open(); m.Architecture != "" || len(m.Warnings) != 0 {
		t.Errorf("without config.json: %q, %q", m.Architecture, m.Warnings)
	}
}

// TestSharedModels opens the real models and reads every tensor that has a matrix.
func TestSharedModels(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(sharedtest.Dir(t), "models", "*.safetensors"))
	if err != nil || len(files) < 5 {
		t.Fatalf("%d models, %v", len(files), err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			m := open(t, path)
			if len(m.Warnings) > 0 {
				t.Errorf("warnings %q", m.Warnings)
			}
			matrices := 0
			for _, tensor := range m.Tensors {
				rows, cols, ok, reason := tensor.Matrix()
				if !ok {
					if reason == "" {
						t.Errorf("%s: no reason", tensor.Name)
					}
					continue
				}
				matrices++
				if int64(rows)*int64(cols) != tensor.Parameters {
					t.Errorf("%s: [%d, %d] of %d", tensor.Name, rows, cols, tensor.Parameters)
				}
				r, err := tensor.Rows(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				last := make([]float32, cols)
				if err := r.ReadRows(context.Background(), rows-1, rows, last); err != nil {
					t.Error(err)
				}
				end := make([]float32, 1)
				if err := tensor.Values(context.Background(), tensor.Parameters-1, end); err != nil || end[0] != last[cols-1] {
					t.Errorf("%s: the last value is %v and %v (%v)", tensor.Name, last[cols-1], end[0], err)
				}
			}
			if matrices == 0 {
				t.Error("no matrices")
			}
		})
	}
}

func TestSharedShards(t *testing.T) {
	t.Parallel()
	m := open(t, filepath.Join(sharedtest.Dir(t), "fixtures/safetensors/dtypes/sharded"))
	if len(m.Files) != 4 || len(m.Tensors) != 7 || m.SizeBytes != 1664 || len(m.Warnings) != 0 {
		t.Errorf("%d files, %d tensors, %d bytes, warnings %q", len(m.Files), len(m.Tensors), m.SizeBytes, m.Warnings)
	}
}
