package kernel

import (
	"context"

	"github.com/mmtui/mmtui/internal/large"
	"github.com/mmtui/mmtui/internal/pool"
)

// inputs are the activations of a task, quantized once for all products that
// need the same codes and sums.
type inputs struct {
	backend backend
	x       []float32
	rows    int
	bands   int
	kinds   []kind
	made    int   // of kinds
	use     []int // the kind of each product
}

// kind is how activations are quantized, and what came of it.
type kind struct {
	activations
	groupBlocks int
	zero        int32
	col         []float32
	cols        int
}

// inputBand is how many elements are worth a worker's while: some microseconds.
const inputBand = 32 << 10

func (in *inputs) quantize(ctx context.Context, p *pool.Pool, b backend, x []float32, rows int, products []Product) error {
	in.backend, in.x, in.rows, in.made, in.use = b, x, rows, 0, in.use[:0]
	for i := range products {
		in.use = append(in.use, in.find(products[i].Weights))
	}
	cols := products[0].Weights.cols
	in.bands = min(max(rows*cols/inputBand, 1), rows, 4*p.Workers())
	return run(ctx, p, in.bands*in.made, in)
}

// find is the kind that a matrix needs, a new one if there is none.
func (in *inputs) find(w *Weights) int {
	for i := range in.kinds[:in.made] {
		if in.kinds[i].serves(w) {
			return i
		}
	}
	if in.made == len(in.kinds) {
		in.kinds = append(in.kinds, kind{})
	}
	k := &in.kinds[in.made]
	k.blocks, k.groups, k.groupBlocks = w.blocks, w.groups, w.groupBlocks
	k.zero, k.col, k.cols = w.zero(), w.col, w.cols
	if n := in.rows * w.blocks * blockCols; cap(k.codes) < n {
		k.codes = large.Int8s(n)
	} else {
		k.codes = k.codes[:n]
	}
	k.sums, k.scale = grown(k.sums, in.rows*w.groups), grown(k.scale, in.rows)
	in.made++
	return in.made - 1
}

// serves says whether a matrix needs the same codes and sums.
func (k *kind) serves(w *Weights) bool {
	if k.groupBlocks != w.groupBlocks || k.zero != w.zero() || len(k.col) != len(w.col) {
		return false
	}
	return len(k.col) == 0 || &k.col[0] == &w.col[0]
}

// of is the activations of a product.
func (in *inputs) of(product int) *activations { return &in.kinds[in.use[product]].activations }

// forget lets go of what the caller owns.
func (in *inputs) forget() {
	in.x = nil
	for i := range in.kinds {
		in.kinds[i].col = nil
	}
}

// Chunk quantizes a band of rows in one way.
func (in *inputs) Chunk(_, i int) {
	k := &in.kinds[i/in.bands]
	rows := span{0, in.rows}.part(i%in.bands, in.bands)
	per := k.blocks * blockCols
	for m := rows.lo; m < rows.hi; m++ {
		k.scale[m] = in.backend.quantize(k.codes[m*per:][:per], k.sums[m*k.groups:][:k.groups],
			in.x[m*k.cols:][:k.cols], k.col, k.groupBlocks, k.zero)
	}
}
