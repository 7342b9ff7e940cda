package vision

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
)

func filterNamed(t testing.TB, name string) Filter {
	t.Helper()
	for f := Nearest; f <= Hamming; f++ {
		if f.String() == name {
			return f
		}
	}
	t.Fatalf("no filter is called %q", name)
	return 0
}

type resizeIndex struct {
	Cases []struct {
		Key, Input, Filter string
		Height, Width      int
	}
	Big []struct {
		Synth         [3]int
		Height, Width int
		Input         string            `json:"sha256_input"`
		Output        map[string]string `json:"sha256"`
	}
	Sample struct {
		SHA256 string
	} `json:"synth_sample"`
}

// checkVectors compares every case of an index with Pillow's bytes.
func checkVectors(t *testing.T, index resizeIndex, data tensors) {
	t.Helper()
	if len(index.Cases) == 0 {
		t.Error("no cases")
	}
	for _, c := range index.Cases {
		want := data.picture(c.Key)
		got, err := Resize(t.Context(), data.picture(c.Input), c.Width, c.Height, filterNamed(t, c.Filter))
		if err != nil {
			t.Errorf("%s: %v", c.Key, err)
		} else if d := worst(got, want); d != 0 {
			t.Errorf("%s: differs from Pillow by up to %d", c.Key, d)
		}
	}
}

func TestResizeEqualsPillow(t *testing.T) {
	t.Run("kept", func(t *testing.T) {
		var index resizeIndex
		readJSON(t, "testdata/resize.json", &index)
		checkVectors(t, index, openTensors(t, "testdata/resize.safetensors"))
	})
	t.Run("shared", func(t *testing.T) {
		var index resizeIndex
		readJSON(t, shared(t, "fixtures/vision/resize/index.json"), &index)
		checkVectors(t, index, openTensors(t, shared(t, "fixtures/vision/resize/vectors.safetensors")))
		if len(index.Cases) != 486 {
			t.Errorf("%d cases, want 486", len(index.Cases))
		}
	})
}

func TestResizeBigEqualsPillow(t *testing.T) {
	var index resizeIndex
	readJSON(t, shared(t, "fixtures/vision/resize/index.json"), &index)
	if got := digest(synth(5, 40, 3).Pix); got != index.Sample.SHA256 {
		t.Fatalf("the generator of computed pictures is wrong: %s", got)
	}
	for _, c := range index.Big {
		if underRace && c.Synth[0]*c.Synth[1]+c.Width*c.Height > 1<<19 {
			continue
		}
		src := synth(c.Synth[0], c.Synth[1], c.Synth[2])
		for name, want := range c.Output {
			got, err := Resize(t.Context(), src, c.Width, c.Height, filterNamed(t, name))
			if err != nil {
				t.Fatal(err)
			}
			if digest(got.Pix) != want {
				t.Errorf("%v → %d×%d %s differs from Pillow", c.Synth, c.Height, c.Width, name)
			}
		}
	}
}

// TestWindowIsACrop holds for any window of any resize: that is its law.
func TestWindowIsACrop(t *testing.T) {
	sizes := []struct{ inW, inH, w, h int }{
		{37, 29, 80, 61}, {37, 29, 20, 61}, {60, 200, 50, 30}, {60, 200, 60, 30}, {60, 200, 30, 200}, {61, 40, 61, 40}, {200, 40, 9, 11}, {1, 50, 24, 1200},
	}
	for _, s := range sizes {
		src := synth(s.inH, s.inW, 5)
		for f := Nearest; f <= Hamming; f++ {
			whole, err := Resize(t.Context(), src, s.w, s.h, f)
			if err != nil {
				t.Fatal(err)
			}
			w := Window{s.w / 3, s.h / 4, s.w/3 + max(1, s.w/2), s.h/4 + max(1, s.h/2)}
			got, err := ResizeWindow(t.Context(), src, s.w, s.h, f, w)
			if err != nil {
				t.Fatal(err)
			}
			if worst(got, crop(whole, w)) != 0 {
				t.Errorf("%+v %v: the window %+v differs from the same part of the whole", s, f, w)
			}
		}
	}
}

// TestResizeConstant: weights need not add up to 2^22, and yet a plain picture
// stays plain at every value.
func TestResizeConstant(t *testing.T) {
	for _, v := range []uint8{0, 1, 127, 254, 255} {
		src := &Image{Width: 50, Height: 41, Pix: bytes.Repeat([]uint8{v}, 50*41*3)}
		for f := Nearest; f <= Hamming; f++ {
			for _, size := range [][2]int{{7, 9}, {173, 311}, {1, 1}} {
				got, err := Resize(t.Context(), src, size[0], size[1], f)
				if err != nil {
					t.Fatal(err)
				}
				if n := bytes.Count(got.Pix, []byte{v}); n != len(got.Pix) {
					t.Errorf("%v to %v: %d of %d bytes are still %d", f, size, n, len(got.Pix), v)
				}
			}
		}
	}
}

func TestResizeLeavesTheSourceAlone(t *testing.T) {
	src := synth(20, 30, 1)
	before := bytes.Clone(src.Pix)
	got, err := Resize(t.Context(), src, 30, 20, Lanczos)
	if err != nil {
		t.Fatal(err)
	}
	clear(got.Pix)
	rows, err := ResizeWindow(t.Context(), src, 30, 20, Lanczos, Window{0, 3, 30, 8})
	if err != nil {
		t.Fatal(err)
	}
	clear(rows.Pix)
	if !bytes.Equal(src.Pix, before) {
		t.Error("a resize to the same size shares its pixels with the source")
	}
}

func TestResizeRefuses(t *testing.T) {
	ok := synth(4, 5, 1)
	stop, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Resize(stop, ok, 9, 9, Bicubic); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	for name, call := range map[string]func() (*Image, error){
		"no picture": func() (*Image, error) { return Resize(t.Context(), nil, 2, 2, Box) },
		"wrong bytes": func() (*Image, error) {
			return Resize(t.Context(), &Image{Width: 2, Height: 2, Pix: make([]uint8, 11)}, 2, 2, Box)
		},
		"zero width":      func() (*Image, error) { return Resize(t.Context(), ok, 0, 2, Box) },
		"negative height": func() (*Image, error) { return Resize(t.Context(), ok, 2, -2, Box) },
		"enormous":        func() (*Image, error) { return Resize(t.Context(), ok, math.MaxInt, 2, Box) },
		"filter 6":        func() (*Image, error) { return Resize(t.Context(), ok, 2, 2, 6) },
		"filter -1":       func() (*Image, error) { return Resize(t.Context(), ok, 2, 2, -1) },
		"window outside":  func() (*Image, error) { return ResizeWindow(t.Context(), ok, 4, 4, Box, Window{0, 0, 5, 4}) },
		"empty window":    func() (*Image, error) { return ResizeWindow(t.Context(), ok, 4, 4, Box, Window{2, 0, 2, 4}) },
	} {
		if m, err := call(); err == nil || m != nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func BenchmarkResize(b *testing.B) {
	for _, c := range []struct {
		inW, inH, w, h int
		f              Filter
	}{
		{640, 480, 2048, 1536, Lanczos}, {2048, 2048, 512, 512, Lanczos}, {4000, 3000, 2048, 1536, Lanczos}, {640, 480, 298, 224, Bicubic}, {300, 300, 2048, 2048, Lanczos},
	} {
		src := synth(c.inH, c.inW, 1)
		b.Run(fmt.Sprintf("%dx%d-%dx%d-%v", c.inW, c.inH, c.w, c.h, c.f), func(b *testing.B) {
			for b.Loop() {
				if _, err := Resize(b.Context(), src, c.w, c.h, c.f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
