package kernel

import (
	"encoding/binary"
	"math"
)

// portable is the specification.
type portable struct{}

// scaled is element k as it is quantized.
func scaled(x, col []float32, k int) float32 {
	if col != nil {
		return float32(x[k] * col[k])
	}
	return x[k]
}

// scales are a row's scale and what its elements are multiplied by for their
// codes, for the largest magnitude; inverse is 0 where all codes are.
func scales(top float32) (scale, inverse float32) {
	if !(top <= math.MaxFloat32) {
		return float32(math.NaN()), 0
	}
	inverse = 127 / top
	if inverse > math.MaxFloat32 {
		return 0, 0
	}
	return top / 127, inverse
}

func encoded(x, inverse float32) int8 {
	return int8(math.RoundToEven(float64(float32(x * inverse))))
}

func (portable) quantize(codes []int8, sums []int32, x, col []float32, groupBlocks int, zero int32) float32 {
	clear(codes)
	clear(sums)
	var top float32
	for k := range x {
		v := scaled(x, col, k)
		top = max(top, v, -v) // a NaN stays
	}
	scale, inverse := scales(top)
	if inverse == 0 {
		return scale
	}
	for k := range x {
		codes[k] = encoded(scaled(x, col, k), inverse)
		sums[k/(groupBlocks*blockCols)] += zero * int32(codes[k])
	}
	return scale
}

func (portable) product(s *scratch, p *part, x *activations, strips, rows span) {
	w := p.Weights
	s.panel = grown(s.panel, w.cols)
	for n := strips.lo * stripMost * tileRows; n < min(strips.hi*stripMost*tileRows, w.rows); n++ {
		w.codesRow(s.panel, n)
		for m := rows.lo; m < rows.hi; m++ {
			acc := w.sum(s.panel, x.codes[m*blockCols*x.blocks:], x.sums[m*x.groups:], n)
			y := float32(float32(acc) * float32(x.scale[m]*w.half[n]))
			if p.Bias != nil {
				y += p.Bias[n]
			}
			p.Y[m*w.rows+n] = y
		}
	}
}

// sum is the integer product of the codes of row n and of a row of activations.
func (w *Weights) sum(codes []byte, x []int8, sums []int32, n int) (acc int32) {
	per := w.groupBlocks * blockCols
	for g := range w.groups {
		lo, hi := g*per, min((g+1)*per, w.cols)
		activations := x[lo:hi]
		var dot int32
		for k, c := range codes[lo:hi] {
			dot += int32(c) * int32(activations[k])
		}
		u, v := w.factors(n, g)
		if w.offset == nil {
			v = u // the sum has the rest
		}
		acc += 2*u*dot + v*sums[g]
	}
	return acc
}

func (portable) fewRows() int { return 1 << 30 }

// dot is a loop that the compiler keeps, for it does not look whether a result
// is of use.
func (portable) dot(turns int) (ops int) {
	codes, x := [16]uint8{1, 2, 3}, [16]int8{1, -2, 3}
	var sum int32
	for range turns {
		for i, c := range codes {
			sum += int32(c) * int32(x[i])
		}
		x[0] = int8(sum)
	}
	return 2 * len(codes)
}

func (portable) narrowDot(int) int { return 0 }

func (portable) read(p []byte, blocks int) {
	var sum [4]uint64 // stays on the stack; the reads stay, for they may fault
	for p = p[:256*blocks]; len(p) >= 32; p = p[32:] {
		for i := range sum {
			sum[i] |= binary.LittleEndian.Uint64(p[8*i:])
		}
	}
}
