package kernel

// backend is one tier's kernels. All give the bits of portable. A vector tier
// is an assembly: tables of kernels that a driver calls.
type backend interface {
	// quantize fills codes [16·blocks] of a row of activations, zeros beyond
	// len(x), and for each group of groupBlocks blocks the sum of its codes
	// times zero; col may be nil. It returns the row's scale.
	quantize(codes []int8, sums []int32, x, col []float32, groupBlocks int, zero int32) float32
	// product fills the outputs of some strips for some rows. x was quantized
	// with p.Weights.zero().
	product(s *scratch, p *part, x *activations, strips, rows span)
	// fewRows is up to how many rows codes are unpacked where they are used,
	// which is when weights are best read once by a chunk of all rows.
	fewRows() int
	// dot does turns rounds of the tier's dot product on registers alone and
	// tells how many operations a round is, two a multiply-add; read reads
	// 256·blocks bytes. They are what the machine can do at most.
	dot(turns int) (ops int)
	// narrowDot is dot in registers of half the width; 0 operations where there is
	// no such thing.
	narrowDot(turns int) (ops int)
	read(p []byte, blocks int)
}

// span is lo up to hi.
type span struct{ lo, hi int }

// part is part i of n of nearly one size.
func (s span) part(i, n int) span {
	d := s.hi - s.lo
	return span{s.lo + d*i/n, s.lo + d*(i+1)/n}
}

// scratch is the memory of one worker.
type scratch struct {
	args   args
	panel  []byte    // [blocks, tiles, 4, 64] of one panel
	totals []int32   // [rows, 16·tiles]
	tile   []float32 // [rows, 16·tiles], for outputs that do not fill their tiles
	bias   []float32 // [16·tiles]
}

// activations are quantized rows.
type activations struct {
	blocks, groups int
	codes          []int8    // [rows, 16·blocks]
	sums           []int32   // [rows, groups], times zero
	scale          []float32 // [rows]
}
