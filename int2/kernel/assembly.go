//go:build amd64 || arm64

package kernel

import (
	"math"
	"unsafe"
)

// assembly is a backend of generated kernels. What they touch lies within
// slices whose sizes follow from checked shapes.
type assembly struct {
	// largest is the bits of the largest |x·col| of 16·blocks elements, blocks
	// at least 1; any NaN gives at least those of infinity. col may be nil.
	largest func(x, col *float32, blocks int) (bits uint32)
	// encode writes the codes of 16·blocks elements, x·col·inverse to the
	// nearest, and the sums of each group times zero; blocks is at least 1, and
	// the last group may have fewer than groupBlocks.
	encode func(codes *int8, sums *int32, x, col *float32, inverse float32, blocks, groupBlocks, zero int)

	few  [3]kernels // of weights of 2, 4 and 8 bits, as they lie
	many kernels    // of a panel, whose bytes are 2·c and lie as weights of 8 bits do
	// unpack writes panels of 2 and 4 bits, [tiles − 1]; step is from a block of
	// codes to the next. Without it few does all.
	unpack [2][stripMost]unpackKernel

	turn   func(turns int) // turns rounds of ops operations
	narrow func(turns int) // the same in registers of half the width and so half the operations, or nil
	ops    int
	reads  func(p *byte, blocks int)
}

type unpackKernel func(panel, codes *byte, step uintptr, blocks int)

// width is the place in tables of a number of bits.
func width(bits int) int { return bits >> 2 }

func (s *assembly) quantize(codes []int8, sums []int32, x, col []float32, groupBlocks int, zero int32) float32 {
	whole := len(x) / blockCols
	var top uint32
	if whole > 0 {
		top = s.largest(&x[0], first(col), whole)
	}
	rest, restCol := x[whole*blockCols:], col
	if col != nil {
		restCol = col[whole*blockCols : len(x)]
	}
	for k := range rest {
		top = max(top, math.Float32bits(scaled(rest, restCol, k))&^(1<<31))
	}
	scale, inverse := scales(math.Float32frombits(top))
	if inverse == 0 {
		clear(codes)
		clear(sums)
		return scale
	}
	if whole > 0 {
		_, _ = codes[whole*blockCols-1], sums[(whole-1)/groupBlocks]
		s.encode(&codes[0], &sums[0], &x[0], first(col), inverse, whole, groupBlocks, int(zero))
	}
	if len(rest) > 0 {
		if whole%groupBlocks == 0 {
			sums[whole/groupBlocks] = 0
		}
		last := codes[whole*blockCols:]
		clear(last)
		for k := range rest {
			last[k] = encoded(scaled(rest, restCol, k), inverse)
			sums[whole/groupBlocks] += zero * int32(last[k])
		}
	}
	return scale
}

// first is the address of a slice's first element, which need not exist.
func first[T any](s []T) *T { return unsafe.SliceData(s) }

func (s *assembly) dot(turns int) int {
	s.turn(turns)
	return s.ops
}

func (s *assembly) narrowDot(turns int) int {
	if s.narrow == nil {
		return 0
	}
	s.narrow(turns)
	return s.ops / 2
}

func (s *assembly) read(p []byte, blocks int) {
	if blocks > 0 {
		_ = p[256*blocks-1]
		s.reads(&p[0], blocks)
	}
}
