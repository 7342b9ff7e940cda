//go:build unix

package variant

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe or a dead link where a file of the cache belongs is replaced: nothing
// waits for a reader of the pipe.
func TestStrangeFilesInTheCache(t *testing.T) {
	t.Parallel()
	m, dir := openModel(t, tinyVLM), t.TempDir()
	want := rowsOf(t, openSet(t, m, INT2(), dir))
	paths := entries(t, dir)
	indexes, err := filepath.Glob(filepath.Join(dir, indexPrefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	pipes := append(indexes, paths[0])
	for _, path := range append(pipes, paths[1]) {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range pipes {
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Skip(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "nowhere"), paths[1]); err != nil {
		t.Skip(err)
	}
	sameRows(t, rowsOf(t, openSet(t, m, INT2(), dir)), want)
	again := openSet(t, m, INT2(), dir)
	if again.FromCache() != len(again.Layers()) || len(again.Warnings()) != 0 {
		t.Errorf("they were not replaced: %d of %d from the cache, %q", again.FromCache(), len(again.Layers()), again.Warnings())
	}
}
