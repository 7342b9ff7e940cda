package mapped

import (
	"errors"
	"os"
	"runtime"
	"runtime/debug"
	"testing"
)

func skipWindows(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows does not shorten a file that is open for reading elsewhere")
	}
}

// The file is cut in the middle of a scan, inside View, after its first pages
// were read: the next page must come as an error and the process live on.
func TestTruncatedInMidScan(t *testing.T) {
	skipWindows(t)
	page := os.Getpagesize()
	path := write(t, pattern(64*page))
	r := openRegion(t, path)
	sum, reached := 0, 0
	err := r.View(0, 64*page, func(b []byte) error {
		for i, v := range b {
			if i == 8*page {
				if err := os.Truncate(path, int64(4*page)); err != nil {
					t.Error(err)
				}
			}
			sum += int(v)
			reached = i
		}
		return nil
	})
	if !errors.Is(err, ErrShrunk) {
		t.Fatalf("error %v after %d bytes", err, reached)
	}
	if reached >= 64*page-1 {
		t.Error("the scan went through to the end: nothing faulted")
	}
	// What is left can be read, what is gone cannot, and the goroutine is as before.
	b := make([]byte, page)
	if _, err := r.ReadAt(b, 0); err != nil {
		t.Errorf("the pages that are left: %v", err)
	}
	if _, err := r.ReadAt(b, int64(32*page)); !errors.Is(err, ErrShrunk) {
		t.Errorf("the pages that are gone: %v", err)
	}
	if old := debug.SetPanicOnFault(false); old {
		t.Error("faults still panic in this goroutine")
	}
}

// Cut within a page: the rest of the page reads as zeros and nothing faults.
func TestTruncatedInsidePage(t *testing.T) {
	skipWindows(t)
	path := write(t, pattern(3*os.Getpagesize()))
	r := openRegion(t, path)
	if err := os.Truncate(path, 100); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 50)
	if _, err := r.ReadAt(b, 50); err != nil {
		t.Errorf("bytes that are left: %v", err)
	}
	if _, err := r.ReadAt(b, 51); !errors.Is(err, ErrShrunk) {
		t.Errorf("one byte past the new end: %v", err)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadAt(b, 0); !errors.Is(err, ErrShrunk) {
		t.Errorf("an emptied file: %v", err)
	}
}

// What the reader of a Region does when files are read instead of mapped.
func TestWithoutMap(t *testing.T) {
	skipWindows(t)
	want := pattern(1000)
	path := write(t, want)
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	r := &Region{path: path, size: 1000, file: file}
	t.Cleanup(func() { _ = r.Close() })
	b := make([]byte, 10)
	if _, err := r.ReadAt(b, 500); err != nil || b[0] != want[500] || b[9] != want[509] {
		t.Errorf("read % x, %v", b, err)
	}
	if err := os.Truncate(path, 505); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadAt(b, 500); !errors.Is(err, ErrShrunk) {
		t.Errorf("after truncation: %v", err)
	}
}
