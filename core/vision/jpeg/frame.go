package jpeg

// frame reads a frame header (T.81, B.2.2).
func (d *decoder) frame(s []byte) error {
	if d.comps != nil {
		return FormatError("has two frame headers")
	}
	if len(s) < 6 {
		return FormatError("has a frame header that is too short")
	}
	if s[0] != 8 {
		return UnsupportedError("samples of other than 8 bits")
	}
	d.height, d.width = int(s[1])<<8|int(s[2]), int(s[3])<<8|int(s[4])
	n := int(s[5])
	switch {
	case d.width == 0 || d.height == 0:
		return FormatError("has no height or width in its header")
	case n != 1 && n != 3 && n != 4:
		return UnsupportedError("a number of components other than 1, 3 or 4")
	case len(s) != 6+3*n:
		return FormatError("has a frame header of a wrong length")
	}
	comps := make([]component, n)
	for i := range comps {
		b := s[6+3*i:]
		c := component{id: b[0], h: int(b[1] >> 4), v: int(b[1] & 15), tq: b[2]}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.tq > 3 {
			return FormatError("has impossible sampling factors or tables in its header")
		}
		d.hMax, d.vMax = max(d.hMax, c.h), max(d.vMax, c.v)
		comps[i] = c
	}
	return d.layOut(comps)
}

// layOut computes the sizes of the planes and allocates them.
func (d *decoder) layOut(comps []component) error {
	for i := range comps {
		c := &comps[i]
		if d.hMax%c.h != 0 || d.vMax%c.v != 0 {
			return UnsupportedError("fractional chroma sampling")
		}
		c.width, c.height = ceil(d.width*c.h, d.hMax), ceil(d.height*c.v, d.vMax)
		c.across, c.down = ceil(d.width, 8*d.hMax)*c.h, ceil(d.height, 8*d.vMax)*c.v
	}
	d.comps = comps
	return nil
}

// allocate takes the memory of a component when its first scan begins. Grey is
// what blocks that never come look like.
func (d *decoder) allocate(c *component) error {
	if c.quant != nil {
		return nil
	}
	table := d.quant[c.tq]
	if table == nil {
		return FormatError("lacks a quantization table")
	}
	c.quant = table
	if d.progressive {
		c.coefs = make([]int16, 64*c.across*c.down)
		return nil
	}
	c.fillGrey()
	return nil
}

func (c *component) fillGrey() {
	c.plane = make([]uint8, 64*c.across*c.down)
	for i := range c.plane {
		c.plane[i] = 128
	}
}

func ceil(a, b int) int { return (a + b - 1) / b }

// zigzag is the natural position of a coefficient; sixteen more entries catch
// the runs of damaged data.
var zigzag = [64 + 16]uint8{
	0, 1, 8, 16, 9, 2, 3, 10,
	17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34,
	27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36,
	29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46,
	53, 60, 61, 54, 47, 55, 62, 63,
	63, 63, 63, 63, 63, 63, 63, 63,
	63, 63, 63, 63, 63, 63, 63, 63,
}

// quantTables reads tables of 8 or 16-bit values (T.81, B.2.4.1).
func (d *decoder) quantTables(s []byte) error {
	for len(s) > 0 {
		precision, id := s[0]>>4, s[0]&15
		size := 64 * (1 + int(precision))
		if precision > 1 || id > 3 || len(s) < 1+size {
			return FormatError("has a damaged quantization table")
		}
		t := new([64]uint16)
		for i := range 64 {
			if precision == 0 {
				t[zigzag[i]] = uint16(s[1+i])
			} else {
				t[zigzag[i]] = uint16(s[1+2*i])<<8 | uint16(s[2+2*i])
			}
		}
		d.quant[id] = t
		s = s[1+size:]
	}
	return nil
}
