package vision

import (
	"bytes"
	"compress/zlib"
	"context"
	"io"

	"golang.org/x/image/ccitt"
	"golang.org/x/image/tiff/lzw"
)

// readSamples decodes every strip or tile into [height, width, samples], one
// byte a sample: grey of few bits is spread over 0 to 255, an index stays as
// it is, 16-bit grey is clipped and other 16-bit samples lose their low byte.
func (t *tiffImage) readSamples(ctx context.Context, data []byte) ([]uint8, error) {
	planes, in := 1, t.samples
	if t.separate {
		planes, in = t.samples, 1
	}
	var out []uint8
	for p := range planes {
		for c := range t.across() * t.down() {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			raw, rows, err := t.chunk(ctx, data, p, c, in)
			if err != nil {
				return nil, err
			}
			if out == nil {
				// Only now, because a file may claim any size.
				out = make([]uint8, t.width*t.height*t.samples)
			}
			t.place(out, raw, rows, p, c, in)
		}
	}
	return out, nil
}

// chunk decompresses one strip or tile and says how many rows it has; in is
// the number of samples a pixel in it.
func (t *tiffImage) chunk(ctx context.Context, data []byte, plane, c, in int) ([]byte, int, error) {
	i := plane*t.across()*t.down() + c
	at, n := int64(t.offsets[i]), int64(t.counts[i])
	if at+n > int64(len(data)) {
		return nil, 0, io.ErrUnexpectedEOF
	}
	rows := t.chunkHeight
	if !t.tiled {
		rows = min(rows, t.height-c/t.across()*t.chunkHeight)
	}
	stride := t.stride(in)
	raw, err := t.decompress(ctx, data[at:at+n], stride*rows, rows)
	if err != nil {
		return nil, 0, err
	}
	if len(raw) < stride*rows {
		return nil, 0, io.ErrUnexpectedEOF
	}
	if t.predictor == 2 && t.compression != tiffRaw {
		t.addUp(raw, rows, stride, in)
	}
	return raw, rows, nil
}

// stride is the number of bytes of a chunk's row.
func (t *tiffImage) stride(in int) int { return (t.chunkWidth*in*t.bits + 7) / 8 }

// decompress gives at most size bytes.
func (t *tiffImage) decompress(ctx context.Context, b []byte, size, rows int) ([]byte, error) {
	var r io.Reader
	switch t.compression {
	case tiffRaw:
		return reversed(b[:min(size, len(b))], t.or(tagFillOrder, 1)), nil
	case tiffPackBits:
		return unpackBits(b, size)
	case tiffJPEG:
		return t.decompressJPEG(ctx, b, rows)
	case tiffLZW:
		r = lzw.NewReader(reader(ctx, b), lzw.MSB, 8)
	case tiffDeflate, tiffDeflateOld:
		z, err := zlib.NewReader(reader(ctx, b))
		if err != nil {
			return nil, err
		}
		r = z
	case tiffG3, tiffG4:
		order, kind := ccitt.MSB, ccitt.Group4
		if t.or(tagFillOrder, 1) == 2 {
			order = ccitt.LSB
		}
		if t.compression == tiffG3 {
			kind = ccitt.Group3
		}
		// A black run is made of ones whatever the values mean: what is black
		// is the matter of the photometric interpretation.
		r = ccitt.NewReader(reader(ctx, b), order, kind, t.chunkWidth, rows, &ccitt.Options{Invert: true})
	}
	out, err := guarded(func() ([]byte, error) { return io.ReadAll(io.LimitReader(r, int64(size))) })
	if len(out) == size {
		return out, nil
	}
	return out, err
}

// reversed turns the bits of every byte around when the fill order is 2.
func reversed(b []byte, fillOrder uint32) []byte {
	out := bytes.Clone(b)
	if fillOrder != 2 {
		return out
	}
	for i, v := range out {
		v = v>>4 | v<<4
		v = v>>2&0x33 | v&0x33<<2
		out[i] = v>>1&0x55 | v&0x55<<1
	}
	return out
}

// unpackBits is Apple's run-length code.
func unpackBits(b []byte, size int) ([]byte, error) {
	var out []byte
	for len(out) < size && len(b) > 0 {
		n := int(int8(b[0]))
		b = b[1:]
		switch {
		case n >= 0 && n < len(b):
			out = append(out, b[:n+1]...)
			b = b[n+1:]
		case n == -128:
		case n < 0 && len(b) > 0:
			out = append(out, bytes.Repeat(b[:1], 1-n)...)
			b = b[1:]
		default:
			return nil, io.ErrUnexpectedEOF
		}
	}
	return out[:min(size, len(out))], nil
}

// addUp undoes the horizontal predictor: every sample is stored as its
// difference to the pixel on the left.
func (t *tiffImage) addUp(raw []byte, rows, stride, in int) {
	for y := range rows {
		row := raw[y*stride : (y+1)*stride]
		if t.bits == 8 {
			for i := in; i < len(row); i++ {
				row[i] += row[i-in]
			}
			continue
		}
		for i := 2 * in; i+1 < len(row); i += 2 {
			t.order.PutUint16(row[i:], t.order.Uint16(row[i:])+t.order.Uint16(row[i-2*in:]))
		}
	}
}

// place writes a chunk's samples where they belong.
func (t *tiffImage) place(out, raw []byte, rows, plane, c, in int) {
	x0, y0 := c%t.across()*t.chunkWidth, c/t.across()*t.chunkHeight
	width, stride := min(t.chunkWidth, t.width-x0), t.stride(in)
	for y := range min(rows, t.height-y0) {
		row := raw[y*stride : (y+1)*stride]
		at := ((y0+y)*t.width+x0)*t.samples + plane
		if t.bits == 8 && in == t.samples {
			copy(out[at:at+width*in], row)
			continue
		}
		for x := range width {
			for s := range in {
				out[at+x*t.samples+s] = t.sample(row, x*in+s)
			}
		}
	}
}

// sample is the i-th sample of a row as a byte.
func (t *tiffImage) sample(row []byte, i int) uint8 {
	switch t.bits {
	case 8:
		return row[i]
	case 16:
		v := t.order.Uint16(row[2*i:])
		if t.photometric <= blackIsZero {
			return uint8(min(v, 255))
		}
		return uint8(v >> 8)
	}
	bit := i * t.bits
	most := byte(1<<t.bits - 1)
	v := row[bit/8] >> (8 - t.bits - bit%8) & most
	if t.photometric == tiffPalette {
		return v
	}
	return v * (255 / most)
}
