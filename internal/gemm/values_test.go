package gemm

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/internal/isa"
	"github.com/mmtui/mmtui/internal/pool"
)

// forTiers runs a test with the kernels of every tier that this machine has.
func forTiers(t *testing.T, workers int, fn func(t *testing.T, k *Kernels)) {
	t.Parallel()
	for _, tier := range isa.Tiers() {
		t.Run(tier.String(), func(t *testing.T) {
			t.Parallel()
			p := pool.New(workers)
			defer p.Close()
			fn(t, newKernels(p, tier))
		})
	}
}

// However the work is cut, bands and strips of one tile included.
func TestCutDoesNotMatter(t *testing.T) {
	forTiers(t, 2, func(t *testing.T, k *Kernels) {
		rng := rand.New(rand.NewPCG(3, 3))
		for _, s := range [][3]int{{FewRows, 90, 70}, {FewRows + 1, 200, 40}, {150, 70, 40}, {60, 33, 270}} {
			w, x := random(rng, BF16, s[1], s[2]), normal(rng, s[0]*s[2])
			bias := normal(rng, s[1])
			want := specified(x, s[0], w, bias)
			for _, chunk := range []int{1, 1 << 14, 1 << 30} {
				k.few.shape.chunk, k.many.shape.chunk = chunk, chunk
				got := make([]float32, len(want))
				if err := k.Linear(t.Context(), got, x, s[0], w, bias); err != nil {
					t.Fatal(err)
				}
				if err := same(got, want); err != nil {
					t.Errorf("%v in chunks of %d: %v", s, chunk, err)
				}
			}
		}
	})
}

// Every 16-bit weight there is, against 1 and 0, on both ways.
func TestEveryWeight(t *testing.T) {
	forTiers(t, 1, func(t *testing.T, k *Kernels) {
		const cols = 32
		data := make([]byte, 2<<16)
		for i := range 1 << 16 {
			binary.LittleEndian.PutUint16(data[2*i:], uint16(i))
		}
		for _, kind := range []Type{BF16, F16} {
			w := Weights{data, kind, 1 << 16 / cols, cols}
			row := make([]float32, cols)
			for _, rows := range []int{FewRows, cols} {
				// Row m of x picks column m, or in fewer rows every third; a NaN
				// or an infinity elsewhere in the row of weights spoils the sum.
				x, y := make([]float32, rows*cols), make([]float32, rows*w.Rows)
				for m := range rows {
					x[m*cols+m*(cols/rows)] = 1
				}
				if err := k.Linear(t.Context(), y, x, rows, w, nil); err != nil {
					t.Fatal(err)
				}
				for n := range w.Rows {
					w.Row(row, n)
					var spoilt float32
					for _, v := range row {
						spoilt += v * 0
					}
					for m := range rows {
						want := row[m*(cols/rows)] + spoilt
						if spoilt != 0 {
							want = float32(math.NaN())
						}
						if got := y[m*w.Rows+n]; got != want && (got == got || want == want) {
							t.Fatalf("type %d, %d rows, weight %#x: %v, want %v", kind, rows, n*cols+m*(cols/rows), got, want)
						}
					}
				}
			}
		}
	})
}

// halves are known pairs of binary16 and float32.
func TestHalf(t *testing.T) {
	t.Parallel()
	for h, want := range map[uint16]uint32{
		0x0000: 0, 0x8000: 0x80000000, 0x3c00: 0x3f800000, 0xc000: 0xc0000000, 0x7bff: 0x477fe000, 0x0400: 0x38800000,
		0x0001: 0x33800000, 0x03ff: 0x387fc000, 0x8001: 0xb3800000, 0x7c00: 0x7f800000, 0xfc00: 0xff800000,
		0x7e00: 0x7fc00000, 0x7c01: 0x7fc02000, 0x3555: 0x3eaaa000,
	} {
		if got := math.Float32bits(halfToFloat(h)); got != want {
			t.Errorf("%#x is %#x, want %#x", h, got, want)
		}
	}
}

// The error of a sum of n products in float32 is below n·2⁻²⁴·Σ|x·w| (Higham,
// "Accuracy and Stability of Numerical Algorithms", 3.1), whatever its order.
func TestAgainstFloat64(t *testing.T) {
	forTiers(t, 2, func(t *testing.T, k *Kernels) {
		rng := rand.New(rand.NewPCG(7, 7))
		for _, rows := range []int{1, 3, 8, 20, 40} {
			for _, kind := range []Type{F32, BF16, F16} {
				w := random(rng, kind, 45, 300)
				x, bias := normal(rng, rows*w.Cols), normal(rng, w.Rows)
				y, row := make([]float32, rows*w.Rows), make([]float32, w.Cols)
				if err := k.Linear(t.Context(), y, x, rows, w, bias); err != nil {
					t.Fatal(err)
				}
				for n := range w.Rows {
					w.Row(row, n)
					for m := range rows {
						sum, size := float64(bias[n]), math.Abs(float64(bias[n]))
						for i, v := range row {
							p := float64(v) * float64(x[m*w.Cols+i])
							sum, size = sum+p, size+math.Abs(p)
						}
						if d := math.Abs(float64(y[m*w.Rows+n]) - sum); d > float64(w.Cols)/(1<<24)*size {
							t.Fatalf("%d rows, type %d: output (%d, %d) is %v, want %v within %v", rows, kind, m, n, y[m*w.Rows+n], sum, d)
						}
					}
				}
			}
		}
	})
}

// Values at the ends of the range: overflow, subnormal products, NaN.
func TestExtremeValues(t *testing.T) {
	forTiers(t, 1, func(t *testing.T, k *Kernels) {
		rng := rand.New(rand.NewPCG(8, 8))
		for round := range 20 {
			rows := []int{2, FewRows + 3}[round%2]
			w := random(rng, F32, 40, 35)
			x := normal(rng, rows*w.Cols)
			for i := range w.Rows * w.Cols {
				v := float32(math.Ldexp(rng.NormFloat64(), rng.IntN(276)-149))
				if rng.IntN(400) == 0 {
					v = float32([]float64{math.Inf(1), math.Inf(-1), math.NaN()}[rng.IntN(3)])
				}
				binary.LittleEndian.PutUint32(w.Data[4*i:], math.Float32bits(v))
			}
			for i := range x {
				x[i] = float32(math.Ldexp(rng.NormFloat64(), rng.IntN(250)-149))
			}
			y := make([]float32, rows*w.Rows)
			if err := k.Linear(t.Context(), y, x, rows, w, nil); err != nil {
				t.Fatal(err)
			}
			if err := same(y, specified(x, rows, w, nil)); err != nil {
				t.Errorf("round %d: %v", round, err)
			}
		}
	})
}

func TestShapesThatDoNotFit(t *testing.T) {
	t.Parallel()
	p := pool.New(1)
	defer p.Close()
	k := New(p)
	f := func(n int) []float32 { return make([]float32, n) }
	good := Weights{make([]byte, 4*3*5), F32, 3, 5}
	for _, c := range []struct {
		y, x []float32
		rows int
		w    Weights
		bias []float32
		want string
	}{
		{f(5), f(10), 2, good, nil, "output"},
		{f(6), f(9), 2, good, nil, "input"},
		{f(6), f(10), 2, Weights{good.Data[1:], F32, 3, 5}, nil, "weight bytes"},
		{f(6), f(10), 2, good, f(2), "bias"},
		{f(6), f(10), 2, good, []float32{}, "bias"},
		{f(6), f(10), -1, good, nil, "no such shape"},
		{f(6), f(10), 2, Weights{good.Data, F32, -3, 5}, nil, "no such shape"},
		{f(6), f(10), 2, Weights{good.Data, F16 + 1, 3, 5}, nil, "no such shape"},
		{f(6), f(10), math.MaxInt, good, nil, "input"},
		{f(6), f(10), 2, Weights{good.Data, F32, math.MaxInt / 2, 5}, nil, "output"},
	} {
		if err := k.Linear(t.Context(), c.y, c.x, c.rows, c.w, c.bias); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d rows by [%d, %d]: error %v, want one about %q", c.rows, c.w.Rows, c.w.Cols, err, c.want)
		}
	}
}

func TestCancelled(t *testing.T) {
	forTiers(t, 2, func(t *testing.T, k *Kernels) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		w := Weights{make([]byte, 2*64*64), BF16, 64, 64}
		for _, rows := range []int{0, 1, 40} {
			y := make([]float32, rows*64)
			if err := k.Linear(ctx, y, y, rows, w, nil); !errors.Is(err, context.Canceled) {
				t.Errorf("%d rows: %v", rows, err)
			}
		}
	})
}

func TestLinearDoesNotAllocate(t *testing.T) {
	p := pool.New(2)
	defer p.Close()
	for _, tier := range isa.Tiers() {
		k := newKernels(p, tier)
		for _, s := range [][3]int{{1, 70, 64}, {1, 70, 50}, {3, 64, 64}, {50, 70, 50}, {40, 64, 64}} {
			w := Weights{make([]byte, 2*s[1]*s[2]), F16, s[1], s[2]}
			x, y, bias := make([]float32, s[0]*s[2]), make([]float32, s[0]*s[1]), make([]float32, s[1])
			call := func() {
				if err := k.Linear(t.Context(), y, x, s[0], w, bias); err != nil {
					t.Fatal(err)
				}
			}
			call()
			if n := testing.AllocsPerRun(20, call); n != 0 {
				t.Errorf("%s, %v: %v allocations a call", tier, s, n)
			}
		}
	}
}
