package vision

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// seeds are small files of every format.
func seeds(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{
		"bmp":  bmpFile(3, 2, 1, bmpRaw, make([]byte, 8), []byte{0xa0, 0, 0, 0, 0x40, 0, 0, 0}, 2),
		"rle":  bmpFile(5, 1, 4, bmpRLE4, make([]byte, 16), []byte{2, 0x12, 0, 3, 0x32, 0x10, 0, 1}, 4),
		"ico":  icoFile(append(dibHeader(2, 4, 32, bmpRaw, 0), make([]byte, 24)...)),
		"pbm":  []byte("P4 3 2\n\xa0\x40"),
		"ppm":  []byte("P3 1 1 255 1 2 3"),
		"trns": pngFile(2, 8, pngRGB, []byte{7, 8, 9, 7, 8, 1}, pngChunk("tRNS", []byte{0, 7, 0, 8, 0, 9}), pngChunk("eXIf", exifOf(6))),
	}
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 5, 3))); err != nil {
		t.Fatal(err)
	}
	out["png"] = bytes.Clone(b.Bytes())
	b.Reset()
	if err := gif.Encode(&b, image.NewPaletted(image.Rect(0, 0, 4, 4), color.Palette{color.Black, color.Transparent}), nil); err != nil {
		t.Fatal(err)
	}
	out["gif"] = b.Bytes()
	for i, s := range tiffSpecs() {
		if i%4 == 0 {
			s.order, s.width, s.height = binary.BigEndian, 9, 5
			s.samples = noise(s.width*s.height*s.n, s.bits)
			out["tiff"+string(rune('a'+i))] = s.file()
		}
	}
	paths, err := filepath.Glob("testdata/decode/*")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, p := range paths {
		if out[p], err = os.ReadFile(p); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// checkDecode: any bytes are a picture within the limits, of the size that the
// header promised, or an error.
func checkDecode(t *testing.T, data []byte) {
	t.Helper()
	lim := Limits{MaxPixels: 1 << 16, MaxBytes: 1 << 20}
	img, err := Decode("made", data, lim)
	if err != nil {
		return
	}
	info, err := probe("made", source{bytes.NewReader(data), int64(len(data))})
	switch {
	case err != nil:
		t.Errorf("decoded and not probed: %v", err)
	case img.valid() != nil:
		t.Error(img.valid())
	case int64(img.Width)*int64(img.Height) > lim.MaxPixels || info.Width != img.Width || info.Height != img.Height:
		t.Errorf("%d×%d pixels; the header promised %+v", img.Width, img.Height, info)
	}
}

func FuzzDecode(f *testing.F) {
	for _, b := range seeds(f) {
		f.Add(b)
	}
	f.Fuzz(checkDecode)
}

// TestSeedsDamaged: cut anywhere, or with any byte changed, a file is an error
// or a whole picture.
func TestSeedsDamaged(t *testing.T) {
	for name, data := range seeds(t) {
		if _, err := Decode(name, data, Limits{}); err != nil {
			t.Error(err)
		}
		for i := 0; i < len(data); i += 1 + len(data)/60 {
			checkDecode(t, data[:i])
			changed := bytes.Clone(data)
			changed[i] ^= 0xff
			checkDecode(t, changed)
		}
	}
}

// TestLimits: both bounds are judged by the header.
func TestLimits(t *testing.T) {
	data := pngFile(40, 8, pngGrey, make([]byte, 40))
	for _, lim := range []Limits{{MaxPixels: 39}, {MaxBytes: int64(len(data)) - 1}} {
		if _, err := Decode("made", data, lim); err == nil {
			t.Errorf("%+v: accepted", lim)
		}
	}
	if _, err := Decode("made", data, Limits{MaxPixels: 40, MaxBytes: int64(len(data))}); err != nil {
		t.Error(err)
	}
}

func TestDecodeCancelled(t *testing.T) {
	stop, cancel := context.WithCancel(t.Context())
	cancel()
	for name, data := range seeds(t) {
		if _, err := DecodeContext(stop, name, data, Limits{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
