package attention

import (
	"math"
	"unsafe"

	"github.com/mmtui/mmtui/internal/isa"
)

const (
	lanes      = 32 // queries of a tile
	keysAtOnce = 96 // keys of a block; their scores take 12 KB
	// tilesAtOnce is how many tiles a chunk has at most: they take the same
	// block of keys and values in turn, while it is in the cache.
	tilesAtOnce = 4
	// chunkWork bounds a chunk's products, some 300 µs, by fewer tiles.
	chunkWork = 1 << 23
)

// lowest is where a running maximum starts: below every score but −∞, from
// which it can be subtracted.
const lowest = -math.MaxFloat32

// hidden is the score of a key that a query must not see: −∞.
func hidden() float32 { return float32(math.Inf(-1)) }

// tile is what becomes of 32 queries. Rows have 32 elements, one a query.
type tile struct {
	query  []float32 // [HeadDim, 32], times the scale
	output []float32 // [HeadDim, 32], not yet divided by the sum
	state  []float32 // [3, 32]: the running maximum, the sum, and the factor of the last block
}

func (s *tile) top() []float32   { return s.state[:lanes] }
func (s *tile) sum() []float32   { return s.state[lanes : 2*lanes] }
func (s *tile) alpha() []float32 { return s.state[2*lanes:] }

// scratch is the memory of one worker.
type scratch struct {
	tiles  [tilesAtOnce]tile
	scores []float32 // [keysAtOnce, 32], then the weights
	factor []float32 // [max(HeadDim, 32)]
}

// grow makes room for heads of d elements.
func (s *scratch) grow(d int) {
	if len(s.tiles[0].query) >= d*lanes {
		return
	}
	for i := range s.tiles {
		s.tiles[i] = tile{aligned(d * lanes), aligned(d * lanes), aligned(3 * lanes)}
	}
	s.scores, s.factor = aligned(keysAtOnce*lanes), aligned(max(d, lanes))
}

// aligned is n floats that begin at a cache line, so that no vector lies across two.
func aligned(n int) []float32 {
	const line = 64
	b := make([]float32, n+line/4)
	skip := (line - int(uintptr(unsafe.Pointer(&b[0]))%line)) % line
	return b[skip/4:][:n:n]
}

// tiles is how many tiles of queries there are.
func (a *Args) tiles() int { return (a.Queries + lanes - 1) / lanes }

// chunk is how many tiles make one chunk. The results do not depend on it.
func (t *tileTask) chunk() int {
	if t.tier == isa.Portable { // which is slow enough as it is
		return 1
	}
	work := lanes * t.args.Keys * t.args.HeadDim // products
	return min(max(chunkWork/max(work, 1), 1), tilesAtOnce)
}

// chunks is how many chunks one head has.
func (t *tileTask) chunks() int { return (t.args.tiles() + t.chunk() - 1) / t.chunk() }

// tileTask computes chunk by chunk one head of some tiles.
type tileTask Kernels

// Chunk computes one head of some neighbouring tiles. The last tiles come
// first: where the attention is causal they take longest.
func (t *tileTask) Chunk(worker, i int) {
	s, chunks := &t.workers[worker], t.chunks()
	one := t.args.sequence(i / (chunks * t.args.Heads))
	a := &one
	head, first := i/chunks%a.Heads, (chunks-1-i%chunks)*t.chunk()
	tiles := s.tiles[:min(t.chunk(), a.tiles()-first)]
	for j := range tiles {
		s.load(t.tier, a, &tiles[j], (first+j)*lanes, head)
	}
	for from, end := 0, a.visible(min((first+len(tiles))*lanes, a.Queries)-1); from < end; from += keysAtOnce {
		to := min(from+keysAtOnce, end)
		if !a.shown(from, to) {
			continue
		}
		for j := range tiles {
			s.block(t.tier, a, &tiles[j], (first+j)*lanes, head, from, to)
		}
	}
	for j := range tiles {
		s.store(t.tier, a, &tiles[j], (first+j)*lanes, head)
	}
}

// block takes some keys of one head into account.
func (s *scratch) block(t isa.Tier, a *Args, w *tile, first, head, from, to int) {
	count := a.count(first)
	to = min(to, a.visible(first+count-1))
	n := to - from
	if n <= 0 {
		return
	}
	width := (count + 15) &^ 15
	k := from*a.KStride + head/a.group()*a.HeadDim
	v := from*a.VStride + head/a.group()*a.HeadDim
	scoresBlock(t, s.scores, a.K[k:], a.KStride, n, w.query, a.HeadDim, width)
	a.hide(s.scores, first, from, to)
	weightsBlock(t, s.scores, n, w.top(), w.sum(), w.alpha(), width)
	valuesBlock(t, w.output, a.V[v:], a.VStride, n, s.scores, w.alpha(), a.HeadDim, width)
}

// count is how many queries the tile has that begins at first.
func (a *Args) count(first int) int { return min(a.Queries-first, lanes) }

// load turns one head of a tile's queries, one a lane, and resets the rest.
func (s *scratch) load(t isa.Tier, a *Args, w *tile, first, head int) {
	query, factor := w.query[:a.HeadDim*lanes], s.factor[:a.HeadDim]
	if a.count(first) < lanes {
		clear(query)
	}
	for i := range factor {
		factor[i] = a.Scale
	}
	turn(t, query, a.Q[first*a.QStride+head*a.HeadDim:], lanes, a.QStride, a.count(first), a.HeadDim, factor)
	clear(w.output[:a.HeadDim*lanes])
	clear(w.state)
	for i := range w.top() {
		w.state[i] = lowest
	}
}

// hide gives −∞ to the scores of keys that a query must not see.
func (a *Args) hide(scores []float32, first, from, to int) {
	if a.Mask != nil {
		for j, v := range a.Mask[from:to] {
			if !v {
				fill(scores[j*lanes:][:lanes], hidden())
			}
		}
	}
	// Query first+i sees key j from i = j − visible(first) + 1 on.
	for j := max(from, a.visible(first)); j < to; j++ {
		fill(scores[(j-from)*lanes:][:j-a.visible(first)+1], hidden())
	}
}

func fill(b []float32, v float32) {
	for i := range b {
		b[i] = v
	}
}

// store writes the outputs over their sums.
func (s *scratch) store(t isa.Tier, a *Args, w *tile, first, head int) {
	count := a.count(first)
	for i, sum := range w.sum() {
		s.factor[i] = 1 / sum
	}
	out := a.Out[first*a.OutStride+head*a.HeadDim:]
	turn(t, out, w.output, a.OutStride, lanes, a.HeadDim, count, s.factor)
	for i, sum := range w.sum()[:count] {
		if sum == 0 { // it sees no key
			clear(out[i*a.OutStride:][:a.HeadDim])
		}
	}
}

// turn is dst[j, i] = src[i, j]·factor[j].
func turn(t isa.Tier, dst, src []float32, dstStride, srcStride, rows, cols int, factor []float32) {
	doneRows, doneCols := turnSquares(t, dst, src, dstStride, srcStride, rows, cols, factor)
	turnTwin(dst, src, dstStride, srcStride, 0, rows, doneCols, cols, factor)
	turnTwin(dst, src, dstStride, srcStride, doneRows, rows, 0, doneCols, factor)
}
