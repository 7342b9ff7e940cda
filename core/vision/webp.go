package vision

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"io"

	"golang.org/x/image/webp"
)

// webpFile is what a WebP file's chunks say apart from pixels.
type webpFile struct {
	width, height int // of the canvas
	alpha         bool
	extended      bool
	exif, xmp     []byte
	frame         riffChunk // the first frame of an animation
}

// riffChunk is a chunk's place.
type riffChunk struct {
	kind     string
	at, size int64 // of the content
}

// riffNext reads the chunk header at an offset; a chunk must lie inside the
// file. ok is false at the end.
func riffNext(s source, at, end int64) (c riffChunk, next int64, ok bool, err error) {
	if at+8 > end {
		return riffChunk{}, at, false, nil
	}
	b, err := s.at(at, 8)
	if err != nil {
		return riffChunk{}, at, false, err
	}
	c = riffChunk{string(b[:4]), at + 8, int64(binary.LittleEndian.Uint32(b[4:]))}
	if c.at+c.size > end {
		return c, at, false, io.ErrUnexpectedEOF
	}
	return c, c.at + c.size + c.size%2, true, nil
}

// readWebP walks over the chunks.
func readWebP(s source) (webpFile, error) {
	var w webpFile
	head, err := s.at(0, 12)
	if err != nil {
		return w, err
	}
	// Bytes after the RIFF container are ignored.
	end := int64(binary.LittleEndian.Uint32(head[4:])) + 8
	if end > s.size {
		return w, io.ErrUnexpectedEOF
	}
	at := int64(12)
	for steps := 0; ; steps++ {
		if steps > maxSteps {
			return w, errSteps()
		}
		c, next, ok, err := riffNext(s, at, end)
		if err != nil {
			return w, err
		}
		if !ok {
			break
		}
		if err := w.take(s, c); err != nil {
			return w, err
		}
		at = next
	}
	if w.width == 0 {
		return w, problemf("holds no picture; copy or download it again")
	}
	return w, nil
}

func (w *webpFile) take(s source, c riffChunk) error {
	switch c.kind {
	case "VP8X":
		b, err := s.at(c.at, 10)
		if err != nil || w.width != 0 {
			return io.ErrUnexpectedEOF
		}
		w.extended, w.alpha = true, b[0]&0x10 != 0
		w.width, w.height = 1+uint24(b[4:]), 1+uint24(b[7:])
	case "VP8 ":
		b, err := s.at(c.at, int(min(c.size, 10)))
		if err != nil || w.width != 0 {
			return err
		}
		if len(b) < 10 || string(b[3:6]) != "\x9d\x01\x2a" {
			return problemf("does not begin with a key frame; the file is damaged, copy or download it again")
		}
		w.width, w.height = int(binary.LittleEndian.Uint16(b[6:]))&0x3fff, int(binary.LittleEndian.Uint16(b[8:]))&0x3fff
	case "VP8L":
		b, err := s.at(c.at, int(min(c.size, 5)))
		if err != nil || w.width != 0 {
			return err
		}
		if len(b) < 5 || b[0] != 0x2f {
			return problemf("has no lossless header; the file is damaged, copy or download it again")
		}
		v := binary.LittleEndian.Uint32(b[1:])
		w.width, w.height, w.alpha = 1+int(v&0x3fff), 1+int(v>>14&0x3fff), v>>28&1 != 0
	case "ANMF":
		if w.frame.kind == "" {
			w.frame = c
		}
	case "EXIF", "XMP ":
		b, err := s.at(c.at, int(min(c.size, maxMetadata)))
		if err != nil {
			return err
		}
		if c.kind == "EXIF" {
			w.exif = b
		} else {
			w.xmp = b
		}
	}
	return nil
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

func webpHeader(s source) (header, error) {
	w, err := readWebP(s)
	return header{w.width, w.height, orientationOf(w.exif, w.xmp)}, err
}

func decodeWebP(ctx context.Context, data []byte) (*raster, error) {
	w, err := readWebP(source{bytes.NewReader(data), int64(len(data))})
	if err != nil {
		return nil, err
	}
	if w.frame.kind != "" {
		return w.firstFrame(ctx, data)
	}
	return stillWebP(ctx, data, w.alpha)
}

// stillWebP decodes a file of one picture. Alpha counts only if the header
// announces it.
func stillWebP(ctx context.Context, data []byte, alpha bool) (*raster, error) {
	m, err := guarded(func() (image.Image, error) { return webp.Decode(reader(ctx, data)) })
	if err != nil {
		return nil, err
	}
	var r *raster
	switch m := m.(type) {
	case *image.YCbCr:
		r = rgbOfVP8(ctx, m)
	case *image.NYCbCrA:
		r = rgbOfVP8(ctx, &m.YCbCr)
		r.alpha = make([]uint8, r.width*r.height)
		for y := range r.height {
			copy(r.alpha[y*r.width:(y+1)*r.width], m.A[y*m.AStride:])
		}
	default:
		if r, err = rasterOf(ctx, m); err != nil {
			return nil, err
		}
	}
	if !alpha {
		r.alpha = nil
	}
	return r, nil
}

// firstFrame makes a file of an animation's first frame, decodes it, and lays
// it on the canvas, which is transparent, or black if nothing is.
func (w *webpFile) firstFrame(ctx context.Context, data []byte) (*raster, error) {
	if w.frame.size < 16 {
		return nil, io.ErrUnexpectedEOF
	}
	b := data[w.frame.at:][:w.frame.size]
	x, y := 2*uint24(b), 2*uint24(b[3:])
	width, height := 1+uint24(b[6:]), 1+uint24(b[9:])
	if x+width > w.width || y+height > w.height {
		return nil, problemf("the first frame leaves the canvas; the file is damaged, save it again as PNG")
	}
	file := asFile(b[16:], b[6:12])
	// Asked before decoding: the size inside may be any.
	inside, err := readWebP(source{bytes.NewReader(file), int64(len(file))})
	if err != nil {
		return nil, err
	}
	if inside.width != width || inside.height != height {
		return nil, problemf("the first frame has another size than it says; the file is damaged, save it again as PNG")
	}
	part, err := stillWebP(ctx, file, true)
	if err != nil {
		return nil, err
	}
	if part.alpha == nil && w.alpha {
		part.alpha = bytes.Repeat([]byte{255}, width*height)
	}
	out := newRaster(w.width, w.height, w.alpha)
	out.paste(part, x, y)
	return out, nil
}

// asFile puts a frame's chunks into a container of their own. size is the
// frame's width-1 and height-1, three bytes each.
func asFile(chunks, size []byte) []byte {
	var body []byte
	if bytes.HasPrefix(chunks, []byte("ALPH")) {
		body = append(body, "VP8X\x0a\x00\x00\x00\x10\x00\x00\x00"...)
		body = append(body, size...)
	}
	body = append(body, chunks...)
	file := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(4+len(body)))
	file = append(file, "WEBP"...)
	return append(file, body...)
}
