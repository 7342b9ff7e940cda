package gemm

import (
	"math/rand/v2"
	"testing"

	"github.com/mmtui/mmtui/internal/pool"
)

// Products of one input have the bits that each has alone, whatever their
// sizes: a chunk must not begin in one matrix and end in another.
func TestLinearsAreLinear(t *testing.T) {
	forTiers(t, 2, func(t *testing.T, k *Kernels) {
		rng := rand.New(rand.NewPCG(5, 6))
		for _, rows := range []int{1, 3, 12, 13, 70} {
			for _, cols := range []int{0, 33, 256, 576} {
				for _, outputs := range [][]int{{40}, {576, 192, 192}, {7, 300, 1}, {0, 64, 0, 3}, {1, 1, 900}} {
					x := normal(rng, rows*cols)
					var products []Product
					var want [][]float32
					for i, n := range outputs {
						w := random(rng, Type(i%3), n, cols)
						var bias []float32
						if i%2 == 0 {
							bias = normal(rng, n)
						}
						products = append(products, Product{make([]float32, rows*n), w, bias})
						alone := make([]float32, rows*n)
						if err := k.Linear(t.Context(), alone, x, rows, w, bias); err != nil {
							t.Fatal(err)
						}
						want = append(want, alone)
					}
					if err := k.Linears(t.Context(), x, rows, products); err != nil {
						t.Fatal(err)
					}
					for i := range products {
						if err := same(products[i].Y, want[i]); err != nil {
							t.Errorf("%d rows, part %d of outputs %v, %d columns: %v", rows, i, outputs, cols, err)
						}
					}
				}
			}
		}
	})
}

func TestLinearsRefuseTwoWidths(t *testing.T) {
	p := pool.New(1)
	defer p.Close()
	ps := []Product{
		{make([]float32, 4), Weights{make([]byte, 64), F32, 4, 4}, nil},
		{make([]float32, 4), Weights{make([]byte, 32), F32, 4, 2}, nil},
	}
	if err := New(p).Linears(t.Context(), make([]float32, 4), 1, ps); err == nil {
		t.Error("two widths of one input were taken")
	}
}
