package vision

import (
	"encoding/binary"
	"math"
	"testing"
)

// exifDirectory is EXIF data with one directory, and room for values behind it.
func exifDirectory(order binary.AppendByteOrder, values []byte, entries ...[]byte) []byte {
	out := []byte("Exif\x00\x00II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		out = []byte("Exif\x00\x00MM\x00*")
	}
	out = order.AppendUint32(out, 8)
	out = order.AppendUint16(out, uint16(len(entries)))
	for _, e := range entries {
		out = append(out, e...)
	}
	return append(order.AppendUint32(out, 0), values...)
}

// TestOrientationOfAnyType: what Pillow makes of an orientation of every type,
// of two, and of none. EXIF goes before XMP also where its value turns nothing.
func TestOrientationOfAnyType(t *testing.T) {
	const xmp = `<x tiff:Orientation="3"/>`
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		entry := func(kind uint16, count uint32, tail []byte) []byte {
			e := order.AppendUint16(order.AppendUint16(nil, tagOrientation), kind)
			return append(order.AppendUint32(e, count), append(tail, 0, 0, 0, 0)[:4]...)
		}
		short := func(v uint16) []byte { return order.AppendUint16(nil, v) }
		long := func(v uint32) []byte { return order.AppendUint32(nil, v) }
		behind := long(26) // after one entry
		for name, c := range map[string]struct {
			exif []byte
			want int
		}{
			"SHORT":           {exifDirectory(order, nil, entry(3, 1, short(6))), 6},
			"two SHORT":       {exifDirectory(order, nil, entry(3, 2, append(short(6), short(3)...))), 6},
			"LONG":            {exifDirectory(order, nil, entry(4, 1, long(8))), 8},
			"SSHORT":          {exifDirectory(order, nil, entry(8, 1, short(6))), 6},
			"SLONG":           {exifDirectory(order, nil, entry(9, 1, long(6))), 6},
			"FLOAT":           {exifDirectory(order, nil, entry(11, 1, long(math.Float32bits(6)))), 6},
			"RATIONAL":        {exifDirectory(order, append(long(12), long(2)...), entry(5, 1, behind)), 6},
			"RATIONAL, 0":     {exifDirectory(order, append(long(12), long(0)...), entry(5, 1, behind)), 0},
			"RATIONAL, cut":   {exifDirectory(order, nil, entry(5, 1, behind)), 3},
			"BYTE":            {exifDirectory(order, nil, entry(1, 1, []byte{6})), 0},
			"UNDEFINED":       {exifDirectory(order, nil, entry(7, 1, []byte{6})), 0},
			"ASCII":           {exifDirectory(order, nil, entry(2, 2, []byte("6"))), 0},
			"too large":       {exifDirectory(order, nil, entry(3, 1, short(9))), 0},
			"the last counts": {exifDirectory(order, nil, entry(3, 1, short(6)), entry(3, 1, short(8))), 8},
			"no values":       {exifDirectory(order, nil, entry(3, 0, nil)), 3},
			"a huge count":    {exifDirectory(order, nil, entry(12, math.MaxUint32, nil)), 3},
			"no entry":        {exifDirectory(order, nil), 3},
		} {
			if got := orientationOf(c.exif, []byte(xmp)); got != c.want {
				t.Errorf("%v %s: %d, want %d", order, name, got, c.want)
			}
		}
	}
}
