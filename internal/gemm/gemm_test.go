package gemm

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/mmtui/mmtui/internal/isa"
	"github.com/mmtui/mmtui/internal/pool"
)

// specified is Linear written as the package's documentation says it.
func specified(x []float32, rows int, w Weights, bias []float32) []float32 {
	y := make([]float32, rows*w.Rows)
	row := make([]float32, w.Cols)
	for n := range w.Rows {
		w.Row(row, n)
		for m := range rows {
			xm := x[m*w.Cols:][:w.Cols]
			var s float32
			if rows <= FewRows {
				s = specifiedFew(xm, row)
			} else {
				s = specifiedMany(xm, row)
			}
			if bias != nil {
				s += bias[n]
			}
			y[m*w.Rows+n] = s
		}
	}
	return y
}

func specifiedFew(x, w []float32) float32 {
	var l [16]float32
	for k := range (len(x) + 15) / 16 * 16 {
		var a, b float32
		if k < len(x) {
			a, b = x[k], w[k]
		}
		l[k%16] = isa.FMA(a, b, l[k%16])
	}
	var q [4]float32
	for i := range q {
		q[i] = (l[i] + l[i+8]) + (l[i+4] + l[i+12])
	}
	return (q[0] + q[2]) + (q[1] + q[3])
}

func specifiedMany(x, w []float32) float32 {
	var sum float32
	for k := 0; k < len(x); k += Depth {
		var chain float32
		for i := k; i < min(k+Depth, len(x)); i++ {
			chain = isa.FMA(x[i], w[i], chain)
		}
		if k == 0 {
			sum = chain
		} else {
			sum += chain
		}
	}
	return sum
}

// random gives weights of a type and their bytes, at an odd address.
func random(rng *rand.Rand, t Type, rows, cols int) Weights {
	data := make([]byte, rows*cols*t.Bytes()+1)[1:]
	for i := range rows * cols {
		v := float32(rng.NormFloat64())
		switch t {
		case F32:
			binary.LittleEndian.PutUint32(data[4*i:], math.Float32bits(v))
		case BF16:
			binary.LittleEndian.PutUint16(data[2*i:], uint16(math.Float32bits(v)>>16))
		case F16: // random sign and mantissa, exponents from subnormal to 2
			binary.LittleEndian.PutUint16(data[2*i:], uint16(rng.Uint32())&0x83ff|uint16(rng.IntN(17))<<10)
		}
	}
	return Weights{data, t, rows, cols}
}

func normal(rng *rand.Rand, n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(rng.NormFloat64())
	}
	return out
}

// same compares to the bit; a NaN is like any other.
func same(got, want []float32) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d elements, want %d", len(got), len(want))
	}
	for i, v := range got {
		if math.Float32bits(v) != math.Float32bits(want[i]) && (v == v || want[i] == want[i]) {
			return fmt.Errorf("element %d is %v (%#x), want %v (%#x)", i, v, math.Float32bits(v), want[i], math.Float32bits(want[i]))
		}
	}
	return nil
}

var shapes = [][3]int{ // rows, outputs, columns
	{1, 1, 1}, {1, 3, 5}, {1, 4, 16}, {1, 7, 33}, {1, 70, 576}, {2, 9, 48}, {3, 5, 17}, {4, 66, 64}, {5, 6, 31}, {8, 37, 130},
	{9, 1, 1}, {9, 3, 2}, {9, 15, 15}, {9, 32, 16}, {10, 33, 257}, {11, 31, 255}, {12, 64, 256}, {13, 100, 300}, {17, 16, 588},
	{50, 40, 72}, {77, 129, 64}, {25, 47, 513}, {1, 600, 200}, {4, 300, 264},
	{0, 4, 4}, {3, 0, 4}, {3, 4, 0}, {12, 5, 0},
}

func TestSpecifiedOrder(t *testing.T) {
	t.Parallel()
	for _, tier := range isa.Tiers() {
		t.Run(tier.String(), func(t *testing.T) {
			t.Parallel()
			p := pool.New(3)
			defer p.Close()
			k := newKernels(p, tier)
			for i, s := range shapes {
				rng := rand.New(rand.NewPCG(1, uint64(i)))
				for _, kind := range []Type{F32, BF16, F16} {
					rows, w := s[0], random(rng, kind, s[1], s[2])
					x := normal(rng, rows*w.Cols)
					var bias []float32
					if rng.IntN(2) == 1 {
						bias = normal(rng, w.Rows)
					}
					y := normal(rng, rows*w.Rows) // what was there must not matter
					if err := k.Linear(context.Background(), y, x, rows, w, bias); err != nil {
						t.Fatal(err)
					}
					if err := same(y, specified(x, rows, w, bias)); err != nil {
						t.Errorf("%v of type %d, bias %v: %v", s, kind, bias != nil, err)
					}
				}
			}
		})
	}
}
