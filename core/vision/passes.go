package vision

import (
	"context"
	"encoding/binary"

	"github.com/mmtui/mmtui/core/vision/internal/bands"
)

// Two sums travel in one uint64, each in 32 bits. A weight w (negative or not)
// times a+b·2^32 is w·a + w·b·2^32 modulo 2^64, so one multiplication serves
// two pixels; what a negative low sum borrows from the high one is given back
// when they are taken apart. Each sum fits an int32: weights add up to about
// 2^22, their absolute values to less than twice that.
const (
	bothHalves = half<<32 | half
	evenBytes  = 0x000000FF000000FF
)

// apart gives both sums as bytes: shifted, rounded and clipped.
func apart(sum uint64) (low, high uint8) {
	lo := int32(uint32(sum))
	hi := int32(uint32((sum - uint64(int64(lo))) >> 32))
	return clip(lo >> precision), clip(hi >> precision)
}

func clip(v int32) uint8 { return uint8(min(max(v, 0), 255)) }

// horizontalPass resamples every row, two rows at a time.
func horizontalPass(ctx context.Context, img *Image, t *taps) (*Image, error) {
	out, err := NewImage(len(t.first), img.Height)
	if err != nil {
		return nil, err
	}
	lo, hi := t.span()
	err = bands.Run(ctx, (img.Height+1)/2, 4, func(from, to int) {
		pair := make([][3]uint64, hi-lo)
		for p := from; p < to; p++ {
			y := 2 * p
			// A last row without a partner is computed twice.
			z := min(y+1, img.Height-1)
			interleave(pair, img.row(y)[3*lo:3*hi], img.row(z)[3*lo:3*hi])
			horizontalPair(out.row(y), out.row(z), pair, t, lo)
		}
	})
	return out, err
}

// interleave puts two rows into the two halves of each value.
func interleave(pair [][3]uint64, low, high []uint8) {
	low, high = low[:3*len(pair)], high[:3*len(pair)]
	for i := range pair {
		l, h := low[3*i:3*i+3:3*i+3], high[3*i:3*i+3:3*i+3]
		pair[i] = [3]uint64{
			uint64(l[0]) | uint64(h[0])<<32,
			uint64(l[1]) | uint64(h[1])<<32,
			uint64(l[2]) | uint64(h[2])<<32,
		}
	}
}

func horizontalPair(low, high []uint8, pair [][3]uint64, t *taps, origin int) {
	for x := range t.first {
		first, weights := t.of(x)
		source := pair[first-origin:][:len(weights)]
		r, g, b := uint64(bothHalves), uint64(bothHalves), uint64(bothHalves)
		for j, w := range weights {
			s := &source[j]
			r += uint64(w) * s[0]
			g += uint64(w) * s[1]
			b += uint64(w) * s[2]
		}
		l, h := low[3*x:3*x+3:3*x+3], high[3*x:3*x+3:3*x+3]
		l[0], h[0] = apart(r)
		l[1], h[1] = apart(g)
		l[2], h[2] = apart(b)
	}
}

// verticalPass resamples every column, eight bytes at a time.
func verticalPass(ctx context.Context, img *Image, t *taps) (*Image, error) {
	out, err := NewImage(img.Width, len(t.first))
	if err != nil {
		return nil, err
	}
	stride := img.Width * 3
	err = bands.Run(ctx, out.Height, 8, func(from, to int) {
		for y := from; y < to; y++ {
			first, weights := t.of(y)
			source := img.Pix[first*stride : (first+len(weights))*stride]
			verticalRow(out.row(y), source, weights)
		}
	})
	return out, err
}

// verticalRow is dst[x] = Σ weights[j]·source[j, x]; source is
// [len(weights), len(dst)].
func verticalRow(dst, source []uint8, weights []int64) {
	stride := len(dst)
	x := 0
	for ; x+8 <= stride; x += 8 {
		a, b, c, d := uint64(bothHalves), uint64(bothHalves), uint64(bothHalves), uint64(bothHalves)
		at := x
		for _, w := range weights {
			v := binary.LittleEndian.Uint64(source[at:])
			a += uint64(w) * (v & evenBytes)
			b += uint64(w) * (v >> 8 & evenBytes)
			c += uint64(w) * (v >> 16 & evenBytes)
			d += uint64(w) * (v >> 24 & evenBytes)
			at += stride
		}
		o := dst[x : x+8 : x+8]
		o[0], o[4] = apart(a)
		o[1], o[5] = apart(b)
		o[2], o[6] = apart(c)
		o[3], o[7] = apart(d)
	}
	for ; x < stride; x++ {
		sum := int32(half)
		for j, w := range weights {
			sum += int32(w) * int32(source[j*stride+x])
		}
		dst[x] = clip(sum >> precision)
	}
}
