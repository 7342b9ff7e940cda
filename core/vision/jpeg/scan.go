package jpeg

import "io"

// maxScans is far above what encoders write; each scan of a few bytes may cost
// a walk over the whole picture.
const maxScans = 512

// script is a scan's header.
type script struct {
	comps      []*component
	start, end int  // of the spectrum
	high, low  uint // successive approximation
}

// scan reads a scan header (T.81, B.2.3) and its entropy-coded data.
func (d *decoder) scan(s []byte) error {
	if d.comps == nil {
		return FormatError("has a scan before its frame header")
	}
	if d.scans++; d.scans > maxScans {
		return formatf("has more than %d scans", maxScans)
	}
	sc, err := d.readScript(s)
	if err != nil {
		return err
	}
	if err := d.checkScript(sc); err != nil {
		return err
	}
	for _, c := range sc.comps {
		if err := d.allocate(c); err != nil {
			return err
		}
		c.last = 0
	}
	d.bits = bitReader{data: d.data, at: d.at}
	p := scanner{decoder: d, sc: sc}
	err = p.run()
	d.at = d.bits.at
	return err
}

func (d *decoder) readScript(s []byte) (script, error) {
	var sc script
	if len(s) < 1 || s[0] < 1 || s[0] > 4 || len(s) != 4+2*int(s[0]) {
		return sc, FormatError("has a damaged scan header")
	}
	for i := range int(s[0]) {
		id, tables := s[1+2*i], s[2+2*i]
		var found *component
		for k := range d.comps {
			if d.comps[k].id == id {
				found = &d.comps[k]
				break
			}
		}
		for _, c := range sc.comps {
			if c == found {
				found = nil
				break
			}
		}
		if found == nil || tables>>4 > 3 || tables&15 > 3 {
			return sc, FormatError("has a scan of components or tables that do not exist")
		}
		found.dc, found.ac = d.dc[tables>>4], d.ac[tables&15]
		sc.comps = append(sc.comps, found)
	}
	s = s[1+2*len(sc.comps):]
	sc.start, sc.end, sc.high, sc.low = int(s[0]), int(s[1]), uint(s[2]>>4), uint(s[2]&15)
	return sc, nil
}

// checkScript wants the tables that the scan needs, and a spectrum that it can
// have.
func (d *decoder) checkScript(sc script) error {
	needDC, needAC := true, true
	if d.progressive {
		if sc.start > sc.end || sc.end > 63 || sc.start == 0 && sc.end != 0 || sc.start > 0 && len(sc.comps) != 1 ||
			sc.low > 13 || sc.high != 0 && sc.high != sc.low+1 {
			return FormatError("has impossible progression parameters")
		}
		needDC, needAC = sc.start == 0 && sc.high == 0, sc.start > 0
	}
	blocks := 0
	for _, c := range sc.comps {
		if needDC && c.dc == nil || needAC && c.ac == nil {
			return FormatError("lacks a Huffman table")
		}
		blocks += c.h * c.v
	}
	if len(sc.comps) > 1 && blocks > 10 {
		return FormatError("has more than ten blocks in an MCU")
	}
	return nil
}

// scanner walks over the MCUs of a scan.
type scanner struct {
	*decoder
	sc      script
	left    int  // MCUs up to the next restart marker
	next    byte // its number, 0 to 7
	skip    bool // the rest of this segment is left out
	eobRun  int32
	scratch [64]int16
}

func (p *scanner) run() error {
	p.left = p.restart
	decode := p.blockDecoder()
	if len(p.sc.comps) == 1 {
		c := p.sc.comps[0]
		return p.each(ceil(c.width, 8), ceil(c.height, 8), func(x, y int) { decode(c, x, y) })
	}
	return p.each(ceil(p.width, 8*p.hMax), ceil(p.height, 8*p.vMax), func(x, y int) {
		for _, c := range p.sc.comps {
			for v := range c.v {
				for h := range c.h {
					decode(c, x*c.h+h, y*c.v+v)
				}
			}
		}
	})
}

// each calls decode for every MCU whose data have come.
func (p *scanner) each(across, down int, decode func(x, y int)) error {
	for y := range down {
		if err := p.ctx.Err(); err != nil {
			return err
		}
		for x := range across {
			if p.restart > 0 {
				if p.left == 0 {
					p.restartSegment()
				}
				p.left--
			}
			if p.skip {
				continue
			}
			decode(x, y)
			if p.bits.dry() {
				if p.bits.ended {
					return io.ErrUnexpectedEOF
				}
				p.skip = true
			}
		}
		if p.skip && p.restart == 0 {
			return nil // nothing will come any more
		}
	}
	return nil
}

// restartSegment reads a restart marker, or finds its way as libjpeg does when
// another one or none is there.
func (p *scanner) restartSegment() {
	for _, c := range p.sc.comps {
		c.last = 0
	}
	p.bits.drop()
	p.eobRun, p.left = 0, p.restart
	want := p.next
	p.next = (p.next + 1) & 7
	for {
		at := p.bits.at
		p.decoder.at = at
		m, err := p.nextMarker()
		if err != nil {
			p.bits.ended, p.bits.at = true, len(p.data)
			p.skip = false
			return
		}
		found := p.decoder.at
		switch {
		case m < sof0 || m == rst0+(want-1)&7 || m == rst0+(want-2)&7:
			// Nonsense, or a marker that is late: on to the next one.
			p.bits.at = found
			continue
		case m < rst0 || m > rst7 || m == rst0+(want+1)&7 || m == rst0+(want+2)&7:
			// The end, or one that is early: this segment has no data.
			p.bits.at, p.bits.marker, p.skip = found-2, true, true
			return
		}
		p.bits.at, p.bits.marker, p.skip = found, false, false
		return
	}
}

// blockDecoder is how this scan decodes one block.
func (p *scanner) blockDecoder() func(c *component, x, y int) {
	switch {
	case !p.progressive:
		return p.sequential
	case p.sc.start == 0 && p.sc.high == 0:
		return p.firstDC
	case p.sc.start == 0:
		return p.refineDC
	case p.sc.high == 0:
		return p.firstAC
	}
	return p.refineAC
}

// sequential decodes all of a block and transforms it at once (T.81, F.2.2).
func (p *scanner) sequential(c *component, x, y int) {
	b := &p.bits
	block := &p.scratch
	clear(block[:])
	b.fill()
	if s := b.symbol(c.dc); s > 0 {
		c.last += b.extended(uint(s))
	}
	block[0] = int16(c.last)
	for k := 1; k < 64; k++ {
		b.fill()
		s := b.symbol(c.ac)
		size := uint(s & 15)
		k += int(s >> 4)
		if size == 0 {
			if s>>4 != 15 {
				break
			}
			continue
		}
		block[zigzag[k]] = int16(b.extended(size))
	}
	c.transform(block, x, y)
}
