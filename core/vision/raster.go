package vision

import (
	"context"
	"fmt"
)

// raster is what a decoder gives: RGB and, if the file has one, alpha that is
// not multiplied into the colours.
type raster struct {
	width, height int
	rgb           []uint8 // [height, width, 3]
	alpha         []uint8 // [height, width], nil if every pixel is opaque
}

// newRaster allocates a raster; the size has been checked against the limits.
func newRaster(width, height int, alpha bool) *raster {
	r := &raster{width: width, height: height, rgb: make([]uint8, 3*width*height)}
	if alpha {
		r.alpha = make([]uint8, width*height)
	}
	return r
}

// each works on every pixel, by its number, until the context ends (see eachRow).
func (r *raster) each(ctx context.Context, work func(i int)) {
	eachRow(ctx, r.height, func(y int) {
		for i := y * r.width; i < (y+1)*r.width; i++ {
			work(i)
		}
	})
}

// onWhite composites a raster on white, in Pillow's integers
// (Image.alpha_composite with an opaque background).
func (r *raster) onWhite(ctx context.Context) (*Image, error) {
	n := r.width * r.height
	if n == 0 || len(r.rgb) != 3*n || r.alpha != nil && len(r.alpha) != n {
		return nil, fmt.Errorf("a picture of %d×%d pixels came without its pixels", r.width, r.height)
	}
	if r.alpha != nil {
		r.each(ctx, func(i int) {
			if a := r.alpha[i]; a != 255 {
				p := r.rgb[3*i : 3*i+3 : 3*i+3]
				p[0], p[1], p[2] = white(p[0], a), white(p[1], a), white(p[2], a)
			}
		})
	}
	return &Image{Width: r.width, Height: r.height, Pix: r.rgb}, nil
}

func white(c, a uint8) uint8 {
	t := 128 * (uint32(c)*uint32(a) + 255*(255-uint32(a)) + 128)
	return uint8((t>>8 + t) >> 15)
}

// unpremultiply divides a colour by its alpha as Pillow does, rounding down.
func unpremultiply(c, a uint8) uint8 {
	if a == 0 || a == 255 {
		return c
	}
	return uint8(min(255*uint32(c)/uint32(a), 255))
}

// fromCMYK is Pillow's conversion of one pixel, 255 being full ink.
func fromCMYK(c, m, y, k uint8) (r, g, b uint8) {
	light := 255 - int32(k)
	ink := func(v uint8) uint8 {
		t := int32(v)*light + 128
		return uint8(min(max(light-(t>>8+t)>>8, 0), 255))
	}
	return ink(c), ink(m), ink(y)
}
