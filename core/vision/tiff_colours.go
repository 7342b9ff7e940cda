package vision

import "context"

// colours makes RGB and alpha of samples [height, width, samples].
func (t *tiffImage) colours(ctx context.Context, samples []uint8) (*raster, error) {
	r := newRaster(t.width, t.height, false)
	each := func(work func(i int)) { r.each(ctx, work) }
	first := 3
	switch t.photometric {
	case whiteIsZero, blackIsZero:
		first = 1
		// Pillow leaves 16-bit grey as it is.
		invert := t.photometric == whiteIsZero && t.bits != 16
		each(func(i int) {
			v := samples[i*t.samples]
			if invert {
				v = 255 - v
			}
			r.rgb[3*i], r.rgb[3*i+1], r.rgb[3*i+2] = v, v, v
		})
	case tiffPalette:
		first = 1
		palette, err := t.palette()
		if err != nil {
			return nil, err
		}
		each(func(i int) {
			copy(r.rgb[3*i:3*i+3], palette[samples[i*t.samples]][:])
		})
	case tiffCMYK:
		each(func(i int) {
			s := samples[i*t.samples:]
			r.rgb[3*i], r.rgb[3*i+1], r.rgb[3*i+2] = fromCMYK(s[0], s[1], s[2], s[3])
		})
		return r, nil
	default:
		each(func(i int) {
			copy(r.rgb[3*i:3*i+3], samples[i*t.samples:])
		})
	}
	if t.samples > first {
		t.takeAlpha(ctx, r, samples, first)
	}
	return r, nil
}

// palette is the colour map; its 16-bit values lose their low byte.
func (t *tiffImage) palette() (p [256][3]uint8, err error) {
	n := 1 << t.bits
	v, err := t.numbers(tagColorMap, 3*256)
	if err != nil {
		return p, err
	}
	if len(v) != 3*n {
		return p, problemf("has a palette of %d values, not %d; the file is damaged, save it again as PNG", len(v), 3*n)
	}
	for i := range n {
		for c := range 3 {
			p[i][c] = uint8(v[c*n+i] >> 8)
		}
	}
	return p, nil
}

// takeAlpha reads the first extra sample. RGB of four samples whose fourth is
// not explained has alpha, as in Pillow; one that is "unspecified" has not.
func (t *tiffImage) takeAlpha(ctx context.Context, r *raster, samples []uint8, first int) {
	const unspecified, associated = 0, 1
	kind := uint32(2)
	if len(t.extra) > 0 {
		kind = t.extra[0]
	} else if first == 1 {
		kind = unspecified
	}
	if kind == unspecified {
		return
	}
	r.alpha = make([]uint8, t.width*t.height)
	r.each(ctx, func(i int) {
		a := samples[i*t.samples+first]
		r.alpha[i] = a
		if kind == associated {
			p := r.rgb[3*i : 3*i+3 : 3*i+3]
			p[0], p[1], p[2] = unpremultiply(p[0], a), unpremultiply(p[1], a), unpremultiply(p[2], a)
		}
	})
}
