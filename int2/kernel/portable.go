package kernel

import "math"

// backend is one tier's kernels. All give the bits of portable.
type backend interface {
	// quantize fills codes [16·blocks] of a row of activations, zeros beyond
	// len(x), and the sums of groups of so many blocks; col may be nil. It
	// returns the row's scale.
	quantize(codes []int8, sums []int32, x, col []float32, groupBlocks int) float32
	// product fills the outputs of some strips for some rows.
	product(s *scratch, p *part, x *activations, strips, rows span)
}

// span is lo up to hi.
type span struct{ lo, hi int }

// scratch is the memory of one worker.
type scratch struct {
	panel []byte
	sums  []int32
}

// activations are quantized rows.
type activations struct {
	rows, blocks, groups int
	codes                []int8    // [rows, 16·blocks]
	sums                 []int32   // [rows, groups]
	scale                []float32 // [rows]
}

// portable is the specification.
type portable struct{}

func (portable) quantize(codes []int8, sums []int32, x, col []float32, groupBlocks int) float32 {
	clear(codes)
	clear(sums)
	value := func(k int) float32 {
		if col != nil {
			return float32(x[k] * col[k])
		}
		return x[k]
	}
	var top float32
	for k := range x {
		v := value(k)
		if v != v || math.IsInf(float64(v), 0) {
			return float32(math.NaN())
		}
		top = max(top, v, -v)
	}
	inverse := 127 / top
	if math.IsInf(float64(inverse), 0) {
		return 0
	}
	for k := range x {
		codes[k] = int8(math.RoundToEven(float64(float32(value(k) * inverse))))
		sums[k/(groupBlocks*blockCols)] += int32(codes[k])
	}
	return top / 127
}

func (portable) product(s *scratch, p *part, x *activations, strips, rows span) {
	w := p.Weights
	mask := byte(1<<w.bits - 1)
	per := w.groupBlocks * blockCols
	for n := strips.lo * stripMost * tileRows; n < min(strips.hi*stripMost*tileRows, w.rows); n++ {
		for m := rows.lo; m < rows.hi; m++ {
			codes := x.codes[m*blockCols*x.blocks:]
			var acc int32
			for g := range w.groups {
				var dot int32
				for k := g * per; k < min((g+1)*per, w.cols); k++ {
					at, shift := w.place(n, k)
					dot += int32(w.codes[at]>>shift&mask) * int32(codes[k])
				}
				u, v := w.factors(n, g)
				acc += 2*u*dot + v*x.sums[m*x.groups+g]
			}
			y := float32(float32(acc) * float32(x.scale[m]*w.half[n]))
			if p.Bias != nil {
				y += p.Bias[n]
			}
			p.Y[m*w.rows+n] = y
		}
	}
}
