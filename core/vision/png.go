package vision

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"io"
	"strings"
)

// pngChunks is what the chunks of a PNG say apart from its pixels.
type pngChunks struct {
	width, height int
	depth, colour uint8
	transparent   []byte // tRNS
	exif, xmp     []byte
	texts         int   // that were looked at for an orientation
	dataBytes     int64 // of all IDAT together
	ended         bool  // an IEND was seen
	last          int64 // where the chunk before end begins
	end           int64 // where the last whole chunk ends, or would if its checksum were there
}

const (
	pngGrey      = 0
	pngRGB       = 2
	pngPalette   = 3
	pngGreyAlpha = 4
	pngRGBA      = 6
)

// readPNG walks over the chunks; it reads none but the small ones that it
// needs. An orientation may stand after the pixels. A chunk that the end of
// the file cuts off ends the walk.
func readPNG(s source) (pngChunks, error) {
	var c pngChunks
	at := int64(8)
	for steps := 0; ; steps++ {
		if steps > maxSteps {
			return c, errSteps()
		}
		head, err := s.at(at, 8)
		if err != nil {
			break
		}
		n := int64(binary.BigEndian.Uint32(head))
		kind := string(head[4:])
		if at == 8 && (kind != "IHDR" || n != 13) {
			return c, problemf("does not begin with its header; the file is damaged, copy or download it again")
		}
		if at+8+n > s.size || at+12+n > s.size && kind != "IDAT" {
			break
		}
		if err := c.take(s, kind, at+8, n); err != nil {
			return c, err
		}
		at += 12 + n
		c.last, c.end = c.end, at
		if kind == "IEND" {
			c.ended = true
			break
		}
	}
	if c.end == 0 {
		return c, io.ErrUnexpectedEOF
	}
	return c, nil
}

func (c *pngChunks) take(s source, kind string, at, n int64) error {
	switch kind {
	case "IDAT":
		c.dataBytes += n
		return nil
	case "IHDR", "tRNS", "eXIf", "iTXt", "zTXt", "tEXt":
	default:
		return nil
	}
	if n > maxMetadata || kind == "IHDR" && c.width != 0 {
		return nil
	}
	b, err := s.at(at, int(n))
	if err != nil {
		return err
	}
	switch kind {
	case "IHDR":
		w, h := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
		if w > 1<<31-1 || h > 1<<31-1 {
			return problemf("the header says %d×%d pixels; the file is damaged, copy or download it again", w, h)
		}
		c.width, c.height, c.depth, c.colour = int(w), int(h), b[8], b[9]
	case "tRNS":
		c.transparent = b
	case "eXIf":
		c.exif = b
	default:
		c.text(kind, b)
	}
	return nil
}

func pngHeader(s source) (header, error) {
	c, err := readPNG(s)
	if err != nil {
		return header{}, err
	}
	return header{c.width, c.height, orientationOf(c.exif, c.xmp)}, nil
}

func decodePNG(ctx context.Context, data []byte) (*raster, error) {
	c, err := readPNG(source{bytes.NewReader(data), int64(len(data))})
	if err != nil {
		return nil, err
	}
	if err := c.enough(); err != nil {
		return nil, err
	}
	r := reader(ctx, data)
	if !c.ended {
		r = completed(ctx, data, c.last, c.end)
	}
	m, err := guarded(func() (image.Image, error) { return png.Decode(r) })
	if err != nil {
		return nil, err
	}
	if wide, ok := m.(*image.NRGBA64); ok && c.colour == pngGrey {
		// 16-bit grey with a colour key, which Pillow does not see.
		out := newRaster(c.width, c.height, false)
		eachRow(ctx, c.height, func(y int) {
			clipped16(out.rgb[3*c.width*y:3*c.width*(y+1)], wide.Pix[y*wide.Stride:], 8)
		})
		return out, nil
	}
	out, err := rasterOf(ctx, m)
	if err != nil {
		return nil, err
	}
	if c.colour == pngGrey || c.colour == pngRGB {
		c.colourKey(ctx, out)
	}
	return out, nil
}

// completed adds what is missing behind the last whole chunk, which is
// harmless as long as the pixels are there: the checksum of the pixels, if the
// file ends before it, and the end.
func completed(ctx context.Context, data []byte, chunk, end int64) io.Reader {
	const last = "\x00\x00\x00\x00IEND\xaeB`\x82"
	if end <= int64(len(data)) {
		return io.MultiReader(reader(ctx, data[:end]), strings.NewReader(last))
	}
	sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(data[chunk+4:end-4]))
	return io.MultiReader(reader(ctx, data[:end-4]), bytes.NewReader(sum), strings.NewReader(last))
}

// enough refuses a file whose compressed bytes cannot hold its pixels before
// memory is taken for them: deflate makes at most 1032 bytes of one.
func (c *pngChunks) enough() error {
	samples := map[uint8]int64{pngGrey: 1, pngRGB: 3, pngPalette: 1, pngGreyAlpha: 2, pngRGBA: 4}[c.colour]
	need := (int64(c.width)*samples*int64(c.depth) + 7) / 8 * int64(c.height)
	if need > 1032*c.dataBytes+1<<16 {
		return problemf("the picture is %d×%d pixels and the file holds too few bytes for them; it is truncated, copy or download it again", c.width, c.height)
	}
	return nil
}

// colourKey makes the pixels of the colour in tRNS transparent as Pillow does:
// the key's low bytes are compared with the pixels as they are in RGB, and
// only a 1-bit key is scaled like its pixels.
func (c *pngChunks) colourKey(ctx context.Context, r *raster) {
	r.alpha = nil
	samples := 3
	if c.colour == pngGrey {
		samples = 1
	}
	if len(c.transparent) < 2*samples {
		return
	}
	var key [3]uint8
	for i := range key {
		key[i] = c.transparent[2*min(i, samples-1)+1]
		if c.colour == pngGrey && c.depth == 1 && binary.BigEndian.Uint16(c.transparent) != 0 {
			key[i] = 255
		}
	}
	r.alpha = bytes.Repeat([]byte{255}, r.width*r.height)
	r.each(ctx, func(i int) {
		if [3]uint8(r.rgb[3*i:3*i+3]) == key {
			r.alpha[i] = 0
		}
	})
}

// straight is a palette's colour as bytes that alpha is not multiplied into.
func straight(c color.Color) [4]uint8 {
	switch c := c.(type) {
	case color.RGBA:
		return [4]uint8{c.R, c.G, c.B, c.A}
	case color.NRGBA:
		return [4]uint8{c.R, c.G, c.B, c.A}
	case color.RGBA64:
		return [4]uint8{uint8(c.R >> 8), uint8(c.G >> 8), uint8(c.B >> 8), uint8(c.A >> 8)}
	}
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	return [4]uint8{n.R, n.G, n.B, n.A}
}
