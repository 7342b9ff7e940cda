//go:build amd64 || arm64

package kernel

// ahead is how many bytes in front of the codes that are read memory is asked
// for: a strip or so.
const ahead = 8 << 10

// widest is the most blocks of a group that kernels take: they may hold sums of
// 16·c·x in 32 bits, where 2·c·x is the specification's.
const widest = 1 << 16 / blockCols

// product multiplies some strips by some rows.
func (s *assembly) product(sc *scratch, p *part, x *activations, strips, rows span) {
	w := p.Weights
	if w.blocks == 0 || w.groupBlocks > widest {
		portable{}.product(sc, p, x, strips, rows)
		return
	}
	c := call{s, sc, p, x}
	c.prepare()
	if wd := width(w.bits); rows.hi-rows.lo > s.fewRows() && wd < 2 && s.unpack[wd][0] != nil {
		c.panels(strips, rows)
		sc.args = args{}
		return
	}
	c.fly(&s.few[width(w.bits)], strips, rows)
	sc.args = args{}
}

// call is the product of some strips while it is under way.
type call struct {
	*assembly
	sc *scratch
	p  *part
	x  *activations
}

// prepare sets what all kernels of a call have in common.
func (c call) prepare() {
	w, x, a := c.p.Weights, c.x, &c.sc.args
	*a = args{
		xRow: uintptr(x.blocks * blockCols), sumsRow: uintptr(4 * x.groups),
		blocks: w.blocks, groupBlock: w.groupBlocks, yRow: uintptr(4 * w.rows),
		start: &noStart, ahead: ahead,
	}
	most := max(len(c.few[0][0]), len(c.many[0]))
	c.sc.tile, c.sc.bias = grown(c.sc.tile, most*stripMost*tileRows), grown(c.sc.bias, stripMost*tileRows)
	if w.offset == nil {
		a.startStep, a.startRow = 4, a.sumsRow
		if w.narrow() {
			a.narrow = 1
		}
	}
}

// noStart is where dot products start that have their zero point apart.
var noStart int32

// fly unpacks codes where they are used.
func (c call) fly(k *kernels, strips, rows span) {
	w := c.p.Weights
	most := len(k[0])
	parts := (rows.hi - rows.lo + most - 1) / most
	if parts == 1 && len(k[stripMost-1]) >= rows.hi-rows.lo {
		// Whole strips lie as the kernels read them: one call for all.
		whole := min(strips.hi, w.rows/(stripMost*tileRows))
		if strips.lo < whole {
			c.tiles(k[stripMost-1][rows.hi-rows.lo-1], strips.lo*stripMost, stripMost, whole-strips.lo, rows)
			strips.lo = whole
		}
	}
	for tile := strips.lo * stripMost; tile < min(strips.hi*stripMost, w.tiles); {
		first, in := w.strip(tile)
		n := k.tiles(first+in-tile, min(most, rows.hi-rows.lo))
		for i := range parts {
			r := rows.part(i, parts)
			c.tiles(k[n-1][r.hi-r.lo-1], tile, n, 1, r)
		}
		tile += n
	}
}

// tiles is how many tiles at most, of so many, there are kernels for with so many rows.
func (k *kernels) tiles(most, rows int) int {
	for len(k[most-1]) < rows {
		most--
	}
	return most
}

// tiles multiplies n tiles of weights as they lie, or so many strips of them.
func (c call) tiles(k kernel, tile, n, strips int, rows span) {
	w, a := c.p.Weights, &c.sc.args
	c.factors(tile, 0)
	first, in := w.strip(tile)
	a.codes = &w.codes[(first*w.blocks+tile-first)*w.blockBytes()]
	a.codeStep = uintptr(in * w.blockBytes())
	c.rows(k, tile, n, strips, rows, 0)
}

// factors points to the multipliers of a tile from a group on.
func (c call) factors(tile, group int) {
	w, a := c.p.Weights, &c.sc.args
	first, in := w.strip(tile)
	at := (first*w.groups + group*in + tile - first) * tileRows
	a.mult, a.multStep = &w.mult[at], uintptr(in*tileRows)
	if w.offset != nil {
		a.offset = &w.offset[at]
	}
	a.half = &w.half[tile*tileRows]
}

// rows runs a kernel on strips of n tiles from a block on, a group's first.
// Outputs that do not fill their tiles go by way of the scratch.
func (c call) rows(k kernel, tile, n, strips int, rows span, block int) {
	w, a := c.p.Weights, &c.sc.args
	a.x = &c.x.codes[rows.lo*c.x.blocks*blockCols+block*blockCols]
	sums := &c.x.sums[rows.lo*c.x.groups+block/w.groupBlocks]
	a.sums = sums
	if w.offset == nil {
		a.start = sums
	}
	a.scale = &c.x.scale[rows.lo]
	left, width := tile*tileRows, n*strips*tileRows
	a.strips, a.bias = strips, nil
	if a.more != 0 {
		k(a)
		return
	}
	if left+width <= w.rows {
		if c.p.Bias != nil {
			a.bias = &c.p.Bias[left]
		}
		a.y = &c.p.Y[rows.lo*w.rows+left]
		k(a)
		return
	}
	width = w.rows - left
	y := c.sc.tile
	if c.p.Bias != nil {
		copy(c.sc.bias, c.p.Bias[left:w.rows])
		a.bias = &c.sc.bias[0]
	}
	a.y, a.yRow = &y[0], uintptr(4*n*tileRows)
	k(a)
	a.yRow = uintptr(4 * w.rows)
	for i := range rows.hi - rows.lo {
		copy(c.p.Y[(rows.lo+i)*w.rows+left:][:width], y[i*n*tileRows:])
	}
}
