package vision

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// bmpFile puts a header of 40 bytes before masks or a palette, and pixels.
func bmpFile(width, height, bits int, compression uint32, between, pixels []byte, colours int) []byte {
	return slices.Concat(bmpStart(14+40+len(between)), dibHeader(width, height, bits, compression, colours), between, pixels)
}

func bmpStart(offset int) []byte {
	return binary.LittleEndian.AppendUint32([]byte("BM\x00\x00\x00\x00\x00\x00\x00\x00"), uint32(offset))
}

func dibHeader(width, height, bits int, compression uint32, colours int) []byte {
	le := binary.LittleEndian
	b := make([]byte, 40)
	le.PutUint32(b, 40)
	le.PutUint32(b[4:], uint32(int32(width)))
	le.PutUint32(b[8:], uint32(int32(height)))
	le.PutUint16(b[12:], 1)
	le.PutUint16(b[14:], uint16(bits))
	le.PutUint32(b[16:], compression)
	le.PutUint32(b[32:], uint32(colours))
	return b
}

// firsts is the red of every pixel, which these tests count with.
func firsts(m *Image) []uint8 {
	var out []uint8
	for i := 0; i < len(m.Pix); i += 3 {
		out = append(out, m.Pix[i])
	}
	return out
}

func u32(v ...uint32) []byte {
	var b []byte
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, x)
	}
	return b
}

func TestBMPKinds(t *testing.T) {
	// Entries are B, G, R; red is 10, 20, 30, 40.
	palette := []byte{0, 0, 10, 0, 0, 0, 20, 0, 0, 0, 30, 0, 0, 0, 40, 0}
	for _, c := range []struct {
		name string
		file []byte
		want []uint8
	}{
		{"1 bit", bmpFile(3, 2, 1, bmpRaw, palette[:8], []byte{0b101 << 5, 0, 0, 0, 0b010 << 5, 0, 0, 0}, 2), []uint8{10, 20, 10, 20, 10, 20}},
		{"4 bits, top down", bmpFile(3, -2, 4, bmpRaw, palette, []byte{0x01, 0x20, 0, 0, 0x32, 0x10, 0, 0}, 4), []uint8{10, 20, 30, 40, 30, 20}},
		{"8 bits, index without colour", bmpFile(3, 1, 8, bmpRaw, palette, []byte{3, 9, 0, 0}, 4), []uint8{40, 0, 10}},
		{"8 bits, no padding at the end", bmpFile(3, 1, 8, bmpRaw, palette, []byte{3, 2, 1}, 4), []uint8{40, 30, 20}},
		{"RLE8", bmpFile(4, 2, 8, bmpRLE8, palette, []byte{3, 1, 0, 0, 0, 3, 1, 2, 3, 0, 0, 1}, 4), []uint8{20, 30, 40, 10, 20, 20, 20, 10}},
		{"RLE8, a run beyond its row", bmpFile(2, 1, 8, bmpRLE8, palette, []byte{9, 1, 0, 1}, 4), []uint8{20, 20}},
		{"RLE8, a move", bmpFile(2, 2, 8, bmpRLE8, palette, []byte{0, 2, 1, 1, 1, 3, 0, 1}, 4), []uint8{10, 40, 10, 10}},
		{"RLE4", bmpFile(5, 1, 4, bmpRLE4, palette, []byte{2, 0x12, 0, 3, 0x32, 0x10, 0, 1}, 4), []uint8{20, 30, 40, 30, 20}},
		{"16 bits", bmpFile(2, 1, 16, bmpRaw, nil, []byte{0, 0x7c, 0, 0x40}, 0), []uint8{255, 16 * 255 / 31}},
		{"16 bits, masks", bmpFile(2, 1, 16, bmpFields, u32(0xf800, 0x7e0, 0x1f), []byte{0, 0xf8, 0, 0x08}, 0), []uint8{255, 8}},
		{"24 bits", bmpFile(1, 2, 24, bmpRaw, nil, []byte{1, 2, 3, 0, 4, 5, 6, 0}, 0), []uint8{6, 3}},
		{"32 bits, padding", bmpFile(2, 1, 32, bmpRaw, nil, []byte{1, 2, 3, 0, 4, 5, 6, 9}, 0), []uint8{3, 6}},
	} {
		got, err := Decode(c.name, c.file, Limits{})
		if err != nil {
			t.Error(err)
		} else if !slices.Equal(firsts(got), c.want) {
			t.Errorf("%s: %v, want %v", c.name, firsts(got), c.want)
		}
	}
}

func TestBMPAlpha(t *testing.T) {
	head := append(dibHeader(2, 1, 32, bmpFields, 0), u32(0xFF0000, 0xFF00, 0xFF, 0xFF000000)...)
	head[0] = 56
	file := slices.Concat(bmpStart(14+56), head, []byte{0, 0, 100, 255, 0, 0, 100, 0})
	got, err := Decode("alpha", file, Limits{})
	if err != nil || !slices.Equal(firsts(got), []uint8{100, 255}) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestBMPRefuses(t *testing.T) {
	for says, file := range map[string][]byte{
		"2 bits":        bmpFile(2, 2, 2, bmpRaw, nil, make([]byte, 99), 0),
		"compression 4": bmpFile(2, 2, 24, 4, nil, make([]byte, 99), 0),
		"masks":         bmpFile(2, 2, 32, bmpFields, u32(1, 2, 4), make([]byte, 99), 0),
		"truncated":     bmpFile(9, 9, 24, bmpRaw, nil, make([]byte, 99), 0),
		"-3×4":          bmpFile(-3, 4, 24, bmpRaw, nil, make([]byte, 99), 0),
		"0×4":           bmpFile(0, 4, 24, bmpRaw, nil, make([]byte, 99), 0),
	} {
		if m, err := Decode("made", file, Limits{}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, %v", says, m, err)
		}
	}
}

// icoFile holds pictures of given sizes and depths.
func icoFile(entries ...[]byte) []byte {
	head := []byte{0, 0, 1, 0, byte(len(entries)), 0}
	at := 6 + 16*len(entries)
	var body []byte
	for _, e := range entries {
		d, _ := readDIB(source{strings.NewReader(string(e)), int64(len(e))}, 0)
		head = append(head, byte(d.width), byte(d.height/2), 0, 0, 1, 0, byte(d.bits), 0)
		head = append(head, u32(uint32(len(e)), uint32(at+len(body)))...)
		body = append(body, e...)
	}
	return append(head, body...)
}

func TestICO(t *testing.T) {
	deep := slices.Concat(dibHeader(2, 4, 32, bmpRaw, 0), []byte{0, 0, 100, 255, 0, 0, 100, 0, 0, 0, 7, 255, 0, 0, 8, 255}, make([]byte, 8))
	small := slices.Concat(dibHeader(1, 2, 24, bmpRaw, 0), []byte{0, 0, 5, 0}, make([]byte, 4))
	masked := slices.Concat(dibHeader(2, 4, 24, bmpRaw, 0), []byte{0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 4, 0, 0}, []byte{0x40, 0, 0, 0, 0, 0, 0, 0})
	for _, c := range []struct {
		name string
		file []byte
		want []uint8
	}{
		{"the larger one", icoFile(small, deep), []uint8{7, 8, 100, 255}},
		{"of equal ones the one of fewer colours", icoFile(deep, masked), []uint8{3, 4, 1, 255}},
	} {
		got, err := Decode(c.name, c.file, Limits{})
		if err != nil || !slices.Equal(firsts(got), c.want) {
			t.Errorf("%s: %v, %v; want %v", c.name, got, err, c.want)
		}
	}
}

func TestPNM(t *testing.T) {
	for file, want := range map[string][]uint8{
		"P1\n# a comment\n3 2\n101\n0 1 0\n":         {0, 255, 0, 255, 0, 255},
		"P4 3 2\n\xa0\x40":                           {0, 255, 0, 255, 0, 255},
		"P2 2 1 255 7 250":                           {7, 250},
		"P2 2 1 3 1 3":                               {85, 255},
		"P5 2 1 255\n\x07\xfa":                       {7, 250},
		"P5 2 1 65535\n\x00\x09\x01\x00":             {9, 255},
		"P3 1 1 255 1 2 3":                           {1},
		"P6\n1 2\n255\n\x01\x02\x03\x04\x05\x06":     {1, 4},
		"P6 1 1 65535\n\x80\x00\x00\x00\x00\x00\xff": {128},
	} {
		got, err := Decode("made", []byte(file), Limits{})
		if err != nil || !slices.Equal(firsts(got), want) {
			t.Errorf("%q: %v, %v; want %v", file, got, err, want)
		}
	}
	for _, file := range []string{"P6 2 2 255\n123", "P6 9999999999 1 255 ", "P5 x", "P2 1 1 255 300", "P1 1 1 7", "P6 0 1 255 ", "P5 1 1 0 1", "P1 2 2 1"} {
		if m, err := Decode("made", []byte(file), Limits{}); err == nil {
			t.Errorf("%q: accepted as %v", file, m)
		}
	}
	if _, err := Decode("made", fmt.Appendf(nil, "P6 %d %d 255 ", 20000, 20000), Limits{}); err == nil || !strings.Contains(err.Error(), "400000000 pixels") {
		t.Errorf("a large one: %v", err)
	}
}
