package safetensors

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/mmtui/mmtui/internal/mapped"
)

// smallFile is an open file with a tensor w, F32 [256, 256], of ones.
func smallFile(t *testing.T) (*File, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "m.safetensors")
	writeOnes(t, path, 1)
	f, err := Open(path, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f, path
}

func onesFile(value float32) []byte {
	values := bytes.Repeat(binary.LittleEndian.AppendUint32(nil, 0x3f800000), 256*256)
	if value != 1 {
		values = make([]byte, len(values))
	}
	file := withHeader(`{"w":{"dtype":"F32","shape":[256,256],"data_offsets":[0,262144]}}`, 0)
	return append(file, values...)
}

func writeOnes(t *testing.T, path string, value float32) {
	t.Helper()
	if err := os.WriteFile(path, onesFile(value), 0o644); err != nil {
		t.Fatal(err)
	}
}

// rewriteFile overwrites in place, as a training job may, and makes sure that
// the time differs also on a coarse clock.
func rewriteFile(t *testing.T, path string, value float32) {
	t.Helper()
	writeOnes(t, path, value)
	stamp(t, path, time.Now().Add(3*time.Second))
}

func stamp(t *testing.T, path string, at time.Time) {
	t.Helper()
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func TestChangesAreSeen(t *testing.T) {
	for _, c := range []struct {
		name, word string
		unixOnly   bool
		change     func(t *testing.T, path string)
	}{
		{"overwritten", "written to", false, func(t *testing.T, path string) { rewriteFile(t, path, 0) }},
		{"truncated", "its size went from", false, func(t *testing.T, path string) {
			if err := os.Truncate(path, 1000); err != nil {
				t.Fatal(err)
			}
		}},
		{"grown", "its size went from", false, func(t *testing.T, path string) {
			if err := os.WriteFile(path, append(onesFile(1), 0), 0o644); err != nil {
				t.Fatal(err)
			}
		}},
		{"removed", "removed", true, func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}},
		{"replaced by the same bytes and time", "another file", true, func(t *testing.T, path string) {
			old, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			writeOnes(t, path+".new", 1)
			stamp(t, path+".new", old.ModTime())
			if err := os.Rename(path+".new", path); err != nil {
				t.Fatal(err)
			}
		}},
		{"a symbolic link to another revision", "another file", true, func(t *testing.T, path string) {
			writeOnes(t, path+".new", 1)
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(path+".new", path); err != nil {
				t.Skip(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.unixOnly && runtime.GOOS == "windows" {
				t.Skip("Windows does not let an open file be replaced")
			}
			f, path := smallFile(t)
			w, _ := f.Lookup("w")
			values := make([]float32, 65536)
			if err := f.ReadValues(context.Background(), w, 0, values); err != nil || values[65535] != 1 {
				t.Fatalf("before: %v", err)
			}
			c.change(t, path)
			_, print := f.Fingerprint(context.Background(), w)
			_, region := f.Map()
			for call, err := range map[string]error{
				"ReadValues":  f.ReadValues(context.Background(), w, 0, values),
				"ReadBytes":   f.ReadBytes(w, 262140, make([]byte, 4)),
				"Fingerprint": print,
				"Map":         region,
				"Check":       f.Check(),
			} {
				var changed *ChangedError
				if !errors.As(err, &changed) || changed.Path != path || !strings.Contains(changed.What, c.word) {
					t.Errorf("%s: %v, want it to say %q", call, err, c.word)
				} else if want := path + ": changed while open: "; !strings.HasPrefix(err.Error(), want) {
					t.Errorf("%s: %v", call, err)
				}
			}
		})
	}
}

func TestReadsOutOfBounds(t *testing.T) {
	f, _ := smallFile(t)
	w, _ := f.Lookup("w")
	ctx := context.Background()
	bad := func(what string, err error) {
		t.Helper()
		var own *Error
		if !errors.As(err, &own) || own.Path != f.Path || own.Do == "" {
			t.Errorf("%s: %v", what, err)
		}
	}
	bad("bytes past the end", f.ReadBytes(w, w.Size()-3, make([]byte, 4)))
	bad("bytes before the start", f.ReadBytes(w, -1, make([]byte, 4)))
	bad("values past the end", f.ReadValues(ctx, w, 65535, make([]float32, 2)))
	bad("values before the start", f.ReadValues(ctx, w, -1, make([]float32, 2)))
	other := w
	other.Begin, other.End = 4, w.End+4
	bad("another file's tensor", f.ReadValues(ctx, other, 0, make([]float32, 2)))
	bad("another file's bytes", f.ReadBytes(other, 0, make([]byte, 2)))
	other = w
	other.Shape = []int{1 << 40}
	bad("a shape made by hand", f.ReadValues(ctx, other, 1<<39, make([]float32, 2)))
	other = w
	other.DType = C64
	bad("complex numbers", f.ReadValues(ctx, other, 0, make([]float32, 2)))
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := f.ReadValues(cancelled, w, 0, make([]float32, 2)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := f.Fingerprint(cancelled, w); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	for range 2 {
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.ReadBytes(w, 0, make([]byte, 2)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

// Values of every width that are read in several chunks are those read at once.
func TestChunks(t *testing.T) {
	const n = 3*chunkBytes + 6 // of elements; not a multiple of any chunk
	for _, d := range []DType{F4, F8E4M3, BF16, F32, F64} {
		raw := make([]byte, packedBytes(d, n))
		for i := range raw {
			raw[i] = byte(i * 2654435761 >> 13)
		}
		path := filepath.Join(t.TempDir(), "m")
		if err := Write(context.Background(), path, []Entry{BytesEntry("w", d, []int{n}, raw)}, nil); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		want := make([]float32, n)
		if err := Decode(d, raw, want); err != nil {
			t.Fatal(err)
		}
		for _, first := range []int{0, 1, chunkBytes - 1, n - 1, n} {
			got := make([]float32, n-first)
			if err := f.ReadValues(context.Background(), f.Tensors[0], int64(first), got); err != nil {
				t.Fatal(err)
			}
			for i := range got {
				if !sameFloat(got[i], want[first+i]) {
					t.Fatalf("%s: element %d is %v, want %v", d, first+i, got[i], want[first+i])
				}
			}
		}
		sum, err := f.Fingerprint(context.Background(), f.Tensors[0])
		if err != nil || sum != xxhash.Sum64(raw) {
			t.Errorf("%s: fingerprint %x, want %x (%v)", d, sum, xxhash.Sum64(raw), err)
		}
		_ = f.Close()
	}
}

// Reading on in a map of a file that is cut meanwhile gives an error.
func TestMapTruncatedInMidScan(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files are not mapped on Windows")
	}
	f, path := smallFile(t)
	region, err := f.Map()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := region.Close(); err != nil {
			t.Error(err)
		}
	}()
	w, _ := f.Lookup("w")
	row := make([]byte, 1024)
	for r := range 256 {
		if r == 100 {
			if err := os.Truncate(path, f.DataStart+50*1024); err != nil {
				t.Fatal(err)
			}
		}
		_, err := region.ReadAt(row, f.DataStart+w.Begin+int64(r)*1024)
		if r < 100 && (err != nil || binary.LittleEndian.Uint32(row) != 0x3f800000) {
			t.Fatalf("row %d: %v", r, err)
		}
		if r >= 100 && !errors.Is(err, mapped.ErrShrunk) {
			t.Fatalf("row %d of a file that ends in row 50: %v", r, err)
		}
	}
	var changed *ChangedError
	if err := f.Check(); !errors.As(err, &changed) {
		t.Errorf("Check: %v", err)
	}
}

// Many goroutines read one file.
func TestConcurrentReads(t *testing.T) {
	f, _ := smallFile(t)
	w, _ := f.Lookup("w")
	errs := make(chan error, 8)
	for g := range 8 {
		go func() {
			values := make([]float32, 256)
			for r := g; r < 256; r += 8 {
				if err := f.ReadValues(context.Background(), w, int64(r)*256, values); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for range 8 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}
