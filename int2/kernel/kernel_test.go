package kernel

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/internal/pool"
)

// forTiers runs a test with the kernels of every tier that this machine has.
func forTiers(t *testing.T, workers int, fn func(t *testing.T, k *Kernels)) {
	t.Parallel()
	for _, tier := range Tiers() {
		t.Run(string(tier), func(t *testing.T) {
			t.Parallel()
			p := pool.New(workers)
			defer p.Close()
			fn(t, newKernels(p, backendOf(tier)))
		})
	}
}

// specified are the kernels that the others are held against.
func specified(t *testing.T) *Kernels {
	p := pool.New(1)
	t.Cleanup(p.Close)
	return newKernels(p, portable{})
}

func scheme(bits int, grid int2.Grid, group int) int2.Scheme {
	return int2.Scheme{Bits: bits, Grid: grid, Group: group, Solver: int2.RTN}
}

// schemes are every width on every grid with these groups.
func schemes(groups ...int) (out []int2.Scheme) {
	for _, bits := range int2.BitWidths() {
		for _, grid := range int2.Grids() {
			for _, group := range groups {
				out = append(out, scheme(bits, grid, group))
			}
		}
	}
	return out
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
	for i, v := range got {
		if math.Float32bits(v) != math.Float32bits(want[i]) && (v == v || want[i] == want[i]) {
			return fmt.Errorf("element %d is %v (%#x), want %v (%#x)", i, v, math.Float32bits(v), want[i], math.Float32bits(want[i]))
		}
	}
	return nil
}

// both multiplies with k and with the portable kernels and compares.
func both(t *testing.T, k, want *Kernels, x []float32, rows int, w *Weights, bias []float32) error {
	t.Helper()
	a, b := make([]float32, rows*w.rows), make([]float32, rows*w.rows)
	for i := range a {
		a[i] = -77 // what was there must not matter
	}
	if err := k.Linear(t.Context(), a, x, rows, w, bias); err != nil {
		t.Fatal(err)
	}
	if err := want.Linear(t.Context(), b, x, rows, w, bias); err != nil {
		t.Fatal(err)
	}
	return same(a, b)
}

// Every width and grid, every way a shape can fail to fill tiles, blocks,
// groups, strips, panels and chunks.
func TestTiersAgree(t *testing.T) {
	forTiers(t, 2, func(t *testing.T, k *Kernels) {
		want := specified(t)
		rng := rand.New(rand.NewPCG(1, 2))
		for _, s := range schemes(16, 48, 64, 256, int2.PerChannel) {
			for range 5 {
				rows, outputs, cols := 1+rng.IntN(12), 1+rng.IntN(150), 1+rng.IntN(400)
				if rng.IntN(4) == 0 {
					rows, outputs = 13+rng.IntN(60), 1+rng.IntN(70)
				}
				if rng.IntN(3) == 0 {
					cols = (cols + 63) &^ 63
				}
				p := randomPacked(rng, s, outputs, cols)
				if rng.IntN(3) == 0 {
					p.Col = positive(rng, cols)
				}
				var bias []float32
				if rng.IntN(2) == 0 {
					bias = normal(rng, outputs)
				}
				if err := both(t, k, want, normal(rng, rows*cols), rows, Pack(p), bias); err != nil {
					t.Errorf("%s, %d rows by [%d, %d], col %v, bias %v: %v", s, rows, outputs, cols, p.Col != nil, bias != nil, err)
				}
			}
		}
	})
}

func positive(rng *rand.Rand, n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = rng.Float32() + 0.1
	}
	return out
}

// Every number of rows from 1 to 200, and of outputs and columns beside the
// sizes of strips and panels.
func TestEveryCount(t *testing.T) {
	forTiers(t, 2, func(t *testing.T, k *Kernels) {
		want := specified(t)
		rng := rand.New(rand.NewPCG(3, 4))
		w := Pack(randomPacked(rng, scheme(2, int2.Half, 64), 17, 80))
		for rows := range 201 {
			if err := both(t, k, want, normal(rng, rows*w.cols), rows, w, nil); err != nil {
				t.Errorf("%d rows: %v", rows, err)
			}
		}
		for _, rows := range []int{1, 2, 3, 40} {
			for outputs := range 140 {
				w := Pack(randomPacked(rng, scheme(2, int2.Half, 64), outputs, 16))
				if err := both(t, k, want, normal(rng, rows*w.cols), rows, w, nil); err != nil {
					t.Errorf("%d rows, %d outputs: %v", rows, outputs, err)
				}
			}
		}
		for _, cols := range []int{0, 1, 15, 767, 768, 769, 784, 832, 1536, 1600} {
			for _, s := range []int2.Scheme{scheme(2, int2.Half, 64), scheme(4, int2.Affine, 48), scheme(2, int2.Twos, int2.PerChannel)} {
				for _, rows := range []int{1, 30} {
					w := Pack(randomPacked(rng, s, 33, cols))
					if err := both(t, k, want, normal(rng, rows*cols), rows, w, normal(rng, 33)); err != nil {
						t.Errorf("%s, %d rows, %d columns: %v", s, rows, cols, err)
					}
				}
			}
		}
	})
}

// Codes, multipliers, offsets and activations at the ends of their ranges, and
// row scales that overflow and underflow.
func TestExtremes(t *testing.T) {
	forTiers(t, 1, func(t *testing.T, k *Kernels) {
		want := specified(t)
		rng := rand.New(rand.NewPCG(5, 6))
		for _, s := range schemes(64, 256) {
			for _, code := range []uint8{0, 255} {
				p := randomPacked(rng, s, 70, 300)
				for i := range p.Codes {
					p.Codes[i] = code
				}
				for i := range p.Mult {
					p.Mult[i] = []byte{0, 1, 127, 128, 255}[rng.IntN(5)]
				}
				for i := range p.Offset {
					p.Offset[i] = []int16{math.MinInt16, -1, 0, math.MaxInt16}[rng.IntN(4)]
				}
				for i := range p.RowScale {
					p.RowScale[i] = []float32{0, 1e-45, 1e-38, 1, 3e38, float32(math.Inf(1))}[rng.IntN(6)]
				}
				for _, rows := range []int{1, 5, 40} {
					x := make([]float32, rows*p.Cols)
					for i := range x {
						x[i] = []float32{1, 1, -1}[rng.IntN(3)] // codes of ±127
						if i/p.Cols%2 == 0 {
							x[i] = 1
						}
					}
					if err := both(t, k, want, x, rows, Pack(p), nil); err != nil {
						t.Errorf("%s, codes %d, %d rows: %v", s, code, rows, err)
					}
				}
			}
		}
	})
}

// Rows that are quantized in a way of their own, each beside ordinary ones.
func TestRowsApart(t *testing.T) {
	const cols = 83
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	forTiers(t, 1, func(t *testing.T, k *Kernels) {
		want := specified(t)
		rng := rand.New(rand.NewPCG(7, 8))
		p := randomPacked(rng, scheme(2, int2.Half, 64), 20, cols)
		for _, col := range [][]float32{nil, positive(rng, cols)} {
			p.Col = col
			for _, odd := range []float32{nan, -nan, inf, -inf, 0, float32(math.Copysign(0, -1)), 1e-45, -1e-45, 1e-38, 3.7e-37, math.MaxFloat32} {
				for _, at := range []int{0, 40, 79, 80, cols - 1} {
					x := normal(rng, 3*cols)
					if odd == 0 || odd > -1e-30 && odd < 1e-30 {
						clear(x[cols : 2*cols]) // the row's largest
					}
					x[cols+at] = odd
					if err := both(t, k, want, x, 3, Pack(p), nil); err != nil {
						t.Errorf("%v in column %d, col %v: %v", odd, at, col != nil, err)
					}
				}
			}
		}
	})
}

// A fault is not hidden, and harms no other row; a row of zeros gives the bias.
func TestFaultyRow(t *testing.T) {
	forTiers(t, 1, func(t *testing.T, k *Kernels) {
		rng := rand.New(rand.NewPCG(9, 9))
		w, bias := Pack(randomPacked(rng, scheme(2, int2.Half, 64), 20, 100)), normal(rng, 20)
		x, y := normal(rng, 300), make([]float32, 60)
		x[150] = float32(math.NaN())
		clear(x[200:])
		if err := k.Linear(t.Context(), y, x, 3, w, bias); err != nil {
			t.Fatal(err)
		}
		for n := range bias {
			if y[n] != y[n] || y[20+n] == y[20+n] || y[40+n] != bias[n] {
				t.Errorf("output %d: %v, %v, %v; want a number, NaN, %v", n, y[n], y[20+n], y[40+n], bias[n])
			}
		}
	})
}

// A product of no columns is the bias, one of no rows nothing.
func TestNothing(t *testing.T) {
	forTiers(t, 2, func(t *testing.T, k *Kernels) {
		rng := rand.New(rand.NewPCG(1, 1))
		w, bias := Pack(randomPacked(rng, scheme(2, int2.Half, 64), 3, 0)), []float32{1, 2, 3}
		y := make([]float32, 6)
		if err := k.Linear(t.Context(), y, nil, 2, w, bias); err != nil || same(y, append(bias, bias...)) != nil {
			t.Errorf("no columns: %v, %v", y, err)
		}
		if err := k.Linear(t.Context(), nil, nil, 0, w, nil); err != nil {
			t.Error(err)
		}
		if err := k.Linears(t.Context(), nil, 1, nil); err != nil {
			t.Error(err)
		}
	})
}

func TestErrors(t *testing.T) {
	t.Parallel()
	k := specified(t)
	rng := rand.New(rand.NewPCG(1, 1))
	w, other := Pack(randomPacked(rng, scheme(2, int2.Half, 64), 3, 20)), Pack(randomPacked(rng, scheme(2, int2.Half, 64), 3, 21))
	x, y := make([]float32, 42), make([]float32, 6)
	for name, err := range map[string]error{
		"x":      k.Linear(t.Context(), y, x[:39], 2, w, nil),
		"y":      k.Linear(t.Context(), y[:5], x, 2, w, nil),
		"bias":   k.Linear(t.Context(), y, x, 2, w, x[:2]),
		"rows":   k.Linear(t.Context(), y, x, -1, w, nil),
		"widths": k.Linears(t.Context(), x, 2, []Product{{y, w, nil}, {y, other, nil}}),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, rows := range []int{0, 1, 2} {
		if err := k.Linear(ctx, y, x, rows, w, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("%d rows after the end: %v", rows, err)
		}
	}
}
