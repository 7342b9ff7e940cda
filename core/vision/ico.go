package vision

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"io"
	"math/bits"
	"slices"
)

// icon is one picture of an icon file.
type icon struct {
	width, height int
	depth, bits   int
	at, size      int64
	png           bool
}

// bestIcon is the picture that Pillow opens: the largest one, and among equals
// the one of the fewest colours.
func bestIcon(s source) (icon, error) {
	head, err := s.at(0, 6)
	if err != nil {
		return icon{}, err
	}
	table, err := s.at(6, 16*int(binary.LittleEndian.Uint16(head[4:])))
	if err != nil {
		return icon{}, err
	}
	var all []icon
	for e := range slices.Chunk(table, 16) {
		i := icon{width: int(e[0]), height: int(e[1]), bits: int(binary.LittleEndian.Uint16(e[6:]))}
		i.size, i.at = int64(binary.LittleEndian.Uint32(e[8:])), int64(binary.LittleEndian.Uint32(e[12:]))
		if i.width == 0 {
			i.width = 256
		}
		if i.height == 0 {
			i.height = 256
		}
		i.depth = cmp.Or(i.bits, bits.Len8(max(e[2], 1)-1), 256)
		all = append(all, i)
	}
	slices.SortStableFunc(all, func(a, b icon) int {
		return cmp.Or(cmp.Compare(b.width*b.height, a.width*a.height), cmp.Compare(a.depth, b.depth))
	})
	best := all[0]
	magic, err := s.at(best.at, 8)
	best.png = string(magic) == "\x89PNG\r\n\x1a\n"
	return best, err
}

// inside is the part of a file from an offset on.
func (s source) inside(at int64) source {
	return source{io.NewSectionReader(s.r, at, s.size-at), s.size - at}
}

func icoHeader(s source) (header, error) {
	i, err := bestIcon(s)
	if err != nil {
		return header{}, err
	}
	if i.png {
		// Its own orientation, if it had one, is not applied in an icon.
		c, err := readPNG(s.inside(i.at))
		return header{width: c.width, height: c.height}, err
	}
	d, err := readDIB(s, i.at)
	return header{width: d.width, height: d.height / 2}, err
}

func decodeICO(ctx context.Context, data []byte) (*raster, error) {
	s := source{bytes.NewReader(data), int64(len(data))}
	i, err := bestIcon(s)
	if err != nil {
		return nil, err
	}
	if i.png {
		return decodePNG(ctx, data[i.at:])
	}
	d, err := readDIB(s, i.at)
	if err != nil {
		return nil, err
	}
	d.height /= 2 // the other half is the mask
	at := i.at + int64(d.size)
	if d.compression == bmpFields && d.size == 40 {
		at += 12
	}
	palette, err := d.readPalette(s, at)
	if err != nil {
		return nil, err
	}
	if d.bits <= 8 {
		at += int64(d.entry * d.colours)
	}
	if at > s.size {
		return nil, io.ErrUnexpectedEOF
	}
	r, err := d.decode(ctx, data[at:], palette)
	if err != nil {
		return nil, err
	}
	r.alpha = make([]uint8, r.width*r.height)
	if i.bits == 32 && d.bits == 32 {
		for k := range r.alpha {
			y := d.line(k / d.width)
			r.alpha[y*d.width+k%d.width] = data[at+4*int64(k)+3]
		}
		return r, nil
	}
	return r, d.andMask(s, i.at+i.size, r.alpha)
}

// andMask reads the mask that ends at an offset: a bit that is set is
// transparent. Rows are padded to 32 bits and stand upside down.
func (d *dib) andMask(s source, end int64, alpha []uint8) error {
	stride := (d.width + 31) / 32 * 4
	b, err := s.at(end-int64(stride)*int64(d.height), stride*d.height)
	if err != nil {
		return err
	}
	for y := range d.height {
		row := b[(d.height-1-y)*stride:]
		for x := range d.width {
			alpha[y*d.width+x] = 255 * (1 ^ row[x/8]>>(7-x%8)&1)
		}
	}
	return nil
}
