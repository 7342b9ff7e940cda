package vision

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/gif"
)

// gifHeader reads the size of the logical screen, on which frames lie.
func gifHeader(s source) (header, error) {
	b, err := s.at(6, 4)
	if err != nil {
		return header{}, err
	}
	return header{width: int(binary.LittleEndian.Uint16(b)), height: int(binary.LittleEndian.Uint16(b[2:]))}, nil
}

// decodeGIF gives the first frame on the logical screen. Around a smaller
// frame lies its palette's first colour, or nothing if the frame has a
// transparent one; the header's background is not used.
func decodeGIF(ctx context.Context, data []byte) (*raster, error) {
	screen, err := gifHeader(source{bytes.NewReader(data), int64(len(data))})
	if err != nil {
		return nil, err
	}
	m, err := guarded(func() (image.Image, error) { return gif.Decode(reader(ctx, data)) })
	if err != nil {
		return nil, err
	}
	frame, ok := m.(*image.Paletted)
	if !ok || len(frame.Palette) == 0 {
		return nil, problemf("has no palette; save it again as PNG")
	}
	part, err := fromPalette(ctx, frame)
	if err != nil || part.width == screen.width && part.height == screen.height {
		return part, err
	}
	out := newRaster(screen.width, screen.height, part.alpha != nil)
	if part.alpha == nil {
		first := straight(frame.Palette[0])
		for i := 0; i < len(out.rgb); i += 3 {
			copy(out.rgb[i:], first[:3])
		}
	}
	out.paste(part, frame.Rect.Min.X, frame.Rect.Min.Y)
	return out, nil
}

// paste replaces the pixels of r under part, which must lie inside it and have
// alpha if r has.
func (r *raster) paste(part *raster, x, y int) {
	for row := range part.height {
		at := (y+row)*r.width + x
		copy(r.rgb[3*at:], part.rgb[3*row*part.width:3*(row+1)*part.width])
		if r.alpha != nil {
			copy(r.alpha[at:], part.alpha[row*part.width:(row+1)*part.width])
		}
	}
}
