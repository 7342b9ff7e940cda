package vision

import (
	"bytes"
	"encoding/binary"
	"math"
	"regexp"
)

// maxMetadata bounds how much EXIF or XMP is looked at.
const maxMetadata = 1 << 20

// orientationOf finds the orientation in EXIF data (a small TIFF file, with or
// without the six bytes that stand before it in JPEG) and, when EXIF has no
// such tag, in XMP. 0 means none.
func orientationOf(exif, xmp []byte) int {
	exif = bytes.TrimPrefix(exif, []byte("Exif\x00\x00"))
	if d, err := openDirectory(source{bytes.NewReader(exif), int64(len(exif))}); err == nil {
		if v, ok := d.orientation(); ok {
			return v
		}
	}
	if m := xmpOrientation().FindSubmatch(xmp); m != nil {
		return int(m[1][0] - '0')
	}
	return 0
}

// xmpOrientation matches both forms of the property, as Pillow does.
func xmpOrientation() *regexp.Regexp { return regexp.MustCompile(`tiff:Orientation(?:="|>)([0-9])`) }

// TIFF tags that are read here or by the TIFF decoder.
const (
	tagWidth        = 256
	tagHeight       = 257
	tagBits         = 258
	tagCompression  = 259
	tagPhotometric  = 262
	tagFillOrder    = 266
	tagStripOffsets = 273
	tagOrientation  = 274
	tagSamples      = 277
	tagRowsPerStrip = 278
	tagStripBytes   = 279
	tagPlanar       = 284
	tagT4Options    = 292
	tagPredictor    = 317
	tagColorMap     = 320
	tagTileWidth    = 322
	tagTileHeight   = 323
	tagTileOffsets  = 324
	tagTileBytes    = 325
	tagInkSet       = 332
	tagExtraSamples = 338
	tagSampleFormat = 339
	tagJPEGTables   = 347
)

// directory is the first image file directory of a TIFF file.
type directory struct {
	s      source
	order  binary.ByteOrder
	fields map[uint16]field
	turn   field // the last entry of tagOrientation, which is the one that Pillow takes of EXIF
}

// field is one entry: its type, how many values it has, and its last four
// bytes, which are the values or their place.
type field struct {
	kind  uint16
	count uint32
	tail  [4]byte
}

// openDirectory reads the first directory. Of a tag that stands twice the
// first counts.
func openDirectory(s source) (*directory, error) {
	head, err := s.at(0, 8)
	if err != nil {
		return nil, err
	}
	d := &directory{s: s, order: binary.LittleEndian, fields: map[uint16]field{}}
	switch string(head[:4]) {
	case "II*\x00":
	case "MM\x00*":
		d.order = binary.BigEndian
	default:
		return nil, problemf("is no TIFF data; save it again")
	}
	at := int64(d.order.Uint32(head[4:]))
	n, err := s.at(at, 2)
	if err != nil {
		return nil, problemf("the directory lies beyond the end of the file; it is truncated, copy or download it again")
	}
	entries, err := s.at(at+2, 12*int(d.order.Uint16(n)))
	if err != nil {
		return nil, problemf("the directory lies beyond the end of the file; it is truncated, copy or download it again")
	}
	for ; len(entries) > 0; entries = entries[12:] {
		tag := d.order.Uint16(entries)
		if tag == tagOrientation {
			d.turn = field{d.order.Uint16(entries[2:]), d.order.Uint32(entries[4:]), [4]byte(entries[8:12])}
		}
		if _, twice := d.fields[tag]; !twice {
			d.fields[tag] = field{d.order.Uint16(entries[2:]), d.order.Uint32(entries[4:]), [4]byte(entries[8:12])}
		}
	}
	return d, nil
}

// orientation is the first value of the orientation in EXIF data, whatever the
// type that some camera gave it. One that is text or bytes is there and turns
// nothing, as in Pillow.
func (d *directory) orientation() (value int, ok bool) {
	sizes := map[uint16]int64{3: 2, 4: 4, 5: 8, 6: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
	f := d.turn
	size := sizes[f.kind] * int64(f.count)
	switch {
	case f.count > 0 && (f.kind == 1 || f.kind == 2 || f.kind == 7):
		return 0, true
	case size == 0 || size > maxMetadata:
		return 0, false
	}
	b := f.tail[:]
	if size > 4 {
		var err error
		if b, err = d.s.at(int64(d.order.Uint32(f.tail[:])), int(size)); err != nil {
			return 0, false
		}
	}
	var v float64
	switch f.kind {
	case 6:
		v = float64(int8(b[0]))
	case 3, 8: // the sign plays no part: nothing but 2 to 8 turns
		v = float64(d.order.Uint16(b))
	case 4, 9, 13:
		v = float64(d.order.Uint32(b))
	case 5, 10:
		v = float64(d.order.Uint32(b)) / float64(d.order.Uint32(b[4:]))
	case 11:
		v = float64(math.Float32frombits(d.order.Uint32(b)))
	case 12:
		v = math.Float64frombits(d.order.Uint64(b))
	case 16:
		v = float64(d.order.Uint64(b))
	}
	if v >= 1 && v <= 8 && v == math.Trunc(v) {
		return int(v), true
	}
	return 0, true
}

// width is the number of bytes of one value: BYTE, ASCII, SHORT, LONG and
// UNDEFINED are known.
func (f field) width() int64 {
	switch f.kind {
	case 1, 2, 7:
		return 1
	case 3:
		return 2
	case 4:
		return 4
	}
	return 0
}

// bytes is a field's raw values, at most limit bytes.
func (d *directory) bytes(tag uint16, limit int64) ([]byte, error) {
	f, ok := d.fields[tag]
	if !ok {
		return nil, nil
	}
	n := f.width() * int64(f.count)
	if f.width() == 0 {
		return nil, problemf("tag %d has type %d, which it cannot have; save the picture again", tag, f.kind)
	}
	if n > limit {
		return nil, problemf("tag %d has %d bytes, more than the picture can need; the file is damaged, save it again", tag, n)
	}
	if n <= 4 {
		return f.tail[:n], nil
	}
	return d.s.at(int64(d.order.Uint32(f.tail[:])), int(n))
}

// numbers is a field's values, at most limit of them; nil if it is absent.
func (d *directory) numbers(tag uint16, limit int) ([]uint32, error) {
	f := d.fields[tag]
	b, err := d.bytes(tag, 4*int64(limit))
	if err != nil || len(b) == 0 {
		return nil, err
	}
	w := int(f.width())
	out := make([]uint32, 0, len(b)/w)
	for ; len(b) >= w; b = b[w:] {
		switch w {
		case 1:
			out = append(out, uint32(b[0]))
		case 2:
			out = append(out, uint32(d.order.Uint16(b)))
		case 4:
			out = append(out, d.order.Uint32(b))
		}
	}
	return out, nil
}

// number is a field's first value.
func (d *directory) number(tag uint16) (uint32, bool) {
	v, err := d.numbers(tag, 1024)
	if err != nil || len(v) == 0 {
		return 0, false
	}
	return v[0], true
}

// or is a field's first value, or a default.
func (d *directory) or(tag uint16, absent uint32) uint32 {
	if v, ok := d.number(tag); ok {
		return v
	}
	return absent
}
