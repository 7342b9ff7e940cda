package jpeg

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func decode(t testing.TB, data []byte) *Picture {
	t.Helper()
	p, err := Decode(t.Context(), data, Marked)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestOrderOfScans: the same coefficients give the same picture whether they
// are written at once, by component, with restart markers, or in progressive
// scans with refinements.
func TestOrderOfScans(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, sampling := range [][][2]int{{{1, 1}}, {{2, 2}}, {{1, 1}, {1, 1}, {1, 1}}, {{2, 2}, {1, 1}, {1, 1}}, {{2, 1}, {1, 1}, {1, 1}}, {{1, 2}, {1, 1}, {1, 1}}, {{4, 1}, {1, 1}, {1, 1}}, {{1, 1}, {1, 1}, {1, 1}, {1, 1}}} {
		for _, size := range [][2]int{{1, 1}, {37, 29}, {64, 16}, {5, 70}} {
			m := randomPicture(r, size[0], size[1], sampling...)
			want := decode(t, m.baseline(0, false))
			for name, data := range map[string][]byte{
				"interleaved": m.baseline(0, true), "restart": m.baseline(3, true), "restart by component": m.baseline(1, false),
				"progressive": m.progressive(0), "progressive with restart": m.progressive(2),
			} {
				if len(sampling) == 1 && sampling[0] != [2]int{1, 1} && !strings.Contains(name, "component") && name != "progressive" && name != "progressive with restart" {
					continue
				}
				if got := decode(t, data); !bytes.Equal(got.Pix, want.Pix) || got.Channels != len(sampling) {
					t.Errorf("%v %v: %s gives another picture", sampling, size, name)
				}
			}
		}
	}
}

// TestTransform: within one level of the exact inverse DCT, nearly always its
// rounding, and without bias (the criteria of IEEE 1180).
func TestTransform(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	quant := new([64]uint16)
	for i := range quant {
		quant[i] = 1
	}
	off, sum := 0, 0
	for range 300 {
		var block [64]int16
		for range 1 + r.IntN(20) {
			block[r.IntN(64)] = int16(r.IntN(301) - 150)
		}
		c := component{across: 1, down: 1, quant: quant, plane: make([]uint8, 64)}
		c.transform(&block, 0, 0)
		for i, v := range exactInverse(block) {
			d := int(c.plane[i]) - int(v)
			if d < -1 || d > 1 {
				t.Fatalf("sample %d is %d, exactly %d", i, c.plane[i], v)
			}
			if d != 0 {
				off++
			}
			sum += d
		}
	}
	if off > 300*64/50 || sum > 100 || sum < -100 {
		t.Errorf("%d of %d samples are off, by %d together", off, 300*64, sum)
	}
}

// exactInverse is the definition of the inverse DCT (T.81, A.3.3).
func exactInverse(block [64]int16) (out [64]uint8) {
	for y := range 8 {
		for x := range 8 {
			s := 0.0
			for v := range 8 {
				for u := range 8 {
					f := float64(block[8*v+u]) * math.Cos(float64(2*x+1)*float64(u)*math.Pi/16) * math.Cos(float64(2*y+1)*float64(v)*math.Pi/16) / 4
					if u == 0 {
						f *= math.Sqrt2 / 2
					}
					if v == 0 {
						f *= math.Sqrt2 / 2
					}
					s += f
				}
			}
			out[8*y+x] = uint8(min(max(math.Round(s)+128, 0), 255))
		}
	}
	return out
}

// TestAgainstImageJPEG: grey pictures differ from Go's decoder by no more than
// its own rounding.
func TestAgainstImageJPEG(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 91, 45))
	for i := range m.Pix {
		m.Pix[i] = uint8(i*i/97 + i%91)
	}
	for _, quality := range []int{5, 50, 95, 100} {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
			t.Fatal(err)
		}
		got := decode(t, b.Bytes())
		want, err := jpeg.Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range got.Pix {
			w := want.(*image.Gray).GrayAt(i%91, i/91).Y
			if d := int(v) - int(w); d < -1 || d > 1 {
				t.Fatalf("quality %d: pixel %d is %d, in image/jpeg %d", quality, i, v, w)
			}
		}
	}
}

// TestConstantColour: a plain picture is plain after upsampling, and within two
// levels of its colour after all roundings.
func TestConstantColour(t *testing.T) {
	for _, c := range []color.RGBA{{0, 0, 0, 255}, {255, 255, 255, 255}, {200, 30, 90, 255}, {1, 250, 128, 255}} {
		m := image.NewRGBA(image.Rect(0, 0, 19, 21))
		for i := 0; i < len(m.Pix); i += 4 {
			copy(m.Pix[i:], []uint8{c.R, c.G, c.B, 255})
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 100}); err != nil {
			t.Fatal(err)
		}
		p := decode(t, b.Bytes())
		for i, v := range p.Pix {
			w := int([]uint8{c.R, c.G, c.B}[i%3])
			if v != p.Pix[i%3] || int(v) > w+2 || int(v) < w-2 {
				t.Fatalf("%v: byte %d is %d", c, i, v)
			}
		}
	}
}

// TestColourModels: markers and names of components decide what three are, and
// a container may know better.
func TestColourModels(t *testing.T) {
	m := randomPicture(rand.New(rand.NewPCG(5, 6)), 20, 20, [2]int{1, 1}, [2]int{1, 1}, [2]int{1, 1})
	plain := m.baseline(0, true)
	with := func(marker byte, content string) []byte {
		return append(segment(bytes.Clone(plain[:2]), marker, []byte(content)), plain[2:]...)
	}
	named := bytes.Clone(plain)
	for i, c := range []byte("RGB") {
		named[bytes.Index(plain, []byte{0xff, sof0})+10+3*i] = c
		named[bytes.Index(plain, []byte{0xff, sos})+5+2*i] = c
	}
	ycc, err := Decode(t.Context(), plain, YCbCr)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := Decode(t.Context(), plain, RGB)
	if err != nil {
		t.Fatal(err)
	}
	const adobe0, adobe1, jfif = "Adobe\x00\x64\x00\x00\x00\x00\x00", "Adobe\x00\x64\x00\x00\x00\x00\x01", "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
	for name, c := range map[string]struct {
		data []byte
		want *Picture
	}{
		"no marker": {plain, ycc}, "JFIF": {with(app0, jfif), ycc}, "Adobe 0": {with(appE, adobe0), stored}, "Adobe 1": {with(appE, adobe1), ycc}, "names": {named, stored},
	} {
		if got := decode(t, c.data); !bytes.Equal(got.Pix, c.want.Pix) {
			t.Errorf("%s: another colour model", name)
		}
	}
	if bytes.Equal(ycc.Pix, stored.Pix) {
		t.Error("both models give the same picture")
	}
}

func TestRefuses(t *testing.T) {
	m := randomPicture(rand.New(rand.NewPCG(7, 8)), 20, 20, [2]int{2, 2}, [2]int{1, 1}, [2]int{1, 1})
	good := m.baseline(0, true)
	frame := bytes.Index(good, []byte{0xff, sof0})
	scan := bytes.Index(good, []byte{0xff, sos})
	table := bytes.Index(good, []byte{0xff, dht})
	for says, change := range map[string]func(b []byte) []byte{
		"arithmetic coding":     func(b []byte) []byte { b[frame+1] = 0xc9; return b },
		"lossless":              func(b []byte) []byte { b[frame+1] = 0xc3; return b },
		"8 bits":                func(b []byte) []byte { b[frame+4] = 12; return b },
		"number of components":  func(b []byte) []byte { b[frame+9] = 2; return b },
		"sampling factors":      func(b []byte) []byte { b[frame+11] = 0x51; return b },
		"fractional":            func(b []byte) []byte { b[frame+11] = 0x32; b[frame+14] = 0x21; return b },
		"height":                func(b []byte) []byte { b[frame+5], b[frame+6] = 0, 0; return b },
		"two frame headers":     func(b []byte) []byte { return append(bytes.Clone(b[:scan]), b[frame:]...) },
		"lacks a Huffman table": func(b []byte) []byte { b[scan+6] = 0x30; return b },
		"do not exist":          func(b []byte) []byte { b[scan+5] = 77; return b },
		"lacks a quantization":  func(b []byte) []byte { b[frame+12] = 3; return b },
		"damaged Huffman table": func(b []byte) []byte { b[table+5] = 3; return b },
		"before its first scan": func(b []byte) []byte { return append(b[:scan], 0xff, eoi) },
		"before its frame":      func(b []byte) []byte { return append(b[:2], b[scan:]...) },
		"second picture":        func(b []byte) []byte { return append(b[:scan], 0xff, soi) },
		"as a JPEG does":        func(b []byte) []byte { return b[1:] },
	} {
		if _, err := Decode(t.Context(), change(bytes.Clone(good)), Marked); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
	if _, err := newHuffman([16]uint8{3}, []uint8{0, 1, 2}, true); err == nil {
		t.Error("three codes of one bit")
	}
	if _, err := newHuffman([16]uint8{0, 1}, []uint8{16}, true); err == nil {
		t.Error("a DC difference of 16 bits")
	}
	bad := m.progressive(0)
	bad[bytes.Index(bad, []byte{0xff, sos})+11] = 7 // the end of a DC scan
	if _, err := Decode(t.Context(), bad, Marked); err == nil || !strings.Contains(err.Error(), "progression") {
		t.Errorf("progression: %v", err)
	}
}

// TestTruncated: cut anywhere, the file is truncated; with an end marker put
// there, it is grey from there on, as in libjpeg.
func TestTruncated(t *testing.T) {
	m := randomPicture(rand.New(rand.NewPCG(9, 10)), 40, 40, [2]int{2, 2}, [2]int{1, 1}, [2]int{1, 1})
	for name, data := range map[string][]byte{"baseline": m.baseline(0, true), "restart": m.baseline(2, true), "progressive": m.progressive(0)} {
		scan := bytes.Index(data, []byte{0xff, sos})
		for cut := 2; cut < len(data)-1; cut += 7 {
			if _, err := Decode(t.Context(), data[:cut], Marked); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s cut at %d of %d: %v", name, cut, len(data), err)
			}
			if cut < scan+40 {
				continue
			}
			if _, err := Decode(t.Context(), append(bytes.Clone(data[:cut]), 0xff, eoi), Marked); err != nil {
				if _, ok := errors.AsType[FormatError](err); !ok && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("%s ended at %d: %v", name, cut, err)
				}
			}
		}
	}
}

func TestMissingRestartMarker(t *testing.T) {
	m := randomPicture(rand.New(rand.NewPCG(11, 12)), 64, 64, [2]int{1, 1})
	data := m.baseline(4, true)
	want := decode(t, data)
	// The second marker is lost: its segment is left out, the others are not.
	i := bytes.Index(data, []byte{0xff, rst0 + 1})
	got := decode(t, append(bytes.Clone(data[:i]), data[i+2:]...))
	same := 0
	for k := range 64 {
		a, b := k/8*8*64+k%8*8, 8
		if bytes.Equal(got.Pix[a:a+b], want.Pix[a:a+b]) {
			same++
		}
	}
	if same < 64-8 || same == 64 {
		t.Errorf("%d of 64 blocks are as they were", same)
	}
}

func TestCancelled(t *testing.T) {
	stop, cancel := context.WithCancel(t.Context())
	cancel()
	m := randomPicture(rand.New(rand.NewPCG(13, 14)), 64, 64, [2]int{1, 1})
	for _, data := range [][]byte{m.baseline(0, true), m.progressive(0)} {
		if _, err := Decode(stop, data, Marked); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	}
}

// FuzzDecode: any bytes are a picture of the size in their header, or an
// error.
func FuzzDecode(f *testing.F) {
	r := rand.New(rand.NewPCG(15, 16))
	for _, sampling := range [][][2]int{{{1, 1}}, {{2, 2}, {1, 1}, {1, 1}}} {
		m := randomPicture(r, 17, 9, sampling...)
		f.Add(m.baseline(0, true))
		f.Add(m.baseline(2, true))
		f.Add(m.progressive(1))
	}
	paths, _ := filepath.Glob("../testdata/decode/*.jpg")
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if tooLarge(data) {
			return
		}
		p, err := Decode(t.Context(), data, Marked)
		if err == nil && (len(p.Pix) != p.Width*p.Height*p.Channels || len(p.Pix) == 0) {
			t.Errorf("%d×%d×%d with %d bytes", p.Width, p.Height, p.Channels, len(p.Pix))
		}
	})
}

// tooLarge spares the fuzzer pictures of more than a megapixel: the caller
// judges sizes.
func tooLarge(data []byte) bool {
	for i := 0; i+9 < len(data); i++ {
		if data[i] == 0xff && data[i+1] >= sof0 && data[i+1] <= sof2 {
			height, width := int(data[i+5])<<8|int(data[i+6]), int(data[i+7])<<8|int(data[i+8])
			if height*width > 1<<20 {
				return true
			}
		}
	}
	return false
}
