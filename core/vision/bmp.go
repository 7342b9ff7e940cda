package vision

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"slices"
)

// dib is the header of a Windows bitmap, as it stands after the 14 bytes of a
// file header or in an icon.
type dib struct {
	size          int // of the header, which tells its kind
	width, height int
	topDown       bool
	bits          int
	compression   uint32
	colours       int // of the palette
	entry         int // bytes of a palette entry
	masks         [4]uint32
}

// The compressions of a bitmap.
const (
	bmpRaw    = 0
	bmpRLE8   = 1
	bmpRLE4   = 2
	bmpFields = 3
)

// bmpHeader says whether the header after BM has a size that a header can
// have.
func bmpHeader(b []byte) bool {
	return slices.Contains([]uint32{12, 40, 52, 56, 64, 108, 124}, binary.LittleEndian.Uint32(b[14:]))
}

// readDIB reads a header at an offset.
func readDIB(s source, at int64) (dib, error) {
	head, err := s.at(at, 4)
	if err != nil {
		return dib{}, err
	}
	d := dib{size: int(binary.LittleEndian.Uint32(head)), entry: 4}
	if !slices.Contains([]int{12, 40, 52, 56, 64, 108, 124}, d.size) {
		return d, problemf("the header has %d bytes, which no kind of bitmap has; save it again as PNG", d.size)
	}
	b, err := s.at(at, d.size)
	if err != nil {
		return d, err
	}
	le := binary.LittleEndian
	if d.size == 12 {
		d.width, d.height, d.bits, d.entry = int(le.Uint16(b[4:])), int(le.Uint16(b[6:])), int(le.Uint16(b[10:])), 3
	} else {
		d.width, d.height = int(int32(le.Uint32(b[4:]))), int(int32(le.Uint32(b[8:])))
		d.bits, d.compression, d.colours = int(le.Uint16(b[14:])), le.Uint32(b[16:]), int(int32(le.Uint32(b[32:])))
	}
	if d.height < 0 {
		d.height, d.topDown = -d.height, true
	}
	if d.compression == bmpFields {
		if err := d.readMasks(s, at, b); err != nil {
			return d, err
		}
	}
	return d, d.check()
}

// readMasks reads the colour masks; after a header of 40 bytes there are three
// of them.
func (d *dib) readMasks(s source, at int64, b []byte) error {
	if d.size < 52 {
		more, err := s.at(at+40, 12)
		if err != nil {
			return err
		}
		b = slices.Concat(b[:40], more)
	}
	for i := range d.masks {
		if len(b) >= 44+4*i {
			d.masks[i] = binary.LittleEndian.Uint32(b[40+4*i:])
		}
	}
	return nil
}

func (d *dib) check() error {
	if !slices.Contains([]int{1, 4, 8, 16, 24, 32}, d.bits) {
		return problemf("a bitmap of %d bits a pixel is not implemented; save it again as PNG", d.bits)
	}
	ok := d.compression == bmpRaw || d.compression == bmpFields && d.bits >= 16 || d.compression == bmpRLE8 && d.bits == 8 || d.compression == bmpRLE4 && d.bits == 4
	if !ok {
		return problemf("a bitmap of %d bits with compression %d is not implemented; save it again as PNG", d.bits, d.compression)
	}
	if d.bits <= 8 {
		if d.colours == 0 {
			d.colours = 1 << d.bits
		}
		if d.colours < 0 || d.colours > 1<<16 {
			return problemf("the palette has %d colours; the file is damaged, save it again as PNG", d.colours)
		}
	}
	return nil
}

func bmpProbe(s source) (header, error) {
	d, err := readDIB(s, 14)
	return header{width: d.width, height: d.height}, err
}

func decodeBMP(ctx context.Context, data []byte) (*raster, error) {
	s := source{bytes.NewReader(data), int64(len(data))}
	d, err := readDIB(s, 14)
	if err != nil {
		return nil, err
	}
	after := int64(14 + d.size)
	if d.compression == bmpFields && d.size == 40 {
		after += 12
	}
	pixels := int64(binary.LittleEndian.Uint32(data[10:]))
	palette, err := d.readPalette(s, after)
	if err != nil {
		return nil, err
	}
	if end := after + int64(d.entry*d.colours); pixels == 0 || pixels == after && d.bits <= 8 {
		pixels = after
		if d.bits <= 8 {
			pixels = end
		}
	}
	if pixels > s.size {
		return nil, io.ErrUnexpectedEOF
	}
	return d.decode(ctx, data[pixels:], palette)
}

// readPalette reads B, G, R entries; what the file does not have is black.
func (d *dib) readPalette(s source, at int64) (palette [256][3]uint8, err error) {
	if d.bits > 8 {
		return palette, nil
	}
	n := min(d.colours, 256)
	b, err := s.at(at, n*d.entry)
	if err != nil {
		return palette, err
	}
	for i := range n {
		e := b[i*d.entry:]
		palette[i] = [3]uint8{e[2], e[1], e[0]}
	}
	return palette, nil
}

// decode reads the pixels, which begin where data begins.
func (d *dib) decode(ctx context.Context, data []byte, palette [256][3]uint8) (*raster, error) {
	if d.width < 1 || d.height < 1 {
		return nil, problemf("the header says %d×%d pixels; the file is damaged, copy or download it again", d.width, d.height)
	}
	if d.compression == bmpRLE8 || d.compression == bmpRLE4 {
		index, err := d.unpackRLE(data)
		if err != nil {
			return nil, err
		}
		r := newRaster(d.width, d.height, false)
		for i, v := range index {
			y := d.line(i / d.width)
			copy(r.rgb[3*(y*d.width+i%d.width):], palette[v][:])
		}
		return r, nil
	}
	stride := (int64(d.width)*int64(d.bits) + 31) / 32 * 4
	// The last row may lack its padding.
	if need := stride*int64(d.height-1) + (int64(d.width)*int64(d.bits)+7)/8; need > int64(len(data)) {
		return nil, io.ErrUnexpectedEOF
	}
	if d.bits > 8 {
		return d.trueColour(ctx, data, int(stride))
	}
	r := newRaster(d.width, d.height, false)
	mask := byte(1<<d.bits - 1)
	eachRow(ctx, d.height, func(i int) {
		row, out := data[i*int(stride):], r.rgb[3*d.width*d.line(i):]
		for x := range d.width {
			bit := x * d.bits
			v := row[bit/8] >> (8 - d.bits - bit%8) & mask
			copy(out[3*x:3*x+3], palette[v][:])
		}
	})
	return r, nil
}

// line is the picture's row of the i-th stored one.
func (d *dib) line(i int) int {
	if d.topDown {
		return i
	}
	return d.height - 1 - i
}

// trueColour reads 16, 24 or 32 bits a pixel. The fourth byte of a raw pixel
// is padding; only masks make it alpha.
func (d *dib) trueColour(ctx context.Context, data []byte, stride int) (*raster, error) {
	masks, err := d.layout()
	if err != nil {
		return nil, err
	}
	r := newRaster(d.width, d.height, masks[3] != 0)
	size := d.bits / 8
	eachRow(ctx, d.height, func(i int) {
		y := d.line(i)
		for x := range d.width {
			var v uint32
			p := data[i*stride+x*size:]
			for k := range size {
				v |= uint32(p[k]) << (8 * k)
			}
			at := y*d.width + x
			for c := range 3 {
				r.rgb[3*at+c] = channel(v, masks[c])
			}
			if masks[3] != 0 {
				r.alpha[at] = channel(v, masks[3])
			}
		}
	})
	return r, nil
}

// layout gives the masks of R, G, B and alpha; the layouts are those that
// Pillow reads.
func (d *dib) layout() ([4]uint32, error) {
	const r, g, b, a = 0xFF0000, 0xFF00, 0xFF, 0xFF000000
	switch {
	case d.compression == bmpRaw && d.bits == 16:
		return [4]uint32{0x7C00, 0x3E0, 0x1F}, nil
	case d.compression == bmpRaw:
		return [4]uint32{r, g, b}, nil
	case d.bits == 32 && d.masks == [4]uint32{}:
		return [4]uint32{r, g, b, a}, nil
	}
	m := d.masks
	var known [][4]uint32
	switch d.bits {
	case 32:
		known = [][4]uint32{{r, g, b}, {a, r, g}, {a, g, b}, {a, r, g, b}, {b, g, r, a}, {r, g, b, a}, {a, g, b, r}}
	case 24:
		m[3], known = 0, [][4]uint32{{r, g, b}}
	case 16:
		m[3], known = 0, [][4]uint32{{0xF800, 0x7E0, 0x1F}, {0x7C00, 0x3E0, 0x1F}}
	}
	if !slices.Contains(known, m) {
		return m, problemf("a bitmap of %d bits with colour masks %x is not implemented; save it again as PNG", d.bits, d.masks)
	}
	return m, nil
}

// channel takes the bits under a mask and spreads them over 0 to 255.
func channel(v, mask uint32) uint8 {
	if mask == 0 {
		return 0
	}
	low := mask & -mask
	return uint8(v & mask / low * 255 / (mask / low))
}
