package kernel

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/mmtui/mmtui/int2"
)

// The result is that of the dequantized weights and the quantized activations
// in float64, within the rounding of the few operations that are float32.
func TestAgainstFloat64(t *testing.T) {
	t.Parallel()
	k := specified(t)
	rng := rand.New(rand.NewPCG(11, 12))
	for _, s := range schemes(16, 64, int2.PerChannel) {
		const rows, outputs, cols = 3, 21, 150
		p := randomPacked(rng, s, outputs, cols)
		if s.Grid == int2.Affine {
			p.Col = positive(rng, cols)
		}
		x, bias, y := normal(rng, rows*cols), normal(rng, outputs), make([]float32, rows*outputs)
		if err := k.Linear(t.Context(), y, x, rows, Pack(p), bias); err != nil {
			t.Fatal(err)
		}
		weights := make([]float32, cols)
		for m := range rows {
			xs := quantized(x[m*cols:][:cols], p.Col)
			for n := range outputs {
				p.DequantizeRow(weights, n)
				var want, size float64
				for i, v := range weights {
					w := float64(v)
					if p.Col != nil {
						w /= float64(p.Col[i]) // it is in the activations
					}
					want += w * xs[i]
					size += math.Abs(w * xs[i])
				}
				want += float64(bias[n])
				if got := float64(y[m*outputs+n]); math.Abs(got-want) > (size+math.Abs(want))/(1<<21) {
					t.Errorf("%s: output [%d, %d] is %v, want %v", s, m, n, got, want)
				}
			}
		}
	}
}

// quantized are the values that the codes of a row stand for.
func quantized(x, col []float32) []float64 {
	values := make([]float64, len(x))
	var top float64
	for k, v := range x {
		if col != nil {
			v *= col[k]
		}
		values[k] = float64(v)
		top = max(top, math.Abs(values[k]))
	}
	for k, v := range values {
		values[k] = math.RoundToEven(v*127/top) * top / 127
	}
	return values
}

// The activations' error is at most half a step.
func TestQuantizeIsNearest(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(13, 14))
	for _, tier := range Tiers() {
		for _, cols := range []int{1, 16, 100, 576} {
			x, blocks := normal(rng, cols), (cols+15)/16
			codes, sums := make([]int8, 16*blocks), make([]int32, (blocks+3)/4)
			codes[len(codes)-1] = 99
			scale := backendOf(tier).quantize(codes, sums, x, nil, 4, -3)
			want := make([]int32, len(sums))
			for k, c := range codes {
				want[k/64] -= 3 * int32(c)
				if k >= cols {
					if c != 0 {
						t.Errorf("%s, %d columns: code %d beyond them is %d", tier, cols, k, c)
					}
				} else if d := math.Abs(float64(x[k]) - float64(c)*float64(scale)); d > float64(scale)*0.50001 {
					t.Errorf("%s: %v has code %d of scale %v", tier, x[k], c, scale)
				}
			}
			for g := range want {
				if sums[g] != want[g] {
					t.Errorf("%s, %d columns, group %d: sum %d, want %d", tier, cols, g, sums[g], want[g])
				}
			}
		}
	}
}

// A looked-up row is the dequantized one, to the bit.
func TestRow(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(15, 16))
	for _, s := range schemes(16, 64, int2.PerChannel) {
		for _, cols := range []int{1, 64, 150} {
			p := randomPacked(rng, s, 37, cols)
			if cols == 64 {
				p.Col = positive(rng, cols)
			}
			w := Pack(p)
			got, want := make([]float32, cols), make([]float32, cols)
			for r := range p.Rows {
				w.Row(got, r)
				p.DequantizeRow(want, r)
				if err := same(got, want); err != nil {
					t.Errorf("%s, %d columns, row %d: %v", s, cols, r, err)
				}
			}
			if rows, c := w.Dims(); rows != p.Rows || c != cols || w.Scheme() != s {
				t.Errorf("[%d, %d] %s, want [%d, %d] %s", rows, c, w.Scheme(), p.Rows, cols, s)
			}
		}
	}
}

// What quantize writes passes through Pack and comes out of a product.
func TestQuantizedMatrix(t *testing.T) {
	t.Parallel()
	k := specified(t)
	rng := rand.New(rand.NewPCG(17, 18))
	m := &int2.Dense{Rows: 9, Cols: 130, Data: normal(rng, 9*130)}
	for _, s := range schemes(64) {
		res, err := int2.Quantize(t.Context(), m, s, int2.Options{Keep: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Packed.Validate(); err != nil {
			t.Fatal(err)
		}
		w := Pack(res.Packed)
		// One column at a time: the activation 127 has the scale 1.
		x, y, row := make([]float32, m.Cols), make([]float32, m.Rows), make([]float32, m.Cols)
		for c := range m.Cols {
			clear(x)
			x[c] = 127
			if err := k.Linear(t.Context(), y, x, 1, w, nil); err != nil {
				t.Fatal(err)
			}
			for n := range y {
				res.Packed.DequantizeRow(row, n)
				if want := 127 * float64(row[c]); math.Abs(float64(y[n])-want) > math.Abs(want)/(1<<21) {
					t.Errorf("%s: weight [%d, %d] gave %v, want %v", s, n, c, y[n], want)
				}
			}
		}
	}
}
