//go:build unix

package pool

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// A mapped file that is cut short under a run gives an error, whichever
// goroutine comes upon the hole.
func TestFault(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "weights")
	page := os.Getpagesize()
	const pages = 8
	if err := os.WriteFile(name, make([]byte, pages*page), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := unix.Mmap(int(f.Fd()), 0, pages*page, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(data)
	if err := f.Truncate(int64(page)); err != nil {
		t.Fatal(err)
	}
	for _, workers := range []int{1, 2, 4} {
		p := New(workers)
		read := taskFunc(func(_, i int) {
			if data[i*page] != 0 {
				t.Error("not zero")
			}
		})
		if err := p.Run(t.Context(), 1, read); err != nil {
			t.Errorf("the page that is left: %v", err)
		}
		for _, n := range []int{2, pages} {
			if err := p.Run(t.Context(), n, read); !errors.Is(err, ErrFault) {
				t.Errorf("%d workers, %d chunks: error is %v", workers, n, err)
			}
		}
		// A single chunk, on the caller alone.
		if err := p.Run(t.Context(), 1, taskFunc(func(w, _ int) { read(w, 3) })); !errors.Is(err, ErrFault) {
			t.Errorf("%d workers, one chunk: error is %v", workers, err)
		}
		p.Close()
	}
}
