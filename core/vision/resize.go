package vision

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/mmtui/mmtui/core/vision/internal/bands"
)

// Window is a rectangle of pixels, X1 and Y1 excluded.
type Window struct{ X0, Y0, X1, Y1 int }

// Resize resamples a picture to width×height, bit for bit as Pillow 13 does
// for 8-bit pictures: two passes with 8-bit values between them, the vertical
// pass first when the picture loses more height than twice the width it loses.
// The errors are impossible sizes, an unknown filter and the context's.
func Resize(ctx context.Context, img *Image, width, height int, f Filter) (*Image, error) {
	return ResizeWindow(ctx, img, width, height, f, Window{0, 0, width, height})
}

// ResizeWindow is the part of Resize(ctx, img, width, height, f) inside a
// window, with the same bytes. Time and memory depend on the window and on
// what it reads, not on width and height: the middle of a 1×5000 picture that
// CLIP enlarges to 224×1,120,000 costs nothing.
func ResizeWindow(ctx context.Context, img *Image, width, height int, f Filter, w Window) (*Image, error) {
	out, err := resample(ctx, img, width, height, f, w)
	if err == nil && sameArray(out.Pix, img.Pix) {
		// Nothing was filtered and the result is a part of the source.
		out = &Image{Width: out.Width, Height: out.Height, Pix: slices.Clone(out.Pix)}
	}
	return out, err
}

// sameArray says whether two slices end in the same array.
func sameArray(a, b []uint8) bool {
	return &a[:cap(a)][cap(a)-1] == &b[:cap(b)][cap(b)-1]
}

// maxSide bounds the weights of one axis (six doubles a source pixel) to some
// 50 MB.
const maxSide = 1 << 20

// resample is ResizeWindow, except that the result may share its pixels with
// img.
func resample(ctx context.Context, img *Image, width, height int, f Filter, w Window) (*Image, error) {
	if err := img.valid(); err != nil {
		return nil, err
	}
	if img.Width > maxSide || img.Height > maxSide {
		return nil, fmt.Errorf("a picture of %d×%d pixels is too long to resize (at most %d pixels a side); crop it first", img.Width, img.Height, maxSide)
	}
	if !f.known() {
		return nil, fmt.Errorf("no resampling filter has the number %d; it goes from 0 (nearest) to 5 (hamming)", int(f))
	}
	if width < 1 || height < 1 || width >= math.MaxInt32 || height >= math.MaxInt32 {
		return nil, fmt.Errorf("cannot resize to %d×%d pixels", width, height)
	}
	if w.X0 < 0 || w.Y0 < 0 || w.X0 >= w.X1 || w.Y0 >= w.Y1 || w.X1 > width || w.Y1 > height {
		return nil, fmt.Errorf("the window %d,%d–%d,%d is not inside %d×%d pixels", w.X0, w.Y0, w.X1, w.Y1, width, height)
	}
	switch {
	case f == Nearest && (img.Width != width || img.Height != height):
		return resizeNearest(ctx, img, width, height, w)
	}
	rows := newAxis(img.Height, height, w.Y0, w.Y1, f)
	columns := newAxis(img.Width, width, w.X0, w.X1, f)
	if verticalFirst(img, width, height) {
		return resizeColumnsFirst(ctx, img, rows, columns)
	}
	return resizeRowsFirst(ctx, img, rows, columns)
}

// verticalFirst is Pillow's choice since 12.3.
func verticalFirst(img *Image, width, height int) bool {
	lost := img.Height - height
	return lost > 0 && lost > 2*(img.Width-width)
}

// axis is one direction of a resize: taps, or a plain range when the size of
// the axis does not change.
type axis struct {
	taps     *taps
	from, to int
}

func newAxis(in, out, from, to int, f Filter) axis {
	if in == out {
		return axis{from: from, to: to}
	}
	return axis{taps: newTaps(in, out, from, to, f), from: from, to: to}
}

// span is the range of source positions that the axis reads.
func (a axis) span() (lo, hi int) {
	if a.taps == nil {
		return a.from, a.to
	}
	return a.taps.span()
}

// within is the axis for a source that begins at position lo.
func (a axis) within(lo int) axis {
	if a.taps == nil {
		return axis{from: a.from - lo, to: a.to - lo}
	}
	a.taps.shift(lo)
	return a
}

// resizeRowsFirst makes every row as wide as it will be, then the columns.
func resizeRowsFirst(ctx context.Context, img *Image, rows, columns axis) (*Image, error) {
	lo, hi := rows.span()
	mid, err := resizeAxis(ctx, crop(img, Window{0, lo, img.Width, hi}), columns, true)
	if err != nil {
		return nil, err
	}
	return resizeAxis(ctx, mid, rows.within(lo), false)
}

// resizeColumnsFirst makes every column as high as it will be, then the rows.
func resizeColumnsFirst(ctx context.Context, img *Image, rows, columns axis) (*Image, error) {
	lo, hi := columns.span()
	mid, err := resizeAxis(ctx, crop(img, Window{lo, 0, hi, img.Height}), rows, false)
	if err != nil {
		return nil, err
	}
	return resizeAxis(ctx, mid, columns.within(lo), true)
}

// resizeAxis resamples one direction. A picture that stays as it is is
// returned itself, not a copy.
func resizeAxis(ctx context.Context, img *Image, a axis, horizontal bool) (*Image, error) {
	switch {
	case a.taps == nil && horizontal:
		return crop(img, Window{a.from, 0, a.to, img.Height}), nil
	case a.taps == nil:
		return crop(img, Window{0, a.from, img.Width, a.to}), nil
	case horizontal:
		return horizontalPass(ctx, img, a.taps)
	}
	return verticalPass(ctx, img, a.taps)
}

// crop is the part of a picture inside a window; the picture itself when the
// window is all of it.
func crop(img *Image, w Window) *Image {
	if w == (Window{0, 0, img.Width, img.Height}) {
		return img
	}
	out := &Image{Width: w.X1 - w.X0, Height: w.Y1 - w.Y0}
	if out.Width == img.Width {
		out.Pix = img.Pix[w.Y0*img.Width*3 : w.Y1*img.Width*3]
		return out
	}
	out.Pix = make([]uint8, out.Width*out.Height*3)
	for y := range out.Height {
		copy(out.row(y), img.row(w.Y0 + y)[w.X0*3:w.X1*3])
	}
	return out
}

func resizeNearest(ctx context.Context, img *Image, width, height int, w Window) (*Image, error) {
	out, err := NewImage(w.X1-w.X0, w.Y1-w.Y0)
	if err != nil {
		return nil, err
	}
	columns := nearestIndex(img.Width, width, w.X0, w.X1)
	rows := nearestIndex(img.Height, height, w.Y0, w.Y1)
	err = bands.Run(ctx, out.Height, 32, func(from, to int) {
		for y := from; y < to; y++ {
			src, dst := img.row(rows[y]), out.row(y)
			for x, c := range columns {
				copy(dst[3*x:3*x+3], src[3*c:3*c+3])
			}
		}
	})
	return out, err
}
