package gemm

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/mmtui/mmtui/internal/isa"
)

func TestMicro(t *testing.T) {
	t.Parallel()
	for _, tier := range isa.Tiers() {
		m := NewMicro(tier)
		rng := rand.New(rand.NewPCG(5, 5))
		for _, rows := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 25} {
			for _, k := range []int{0, 1, 3, 4, 7, 16, 17, 130} {
				for _, n := range []int{m.Cols(), 1 + rng.IntN(m.Cols())} {
					if err := microCase(rng, m, rows, k, n); err != nil {
						t.Errorf("%s, %d rows, k %d, %d columns: %v", tier, rows, k, n, err)
					}
				}
			}
		}
	}
}

// microCase multiplies a [rows, k] by b [k, n], packed both ways.
func microCase(rng *rand.Rand, m Micro, rows, k, n int) error {
	lda, ldc := k+rng.IntN(4), m.Cols()+rng.IntN(4)
	a, before := normal(rng, rows*lda), normal(rng, rows*ldc)
	byRow, byCol := normal(rng, n*(k+3)), normal(rng, k*(n+2)) // b and its transpose, with gaps
	for j := range n {
		for kk := range k {
			byRow[j*(k+3)+kk] = byCol[kk*(n+2)+j]
		}
	}
	panels := [2][]float32{normal(rng, k*m.Cols()), normal(rng, k*m.Cols())}
	m.PackRows(panels[0], byRow, k+3, n, k)
	m.PackCols(panels[1], byCol, n+2, k, n)
	if err := same(panels[0], panels[1]); err != nil {
		return fmt.Errorf("the two packings differ: %w", err)
	}
	for _, add := range []bool{false, true} {
		got := append([]float32(nil), before...)
		m.Mul(got, ldc, a, lda, panels[0], rows, k, add)
		want := append([]float32(nil), before...)
		for i := range rows {
			for j := range m.Cols() {
				var s float32
				for kk := range k {
					var v float32
					if j < n {
						v = byCol[kk*(n+2)+j]
					}
					s = isa.FMA(a[i*lda+kk], v, s)
				}
				if add && k > 0 {
					s = before[i*ldc+j] + s
				} else if add {
					s = before[i*ldc+j]
				}
				want[i*ldc+j] = s
			}
		}
		if err := same(got, want); err != nil {
			return fmt.Errorf("add %v: %w", add, err)
		}
	}
	return nil
}
