package mapped

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

// pattern is n bytes whose value tells their place.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>8 + 1)
	}
	return b
}

func write(t *testing.T, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "weights")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func openRegion(t *testing.T, path string) *Region {
	t.Helper()
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func TestReadAt(t *testing.T) {
	want := pattern(10_000)
	r := openRegion(t, write(t, want))
	if r.Size() != 10_000 {
		t.Errorf("size %d", r.Size())
	}
	if err := iotest.TestReader(io.NewSectionReader(r, 0, r.Size()), want); err != nil {
		t.Error(err)
	}
	b := make([]byte, 20)
	if n, err := r.ReadAt(b, 9_990); n != 10 || err != io.EOF || !bytes.Equal(b[:10], want[9_990:]) {
		t.Errorf("over the end: %d, %v", n, err)
	}
	if n, err := r.ReadAt(b, 10_000); n != 0 || err != io.EOF {
		t.Errorf("at the end: %d, %v", n, err)
	}
	if _, err := r.ReadAt(b, -1); err == nil {
		t.Error("a negative offset was read")
	}
}

func TestView(t *testing.T) {
	want := pattern(10_000)
	r := openRegion(t, write(t, want))
	own := errors.New("own")
	err := r.View(5, 100, func(b []byte) error {
		if !bytes.Equal(b, want[5:105]) || cap(b) != 100 {
			t.Errorf("view of %d bytes, cap %d", len(b), cap(b))
		}
		return own
	})
	if !errors.Is(err, own) {
		t.Errorf("error %v", err)
	}
	for _, c := range []struct {
		off int64
		n   int
	}{{-1, 1}, {0, -1}, {9_999, 2}, {1 << 62, 1 << 62}} {
		if err := r.View(c.off, c.n, func([]byte) error { return nil }); err == nil {
			t.Errorf("View(%d, %d) was allowed", c.off, c.n)
		}
	}
}

// A defect of the caller is not dressed up as a defect of the file.
func TestOtherPanicsGoOn(t *testing.T) {
	r := openRegion(t, write(t, pattern(100)))
	defer func() {
		if got := recover(); got != "own defect" {
			t.Errorf("recovered %v", got)
		}
		if err := r.Close(); err != nil { // would wait for ever on a lock that was kept
			t.Error(err)
		}
	}()
	_ = r.View(0, 10, func([]byte) error { panic("own defect") })
}

func TestEmptyAndRefused(t *testing.T) {
	r := openRegion(t, write(t, nil))
	if n, err := r.ReadAt(make([]byte, 1), 0); n != 0 || err != io.EOF {
		t.Errorf("empty file: %d, %v", n, err)
	}
	if _, err := Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestClose(t *testing.T) {
	r := openRegion(t, write(t, pattern(100)))
	for range 2 {
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.ReadAt(make([]byte, 1), 0); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("read after close: %v", err)
	}
}

// Readers race with Close: each gets the bytes or fs.ErrClosed, never a fault.
func TestCloseWhileReading(t *testing.T) {
	want := pattern(1 << 20)
	r := openRegion(t, write(t, want))
	var readers sync.WaitGroup
	started := make(chan struct{}, 4)
	for range 4 {
		readers.Go(func() {
			b := make([]byte, len(want))
			for first := true; ; first = false {
				n, err := r.ReadAt(b, 0)
				if first {
					started <- struct{}{}
				}
				if errors.Is(err, fs.ErrClosed) {
					return
				}
				if err != nil || n != len(b) || !bytes.Equal(b, want) {
					t.Errorf("read %d bytes, %v", n, err)
					return
				}
			}
		})
	}
	for range 4 {
		<-started
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	readers.Wait()
}

// Lent bytes are those of the file, with and without a map.
func TestBytes(t *testing.T) {
	want := pattern(10_000)
	r := openRegion(t, write(t, want))
	file, err := os.Open(r.path)
	if err != nil {
		t.Fatal(err)
	}
	unmapped := &Region{path: r.path, size: r.size, file: file}
	t.Cleanup(func() { _ = unmapped.Close() })
	for _, region := range []*Region{r, unmapped} {
		b, err := region.Bytes(5, 100)
		if err != nil || !bytes.Equal(b, want[5:105]) || cap(b) != 100 {
			t.Errorf("%d bytes, cap %d, %v", len(b), cap(b), err)
		}
		for _, c := range []struct {
			off int64
			n   int
		}{{-1, 1}, {0, -1}, {9_999, 2}, {1 << 62, 1 << 62}} {
			if _, err := region.Bytes(c.off, c.n); err == nil {
				t.Errorf("Bytes(%d, %d) was allowed", c.off, c.n)
			}
		}
	}
	if err := unmapped.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := unmapped.Bytes(0, 1); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("bytes of a closed region: %v", err)
	}
}
