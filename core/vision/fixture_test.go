package vision

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/internal/sharedtest"
)

// shared is a path below the folder of reference data; the test is skipped
// where that is absent.
func shared(t testing.TB, elem ...string) string {
	t.Helper()
	return filepath.Join(append([]string{sharedtest.Dir(t)}, elem...)...)
}

func readJSON(t testing.TB, path string, into any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// tensors is an open file of reference arrays.
type tensors struct {
	t    testing.TB
	file *safetensors.File
}

func openTensors(t testing.TB, path string) tensors {
	t.Helper()
	f, err := safetensors.Open(path, safetensors.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return tensors{t, f}
}

// bytes is an array of any type, as stored, and its shape.
func (s tensors) bytes(name string) ([]byte, []int) {
	s.t.Helper()
	info, ok := s.file.Lookup(name)
	if !ok {
		s.t.Fatalf("%s: no array %s", s.file.Path, name)
	}
	b := make([]byte, info.Size())
	if err := s.file.ReadBytes(info, 0, b); err != nil {
		s.t.Fatal(err)
	}
	return b, info.Shape
}

// picture is an array [H, W, 3], or [H, W] as grey.
func (s tensors) picture(name string) *Image {
	s.t.Helper()
	b, shape := s.bytes(name)
	m := &Image{Width: shape[1], Height: shape[0], Pix: b}
	if len(shape) == 2 {
		m.Pix = make([]uint8, 0, 3*len(b))
		for _, v := range b {
			m.Pix = append(m.Pix, v, v, v)
		}
	}
	return m
}

func digest(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// synth is the computed picture of the reference data.
func synth(height, width, seed int) *Image {
	m := &Image{Width: width, Height: height, Pix: make([]uint8, height*width*3)}
	mix := func(a, b, c int) int {
		n := uint32(a)*374761393 + uint32(b)*668265263 + uint32(c)*2246822519 + uint32(seed)*3266489917
		n ^= n >> 13
		n *= 1274126177
		return int(n ^ n>>16)
	}
	at := 0
	for y := range height {
		for x := range width {
			mask := 63
			if (x>>5+y>>5)&1 == 1 {
				mask = 15
			}
			across, down := x*64/width, y*64/height
			for c, ramp := range [3]int{across, down, across} {
				m.Pix[at] = uint8(mix(x, y, c)&mask + mix(x>>5, y>>5, c)&127 + ramp)
				at++
			}
		}
	}
	return m
}

// worst is the largest difference of two pictures, or 256 if they differ in
// size.
func worst(a, b *Image) int {
	if a.Width != b.Width || a.Height != b.Height {
		return 256
	}
	w := 0
	for i := range a.Pix {
		d := int(a.Pix[i]) - int(b.Pix[i])
		w = max(w, d, -d)
	}
	return w
}
