//go:build amd64 || arm64

package kernel

// panelBlocks is how many blocks of columns a panel has at most, unless a group
// has more: its 24 KiB at two tiles stay in the first-level cache beside the
// rows that go past it.
const panelBlocks = 48

func (s *assembly) fewRows() int { return 24 }

// panels unpacks some tiles, a part of the columns at a time, and takes all
// rows past them.
func (c call) panels(strips, rows span) {
	w, a, most := c.p.Weights, &c.sc.args, len(c.many[0])
	depth := min(max(panelBlocks/w.groupBlocks, 1)*w.groupBlocks, w.blocks)
	wide := c.many.tiles(stripMost, most)
	count := rows.hi - rows.lo
	c.sc.panel = grown(c.sc.panel, wide*depth*panelBlock)
	c.sc.totals = grown(c.sc.totals, count*wide*tileRows)
	parts := (count + most - 1) / most
	for tile := strips.lo * stripMost; tile < min(strips.hi*stripMost, w.tiles); {
		first, in := w.strip(tile)
		n := min(wide, first+in-tile)
		for block := 0; block < w.blocks; block += depth {
			a.blocks = min(depth, w.blocks-block)
			at := (first*w.blocks + block*in + tile - first) * w.blockBytes()
			c.unpack[width(w.bits)][n-1](&c.sc.panel[0], &w.codes[at], uintptr(in*w.blockBytes()), a.blocks)
			c.factors(tile, block/w.groupBlocks)
			a.codeStep = uintptr(n * panelBlock)
			a.resume, a.more = truth(block > 0), truth(block+depth < w.blocks)
			for i := range parts {
				r := rows.part(i, parts)
				a.codes = &c.sc.panel[0]
				a.totals = &c.sc.totals[(r.lo-rows.lo)*n*tileRows]
				c.rows(c.many[n-1][r.hi-r.lo-1], tile, n, 1, r, block)
			}
		}
		tile += n
	}
}

// panelBlock is the size of a block of columns of one tile in a panel.
const panelBlock = 4 * vector

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}
