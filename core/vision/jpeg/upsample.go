package jpeg

// upsampler gives the rows of a component at the picture's size.
type upsampler func(y int, out []uint8)

// line is row y of the plane, without padding; rows outside are the nearest
// ones inside.
func (c *component) line(y int) []uint8 {
	y = min(max(y, 0), c.height-1)
	return c.plane[y*c.stride():][:c.width]
}

// upsampler chooses libjpeg-turbo's method: "fancy" (triangle) filters for
// halved planes more than two samples wide, else repetition.
func (d *decoder) upsampler(c *component) upsampler {
	h, v := d.hMax/c.h, d.vMax/c.v
	switch {
	case h == 1 && v == 1:
		return func(y int, out []uint8) { copy(out, c.line(y)) }
	case h == 2 && v == 1 && c.width > 2:
		return func(y int, out []uint8) { fancyH2(c.line(y), out) }
	case h == 1 && v == 2:
		return func(y int, out []uint8) { fancyV2(c.line(y/2), c.line(beside(y)), out, y%2) }
	case h == 2 && v == 2 && c.width > 2:
		sums := make([]int32, c.width)
		return func(y int, out []uint8) { fancyH2V2(c.line(y/2), c.line(beside(y)), sums, out) }
	}
	return func(y int, out []uint8) {
		line := c.line(y / v)
		for x := range out {
			out[x] = line[x/h]
		}
	}
}

// beside is the farther of the two rows of a halved plane around output row y.
func beside(y int) int {
	if y%2 == 0 {
		return y/2 - 1
	}
	return y/2 + 1
}

// fancyH2 doubles the width: three parts of the nearer sample and one of the
// other; out may be one shorter than twice the line.
func fancyH2(line, out []uint8) {
	last := len(line) - 1
	for i, v := range line {
		left, right := 3*int32(v)+1, 3*int32(v)+2
		if i > 0 {
			left += int32(line[i-1])
		} else {
			left = 4 * int32(v)
		}
		if i < last {
			right += int32(line[i+1])
		} else {
			right = 4 * int32(v)
		}
		out[2*i] = uint8(left >> 2)
		if 2*i+1 < len(out) {
			out[2*i+1] = uint8(right >> 2)
		}
	}
}

// fancyV2 doubles the height; odd is 1 for the lower row of a pair.
func fancyV2(near, far, out []uint8, odd int) {
	bias := int32(1 + odd)
	for x := range out {
		out[x] = uint8((3*int32(near[x]) + int32(far[x]) + bias) >> 2)
	}
}

// fancyH2V2 doubles both.
func fancyH2V2(near, far []uint8, sums []int32, out []uint8) {
	for i := range sums {
		sums[i] = 3*int32(near[i]) + int32(far[i])
	}
	last := len(sums) - 1
	for i, s := range sums {
		before, after := s, s
		if i > 0 {
			before = sums[i-1]
		}
		if i < last {
			after = sums[i+1]
		}
		out[2*i] = uint8((3*s + before + 8) >> 4)
		if 2*i+1 < len(out) {
			out[2*i+1] = uint8((3*s + after + 7) >> 4)
		}
	}
}
