package jpeg

import "github.com/mmtui/mmtui/core/vision/internal/bands"

// The four kinds of scans of progressive coding (T.81, annex G). A block's
// coefficients gather in its component until the last scan.

func (c *component) block(x, y int) *[64]int16 {
	return (*[64]int16)(c.coefs[64*(y*c.across+x):])
}

func (p *scanner) firstDC(c *component, x, y int) {
	p.bits.fill()
	if s := p.bits.symbol(c.dc); s > 0 {
		c.last += p.bits.extended(uint(s))
	}
	c.block(x, y)[0] = int16(c.last << p.sc.low)
}

func (p *scanner) refineDC(c *component, x, y int) {
	p.bits.fill()
	if p.bits.take(1) != 0 {
		c.block(x, y)[0] |= 1 << p.sc.low
	}
}

func (p *scanner) firstAC(c *component, x, y int) {
	if p.eobRun > 0 {
		p.eobRun--
		return
	}
	b, block := &p.bits, c.block(x, y)
	for k := p.sc.start; k <= p.sc.end; k++ {
		b.fill()
		s := b.symbol(c.ac)
		run, size := int(s>>4), uint(s&15)
		k += run
		switch {
		case size > 0:
			block[zigzag[k]] = int16(b.extended(size) << p.sc.low)
		case run < 15:
			p.eobRun = p.runLength(run) - 1
			return
		}
	}
}

// runLength is the number of blocks that end here.
func (p *scanner) runLength(size int) int32 {
	n := int32(1) << size
	if size > 0 {
		n += p.bits.take(uint(size))
	}
	return n
}

func (p *scanner) refineAC(c *component, x, y int) {
	b, block := &p.bits, c.block(x, y)
	plus, minus := int16(1)<<p.sc.low, int16(-1)<<p.sc.low
	k := p.sc.start
	if p.eobRun == 0 {
		for ; k <= p.sc.end; k++ {
			b.fill()
			s := b.symbol(c.ac)
			run, value := int(s>>4), int16(0)
			if s&15 != 0 {
				value = minus
				if b.take(1) != 0 {
					value = plus
				}
			} else if run < 15 {
				p.eobRun = p.runLength(run)
				break
			}
			k = p.refineRun(block, k, run)
			if value != 0 {
				block[zigzag[k]] = value
			}
		}
	}
	if p.eobRun > 0 {
		p.refineRun(block, k, 64)
		p.eobRun--
	}
}

// refineRun adds a bit to every coefficient that is not zero, from k on, until
// it has passed run zeros, and gives where it stopped.
func (p *scanner) refineRun(block *[64]int16, k, run int) int {
	for ; k <= p.sc.end; k++ {
		v := &block[zigzag[k]]
		if *v == 0 {
			if run--; run < 0 {
				break
			}
			continue
		}
		p.bits.fill()
		if p.bits.take(1) != 0 && *v&(1<<p.sc.low) == 0 {
			if *v >= 0 {
				*v += 1 << p.sc.low
			} else {
				*v -= 1 << p.sc.low
			}
		}
	}
	return k
}

// reconstruct transforms every block once the last scan is read.
func (d *decoder) reconstruct() error {
	for i := range d.comps {
		c := &d.comps[i]
		if c.coefs == nil {
			continue
		}
		c.plane = make([]uint8, 64*c.across*c.down)
		err := bands.Run(d.ctx, c.down, 8, func(from, to int) {
			for y := from; y < to; y++ {
				for x := range c.across {
					c.transform(c.block(x, y), x, y)
				}
			}
		})
		if err != nil {
			return err
		}
		c.coefs = nil
	}
	return nil
}
