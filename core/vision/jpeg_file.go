package vision

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"

	"github.com/mmtui/mmtui/core/vision/jpeg"
)

// jpegHeader reads the markers up to the first scan.
func jpegHeader(s source) (header, error) {
	var h header
	var exif, xmp []byte
	at := int64(2)
	for steps := 0; ; steps++ {
		if steps > maxSteps {
			return h, errSteps()
		}
		b, err := s.at(at, 2)
		if err != nil {
			return h, err
		}
		m := b[1]
		if b[0] != 0xff || m == 0xff || m == 0 {
			at++
			continue
		}
		at += 2
		if m == 0x01 || m >= 0xd0 && m <= 0xd8 {
			continue
		}
		if m == 0xd9 || m == 0xda {
			break
		}
		if b, err = s.at(at, 2); err != nil {
			return h, err
		}
		n := int64(binary.BigEndian.Uint16(b))
		if n < 2 || at+n > s.size {
			return h, io.ErrUnexpectedEOF
		}
		switch {
		case m >= 0xc0 && m <= 0xcf && m != 0xc4 && m != 0xc8 && m != 0xcc:
			if b, err = s.at(at, 7); err != nil {
				return h, err
			}
			h.height, h.width = int(binary.BigEndian.Uint16(b[3:])), int(binary.BigEndian.Uint16(b[5:]))
		case m == 0xe1 && len(exif)+len(xmp) < maxMetadata:
			b, err := s.at(at+2, int(n-2))
			if err != nil {
				return h, err
			}
			if rest, ok := bytes.CutPrefix(b, []byte("Exif\x00\x00")); ok {
				exif = append(exif, rest...)
			} else if rest, ok := bytes.CutPrefix(b, []byte("http://ns.adobe.com/xap/1.0/\x00")); ok {
				xmp = rest
			}
		}
		at += n
	}
	h.orientation = orientationOf(exif, xmp)
	return h, nil
}

func decodeJPEG(ctx context.Context, data []byte) (*raster, error) {
	p, err := jpeg.Decode(ctx, data, jpeg.Marked)
	if err != nil {
		return nil, jpegAdvice(err)
	}
	r := &raster{width: p.Width, height: p.Height}
	switch p.Channels {
	case 3:
		r.rgb = p.Pix
	case 1:
		r.rgb = make([]uint8, 3*len(p.Pix))
		eachRow(ctx, p.Height, func(y int) {
			spread(r.rgb[3*p.Width*y:3*p.Width*(y+1)], p.Pix[p.Width*y:], 1, 0)
		})
	default:
		// Ink is stored inverted, as Adobe's programs do.
		r.rgb = make([]uint8, 3*p.Width*p.Height)
		r.each(ctx, func(i int) {
			s := p.Pix[4*i:]
			r.rgb[3*i], r.rgb[3*i+1], r.rgb[3*i+2] = fromCMYK(255-s[0], 255-s[1], 255-s[2], 255-s[3])
		})
	}
	return r, nil
}

// jpegAdvice says what to do.
func jpegAdvice(err error) error {
	if unsupported, ok := errors.AsType[jpeg.UnsupportedError](err); ok {
		return problemf("%w; save it again as a baseline JPEG or as PNG", unsupported)
	}
	if format, ok := errors.AsType[jpeg.FormatError](err); ok {
		return problemf("%w; the file is damaged, copy or download it again", format)
	}
	return err
}

// decompressJPEG decodes a strip or tile, which lacks the tables that stand in
// a tag of their own.
func (t *tiffImage) decompressJPEG(ctx context.Context, b []byte, rows int) ([]byte, error) {
	tables, err := t.bytes(tagJPEGTables, 1<<16)
	if err != nil {
		return nil, err
	}
	if len(tables) >= 4 && len(b) >= 2 {
		// Tables begin and end as a picture does.
		b = append(bytes.Clone(tables[:len(tables)-2]), b[2:]...)
	}
	h, err := jpegHeader(source{bytes.NewReader(b), int64(len(b))})
	if err != nil {
		return nil, err
	}
	if h.width != t.chunkWidth || h.height < rows || h.height > t.chunkHeight+16 {
		return nil, problemf("has a strip of %d×%d pixels, not %d×%d; the file is damaged, save it again as PNG", h.width, h.height, t.chunkWidth, rows)
	}
	colour := jpeg.RGB
	if t.photometric == tiffYCbCr {
		colour = jpeg.YCbCr
	}
	p, err := jpeg.Decode(ctx, b, colour)
	if err != nil {
		return nil, jpegAdvice(err)
	}
	if p.Channels != t.samples {
		return nil, problemf("has a strip of %d components, not %d; the file is damaged, save it again as PNG", p.Channels, t.samples)
	}
	return p.Pix, nil
}
