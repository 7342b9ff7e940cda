package gemm

import (
	"math/rand/v2"
	"testing"

	"github.com/mmtui/mmtui/internal/isa"
	"github.com/mmtui/mmtui/internal/pool"
)

// FuzzLinear tries shapes: every tier must give what the specification says.
func FuzzLinear(f *testing.F) {
	f.Add(uint8(1), uint8(64), uint16(48), uint8(BF16), uint64(1))
	f.Add(uint8(FewRows), uint8(3), uint16(31), uint8(F16), uint64(2))
	f.Add(uint8(FewRows+1), uint8(65), uint16(257), uint8(F32), uint64(3))
	f.Add(uint8(30), uint8(5), uint16(0), uint8(F32), uint64(4))
	p := pool.New(2)
	f.Cleanup(p.Close)
	f.Fuzz(func(t *testing.T, rows, outputs uint8, cols uint16, kind uint8, seed uint64) {
		rng := rand.New(rand.NewPCG(seed, 0))
		m := int(rows % 64)
		w := random(rng, Type(kind%3), int(outputs), int(cols%600))
		x := normal(rng, m*w.Cols)
		var bias []float32
		if seed%2 == 1 {
			bias = normal(rng, w.Rows)
		}
		want := specified(x, m, w, bias)
		for _, tier := range isa.Tiers() {
			y := normal(rng, m*w.Rows)
			if err := newKernels(p, tier).Linear(t.Context(), y, x, m, w, bias); err != nil {
				t.Fatal(err)
			}
			if err := same(y, want); err != nil {
				t.Errorf("%s, %d rows by type %d [%d, %d]: %v", tier, m, w.Type, w.Rows, w.Cols, err)
			}
		}
	})
}
