package model_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/model"
)

// The text of a link into the repository's own blobs is followed, and no other:
// a snapshot cannot name a file elsewhere.
func TestLinkText(t *testing.T) {
	t.Parallel()
	for text, follows := range map[string]bool{
		"../../blobs/w":                     true,
		"../../../blobs/w":                  false, // of the cache, not of the repository
		"../../../models--b--c/blobs/w":     false,
		"../../blobs/../../models--b/blobs": false,
		"../../blobs/missing":               false,
		"../../blobs/w\n":                   false,
	} {
		f := small(newFolder(t), "x", 1).file("models--a/blobs/.keep", "").file("models--a/refs/main", commitA)
		f.save("models--a/blobs/w")
		b, err := os.ReadFile(filepath.Join(f.dir, "models--a/blobs/w"))
		if err != nil {
			t.Fatal(err)
		}
		f.file("blobs/w", string(b)).file("models--b--c/blobs/w", string(b)).file("models--b/blobs/w", string(b))
		f.file("models--a/snapshots/"+commitA+"/model.safetensors", text)
		m, err := model.Open(context.Background(), "a", model.Options{CacheDir: f.dir})
		if (err == nil) != follows {
			t.Errorf("%q: %v", text, err)
		}
		if err == nil {
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	// Outside of a snapshot it is an ordinary file.
	f := newFolder(t).file("blobs/w", "x").file("s/t/model.safetensors", "../../blobs/w")
	if _, err := model.Open(context.Background(), filepath.Join(f.dir, "s/t"), model.Options{}); err == nil || !strings.Contains(err.Error(), "s/t") {
		t.Errorf("%v", err)
	}
}
