package kernel

import (
	"context"

	"github.com/mmtui/mmtui/internal/pool"
)

// part is one product of a task.
type part struct {
	Product
	x     *activations
	step  int // strips of a chunk
	first int // the number of its first chunk
}

// task is one call of Linears. The activations are quantized first, then the
// chunks are some strips of a product by a band of rows.
type task struct {
	backend backend
	rows    int
	bands   int
	chunks  int // of a band
	parts   []part
	inputs  inputs
	scratch []scratch
}

func (t *task) run(ctx context.Context, p *pool.Pool, b backend, x []float32, rows int, products []Product) error {
	t.backend, t.rows = b, rows
	for len(t.scratch) < p.Workers() {
		t.scratch = append(t.scratch, scratch{})
	}
	defer t.forget()
	if err := t.inputs.quantize(ctx, p, b, x, rows, products); err != nil {
		return err
	}
	t.cut(p.Workers(), products)
	return run(ctx, p, t.chunks*t.bands, t)
}

// run is pool.Run without its cost where there is a single chunk: a decoded
// token has many of these. Packed weights are our own memory, which cannot fault
// as a mapped file can.
func run(ctx context.Context, p *pool.Pool, n int, t pool.Task) error {
	if n > 1 {
		return p.Run(ctx, n, t)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	t.Chunk(0, 0)
	return nil
}

// forget lets go of what the caller owns.
func (t *task) forget() {
	clear(t.parts)
	t.inputs.forget()
}

// A chunk of few rows is about fewBytes of weights, times the rows, which is some
// microseconds, and at least leastBytes, for which another worker may wake up.
// A chunk of many rows is at most manyProducts multiply-adds.
const (
	fewBytes     = 128 << 10
	leastBytes   = 64 << 10
	manyProducts = 16 << 20
	bandRows     = 48 // fewer rows do not repay what unpacking costs
)

// cut gives every product its chunks.
func (t *task) cut(workers int, products []Product) {
	t.bands = 1
	total, strips := 0, 0
	for i := range products {
		w := products[i].Weights
		total += len(w.codes)
		strips += w.strips()
	}
	n := strips
	if few := t.backend.fewRows(); t.rows <= few {
		n = (total*t.rows + fewBytes - 1) / fewBytes
		n = (n + workers - 1) / workers * workers
		n = max(min(n, total*t.rows/leastBytes, strips), 1)
	} else {
		cols := products[0].Weights.cols
		tall := max(manyProducts/(stripMost*tileRows*max(cols, 1)), bandRows)
		t.bands = (t.rows + tall - 1) / tall
		for t.bands*strips < 4*workers && t.rows/(t.bands+1) >= bandRows {
			t.bands++
		}
	}
	t.parts, t.chunks = t.parts[:0], 0
	for i := range products {
		w := products[i].Weights
		own := max((w.strips()*n+strips/2)/max(strips, 1), 1)
		step := max((w.strips()+own-1)/own, 1)
		t.parts = append(t.parts, part{products[i], t.inputs.of(i), step, t.chunks})
		t.chunks += (w.strips() + step - 1) / step
	}
}

// strips is how many the matrix has, the last one perhaps with fewer tiles.
func (w *Weights) strips() int { return (w.tiles + stripMost - 1) / stripMost }

// Chunk computes some strips of one product for a band of rows. Bands come
// first, so that workers share the rows of x.
func (t *task) Chunk(worker, i int) {
	band := i / t.chunks
	i %= t.chunks
	n := len(t.parts) - 1
	for t.parts[n].first > i {
		n--
	}
	p := &t.parts[n]
	lo := (i - p.first) * p.step
	strips := span{lo, min(lo+p.step, p.Weights.strips())}
	t.backend.product(&t.scratch[worker], p, p.x, strips, span{0, t.rows}.part(band, t.bands))
}

// grown is s with n elements, of which nothing is known.
func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
