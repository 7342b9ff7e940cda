package gemm

import (
	"context"
	"unsafe"

	"github.com/mmtui/mmtui/internal/pool"
)

// many multiplies many rows. A chunk is a band of rows by a strip of outputs;
// for each block of columns it packs the strip's weights into panels that stay
// in the second-level cache, and takes micro-tile after micro-tile of x past them.
type many struct {
	pool       *pool.Pool
	backend    backend
	shape      shape
	x          []float32
	rows, cols int
	parts      []manyPart // by product
	strip      int        // outputs in a chunk, a multiple of the panel's width
	strips     int        // of all products
	bands      int
	scratch    []manyScratch // by worker
}

// manyPart is one product; first is the number of its first strip.
type manyPart struct {
	Product
	first int
}

// manyScratch is a worker's memory.
type manyScratch struct {
	panels []float32 // [strip/cols, Depth, cols]
	tile   []float32 // [rows, cols], for a panel that is not full
	bias   []float32 // [cols]
}

// widest is the most outputs of a chunk.
const widest = 64

func (m *many) start(b backend, workers int) {
	m.backend, m.shape, m.scratch = b, b.shape(), make([]manyScratch, workers)
}

func (m *many) run(ctx context.Context, p *pool.Pool, x []float32, rows int, products []Product) error {
	m.pool, m.x, m.rows, m.cols = p, x, rows, products[0].Weights.Cols
	m.cut(p.Workers(), products)
	for i := range m.scratch {
		s := &m.scratch[i]
		s.panels = grown(s.panels, m.strip*Depth)
		s.tile, s.bias = grown(s.tile, m.shape.rows*m.shape.cols), grown(s.bias, m.shape.cols)
	}
	err := p.Run(ctx, m.strips*m.bands, m)
	m.x = nil
	clear(m.parts)
	return err
}

// cut chooses the chunks. Wide strips read x less often, tall bands pack the
// weights less often; many chunks let the workers end together.
func (m *many) cut(workers int, products []Product) {
	outputs := 0
	for i := range products {
		outputs += products[i].Weights.Rows
	}
	m.strip = roundUp(widest, m.shape.cols)
	for m.strip > m.shape.cols && m.strip > 32 && (outputs+m.strip-1)/m.strip < 8*workers {
		m.strip /= 2
	}
	m.parts, m.strips = m.parts[:0], 0
	for i := range products {
		m.parts = append(m.parts, manyPart{products[i], m.strips})
		m.strips += (products[i].Weights.Rows + m.strip - 1) / m.strip
	}
	tall := max(m.shape.chunk/(m.strip*max(m.cols, 1)), 4*m.shape.rows)
	m.bands = (m.rows + tall - 1) / tall
}

// part is the product that a strip belongs to, and the strip's outputs.
func (m *many) part(strip int) (p *manyPart, left, right int) {
	n := len(m.parts) - 1
	for m.parts[n].first > strip {
		n--
	}
	p = &m.parts[n]
	left = (strip - p.first) * m.strip
	return p, left, min(left+m.strip, p.Weights.Rows)
}

// Chunk multiplies one band of x by one strip of the weights. Bands come
// first, so that workers share the rows of x.
func (m *many) Chunk(worker, i int) {
	s := &m.scratch[worker]
	band, strip := i/m.strips, i%m.strips
	p, left, right := m.part(strip)
	c := chunk{p, left, right, share(m.rows, m.bands, band), share(m.rows, m.bands, band+1)}
	if m.cols == 0 {
		c.biasOnly()
		return
	}
	w := rowsIn{p.Weights.Data, m.cols * p.Weights.Type.Bytes(), p.Weights.Type}
	for k := 0; k < m.cols; k += Depth {
		depth := min(Depth, m.cols-k)
		for n := left; n < right; n += m.shape.cols {
			panel(m.backend, s.panels[(n-left)*Depth:], w, n, min(m.shape.cols, right-n), k, depth)
		}
		m.block(s, c, m.follow(strip, k), k, depth)
	}
}

// chunk is some outputs of a product for some rows of x.
type chunk struct {
	*manyPart
	left, right int // outputs
	from, to    int // rows
}

// block adds the products of one block of columns.
func (m *many) block(s *manyScratch, c chunk, f follow, k, depth int) {
	tiles := (c.to - c.from + m.shape.rows - 1) / m.shape.rows
	for t := range tiles {
		top := c.from + share(c.to-c.from, tiles, t)
		below := c.from + share(c.to-c.from, tiles, t+1)
		a := m.x[top*m.cols+k:]
		for n := c.left; n < c.right; n += m.shape.cols {
			next := ahead{step: f.stride}
			if row := below + 3*(n-c.left)/m.shape.cols; row < min(below+m.shape.rows, c.to) {
				next.a = address(m.x[row*m.cols+k:])
			}
			next.b = f.line()
			m.tile(s, c.manyPart, a, s.panels[(n-c.left)*Depth:], top, below-top, n, min(m.shape.cols, c.right-n), k, depth, next)
		}
	}
}

// follow walks down the weights that are packed next, for tiles to fetch: a
// call of a tile takes a line of 64 bytes in each of 64 rows.
type follow struct {
	begin, end, stride, at uintptr // of the strip's first row, end beyond its columns
	rows, row              uintptr // of the strip, and where the walk is
}

// follow is the next block of columns, or the first of the strip that this
// worker is likely to claim next.
func (m *many) follow(strip, k int) follow {
	if k += Depth; k >= m.cols {
		strip, k = (strip+m.pool.Workers())%m.strips, 0
	}
	p, left, _ := m.part(strip)
	size := p.Weights.Type.Bytes()
	f := follow{stride: uintptr(m.cols * size), rows: uintptr(m.strip)}
	f.begin = address(p.Weights.Data) + uintptr(left)*f.stride + uintptr(k*size)
	f.end = f.begin + uintptr(min(Depth, m.cols-k)*size)
	f.at = f.begin
	return f
}

// line is where the next call begins to fetch, 0 when all was.
func (f *follow) line() uintptr {
	if f.at >= f.end {
		return 0
	}
	address := f.at + f.row*f.stride
	if f.row += Depth / 4; f.row >= f.rows {
		f.row = 0
		f.at += 64
	}
	return address
}

func address[T any](s []T) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(s))) }

// tile multiplies one micro-tile: outputs n … n+width−1 of some rows from top on.
func (m *many) tile(s *manyScratch, p *manyPart, a, b []float32, top, rows, n, width, k, depth int, next ahead) {
	var bias []float32
	if p.Bias != nil && k+depth == m.cols {
		bias = p.Bias[n : n+width]
	}
	c := p.Y[top*p.Weights.Rows+n:]
	if width == m.shape.cols {
		m.backend.tile(c, p.Weights.Rows, a, m.cols, b, rows, depth, k > 0, bias, next)
		return
	}
	for i := range rows {
		copy(s.tile[i*m.shape.cols:][:width], c[i*p.Weights.Rows:])
	}
	if bias != nil {
		copy(s.bias, bias)
		bias = s.bias
	}
	m.backend.tile(s.tile, m.shape.cols, a, m.cols, b, rows, depth, k > 0, bias, next)
	for i := range rows {
		copy(c[i*p.Weights.Rows:][:width], s.tile[i*m.shape.cols:])
	}
}

// biasOnly is the product of no columns at all.
func (c chunk) biasOnly() {
	for i := c.from; i < c.to; i++ {
		row := c.Y[i*c.Weights.Rows+c.left : i*c.Weights.Rows+c.right]
		clear(row)
		if c.Bias != nil {
			copy(row, c.Bias[c.left:c.right])
		}
	}
}

// share is where part i of n begins when it is cut into parts of nearly one size.
func share(n, parts, i int) int { return n * i / parts }
