package gemm

import (
	"context"

	"github.com/mmtui/mmtui/internal/pool"
)

// few multiplies up to FewRows rows: the weights are read once, as they lie,
// and no more than that is what a decoded token costs.
type few struct {
	job
	backend backend
	shape   shape
	step    int          // rows of weights in a chunk, a multiple of 4
	width   int          // columns, rounded up to dotLanes
	padded  []float32    // x with zeros up to width, when it is not that wide
	scratch []fewScratch // by worker
}

// fewScratch is what a worker needs for weights that do not fill the kernels'
// four rows or sixteen columns.
type fewScratch struct {
	w []byte    // four rows of weights, zeros to width
	y []float32 // [FewRows, 4]
}

// A chunk is at most fewBytes of weights, which is some ten microseconds, so
// that claiming it and the beginning of its streams cost little; and at least
// leastBytes, which another worker may wake up for.
const (
	fewBytes   = 256 << 10
	leastBytes = 48 << 10
)

func (f *few) start(b backend, workers int) {
	f.backend, f.shape, f.scratch = b, b.shape(), make([]fewScratch, workers)
}

func (f *few) run(ctx context.Context, p *pool.Pool, j job) error {
	f.job = j
	defer func() { f.job = job{} }()
	f.width = roundUp(j.w.Cols, dotLanes)
	if f.width != j.w.Cols {
		f.padded = grown(f.padded, j.rows*f.width)
		for i := range j.rows {
			row := f.padded[i*f.width:][:f.width]
			clear(row[copy(row, j.x[i*j.w.Cols:][:j.w.Cols]):])
		}
		f.x = f.padded
	}
	f.step = f.cut(p.Workers())
	if f.width != j.w.Cols || j.w.Rows%4 != 0 {
		for i := range f.scratch {
			s := &f.scratch[i]
			s.w, s.y = grown(s.w, 4*f.width*j.w.Type.Bytes()), grown(s.y, 4*FewRows)
		}
	}
	return p.Run(ctx, (j.w.Rows+f.step-1)/f.step, f)
}

// cut is how many rows of weights are a chunk: of one size for all, and as
// many for every worker.
func (f *few) cut(workers int) int {
	bytes := f.w.Rows * f.w.Cols * f.w.Type.Bytes()
	n := roundUp((bytes+fewBytes-1)/fewBytes, workers)
	n = max(min(n, bytes/leastBytes), 1)
	step := roundUp((f.w.Rows+n-1)/n, 4)
	// Where products take long, time is the limit.
	return max(min(step, f.shape.chunk/max(f.w.Cols*f.rows, 1)&^3), 4)
}

// Chunk multiplies step rows of the weights.
func (f *few) Chunk(worker, i int) {
	from, to := i*f.step, min((i+1)*f.step, f.w.Rows)
	whole := from
	if f.width == f.w.Cols {
		whole = from + (to-from)&^3
	}
	f.dot(from, whole)
	for at := whole; at < to; at += 4 {
		f.odd(&f.scratch[worker], at, min(at+4, to))
	}
	if f.bias == nil {
		return
	}
	bias := f.bias[from:to]
	for m := range f.rows {
		row := f.y[m*f.w.Rows+from:][:len(bias)]
		for n, v := range bias {
			row[n] += v
		}
	}
}

// dot multiplies the rows from … to of the weights, a multiple of four.
func (f *few) dot(from, to int) {
	if to == from {
		return
	}
	stride := f.w.Cols * f.w.Type.Bytes()
	next := len(f.scratch) * f.step * stride // the other workers take the chunks between
	f.backend.dot(f.y[from:], f.w.Rows, f.x, f.width, f.rows, f.w.Data[from*stride:], f.w.Type, stride, (to-from)/4, f.width/dotLanes, next)
}

// odd multiplies up to four rows of weights by way of the scratch.
func (f *few) odd(s *fewScratch, from, to int) {
	size := f.w.Type.Bytes()
	stride, padded := f.w.Cols*size, f.width*size
	for r := range 4 {
		row := s.w[r*padded:][:padded]
		n := 0
		if from+r < to {
			n = copy(row, f.w.Data[(from+r)*stride:][:stride])
		}
		clear(row[n:])
	}
	f.backend.dot(s.y, 4, f.x, f.width, f.rows, s.w, f.w.Type, padded, 1, f.width/dotLanes, 0)
	for m := range f.rows {
		copy(f.y[m*f.w.Rows+from:m*f.w.Rows+to], s.y[4*m:])
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
