package jpeg

import "github.com/mmtui/mmtui/core/vision/internal/bands"

// picture upsamples and converts the planes.
func (d *decoder) picture(colour Colour) (*Picture, error) {
	n := len(d.comps)
	p := &Picture{Width: d.width, Height: d.height, Channels: n, Pix: make([]uint8, d.width*d.height*n)}
	for i := range d.comps {
		if c := &d.comps[i]; c.plane == nil {
			c.fillGrey() // its scan never came
		}
	}
	convert := d.converter(colour)
	err := bands.Run(d.ctx, d.height, 32, func(from, to int) {
		rows := make([][]uint8, n)
		samplers := make([]upsampler, n)
		for i := range d.comps {
			rows[i], samplers[i] = make([]uint8, d.width), d.upsampler(&d.comps[i])
		}
		for y := from; y < to; y++ {
			for i, s := range samplers {
				s(y, rows[i])
			}
			convert(rows, p.Pix[y*d.width*n:(y+1)*d.width*n])
		}
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// converter chooses how a row of planes becomes pixels, as libjpeg does.
func (d *decoder) converter(colour Colour) func(rows [][]uint8, out []uint8) {
	switch {
	case len(d.comps) == 1:
		return func(rows [][]uint8, out []uint8) { copy(out, rows[0]) }
	case len(d.comps) == 3 && (colour == RGB || colour == Marked && d.storesRGB()):
		return interleave
	case len(d.comps) == 3:
		return fromYCbCr
	case d.adobe && d.transform != 0:
		return fromYCCK
	}
	return interleave
}

// storesRGB says whether three components are R, G and B: JFIF is never, then
// Adobe's marker counts, then the components' names.
func (d *decoder) storesRGB() bool {
	switch {
	case d.jfif:
		return false
	case d.adobe:
		return d.transform == 0
	}
	return d.comps[0].id == 'R' && d.comps[1].id == 'G' && d.comps[2].id == 'B'
}

func interleave(rows [][]uint8, out []uint8) {
	n := len(rows)
	for i, row := range rows {
		for x, v := range row {
			out[n*x+i] = v
		}
	}
}

// fromYCbCr is libjpeg's conversion with 16 fractional bits.
func fromYCbCr(rows [][]uint8, out []uint8) {
	y, cb, cr := rows[0], rows[1], rows[2]
	cb, cr, out = cb[:len(y)], cr[:len(y)], out[:3*len(y)]
	for x := range y {
		o := out[3*x : 3*x+3 : 3*x+3]
		o[0], o[1], o[2] = rgb(y[x], cb[x], cr[x])
	}
}

// fromYCCK gives C, M, Y as the complements of R, G and B; K is as it is.
func fromYCCK(rows [][]uint8, out []uint8) {
	for x, v := range rows[0] {
		r, g, b := rgb(v, rows[1][x], rows[2][x])
		out[4*x], out[4*x+1], out[4*x+2], out[4*x+3] = 255-r, 255-g, 255-b, rows[3][x]
	}
}

func rgb(y, cb, cr uint8) (r, g, b uint8) {
	const half = 1 << 15
	l, u, v := int32(y), int32(cb)-128, int32(cr)-128
	return clip(l + (91881*v+half)>>16), clip(l + (-22554*u-46802*v+half)>>16), clip(l + (116130*u+half)>>16)
}

func clip(v int32) uint8 { return uint8(min(max(v, 0), 255)) }
