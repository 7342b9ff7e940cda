package model_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/internal/sharedtest"
)

const (
	commitA = "1111111111111111111111111111111111111aaa"
	commitB = "2222222222222222222222222222222222222bbb"
)

// hub builds the cache that huggingface_hub wrote for the reference data:
// acme/tiny-llama in two revisions, B is main, A is v1.0 and refs/pr/1, plus a
// model without owner whose blob is a link into a store that repositories share.
func hub(t *testing.T) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("symbolic links need a privilege on Windows")
	}
	root := filepath.Join(t.TempDir(), "hub")
	repo := filepath.Join(root, "models--acme--tiny-llama")
	weights := func(norm float32) []byte {
		path := filepath.Join(t.TempDir(), "x.safetensors")
		err := safetensors.Write(context.Background(), path, []safetensors.Entry{
			safetensors.FloatsEntry("model.embed.weight", safetensors.F32, []int{8, 4}, make([]float32, 32)),
			safetensors.FloatsEntry("model.norm.weight", safetensors.F32, []int{4}, []float32{norm, norm, norm, norm}),
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	put := func(path string, data []byte) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	link := func(target, path string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.FromSlash(target), path); err != nil {
			t.Fatal(err)
		}
	}
	put(filepath.Join(root, "CACHEDIR.TAG"), []byte("Signature: 8a477f597d28d172789f06886806bc55\n"))
	put(filepath.Join(repo, "refs/main"), []byte(commitB))
	put(filepath.Join(repo, "refs/v1.0"), []byte(commitA))
	put(filepath.Join(repo, "refs/refs/pr/1"), []byte(commitA))
	put(filepath.Join(repo, "refs/gone"), []byte("3333333333333333333333333333333333333ccc"))
	put(filepath.Join(repo, ".no_exist", commitA, "pytorch_model.bin"), nil)
	config := []byte(`{"model_type": "llama", "hidden_size": 4}`)
	put(filepath.Join(repo, "blobs/config"), config)
	put(filepath.Join(repo, "blobs/one"), weights(1))
	put(filepath.Join(repo, "blobs/two"), weights(2))
	put(filepath.Join(repo, "blobs/notes"), []byte("nested\n"))
	for commit, blob := range map[string]string{commitA: "one", commitB: "two"} {
		snapshot := filepath.Join(repo, "snapshots", commit)
		link("../../blobs/config", filepath.Join(snapshot, "config.json"))
		link("../../blobs/"+blob, filepath.Join(snapshot, "model.safetensors"))
	}
	link("../../../../blobs/notes", filepath.Join(repo, "snapshots", commitA, "onnx/sub/notes.txt"))

	bare := filepath.Join(root, "models--bare")
	put(filepath.Join(root, "store/blob"), weights(3))
	put(filepath.Join(bare, "refs/main"), []byte(commitA+"\n"))
	link("../../store/blob", filepath.Join(bare, "blobs/three"))
	link("../../blobs/three", filepath.Join(bare, "snapshots", commitA, "model.safetensors"))

	put(filepath.Join(root, "datasets--acme--pairs/refs/main"), []byte(commitA))
	put(filepath.Join(root, "models--acme--empty/refs/main"), []byte(commitA))
	return root
}

func TestOpensCacheNames(t *testing.T) {
	t.Parallel()
	root := hub(t)
	for name, want := range map[string]struct {
		commit string
		norm   float32
	}{
		"acme/tiny-llama":                  {commitB, 2},
		"acme/tiny-llama@main":             {commitB, 2},
		"acme/tiny-llama@v1.0":             {commitA, 1},
		"acme/tiny-llama@refs/pr/1":        {commitA, 1},
		"acme/tiny-llama@" + commitA:       {commitA, 1},
		"acme/tiny-llama@2222":             {commitB, 2},
		"bare":                             {commitA, 3},
		root + "/models--acme--tiny-llama": {commitB, 2},
	} {
		t.Run(strings.ReplaceAll(filepath.Base(name), "/", "_"), func(t *testing.T) {
			t.Parallel()
			m, err := model.Open(context.Background(), name, model.Options{CacheDir: root})
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			if m.Revision != want.commit || m.Path != name {
				t.Errorf("revision %s of %s, want %s", m.Revision, m.Path, want.commit)
			}
			norm, ok := m.Lookup("model.norm.weight")
			if !ok {
				t.Fatalf("tensors %v", names(m))
			}
			v := make([]float32, 4)
			if err := norm.Values(context.Background(), 0, v); err != nil {
				t.Fatal(err)
			}
			if v[3] != want.norm {
				t.Errorf("norm %v, want %v: another revision's weights", v[3], want.norm)
			}
			if strings.HasPrefix(name, "acme/") && m.ModelType != "llama" {
				t.Errorf("model type %q: config.json of the snapshot was not read", m.ModelType)
			}
		})
	}
}

func TestCacheNameErrors(t *testing.T) {
	t.Parallel()
	root := hub(t)
	for name, want := range map[string][]string{
		"acme/tiny-lama":            {"no model of this name", "acme/tiny-llama", root},
		"nobody/nothing":            {"no model of this name", "bare"},
		"acme/tiny-llama@nope":      {"no revision nope", "main", "v1.0", "refs/pr/1", commitA},
		"acme/tiny-llama@gone":      {"commit 3333", "not in the cache"},
		"acme/tiny-llama@111":       {"no revision 111"}, // too short to be the beginning of a commit
		"acme/empty":                {"not in the cache"},
		"acme/tiny-llama@../../etc": {"no such file"},
		"acme/tiny-llama@/etc":      {"no such file"},
		"../models--bare":           {"no such file"},
		"a/b/c":                     {"no such file"},
		"missing.safetensors":       {"no such file"},
	} {
		_, err := model.Open(context.Background(), name, model.Options{CacheDir: root})
		if err == nil {
			t.Errorf("%s: opened", name)
			continue
		}
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v is not fs.ErrNotExist", name, err)
		}
		for _, part := range want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q does not say %q", name, err, part)
			}
		}
	}
	if err := os.RemoveAll(root); err != nil {
		t.Fatal(err)
	}
	if _, err := model.Open(context.Background(), "acme/tiny-llama", model.Options{CacheDir: root}); err == nil || !strings.Contains(err.Error(), "holds no models") {
		t.Errorf("without a cache: %v", err)
	}
}

// An existing path wins over a name in the cache.
func TestPathBeforeCacheName(t *testing.T) {
	root := hub(t)
	here := newFolder(t)
	here.floats("mine", safetensors.F32, []int{1}, []float32{7})
	if err := os.Mkdir(filepath.Join(here.dir, "bare"), 0o755); err != nil {
		t.Fatal(err)
	}
	here.save("bare/model.safetensors")
	t.Chdir(here.dir)
	m, err := model.Open(context.Background(), "bare", model.Options{CacheDir: root})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if _, ok := m.Lookup("mine"); !ok || m.Revision != "" {
		t.Errorf("opened %v of revision %q, want the folder", names(m), m.Revision)
	}
}

func TestCacheFromEnvironment(t *testing.T) {
	root := hub(t)
	clearCache := func(t *testing.T) {
		for _, v := range []string{"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"} {
			t.Setenv(v, "")
		}
		t.Setenv("HOME", t.TempDir())
	}
	home := filepath.Dir(root) // root is …/hub
	standard := filepath.Join(t.TempDir(), ".cache", "huggingface")
	if err := os.MkdirAll(standard, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(root, filepath.Join(standard, "hub")); err != nil {
		t.Fatal(err)
	}
	cache := filepath.Dir(standard)
	for _, c := range []struct{ variable, value string }{
		{"HF_HUB_CACHE", root}, {"HUGGINGFACE_HUB_CACHE", root}, {"HF_HOME", home}, {"XDG_CACHE_HOME", cache}, {"HOME", filepath.Dir(cache)},
	} {
		t.Run(c.variable, func(t *testing.T) {
			clearCache(t)
			t.Setenv(c.variable, c.value)
			found, err := model.ListCache(model.Options{})
			if err != nil || len(found) != 2 {
				t.Errorf("%d models, %v; want 2", len(found), err)
			}
		})
	}
	t.Run("order", func(t *testing.T) {
		clearCache(t)
		t.Setenv("HF_HUB_CACHE", root)
		t.Setenv("HF_HOME", t.TempDir())
		if found, err := model.ListCache(model.Options{}); err != nil || len(found) != 2 {
			t.Errorf("HF_HUB_CACHE lost against HF_HOME: %d models, %v", len(found), err)
		}
	})
	t.Run("none", func(t *testing.T) {
		clearCache(t)
		if found, err := model.ListCache(model.Options{}); err != nil || len(found) != 0 {
			t.Errorf("%d models, %v; want none and no error", len(found), err)
		}
	})
}

func TestListCache(t *testing.T) {
	t.Parallel()
	found, err := model.ListCache(model.Options{CacheDir: hub(t)})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 2 || found[0].Name != "acme/tiny-llama" || found[1].Name != "bare" {
		t.Fatalf("%+v, want acme/tiny-llama and bare", found)
	}
	e := found[0]
	if e.Files != 4 || len(e.Revisions) != 2 || !slices.Equal(e.Refs, []string{"gone", "main", "refs/pr/1", "v1.0"}) {
		t.Errorf("%+v, want 4 files, 2 revisions and 4 refs", e)
	}
	a := e.Revisions[0]
	if a.Commit != commitA || !slices.Equal(a.Refs, []string{"refs/pr/1", "v1.0"}) || !a.Weights ||
		!slices.Equal(a.Files, []string{"config.json", "model.safetensors", "onnx/sub/notes.txt"}) || a.Modified.IsZero() {
		t.Errorf("%+v", a)
	}
	// The two revisions share config.json, which counts once.
	if shared := a.SizeBytes + e.Revisions[1].SizeBytes - e.SizeBytes; shared != int64(len(`{"model_type": "llama", "hidden_size": 4}`)) {
		t.Errorf("the revisions share %d bytes", shared)
	}
	if bare := found[1]; bare.SizeBytes == 0 || bare.Files != 1 {
		t.Errorf("%+v: a blob that is a link was not followed", bare)
	}
}

// sharedHub is the reference cache: as it lies in the shared folder, where a
// copy may have lost its links, and rebuilt with them.
func sharedHub(t *testing.T, dir string, tree []string) map[string]string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "hub")
	links := 0
	for _, line := range tree {
		name, what, _ := strings.Cut(line, "  ")
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if target, ok := strings.CutPrefix(what, "-> "); ok {
			links++
			if err := os.Symlink(target, path); err != nil {
				t.Skipf("no symbolic links here: %v", err)
			}
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if links == 0 {
		t.Fatal("no links in the expected tree")
	}
	return map[string]string{"as it lies": dir, "with its links": root}
}

// TestSharedHub compares with what huggingface_hub says of the cache it wrote.
func TestSharedHub(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(sharedtest.Dir(t), "fixtures/safetensors")
	var want struct {
		Tree []string `json:"tree"`
		Scan []struct {
			Repo      string   `json:"repo_id"`
			Size      int64    `json:"size_on_disk"`
			Files     int      `json:"nb_files"`
			Refs      []string `json:"refs"`
			Revisions []struct {
				Commit string   `json:"commit"`
				Refs   []string `json:"refs"`
				Size   int64    `json:"size_on_disk"`
				Files  []string `json:"files"`
			} `json:"revisions"`
		} `json:"scan_cache_dir"`
		Resolves map[string]*string `json:"resolves"`
	}
	data, err := os.ReadFile(filepath.Join(dir, "hub_expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	for name, root := range sharedHub(t, filepath.Join(dir, "hub"), want.Tree) {
		t.Run(name, func(t *testing.T) {
			opt := model.Options{CacheDir: root}
			found, err := model.ListCache(opt)
			if err != nil || len(found) != len(want.Scan) {
				t.Fatalf("%+v, %v", found, err)
			}
			for i, w := range want.Scan {
				e := found[i]
				if e.Name != w.Repo || e.SizeBytes != w.Size || e.Files != w.Files || !slices.Equal(e.Refs, w.Refs) || len(e.Revisions) != len(w.Revisions) {
					t.Errorf("%+v, want %+v", e, w)
					continue
				}
				for j, r := range w.Revisions {
					var base []string
					for _, f := range e.Revisions[j].Files {
						base = append(base, filepath.Base(f))
					}
					slices.Sort(base)
					if got := e.Revisions[j]; got.Commit != r.Commit || got.SizeBytes != r.Size || !slices.Equal(got.Refs, r.Refs) || !slices.Equal(base, r.Files) {
						t.Errorf("%+v, want %+v", got, r)
					}
				}
			}
			if len(want.Resolves) < 5 {
				t.Fatalf("%d revisions to resolve", len(want.Resolves))
			}
			for revision, path := range want.Resolves {
				m, err := model.Open(context.Background(), "acme/tiny-llama@"+revision, opt)
				if (err == nil) != (path != nil) {
					t.Errorf("%s: %v", revision, err)
				}
				if err != nil {
					continue
				}
				got, err := os.ReadFile(m.Files[0])
				if err != nil {
					t.Error(err)
				}
				resolved, err := os.ReadFile(filepath.Join(dir, "hub", filepath.FromSlash(*path)))
				if err != nil {
					t.Error(err)
				}
				if blob, ok := strings.CutPrefix(string(resolved), "../../"); ok { // the text of a link
					resolved, err = os.ReadFile(filepath.Join(dir, "hub/models--acme--tiny-llama", blob))
					if err != nil {
						t.Error(err)
					}
				}
				if !bytes.Equal(got, resolved) {
					t.Errorf("%s: %s is not the file %s", revision, m.Files[0], *path)
				}
				if m.ModelType != "llama" {
					t.Errorf("%s: model type %q", revision, m.ModelType)
				}
				if err := m.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
