package attention

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/mmtui/mmtui/internal/isa"
)

// Sequences that go together have the bits that each has alone.
func TestSequencesAreApart(t *testing.T) {
	forSizes := []size{
		{1, 40, 6, 3, 32, false, true}, {50, 50, 4, 4, 64, false, false}, {40, 40, 2, 2, 24, true, true},
		{1, 300, 9, 3, 64, true, false}, {33, 70, 3, 1, 80, true, true}, {1, 5, 2, 2, 5, false, false},
	}
	for i, s := range forSizes {
		for _, n := range []int{1, 2, 5} {
			r := rand.New(rand.NewPCG(uint64(i), uint64(n)))
			var alone []*Args
			together := s.make(r, 1)
			together.Sequences = n
			together.Q, together.K, together.V, together.Out, together.Mask = nil, nil, nil, nil, nil
			for range n {
				one := s.make(r, 1)
				attend(t, isa.Current(), 2, one)
				alone = append(alone, one)
				together.Q = append(together.Q, whole(one.Q, s.queries*one.QStride)...)
				together.K = append(together.K, whole(one.K, s.keys*one.KStride)...)
				together.V = append(together.V, whole(one.V, s.keys*one.VStride)...)
				together.Mask = append(together.Mask, one.Mask...)
			}
			together.Out = make([]float32, n*s.queries*together.OutStride)
			attend(t, isa.Current(), 2, together)
			for j, one := range alone {
				for q := range s.queries {
					width := s.heads * s.dim
					expectSame(t, fmt.Sprintf("%+v, sequence %d of %d, query %d", s, j, n, q),
						together.Out[(j*s.queries+q)*together.OutStride:][:width], one.Out[q*one.OutStride:][:width])
				}
			}
		}
	}
}

// whole is b with its last row filled up.
func whole(b []float32, n int) []float32 {
	return append(append([]float32(nil), b...), make([]float32, n-len(b))...)
}
