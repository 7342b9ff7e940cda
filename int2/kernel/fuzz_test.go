package kernel

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/mmtui/mmtui/int2"
)

// FuzzLinear feeds any activations and any valid matrix to every tier.
func FuzzLinear(f *testing.F) {
	f.Add(uint64(1), uint8(0), uint8(3), uint8(40), uint8(70), []byte{0, 0, 0x80, 0x7f, 1, 0, 0, 0})
	f.Add(uint64(2), uint8(7), uint8(30), uint8(17), uint8(16), []byte{0, 0, 0x80, 0x3f})
	f.Add(uint64(3), uint8(11), uint8(1), uint8(64), uint8(255), []byte(nil))
	f.Fuzz(func(t *testing.T, seed uint64, which, rows, outputs, cols uint8, values []byte) {
		all := schemes(16, 64, int2.PerChannel)
		s := all[int(which)%len(all)]
		rng := rand.New(rand.NewPCG(seed, 0))
		p := randomPacked(rng, s, int(outputs), int(cols))
		x := normal(rng, int(rows)*p.Cols)
		for i := 0; i+4 <= len(values) && i/4 < len(x); i += 4 {
			x[i/4] = math.Float32frombits(binary.LittleEndian.Uint32(values[i:]))
		}
		w, want := Pack(p), specified(t)
		for _, tier := range Tiers() {
			if err := both(t, newKernels(want.pool, backendOf(tier)), want, x, int(rows), w, nil); err != nil {
				t.Errorf("%s: %s, %d rows by [%d, %d]: %v", tier, s, rows, outputs, cols, err)
			}
		}
	})
}
