package safetensors

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// allocated is what fn allocates in all, in bytes: no peak can be above it.
func allocated(fn func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fn()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// bombBytes is the size of the bombs: what they cost is in proportion to it.
const bombBytes = 2 << 20

// fill repeats entry(i) with commas up to that.
func fill(start, end string, entry func(i int) string) string {
	var b strings.Builder
	b.Grow(bombBytes)
	b.WriteString(start)
	for i := 0; ; i++ {
		e := entry(i)
		if b.Len()+len(e)+1+len(end) > bombBytes {
			break
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(e)
	}
	b.WriteString(end)
	return b.String()
}

// bombs are headers that ask for as much work as they can.
func bombs() map[string]string {
	unknown := `{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":`
	ones := "[1" + strings.Repeat(",1", 63) + "]"
	return map[string]string{
		"metadata":       fill(`{"__metadata__":{`, `}}`, func(i int) string { return fmt.Sprintf(`"%x":""`, i) }),
		"unknown keys":   fill(unknown+`{`, `}}}`, func(i int) string { return fmt.Sprintf(`"%x":0`, i) }),
		"unknown fields": fill(`{"a":{`, `}}`, func(i int) string { return fmt.Sprintf(`"%x":0`, i) }),
		"small objects":  fill(unknown+`[`, `]}}`, func(int) string { return `{"":0}` }),
		"numbers":        fill(unknown+`[`, `]}}`, func(int) string { return `0` }),
		"deep":           unknown + strings.Repeat("[", bombBytes-len(unknown)),
		"long number":    unknown + strings.Repeat("9", bombBytes-len(unknown)-2) + "}}",
		"long string":    unknown + `"` + strings.Repeat(`\u00e9`, bombBytes/6-20) + `"}}`,
		"long name":      `{"` + strings.Repeat(`\n`, bombBytes/2-10) + `":{}}`,
		"no colon":       `{"` + strings.Repeat("a", bombBytes-3) + `"`,
		"spaces":         `{}` + strings.Repeat(" ", bombBytes-2),
		"fake offsets":   fill(`{"__metadata__":{`, `}}`, func(i int) string { return fmt.Sprintf(`"%x\"data_offsets\"":"\"data_offsets\""`, i) }),
		"many tensors":   fill(`{`, `}`, func(i int) string { return fmt.Sprintf(`"%x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`, i) }),
		"many shapes": fill(`{`, `}`, func(i int) string {
			return fmt.Sprintf(`"%x":{"dtype":"U8","shape":%s,"data_offsets":[%d,%d]}`, i, ones, i, i+1)
		}),
		"overlaps": fill(`{`, `}`, func(i int) string {
			return fmt.Sprintf(`"%d":{"dtype":"F32","shape":[200,200],"data_offsets":[0,160000]}`, i)
		}),
	}
}

// No header makes the parser allocate more than a small multiple of its size.
func TestBombs(t *testing.T) {
	for name, text := range bombs() {
		t.Run(name, func(t *testing.T) {
			file := withHeader(text, 0)
			got := allocated(func() {
				_, err := ParseHeader(bytes.NewReader(file), int64(len(file)), Limits{})
				var own *Error
				if err != nil && !errors.As(err, &own) {
					t.Errorf("error %v", err)
				}
				if err != nil && len(err.Error()) > 1000 {
					t.Errorf("an error of %d bytes", len(err.Error()))
				}
			})
			t.Logf("%.1f MB for a header of %.1f MB: × %.1f", float64(got)/1e6, float64(len(file))/1e6, float64(got)/float64(len(file)))
			if got > 16*int64(len(file)) {
				t.Errorf("%d bytes were allocated for a file of %d", got, len(file))
			}
		})
	}
}

// A length field alone allocates nothing: the file must have the bytes.
func TestClaimedLength(t *testing.T) {
	file := withHeader("{}", 0)
	file[1], file[2] = 0xff, 0xff // 16 MiB less a little
	got := allocated(func() {
		if _, err := ParseHeader(bytes.NewReader(file), int64(len(file)), Limits{}); !errors.Is(err, ErrInvalid) {
			t.Errorf("error %v", err)
		}
	})
	if got > 64<<10 {
		t.Errorf("%d bytes were allocated for a file of %d", got, len(file))
	}
}

// countingReader counts what is read of a file.
type countingReader struct {
	io.ReaderAt
	bytes, calls int64
}

func (c *countingReader) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, off)
	c.bytes += int64(n)
	c.calls++
	return n, err
}

// sparse makes a file with a tensor of 10 GB that takes no room on the disk.
func sparse(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "large.safetensors")
	text := `{"w":{"dtype":"F32","shape":[50000,50000],"data_offsets":[0,10000000000]}}`
	if err := os.WriteFile(path, withHeader(text, 0), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(8+len(text))+10_000_000_000); err != nil {
		t.Skipf("this file system does not hold a sparse file of 10 GB: %v", err)
	}
	return path
}

// Opening 10 GB reads and allocates no more than its header asks for.
func TestOpenLargeFile(t *testing.T) {
	path := sparse(t)
	var f *File
	used := allocated(func() {
		var err error
		if f, err = Open(path, Limits{}); err != nil {
			t.Fatal(err)
		}
	})
	defer func() { _ = f.Close() }()
	if used > 64<<10 {
		t.Errorf("Open allocated %d bytes", used)
	}
	last := []float32{1, 1}
	if err := f.ReadValues(context.Background(), f.Tensors[0], 2_500_000_000-2, last); err != nil || last[1] != 0 {
		t.Errorf("the last elements: %v, %v", last, err)
	}
	counter := &countingReader{ReaderAt: f.file}
	if _, err := ParseHeader(counter, f.stat.Size(), Limits{}); err != nil {
		t.Fatal(err)
	}
	if limit := f.DataStart + sniffBytes; counter.bytes > limit || counter.calls > 2 {
		t.Errorf("%d bytes were read in %d calls, want at most %d", counter.bytes, counter.calls, limit)
	}
}

// The memory of a fingerprint does not grow with the tensor.
func TestFingerprintMemory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m")
	zeros := Entry{Name: "w", DType: U8, Shape: []int{64 << 20}, Write: func(_ context.Context, w io.Writer) error {
		b := make([]byte, 1<<20)
		for range 64 {
			if _, err := w.Write(b); err != nil {
				return err
			}
		}
		return nil
	}}
	if err := Write(context.Background(), path, []Entry{zeros}, nil); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	used := allocated(func() {
		if _, err := f.Fingerprint(context.Background(), f.Tensors[0]); err != nil {
			t.Error(err)
		}
	})
	if used > 1<<20 {
		t.Errorf("%d bytes were allocated for a tensor of 64 MiB", used)
	}
}
