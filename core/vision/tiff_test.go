package vision

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// tiffSpec builds a TIFF file of given samples.
type tiffSpec struct {
	order         binary.AppendByteOrder
	width, height int
	bits          int
	samples       []uint16 // [height, width, n]
	n             int
	photometric   uint16
	compression   uint16
	predictor     bool
	separate      bool
	rows          int // of a strip, 0 for one strip
	tile          int // edge of a tile, 0 for strips
	orientation   uint16
	extra         []uint16
	palette       []uint16
}

// pack stores samples x0 … x0+w of rows y0 … y0+h; a tile is filled up with
// zeros.
func (s tiffSpec) pack(x0, y0, w, h int, channels []int) []byte {
	var out []byte
	for y := y0; y < y0+h; y++ {
		var acc, held uint
		previous := make([]uint16, len(channels))
		for x := x0; x < x0+w; x++ {
			for i, c := range channels {
				var v uint16
				if x < s.width && y < s.height {
					v = s.samples[(y*s.width+x)*s.n+c]
				}
				if s.predictor {
					v, previous[i] = v-previous[i], v
				}
				if s.bits == 16 {
					out = s.order.AppendUint16(out, v)
					continue
				}
				acc, held = acc<<s.bits|uint(v)&(1<<s.bits-1), held+uint(s.bits)
				if held == 8 {
					out, acc, held = append(out, byte(acc)), 0, 0
				}
			}
		}
		if held > 0 {
			out = append(out, byte(acc<<(8-held)))
		}
	}
	return out
}

func (s tiffSpec) compress(b []byte) []byte {
	switch s.compression {
	case tiffDeflate:
		var z bytes.Buffer
		w := zlib.NewWriter(&z)
		_, _ = w.Write(b)
		_ = w.Close()
		return z.Bytes()
	case tiffPackBits:
		var out []byte
		for len(b) > 0 {
			run := 1
			for run < len(b) && run < 128 && b[run] == b[0] {
				run++
			}
			if run > 1 {
				out = append(out, byte(1-run), b[0])
			} else {
				out = append(out, 0, b[0])
			}
			b = b[run:]
		}
		return append(out, 128) // a byte that means nothing
	}
	return b
}

func (s tiffSpec) chunks() [][]byte {
	planes := [][]int{{}}
	for c := range s.n {
		if s.separate && c > 0 {
			planes = append(planes, nil)
		}
		planes[len(planes)-1] = append(planes[len(planes)-1], c)
	}
	w, h := s.width, s.height
	if s.rows > 0 {
		h = s.rows
	}
	if s.tile > 0 {
		w, h = s.tile, s.tile
	}
	var out [][]byte
	for _, p := range planes {
		for y := 0; y < s.height; y += h {
			for x := 0; x < s.width; x += w {
				rows := h
				if s.tile == 0 {
					rows = min(h, s.height-y)
				}
				out = append(out, s.compress(s.pack(x, y, w, rows, p)))
			}
		}
	}
	return out
}

func (s tiffSpec) file() []byte {
	body := []byte("II*\x00\x00\x00\x00\x00")
	if s.order.String() == "BigEndian" {
		body = []byte("MM\x00*\x00\x00\x00\x00")
	}
	var offsets, counts []uint32
	for _, c := range s.chunks() {
		offsets, counts = append(offsets, uint32(len(body))), append(counts, uint32(len(c)))
		body = append(body, c...)
	}
	short := func(v ...uint16) []byte {
		var b []byte
		for _, x := range v {
			b = s.order.AppendUint16(b, x)
		}
		return b
	}
	long := func(v []uint32) []byte {
		var b []byte
		for _, x := range v {
			b = s.order.AppendUint32(b, x)
		}
		return b
	}
	tags := map[uint16][]byte{
		tagWidth: short(uint16(s.width)), tagHeight: short(uint16(s.height)), tagBits: short(slices.Repeat([]uint16{uint16(s.bits)}, s.n)...),
		tagCompression: short(max(s.compression, 1)), tagPhotometric: short(s.photometric), tagSamples: short(uint16(s.n)),
	}
	if s.tile > 0 {
		tags[tagTileWidth], tags[tagTileHeight] = short(uint16(s.tile)), short(uint16(s.tile))
		tags[tagTileOffsets], tags[tagTileBytes] = long(offsets), long(counts)
	} else {
		tags[tagStripOffsets], tags[tagStripBytes] = long(offsets), long(counts)
	}
	for tag, v := range map[uint16]int{tagRowsPerStrip: s.rows, tagOrientation: int(s.orientation), tagPredictor: 2 * b2i(s.predictor), tagPlanar: 2 * b2i(s.separate)} {
		if v > 0 {
			tags[tag] = short(uint16(v))
		}
	}
	if s.extra != nil {
		tags[tagExtraSamples] = short(s.extra...)
	}
	if s.palette != nil {
		tags[tagColorMap] = short(s.palette...)
	}
	return s.directory(body, tags)
}

// directory appends the directory and puts its place into the header.
func (s tiffSpec) directory(body []byte, tags map[uint16][]byte) []byte {
	var keys []uint16
	for k := range tags {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	entries := s.order.AppendUint16(nil, uint16(len(keys)))
	for _, k := range keys {
		kind, size := uint16(3), 2
		if slices.Contains([]uint16{tagStripOffsets, tagStripBytes, tagTileOffsets, tagTileBytes}, k) {
			kind, size = 4, 4
		}
		v := tags[k]
		entries = s.order.AppendUint32(s.order.AppendUint16(s.order.AppendUint16(entries, k), kind), uint32(len(v)/size))
		if len(v) > 4 {
			entries = s.order.AppendUint32(entries, uint32(len(body)))
			body = append(body, v...)
		} else {
			entries = append(entries, append(bytes.Clone(v), make([]byte, 4-len(v))...)...)
		}
	}
	at := s.order.AppendUint32(nil, uint32(len(body)))
	copy(body[4:8], at)
	return append(append(body, entries...), 0, 0, 0, 0)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// noise fills samples of a given width in bits.
func noise(n, bits int) []uint16 {
	out := make([]uint16, n)
	x := uint32(12345)
	for i := range out {
		x = x*1664525 + 1013904223
		out[i] = uint16(x>>16) & uint16(1<<bits-1)
		if i%3 == 0 && i > 0 {
			out[i] = out[i-1] // runs, for PackBits
		}
	}
	return out
}

// meaning is the colour and alpha of one pixel, worked out apart from the
// decoder.
func (s tiffSpec) meaning(p []uint16) (rgb [3]uint8, alpha uint8) {
	most := 1<<s.bits - 1
	eight := func(v uint16) uint8 {
		if s.bits == 16 {
			return uint8(v >> 8)
		}
		return uint8(int(v) * 255 / most)
	}
	alpha = 255
	switch s.photometric {
	case whiteIsZero, blackIsZero:
		g := eight(p[0])
		if s.bits == 16 {
			g = uint8(min(p[0], 255))
		} else if s.photometric == whiteIsZero {
			g = 255 - g
		}
		rgb = [3]uint8{g, g, g}
		if s.n == 2 && s.extra[0] == 2 {
			alpha = eight(p[1])
		}
	case tiffPalette:
		k := 1 << s.bits
		rgb = [3]uint8{uint8(s.palette[p[0]] >> 8), uint8(s.palette[k+int(p[0])] >> 8), uint8(s.palette[2*k+int(p[0])] >> 8)}
	case tiffRGB:
		rgb = [3]uint8{eight(p[0]), eight(p[1]), eight(p[2])}
		if s.n == 4 && (s.extra == nil || s.extra[0] != 0) {
			alpha = eight(p[3])
		}
	case tiffCMYK:
		rgb[0], rgb[1], rgb[2] = fromCMYK(eight(p[0]), eight(p[1]), eight(p[2]), eight(p[3]))
	}
	if s.extra != nil && s.extra[0] == 1 && alpha != 0 {
		for i, v := range rgb {
			rgb[i] = uint8(min(int(v)*255/int(alpha), 255))
		}
	}
	for i, v := range rgb {
		rgb[i] = white(v, alpha)
	}
	return rgb, alpha
}

func tiffSpecs() []tiffSpec {
	palette := func(bits int) []uint16 { return noise(3<<bits, 16) }
	return []tiffSpec{
		{bits: 1, n: 1, photometric: blackIsZero}, {bits: 1, n: 1, photometric: whiteIsZero, compression: tiffPackBits}, {bits: 2, n: 1, photometric: blackIsZero, rows: 5}, {bits: 4, n: 1, photometric: whiteIsZero, tile: 16},
		{bits: 8, n: 1, photometric: whiteIsZero}, {bits: 16, n: 1, photometric: blackIsZero}, {bits: 16, n: 1, photometric: whiteIsZero},
		{bits: 8, n: 2, photometric: blackIsZero, extra: []uint16{2}}, {bits: 8, n: 2, photometric: blackIsZero, extra: []uint16{0}, separate: true},
		{bits: 1, n: 1, photometric: tiffPalette, palette: palette(1)}, {bits: 2, n: 1, photometric: tiffPalette, palette: palette(2), rows: 3}, {bits: 4, n: 1, photometric: tiffPalette, palette: palette(4)}, {bits: 8, n: 1, photometric: tiffPalette, palette: palette(8), compression: tiffDeflate},
		{bits: 8, n: 3, photometric: tiffRGB, rows: 4, compression: tiffPackBits}, {bits: 8, n: 3, photometric: tiffRGB, separate: true, rows: 4}, {bits: 8, n: 3, photometric: tiffRGB, separate: true, tile: 16, compression: tiffDeflate, predictor: true},
		{bits: 16, n: 3, photometric: tiffRGB, compression: tiffDeflate, predictor: true}, {bits: 8, n: 3, photometric: tiffRGB, compression: tiffDeflate, predictor: true, tile: 16},
		{bits: 8, n: 4, photometric: tiffRGB}, {bits: 8, n: 4, photometric: tiffRGB, extra: []uint16{0}}, {bits: 8, n: 4, photometric: tiffRGB, extra: []uint16{1}, separate: true}, {bits: 16, n: 4, photometric: tiffRGB, extra: []uint16{2}},
		{bits: 8, n: 4, photometric: tiffCMYK}, {bits: 16, n: 4, photometric: tiffCMYK, separate: true, rows: 7},
	}
}

// TestTIFFKinds reads every kind of samples, in both byte orders, and compares
// with the meaning that the specification gives them.
func TestTIFFKinds(t *testing.T) {
	for _, s := range tiffSpecs() {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			s.order, s.width, s.height = order, 21, 13
			s.samples = noise(s.width*s.height*s.n, s.bits)
			name := fmt.Sprintf("%v bits %d samples %d kind %d compression %d", order, s.bits, s.n, s.photometric, s.compression)
			got, err := Decode(name, s.file(), Limits{})
			if err != nil {
				t.Error(err)
				continue
			}
			for i := range s.width * s.height {
				want, _ := s.meaning(s.samples[i*s.n : (i+1)*s.n])
				if [3]uint8(got.Pix[3*i:3*i+3]) != want {
					t.Errorf("%s (%+v): pixel %d is %v, want %v", name, s, i, got.Pix[3*i:3*i+3], want)
					break
				}
			}
		}
	}
}

// TestTIFFOrientation: the picture comes out upright, and Probe knows.
func TestTIFFOrientation(t *testing.T) {
	s := tiffSpec{order: binary.LittleEndian, width: 3, height: 2, bits: 8, n: 1, photometric: blackIsZero, samples: []uint16{1, 2, 3, 4, 5, 6}, orientation: 6}
	got, err := Decode("turned", s.file(), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var grey []uint8
	for i := 0; i < len(got.Pix); i += 3 {
		grey = append(grey, got.Pix[i])
	}
	if got.Width != 2 || got.Height != 3 || !bytes.Equal(grey, []uint8{4, 1, 5, 2, 6, 3}) {
		t.Errorf("%d×%d %v", got.Width, got.Height, grey)
	}
}

// TestTIFFRefuses names what is not implemented, and never believes a size.
func TestTIFFRefuses(t *testing.T) {
	base := tiffSpec{order: binary.LittleEndian, width: 20, height: 20, bits: 8, n: 3, photometric: tiffRGB}
	base.samples = noise(1200, 8)
	for says, change := range map[string]func(*tiffSpec){
		"kind 8":        func(s *tiffSpec) { s.photometric = 8 },
		"kind 6":        func(s *tiffSpec) { s.photometric = tiffYCbCr },
		"compression 6": func(s *tiffSpec) { s.compression = 6 },
		"fax":           func(s *tiffSpec) { s.compression = tiffG4 },
		"32 bits":       func(s *tiffSpec) { s.bits = 32 },
		"palette":       func(s *tiffSpec) { s.photometric, s.n, s.palette = tiffPalette, 1, make([]uint16, 5) },
	} {
		s := base
		change(&s)
		if s.bits == 32 {
			s.bits = 16
			file := s.file()
			at := bytes.Index(file, []byte{16, 0, 16, 0, 16, 0})
			copy(file[at:], []byte{32, 0, 32, 0, 32, 0})
			_, err := Decode("made.tif", file, Limits{})
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %v", says, err)
			}
			continue
		}
		if _, err := Decode("made.tif", s.file(), Limits{}); err == nil || !strings.Contains(err.Error(), says) || !strings.HasPrefix(err.Error(), "made.tif: TIFF: ") {
			t.Errorf("%s: %v", says, err)
		}
	}
}
