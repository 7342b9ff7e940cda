package vision

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestWindow: reads in any order give what the file holds.
func TestWindow(t *testing.T) {
	data := make([]byte, 3*pageBytes+17)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	w := &window{r: bytes.NewReader(data)}
	for range 3000 {
		off, n := r.IntN(len(data)+20), 1+r.IntN(40)
		if r.IntN(50) == 0 {
			n = pageBytes + r.IntN(100)
		}
		b := make([]byte, n)
		got, err := w.ReadAt(b, int64(off))
		want := data[min(off, len(data)):min(off+n, len(data))]
		if got != len(want) || !bytes.Equal(b[:got], want) || (err == io.EOF) != (got < n) {
			t.Fatalf("%d bytes at %d: %d, %v; want %d", n, off, got, err, len(want))
		}
	}
}

// TestEndlessHeaders: millions of empty parts are an error, and soon.
func TestEndlessHeaders(t *testing.T) {
	const n = maxSteps + 2
	empty := pngChunk("abCd", nil)
	png := pngFile(1, 8, pngGrey, []byte{1})
	for name, data := range map[string][]byte{
		"png":  slices.Concat(png[:33], bytes.Repeat(empty, n), png[33:]),
		"jpeg": slices.Concat([]byte("\xff\xd8\xff\xe0\x00\x02"), make([]byte, n), []byte("\xff\xd9")),
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Probe(path); err == nil || !strings.Contains(err.Error(), "parts before its pixels") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUnknown names what other files are.
func TestUnknown(t *testing.T) {
	for text, says := range map[string]string{
		"": "empty", "version https://git-lfs.github.com/spec/v1\n": "git lfs pull", "\x00\x00\x00\x1cftypavif": "AVIF", "\x00\x00\x00\x1cftypheic": "HEIC", "\x00\x00\x00\x1cftypisom": "video",
		"\xff\x0a": "JPEG XL", "\x00\x00\x00\x0cjP  \r\n": "JPEG 2000", "II+\x00": "BigTIFF", "8BPS": "Photoshop", "%PDF-1.7": "PDF", "\ufeff <SVG xmlns": "SVG", "<?xml version='1.0'?><svg>": "SVG", "<!DOCTYPE html>": "web page", "hello": "no picture",
	} {
		_, err := Decode("some.png", []byte(text), Limits{})
		if err == nil || !strings.Contains(err.Error(), says) || !strings.HasPrefix(err.Error(), "some.png: ") || !strings.Contains(err.Error(), "; ") {
			t.Errorf("%q: %v; must say %q", text, err, says)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "absent.png")} {
		if _, err := Open(path, Limits{}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
		if _, err := Probe(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
