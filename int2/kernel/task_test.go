package kernel

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/internal/pool"
)

// mixed are products of one input whose activations differ in group, zero
// point and scale per input channel, two of them in nothing.
func mixed(rng *rand.Rand, rows int) (x []float32, products []Product) {
	const cols = 200
	col := positive(rng, cols)
	for i, c := range []struct {
		s       int2.Scheme
		outputs int
		col     []float32
	}{
		{scheme(2, int2.Half, 64), 130, nil}, {scheme(2, int2.Half, 64), 64, nil}, {scheme(4, int2.Half, 64), 40, nil},
		{scheme(2, int2.Half, 16), 20, nil}, {scheme(2, int2.Affine, 64), 90, col}, {scheme(3, int2.Affine, 64), 33, col},
		{scheme(2, int2.Affine, 64), 1, positive(rng, cols)}, {scheme(8, int2.Twos, 64), 50, nil}, {scheme(2, int2.Half, 64), 0, nil},
	} {
		p := randomPacked(rng, c.s, c.outputs, cols)
		p.Col = c.col
		products = append(products, Product{make([]float32, rows*c.outputs), Pack(p), nil})
		if i%2 == 0 {
			products[i].Bias = normal(rng, c.outputs)
		}
	}
	return normal(rng, rows*cols), products
}

// Several products of one input are what each is alone.
func TestLinears(t *testing.T) {
	forTiers(t, 3, func(t *testing.T, k *Kernels) {
		alone := specified(t)
		rng := rand.New(rand.NewPCG(21, 22))
		for _, rows := range []int{1, 4, 30, 150} {
			x, products := mixed(rng, rows)
			for range 2 { // the second time with memory that was in use
				if err := k.Linears(t.Context(), x, rows, products); err != nil {
					t.Fatal(err)
				}
				for i, p := range products {
					want := make([]float32, len(p.Y))
					if err := alone.Linear(t.Context(), want, x, rows, p.Weights, p.Bias); err != nil {
						t.Fatal(err)
					}
					if err := same(p.Y, want); err != nil {
						t.Errorf("%d rows, product %d: %v", rows, i, err)
					}
				}
				slices.Reverse(products)
			}
		}
		if kinds := k.task.inputs.made; kinds != 6 {
			t.Errorf("the input was quantized %d times, want 6", kinds)
		}
	})
}

// Big enough for several chunks of few rows and of many.
func TestChunks(t *testing.T) {
	forTiers(t, 4, func(t *testing.T, k *Kernels) {
		one := pool.New(1)
		defer one.Close()
		alone := newKernels(one, k.backend)
		rng := rand.New(rand.NewPCG(23, 24))
		w := Pack(randomPacked(rng, scheme(2, int2.Half, 64), 1700, 600))
		for _, rows := range []int{1, 3, 20, 110} {
			if k.backend == (portable{}) && rows > 3 {
				continue
			}
			if err := both(t, k, alone, normal(rng, rows*w.cols), rows, w, normal(rng, w.rows)); err != nil {
				t.Errorf("%d rows: %v", rows, err)
			}
			if k.task.chunks*k.task.bands < 2 {
				t.Errorf("%d rows: %d chunks", rows, k.task.chunks*k.task.bands)
			}
		}
	})
}

// After the end of its context a run begins no further chunk.
func TestCancel(t *testing.T) {
	forTiers(t, 2, func(t *testing.T, k *Kernels) {
		rng := rand.New(rand.NewPCG(25, 26))
		x, products := mixed(rng, 40)
		ctx, cancel := context.WithCancel(t.Context())
		b := &cancelling{backend: k.backend, cancel: cancel}
		k.backend = b
		if err := k.Linears(ctx, x, 40, products); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
		if err := k.Linears(ctx, x, 40, products); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
		k.backend = b.backend
		if err := k.Linears(t.Context(), x, 40, products); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// cancelling ends its context within a product.
type cancelling struct {
	backend
	cancel context.CancelFunc
}

func (b *cancelling) product(s *scratch, p *part, x *activations, strips, rows span) {
	b.cancel()
	b.backend.product(s, p, x, strips, rows)
}

func TestNoAllocation(t *testing.T) {
	for _, tier := range Tiers() {
		p := pool.New(2)
		k := newKernels(p, backendOf(tier))
		rng := rand.New(rand.NewPCG(27, 28))
		for _, rows := range []int{1, 40} {
			x, products := mixed(rng, rows)
			if n := testing.AllocsPerRun(5, func() {
				if err := k.Linears(t.Context(), x, rows, products); err != nil {
					t.Fatal(err)
				}
			}); n != 0 {
				t.Errorf("%s: %v allocations a call with %d rows", tier, n, rows)
			}
		}
		p.Close()
	}
}

// Nothing of the caller's is held on to after a call.
func TestLetsGo(t *testing.T) {
	forTiers(t, 2, func(t *testing.T, k *Kernels) {
		rng := rand.New(rand.NewPCG(29, 30))
		freed := make(chan struct{}, 2)
		func() {
			w := Pack(randomPacked(rng, scheme(2, int2.Affine, 64), 70, 100))
			x, y := normal(rng, 100), make([]float32, 70)
			for _, s := range []*float32{&x[0], &y[0]} {
				runtime.AddCleanup(s, func(int) { freed <- struct{}{} }, 0)
			}
			if err := k.Linear(t.Context(), y, x, 1, w, nil); err != nil {
				t.Error(err)
			}
		}()
		for range 2 {
			runtime.GC()
		}
		for range 2 {
			<-freed // or the test times out
		}
		runtime.KeepAlive(k)
	})
}

// However the work is cut into strips and bands.
func TestCutDoesNotMatter(t *testing.T) {
	forTiers(t, 1, func(t *testing.T, k *Kernels) {
		want := specified(t)
		rng := rand.New(rand.NewPCG(31, 32))
		for _, s := range []int2.Scheme{scheme(2, int2.Half, 64), scheme(4, int2.Affine, 64)} {
			p := randomPacked(rng, s, 300, 130)
			for _, rows := range []int{1, 7, 60} {
				x, y := normal(rng, rows*p.Cols), make([]float32, rows*p.Rows)
				expected := make([]float32, len(y))
				w := Pack(p)
				if err := want.Linear(t.Context(), expected, x, rows, w, nil); err != nil {
					t.Fatal(err)
				}
				in := &k.task.inputs
				if err := in.quantize(t.Context(), k.pool, k.backend, x, rows, []Product{{y, w, nil}}); err != nil {
					t.Fatal(err)
				}
				part := &part{Product: Product{y, w, nil}}
				var sc scratch
				for strips := range cuts(rng, w.strips()) {
					for band := range cuts(rng, rows) {
						k.backend.product(&sc, part, in.of(0), strips, band)
					}
				}
				if err := same(y, expected); err != nil {
					t.Errorf("%s, %d rows: %v", s, rows, err)
				}
			}
		}
	})
}

// cuts are spans of random sizes that make up n.
func cuts(rng *rand.Rand, n int) func(yield func(span) bool) {
	return func(yield func(span) bool) {
		for at := 0; at < n; {
			end := min(at+1+rng.IntN(n), n)
			if !yield(span{at, end}) {
				return
			}
			at = end
		}
	}
}
