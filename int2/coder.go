package int2

// rowCoder quantizes rows of one matrix. It holds scratch, so every goroutine
// has its own.
type rowCoder struct {
	f, rtn  *format // the scheme's, and that of RTN on the same grid
	params  *Params // scales of a matrix solver, nil when rows are solved one by one
	fitter  fitter
	fits    []groupFit
	rtnFits []groupFit
	lo, hi  []float32 // range of every group of the row at hand
	scaled  []float32 // the row over the column scales
	row     *encodedRow
	plain   *encodedRow // the RTN result that a solver is compared with
	guarded bool        // the solver is compared with RTN row by row
}

func newRowCoder(f, rtn *format, p *Params) *rowCoder {
	c := &rowCoder{
		f: f, rtn: rtn, params: p, fitter: fitter{f: f}, fits: make([]groupFit, f.groups),
		lo: make([]float32, f.groups), hi: make([]float32, f.groups), row: newEncodedRow(f),
		guarded: p == nil && f.scheme.Solver != RTN,
	}
	if p != nil || c.guarded {
		c.plain, c.rtnFits = newEncodedRow(rtn), make([]groupFit, f.groups)
	}
	if p != nil && p.Col != nil {
		c.scaled = make([]float32, f.cols)
	}
	return c
}

// measure finds the range of every group. It reports whether all weights are finite.
func (c *rowCoder) measure(w []float32) bool {
	for g := range c.f.groups {
		lo, hi := c.f.bounds(g)
		var finite bool
		if c.lo[g], c.hi[g], finite = rangeOf(w[lo:hi]); !finite {
			return false
		}
	}
	return true
}

// rowRange is the range of the measured row.
func (c *rowCoder) rowRange() (lo, hi float32) {
	lo, hi = c.lo[0], c.hi[0]
	for g := range c.lo {
		lo, hi = min(lo, c.lo[g]), max(hi, c.hi[g])
	}
	return lo, hi
}

// codedRow is what became of a row.
type codedRow struct {
	*encodedRow
	errorSums
	f        *format
	fits     []groupFit // the float scales it was rounded from
	rtnErr   float64
	fellBack bool
}

// code quantizes the measured row of index r. The result is valid until the next call.
func (c *rowCoder) code(r int, w []float32) codedRow {
	out := codedRow{encodedRow: c.row, f: c.f, fits: c.fits}
	if c.params == nil {
		c.fitRow(c.fits, c.f, w)
		c.f.encode(c.row, w, c.fits)
	} else {
		c.codeParams(r, w)
	}
	out.errorSums = sumErrors(w, c.row.q)
	if c.plain == nil {
		return out
	}
	c.fitRow(c.rtnFits, c.rtn, w)
	c.rtn.encode(c.plain, w, c.rtnFits)
	plain := sumErrors(w, c.plain.q)
	out.rtnErr = plain.err
	if c.guarded && plain.err < out.err {
		out.encodedRow, out.errorSums, out.fellBack = c.plain, plain, true
		out.f, out.fits = c.rtn, c.rtnFits
	}
	return out
}

// fitRow finds the float scales of the measured row with the solver of f.
func (c *rowCoder) fitRow(fits []groupFit, f *format, w []float32) {
	c.fitter.f = f
	for g := range fits {
		lo, hi := f.bounds(g)
		fits[g] = c.fitter.fitGroup(w[lo:hi], c.lo[g], c.hi[g])
	}
}

// codeParams rounds the scales that a matrix solver found.
func (c *rowCoder) codeParams(r int, w []float32) {
	c.params.fits(c.fits, r)
	for g := range c.fits {
		if absMax(c.lo[g], c.hi[g]) < minNormal {
			c.fits[g] = groupFit{} // as fitGroup does
		}
	}
	if c.params.Col == nil {
		c.f.encode(c.row, w, c.fits)
		return
	}
	for k, x := range w {
		c.scaled[k] = x / c.params.Col[k]
	}
	c.f.encode(c.row, c.scaled, c.fits)
	scaleColumns(c.row.q, c.params.Col)
}

// clipTolerance is how far outside half a step, in steps, a weight may lie
// without counting as clipped: round-to-nearest on the half grid puts the
// largest weight exactly half a step outside, and the rounding of its scale to
// a multiplier moves that by up to 1/64 where multipliers are 64 or more.
const clipTolerance = 1.0 / 64

// clipped counts the weights more than half a step outside the levels of their
// group. A group without a step clips nothing.
func (c *rowCoder) clipped(w []float32, row *codedRow) int64 {
	scaled := c.scaled != nil
	w = c.rounded(w)
	var n int64
	for g := range row.group {
		code := &row.group[g]
		if code.step == 0 {
			continue
		}
		low, high := code.reach()
		if lo, hi := row.f.bounds(g); scaled || c.lo[g] < low || c.hi[g] > high {
			n += countOutside(w[lo:hi], low, high)
		}
	}
	return n
}

// rounded is the row that the codes were chosen for: w, or w over the column scales.
func (c *rowCoder) rounded(w []float32) []float32 {
	if c.scaled != nil {
		return c.scaled
	}
	return w
}
