package kernel

import (
	"context"

	"github.com/mmtui/mmtui/internal/pool"
)

// part is one product of a task; first is the number of its first chunk.
type part struct {
	Product
	x     activations
	first int
}

// task is one call of Linears: every product's strips are the chunks.
type task struct {
	backend backend
	rows    int
	parts   []part
	scratch []scratch
}

func (t *task) run(ctx context.Context, p *pool.Pool, b backend, x []float32, rows int, products []Product) error {
	t.backend, t.rows = b, rows
	for len(t.scratch) < p.Workers() {
		t.scratch = append(t.scratch, scratch{})
	}
	for len(t.parts) < len(products) {
		t.parts = append(t.parts, part{})
	}
	t.parts = t.parts[:len(products)]
	chunks := 0
	for i := range products {
		t.parts[i].Product, t.parts[i].first = products[i], chunks
		t.quantize(&t.parts[i], x)
		chunks += (products[i].Weights.tiles + stripMost - 1) / stripMost
	}
	err := p.Run(ctx, chunks, t)
	for i := range t.parts {
		t.parts[i].Product = Product{}
	}
	return err
}

// quantize fills the activations of a part.
func (t *task) quantize(p *part, x []float32) {
	w := p.Weights
	a := &p.x
	a.rows, a.blocks, a.groups = t.rows, w.blocks, w.groups
	a.codes = grown(a.codes, t.rows*w.blocks*blockCols)
	a.sums, a.scale = grown(a.sums, t.rows*w.groups), grown(a.scale, t.rows)
	for m := range t.rows {
		a.scale[m] = t.backend.quantize(a.codes[m*w.blocks*blockCols:][:w.blocks*blockCols], a.sums[m*w.groups:][:w.groups],
			x[m*w.cols:][:w.cols], w.col, w.groupBlocks)
	}
}

// Chunk computes one strip of one product.
func (t *task) Chunk(worker, i int) {
	n := len(t.parts) - 1
	for t.parts[n].first > i {
		n--
	}
	p := &t.parts[n]
	strip := i - p.first
	t.backend.product(&t.scratch[worker], p, &p.x, span{strip, strip + 1}, span{0, t.rows})
}

// grown is s with n elements, of which nothing is known.
func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
