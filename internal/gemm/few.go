package gemm

import (
	"context"

	"github.com/mmtui/mmtui/internal/pool"
)

// few multiplies up to FewRows rows: the weights are read once, as they lie,
// and no more than that is what a decoded token costs.
type few struct {
	backend    backend
	shape      shape
	x          []float32
	rows, cols int
	parts      []fewPart    // by product
	width      int          // columns, rounded up to dotLanes
	padded     []float32    // x with zeros up to width, when it is not that wide
	scratch    []fewScratch // by worker
}

// fewPart is one product and its chunks.
type fewPart struct {
	Product
	step  int // rows of weights in a chunk, a multiple of 4
	first int // the number of its first chunk
}

// fewScratch is what a worker needs for weights that do not fill the kernels'
// four rows or sixteen columns.
type fewScratch struct {
	w []byte    // four rows of weights, zeros to width
	y []float32 // [FewRows, 4]
}

// A chunk is at most fewBytes of weights, which is some twenty microseconds, so
// that claiming it and the beginning of its streams cost little; and at least
// leastBytes, which another worker may wake up for.
const (
	fewBytes   = 512 << 10
	leastBytes = 48 << 10
)

func (f *few) start(b backend, workers int) {
	f.backend, f.shape, f.scratch = b, b.shape(), make([]fewScratch, workers)
}

func (f *few) run(ctx context.Context, p *pool.Pool, x []float32, rows int, products []Product) error {
	f.x, f.rows, f.cols = x, rows, products[0].Weights.Cols
	f.width = roundUp(f.cols, dotLanes)
	if f.width != f.cols {
		f.padded = grown(f.padded, rows*f.width)
		for i := range rows {
			row := f.padded[i*f.width:][:f.width]
			clear(row[copy(row, x[i*f.cols:][:f.cols]):])
		}
		f.x = f.padded
	}
	chunks := f.cut(p.Workers(), products)
	err := p.Run(ctx, chunks, f)
	f.x = nil
	clear(f.parts)
	return err
}

// cut gives every product its chunks, which are of nearly one size and as many
// for every worker, and tells how many there are.
func (f *few) cut(workers int, products []Product) (chunks int) {
	total, odd := 0, false
	for i := range products {
		w := &products[i].Weights
		total += w.Rows * w.Cols * w.Type.Bytes()
		odd = odd || f.width != f.cols || w.Rows%4 != 0
	}
	if odd {
		for i := range f.scratch {
			s := &f.scratch[i]
			s.w, s.y = grown(s.w, 4*4*f.width), grown(s.y, 4*FewRows)
		}
	}
	n := roundUp((total+fewBytes-1)/fewBytes, workers)
	n = max(min(n, total/leastBytes), 1)
	f.parts = f.parts[:0]
	for i := range products {
		w := &products[i].Weights
		bytes := w.Rows * w.Cols * w.Type.Bytes()
		own := max((bytes*n+total/2)/max(total, 1), 1)
		step := roundUp((w.Rows+own-1)/own, 4)
		// Where products take long, time is the limit.
		step = max(min(step, f.shape.chunk/max(f.cols*f.rows, 1)&^3), 4)
		f.parts = append(f.parts, fewPart{products[i], step, chunks})
		chunks += (w.Rows + step - 1) / step
	}
	return chunks
}

// part is the product that chunk i belongs to.
func (f *few) part(i int) *fewPart {
	n := len(f.parts) - 1
	for f.parts[n].first > i {
		n--
	}
	return &f.parts[n]
}

// Chunk multiplies some rows of one product's weights.
func (f *few) Chunk(worker, i int) {
	p := f.part(i)
	rows := p.Weights.Rows
	from := (i - p.first) * p.step
	to := min(from+p.step, rows)
	whole := from
	if f.width == f.cols {
		whole = from + (to-from)&^3
	}
	f.dot(p, from, whole, f.address(i+len(f.scratch)))
	for at := whole; at < to; at += 4 {
		f.odd(&f.scratch[worker], p, at, min(at+4, to))
	}
	if p.Bias == nil {
		return
	}
	bias := p.Bias[from:to]
	for m := range f.rows {
		row := p.Y[m*rows+from:][:len(bias)]
		for n, v := range bias {
			row[n] += v
		}
	}
}

// address is where the weights of chunk i begin, 0 when there are not so many:
// the other workers take the chunks between.
func (f *few) address(i int) uintptr {
	p := f.part(i)
	row := (i - p.first) * p.step
	if row >= p.Weights.Rows {
		return 0
	}
	return address(p.Weights.Data[row*p.Weights.Cols*p.Weights.Type.Bytes():])
}

// dot multiplies the rows from … to of the weights, a multiple of four.
func (f *few) dot(p *fewPart, from, to int, next uintptr) {
	if to == from {
		return
	}
	w := p.Weights
	stride := w.Cols * w.Type.Bytes()
	far := 0
	if next != 0 {
		far = int(next - address(w.Data[from*stride:]))
	}
	f.backend.dot(p.Y[from:], w.Rows, f.x, f.width, f.rows, w.Data[from*stride:], w.Type, stride, (to-from)/4, f.width/dotLanes, far)
}

// odd multiplies up to four rows of weights by way of the scratch.
func (f *few) odd(s *fewScratch, p *fewPart, from, to int) {
	w := p.Weights
	size := w.Type.Bytes()
	stride, padded := w.Cols*size, f.width*size
	for r := range 4 {
		row := s.w[r*padded:][:padded]
		n := 0
		if from+r < to {
			n = copy(row, w.Data[(from+r)*stride:][:stride])
		}
		clear(row[n:])
	}
	f.backend.dot(s.y, 4, f.x, f.width, f.rows, s.w, w.Type, padded, 1, f.width/dotLanes, 0)
	for m := range f.rows {
		copy(p.Y[m*w.Rows+from:m*w.Rows+to], s.y[4*m:])
	}
}

func roundUp(n, step int) int { return (n + step - 1) / step * step }

// grown is s with n elements, of which nothing is known.
func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
