package vision

import (
	"context"
	"image"

	"github.com/mmtui/mmtui/core/vision/internal/bands"
)

// rgbOfVP8 converts a VP8 frame as libwebp does: chroma by its "fancy"
// upsampling, luma and chroma of limited range (ITU-R BT.601). Go's own
// conversion takes the nearest chroma sample and the full range.
func rgbOfVP8(ctx context.Context, m *image.YCbCr) *raster {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	r := newRaster(w, h, false)
	last := (h+1)/2 - 1
	// What an ended context leaves out is thrown away by DecodeContext.
	_ = bands.Run(ctx, h, 16, func(from, to int) {
		u, v := make([]uint8, w), make([]uint8, w)
		for y := from; y < to; y++ {
			rowOfVP8(r.rgb[3*w*y:][:3*w], m, y, last, u, v)
		}
	})
	return r
}

// rowOfVP8 converts row y; last is the last row of chroma, and u and v have
// room for a row of it.
func rowOfVP8(out []uint8, m *image.YCbCr, y, last int, u, v []uint8) {
	// Between two chroma rows lie an odd row, nearer to the first, and an
	// even one, nearer to the second.
	near, far := y/2, (y-1)/2
	if y%2 == 1 {
		far = min(y/2+1, last)
	}
	upsampleVP8(u, m.Cb[near*m.CStride:], m.Cb[far*m.CStride:])
	upsampleVP8(v, m.Cr[near*m.CStride:], m.Cr[far*m.CStride:])
	for x, l := range m.Y[y*m.YStride:][:len(u)] {
		out[3*x], out[3*x+1], out[3*x+2] = limitedRange(l, u[x], v[x])
	}
}

// upsampleVP8 writes one row of chroma, (9·nearest + 3·beside + 3·above +
// opposite)/16 in libwebp's two roundings.
func upsampleVP8(out, near, far []uint8) {
	out[0] = uint8((3*int(near[0]) + int(far[0]) + 2) >> 2)
	for i := 0; 2*i+1 < len(out); i++ {
		n0, f0 := int(near[i]), int(far[i])
		if 2*i+2 == len(out) {
			out[2*i+1] = uint8((3*n0 + f0 + 2) >> 2)
			break
		}
		n1, f1 := int(near[i+1]), int(far[i+1])
		sum := n0 + n1 + f0 + f1 + 8
		out[2*i+1] = uint8(((sum+2*(n1+f0))>>3 + n0) >> 1)
		out[2*i+2] = uint8(((sum+2*(n0+f1))>>3 + n1) >> 1)
	}
}

// limitedRange is libwebp's conversion in 14-bit fixed point.
func limitedRange(y, u, v uint8) (r, g, b uint8) {
	high := func(v uint8, k int32) int32 { return int32(v) * k >> 8 }
	clip6 := func(v int32) uint8 { return uint8(min(max(v>>6, 0), 255)) }
	l := high(y, 19077)
	return clip6(l + high(v, 26149) - 14234),
		clip6(l - high(u, 6419) - high(v, 13320) + 8708),
		clip6(l + high(u, 33050) - 17685)
}
