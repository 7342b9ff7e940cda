package vision

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"slices"
	"testing"
)

func pngChunk(kind string, b []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(b)))
	out = append(append(out, kind...), b...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

func deflated(b []byte) []byte {
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, _ = w.Write(b)
	_ = w.Close()
	return z.Bytes()
}

// pngFile is a picture of one row of unfiltered bytes; other chunks stand
// before the pixels.
func pngFile(width, depth int, colour byte, row []byte, chunks ...[]byte) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(width)), 1)
	return slices.Concat([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", append(head, byte(depth), colour, 0, 0, 0)), slices.Concat(chunks...),
		pngChunk("IDAT", deflated(append([]byte{0}, row...))), pngChunk("IEND", nil))
}

// TestPNGColourKeys: a key is compared as Pillow compares it, with its low
// byte and without scaling, except that of one bit.
func TestPNGColourKeys(t *testing.T) {
	key := func(v ...byte) []byte { return pngChunk("tRNS", v) }
	for _, c := range []struct {
		name string
		file []byte
		want []uint8
	}{
		{"1 bit, white", pngFile(2, 1, pngGrey, []byte{0x40}, key(0, 1)), []uint8{0, 255}},
		{"1 bit, black", pngFile(2, 1, pngGrey, []byte{0x40}, key(0, 0)), []uint8{255, 255}},
		{"2 bits, 1 is 85 and not the key", pngFile(4, 2, pngGrey, []byte{0b00011011}, key(0, 1)), []uint8{0, 85, 170, 255}},
		{"8 bits", pngFile(2, 8, pngGrey, []byte{7, 8}, key(0, 8)), []uint8{7, 255}},
		{"16 bits, no effect", pngFile(2, 16, pngGrey, []byte{0, 7, 1, 0}, key(0, 7)), []uint8{7, 255}},
		{"RGB", pngFile(2, 8, pngRGB, []byte{7, 8, 9, 7, 8, 1}, key(0, 7, 0, 8, 0, 9)), []uint8{255, 7}},
		{"16-bit RGB, the key's low bytes and the pixels' high ones", pngFile(2, 16, pngRGB, []byte{7, 0, 8, 0, 9, 0, 6, 0, 8, 0, 9, 0}, key(0, 7, 0, 8, 0, 9)), []uint8{255, 6}},
		{"grey and alpha of 16 bits", pngFile(2, 16, pngGreyAlpha, []byte{7, 99, 255, 0, 7, 0, 0, 255}), []uint8{7, 255}},
	} {
		got, err := Decode(c.name, c.file, Limits{})
		if err != nil || !slices.Equal(firsts(got), c.want) {
			t.Errorf("%s: %v, %v; want %v", c.name, got, err, c.want)
		}
	}
}

// exifOf is EXIF data with an orientation.
func exifOf(orientation byte) []byte {
	return []byte{'M', 'M', 0, '*', 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0}
}

// TestPNGOrientation finds it wherever programs write it.
func TestPNGOrientation(t *testing.T) {
	const xmp = `<rdf:Description tiff:Orientation="6"/>`
	raw := fmt.Sprintf("\nexif\n%8d\n%s\n", 26, hex.EncodeToString(append([]byte("Exif\x00\x00"), exifOf(6)...)))
	text := func(kind, s string) []byte { return pngChunk(kind, []byte(s)) }
	for name, chunk := range map[string][]byte{
		"eXIf":             pngChunk("eXIf", exifOf(6)),
		"XMP":              text("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+xmp),
		"compressed XMP":   text("iTXt", "XML:com.adobe.xmp\x00\x01\x00en\x00\x00"+string(deflated([]byte(xmp)))),
		"raw":              text("tEXt", "Raw profile type exif\x00"+raw),
		"compressed raw":   text("zTXt", "Raw profile type exif\x00\x00"+string(deflated([]byte(raw)))),
		"EXIF before XMP":  slices.Concat(text("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+`tiff:Orientation="3"`), pngChunk("eXIf", exifOf(8))),
		"XMP when invalid": slices.Concat(pngChunk("eXIf", []byte("MM")), text("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00<tiff:Orientation>6</tiff:Orientation>")),
	} {
		got, err := Decode(name, pngFile(2, 8, pngGrey, []byte{1, 2}, chunk), Limits{})
		if err != nil || got.Width != 1 || got.Height != 2 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for _, v := range []byte{0, 1, 9, 200} {
		if got, err := Decode("none", pngFile(2, 8, pngGrey, []byte{1, 2}, pngChunk("eXIf", exifOf(v))), Limits{}); err != nil || got.Width != 2 {
			t.Errorf("orientation %d: %+v, %v", v, got, err)
		}
	}
}

// TestPNGSecondHeader: the size that is judged is the size that is decoded.
func TestPNGSecondHeader(t *testing.T) {
	file := pngFile(30000, 8, pngGrey, make([]byte, 30000))
	small := pngChunk("IHDR", []byte{0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0})
	if m, err := Decode("two", append(file, small...), Limits{MaxPixels: 10000}); err == nil {
		t.Errorf("accepted %+v", m)
	}
}

// TestOrientations: turning back by the inverse gives the picture again, and
// the first pixel goes where EXIF says.
func TestOrientations(t *testing.T) {
	inverse := map[int]int{2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}
	// Where the pixel at the top left of the file is in the upright picture.
	corner := map[int][2]bool{2: {true, false}, 3: {true, true}, 4: {false, true}, 5: {false, false}, 6: {true, false}, 7: {true, true}, 8: {false, true}}
	src := synth(5, 7, 1)
	for o, back := range inverse {
		got := oriented(t.Context(), src, o)
		x, y := 0, 0
		if corner[o][0] {
			x = got.Width - 1
		}
		if corner[o][1] {
			y = got.Height - 1
		}
		if at := 3 * (y*got.Width + x); !slices.Equal(got.Pix[at:at+3], src.Pix[:3]) {
			t.Errorf("orientation %d: the first pixel is not at %d,%d", o, x, y)
		}
		if worst(oriented(t.Context(), got, back), src) != 0 {
			t.Errorf("orientation %d is not undone by %d", o, back)
		}
	}
}

// TestWhite: the integers are within one step of the exact composite, and
// exact at both ends.
func TestWhite(t *testing.T) {
	for a := range 256 {
		for c := range 256 {
			exact := float64(c*a+255*(255-a)) / 255
			if got := float64(white(uint8(c), uint8(a))); got-exact > 0.51 || exact-got > 0.51 {
				t.Fatalf("colour %d, alpha %d: %v, exactly %v", c, a, got, exact)
			}
		}
	}
}
