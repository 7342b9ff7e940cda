package vision

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

type decodeIndex struct {
	Files map[string]struct {
		Format      string
		Columns     []string
		SHA256      string `json:"sha256_rgb_exif"`
		WhiteEquals bool   `json:"white_equals_rgb"`
	}
	Bad map[string]struct {
		Stage  string
		SHA256 string `json:"sha256_rgb"`
	}
	Shared map[string]struct {
		SHA256 string `json:"sha256_rgb_exif"`
	} `json:"shared_images"`
}

// refused are readable files that are not implemented, with what the error
// must say.
func refused() map[string]string {
	return map[string]string{
		"avif_lossy.avif":     "AVIF",
		"jpeg_arithmetic.jpg": "arithmetic",
	}
}

// TestDecodeEqualsPillow compares every readable file with the column of our
// route: EXIF applied, alpha on white.
func TestDecodeEqualsPillow(t *testing.T) {
	dir := shared(t, "fixtures/vision/decode")
	var index decodeIndex
	readJSON(t, filepath.Join(dir, "index.json"), &index)
	expected := openTensors(t, filepath.Join(dir, "expected.safetensors"))
	for name, f := range index.Files {
		if underRace && strings.Contains(name, "12mp") {
			continue
		}
		got, err := Open(filepath.Join(dir, "files", name), Limits{})
		if says, ok := refused()[name]; ok {
			if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), name) {
				t.Errorf("%s: %v; must be refused by name", name, err)
			}
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		column := ""
		for _, c := range []string{"rgb", "rgb_exif", "white"} {
			if slices.Contains(f.Columns, c) {
				column = c
			}
		}
		if column == "" {
			if digest(got.Pix) != f.SHA256 {
				t.Errorf("%s: pixels differ", name)
			}
		} else if d := worst(got, expected.picture(name+"|"+column)); d != 0 {
			t.Errorf("%s: differs from %s by up to %d", name, column, d)
		}
	}
}

// TestDecodeKept compares the files that are kept here by their digests.
func TestDecodeKept(t *testing.T) {
	var want map[string]struct {
		Width, Height int
		SHA256        string
	}
	readJSON(t, "testdata/decode.json", &want)
	if len(want) < 10 {
		t.Fatalf("%d files", len(want))
	}
	for name, w := range want {
		path := filepath.Join("testdata/decode", name)
		got, err := Open(path, Limits{})
		if err != nil {
			t.Error(err)
		} else if got.Width != w.Width || got.Height != w.Height || digest(got.Pix) != w.SHA256 {
			t.Errorf("%s: %d×%d, not Pillow's pixels", name, got.Width, got.Height)
		}
		if info, err := Probe(path); err != nil || info.Width != w.Width || info.Height != w.Height {
			t.Errorf("%s: probed as %+v, %v", name, info, err)
		}
	}
}

func TestDecodePhotographs(t *testing.T) {
	dir := shared(t, "fixtures/vision/decode")
	var index decodeIndex
	readJSON(t, filepath.Join(dir, "index.json"), &index)
	for name, f := range index.Shared {
		got, err := Open(shared(t, "images", name), Limits{})
		if err != nil {
			t.Error(err)
		} else if digest(got.Pix) != f.SHA256 {
			t.Errorf("%s: pixels differ", name)
		}
	}
}

// TestDecodeBadFiles: an error that names the file, or Pillow's own pixels.
func TestDecodeBadFiles(t *testing.T) {
	dir := shared(t, "fixtures/vision/decode")
	var index decodeIndex
	readJSON(t, filepath.Join(dir, "index.json"), &index)
	for name, f := range index.Bad {
		got, err := Open(filepath.Join(dir, "bad", name), Limits{})
		switch {
		case f.Stage == "ok" && err != nil:
			t.Errorf("%v; Pillow reads it", err)
		case f.Stage == "ok" && digest(got.Pix) != f.SHA256:
			t.Errorf("%s: pixels differ", name)
		case f.Stage != "ok" && err == nil && name != "bomb_itxt_64mib.png":
			t.Errorf("%s: accepted", name)
		case err != nil && (!strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), ";")):
			t.Errorf("%q does not name the file and what to do", err)
		}
	}
}

// TestProbeEqualsOpen: the header alone gives the size of the opened picture.
func TestProbeEqualsOpen(t *testing.T) {
	paths, err := filepath.Glob(shared(t, "fixtures/vision/decode/files/*"))
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		img, err := Open(path, Limits{MaxPixels: 1 << 20})
		if err != nil {
			continue
		}
		info, err := Probe(path)
		if err != nil {
			t.Error(err)
		} else if info.Width != img.Width || info.Height != img.Height {
			t.Errorf("%s: %+v, opened as %d×%d", path, info, img.Width, img.Height)
		}
	}
}

// TestTruncatedAnywhere: half a file is an error or a whole picture, never a
// panic.
func TestTruncatedAnywhere(t *testing.T) {
	paths, err := filepath.Glob(shared(t, "fixtures/vision/decode/files/*"))
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(path, "12mp") {
			continue
		}
		for i := range 24 {
			cut := len(data) * i / 24
			if img, err := Decode("cut", bytes.Clone(data[:cut]), Limits{MaxPixels: 1 << 20}); err == nil && img.valid() != nil {
				t.Errorf("%s cut at %d: %v", path, cut, img.valid())
			}
		}
	}
}
