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
	job
	pool    *pool.Pool
	backend backend
	shape   shape
	strip   int // outputs in a chunk, a multiple of the panel's width
	strips  int
	bands   int
	scratch []manyScratch // by worker
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

func (m *many) run(ctx context.Context, p *pool.Pool, j job) error {
	m.job, m.pool = j, p
	defer func() { m.job = job{} }()
	m.cut(p.Workers())
	for i := range m.scratch {
		s := &m.scratch[i]
		s.panels = grown(s.panels, m.strip*Depth)
		s.tile, s.bias = grown(s.tile, m.shape.rows*m.shape.cols), grown(s.bias, m.shape.cols)
	}
	return p.Run(ctx, m.strips*m.bands, m)
}

// cut chooses the chunks. Wide strips read x less often, tall bands pack the
// weights less often; many chunks let the workers end together.
func (m *many) cut(workers int) {
	m.strip = roundUp(widest, m.shape.cols)
	for m.strip > m.shape.cols && m.strip > 32 && (m.w.Rows+m.strip-1)/m.strip < 8*workers {
		m.strip /= 2
	}
	m.strips = (m.w.Rows + m.strip - 1) / m.strip
	tall := max(m.shape.chunk/(m.strip*max(m.w.Cols, 1)), 4*m.shape.rows)
	m.bands = (m.rows + tall - 1) / tall
}

// Chunk multiplies one band of x by one strip of the weights. Bands come
// first, so that workers share the rows of x.
func (m *many) Chunk(worker, i int) {
	s := &m.scratch[worker]
	band, strip := i/m.strips, i%m.strips
	from, to := share(m.rows, m.bands, band), share(m.rows, m.bands, band+1)
	left, right := strip*m.strip, min((strip+1)*m.strip, m.w.Rows)
	if m.w.Cols == 0 {
		m.biasOnly(from, to, left, right)
		return
	}
	w := rowsIn{m.w.Data, m.w.Cols * m.w.Type.Bytes(), m.w.Type}
	for k := 0; k < m.w.Cols; k += Depth {
		depth := min(Depth, m.w.Cols-k)
		for n := left; n < right; n += m.shape.cols {
			panel(m.backend, s.panels[(n-left)*Depth:], w, n, min(m.shape.cols, right-n), k, depth)
		}
		m.block(s, band, strip, k, depth)
	}
}

// block adds the products of one block of columns.
func (m *many) block(s *manyScratch, band, strip, k, depth int) {
	from, to := share(m.rows, m.bands, band), share(m.rows, m.bands, band+1)
	left, right := strip*m.strip, min((strip+1)*m.strip, m.w.Rows)
	f := m.follow(strip, k)
	tiles := (to - from + m.shape.rows - 1) / m.shape.rows
	for t := range tiles {
		top := from + share(to-from, tiles, t)
		below := from + share(to-from, tiles, t+1)
		a := m.x[top*m.w.Cols+k:]
		for n := left; n < right; n += m.shape.cols {
			next := ahead{step: f.stride}
			if row := below + 3*(n-left)/m.shape.cols; row < min(below+m.shape.rows, to) {
				next.a = address(m.x[row*m.w.Cols+k:])
			}
			next.b = f.line()
			m.tile(s, a, s.panels[(n-left)*Depth:], top, below-top, n, min(m.shape.cols, right-n), k, depth, next)
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
	size := m.w.Type.Bytes()
	f := follow{stride: uintptr(m.w.Cols * size), rows: uintptr(m.strip)}
	if k += Depth; k >= m.w.Cols {
		strip, k = (strip+m.pool.Workers())%m.strips, 0
	}
	f.begin = address(m.w.Data) + uintptr(strip*m.strip)*f.stride + uintptr(k*size)
	f.end = f.begin + uintptr(min(Depth, m.w.Cols-k)*size)
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
func (m *many) tile(s *manyScratch, a, b []float32, top, rows, n, width, k, depth int, next ahead) {
	var bias []float32
	if m.bias != nil && k+depth == m.w.Cols {
		bias = m.bias[n : n+width]
	}
	c := m.y[top*m.w.Rows+n:]
	if width == m.shape.cols {
		m.backend.tile(c, m.w.Rows, a, m.w.Cols, b, rows, depth, k > 0, bias, next)
		return
	}
	for i := range rows {
		copy(s.tile[i*m.shape.cols:][:width], c[i*m.w.Rows:])
	}
	if bias != nil {
		copy(s.bias, bias)
		bias = s.bias
	}
	m.backend.tile(s.tile, m.shape.cols, a, m.w.Cols, b, rows, depth, k > 0, bias, next)
	for i := range rows {
		copy(c[i*m.w.Rows:][:width], s.tile[i*m.shape.cols:])
	}
}

// biasOnly is the product of no columns at all.
func (m *many) biasOnly(from, to, left, right int) {
	for i := from; i < to; i++ {
		row := m.y[i*m.w.Rows+left : i*m.w.Rows+right]
		clear(row)
		if m.bias != nil {
			copy(row, m.bias[left:right])
		}
	}
}

// share is where part i of n begins when it is cut into parts of nearly one size.
func share(n, parts, i int) int { return n * i / parts }
