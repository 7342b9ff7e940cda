package vision

import (
	"context"
	"fmt"
	"image"
	"sync/atomic"

	"github.com/mmtui/mmtui/core/vision/internal/bands"
)

// eachRow works on n rows until the context ends. Then rows are left as they
// are: DecodeContext, which looks at the context, throws them away.
func eachRow(ctx context.Context, n int, work func(y int)) {
	_ = bands.Run(ctx, n, 16, func(from, to int) {
		for y := from; y < to; y++ {
			work(y)
		}
	})
}

// rasterOf copies a picture of the standard library's types out of its own
// arrays. Reading through color.Color would multiply alpha in and out again
// and lose the colours of transparent pixels.
func rasterOf(ctx context.Context, m image.Image) (*raster, error) {
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	switch m := m.(type) {
	case *image.Gray:
		r := newRaster(w, h, false)
		eachRow(ctx, h, func(y int) { spread(r.rgb[3*w*y:3*w*(y+1)], m.Pix[y*m.Stride:], 1, 0) })
		return r, nil
	case *image.Gray16:
		r := newRaster(w, h, false)
		eachRow(ctx, h, func(y int) { clipped16(r.rgb[3*w*y:3*w*(y+1)], m.Pix[y*m.Stride:], 2) })
		return r, nil
	case *image.RGBA:
		// Both decoders that give this type fill alpha with 255, or keep
		// premultiplied alpha, which the caller knows.
		return fourChannels(ctx, w, h, m.Pix, m.Stride, 1), nil
	case *image.NRGBA:
		return fourChannels(ctx, w, h, m.Pix, m.Stride, 1), nil
	case *image.RGBA64:
		return fourChannels(ctx, w, h, m.Pix, m.Stride, 2), nil
	case *image.NRGBA64:
		return fourChannels(ctx, w, h, m.Pix, m.Stride, 2), nil
	case *image.Paletted:
		return fromPalette(ctx, m)
	}
	return nil, fmt.Errorf("the decoder gave a %T", m)
}

// spread makes grey RGB of one byte in every step, from an offset on.
func spread(rgb, grey []uint8, step, offset int) {
	for i := 0; i < len(rgb); i += 3 {
		v := grey[offset]
		rgb[i], rgb[i+1], rgb[i+2] = v, v, v
		offset += step
	}
}

// clipped16 makes grey RGB of big-endian 16-bit values. Pillow clips them at
// 255 and does not shift, so that almost every such picture is white.
func clipped16(rgb, grey []uint8, step int) {
	at := 0
	for i := 0; i < len(rgb); i += 3 {
		v := grey[at+1]
		if grey[at] != 0 {
			v = 255
		}
		rgb[i], rgb[i+1], rgb[i+2] = v, v, v
		at += step
	}
}

// fourChannels takes R, G, B and A of size bytes each, of which the first
// counts.
func fourChannels(ctx context.Context, w, h int, pix []uint8, stride, size int) *raster {
	r := newRaster(w, h, true)
	var opaque atomic.Uint32
	opaque.Store(255)
	eachRow(ctx, h, func(y int) {
		all := uint8(255)
		src := pix[y*stride:][:4*size*w]
		rgb, alpha := r.rgb[3*w*y:][:3*w], r.alpha[w*y:][:w]
		for x := range alpha {
			p := src[4*size*x:]
			rgb[3*x], rgb[3*x+1], rgb[3*x+2], alpha[x] = p[0], p[size], p[2*size], p[3*size]
			all &= alpha[x]
		}
		opaque.And(uint32(all))
	})
	if opaque.Load() == 255 {
		r.alpha = nil
	}
	return r
}

// fromPalette looks every index up.
func fromPalette(ctx context.Context, m *image.Paletted) (*raster, error) {
	var table [256][4]uint8
	opaque := true
	for i, c := range m.Palette[:min(len(m.Palette), 256)] {
		table[i] = straight(c)
		opaque = opaque && table[i][3] == 255
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	r := newRaster(w, h, !opaque)
	eachRow(ctx, h, func(y int) {
		for x, index := range m.Pix[y*m.Stride:][:w] {
			c := &table[index]
			i := y*w + x
			copy(r.rgb[3*i:3*i+3], c[:3])
			if !opaque {
				r.alpha[i] = c[3]
			}
		}
	})
	return r, nil
}
