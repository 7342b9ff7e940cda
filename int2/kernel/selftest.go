package kernel

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/internal/pool"
)

// selfTest multiplies small random matrices with a backend and with the
// portable one: every width and grid, few rows and many, sizes that fill
// neither tiles nor groups. Its error names the first case that differs.
func selfTest(b backend) error {
	p := pool.New(1)
	defer p.Close()
	rng := rand.New(rand.NewPCG(2, 16))
	for _, bits := range int2.BitWidths() {
		for _, grid := range int2.Grids() {
			for _, shape := range [][3]int{{1, 70, 200}, {3, 33, 64}, {37, 100, 130}} {
				s := int2.Scheme{Bits: bits, Grid: grid, Group: 64, Solver: int2.RTN}
				w := Pack(randomPacked(rng, s, shape[1], shape[2]))
				if err := compare(p, b, w, shape[0], rng); err != nil {
					return fmt.Errorf("%s, %v: %w", s, shape, err)
				}
			}
		}
	}
	return nil
}

// compare multiplies the same with a backend and with the portable one.
func compare(p *pool.Pool, b backend, w *Weights, rows int, rng *rand.Rand) error {
	x := make([]float32, rows*w.cols)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	got, want := make([]float32, rows*w.rows), make([]float32, rows*w.rows)
	if err := newKernels(p, b).Linear(context.Background(), got, x, rows, w, nil); err != nil {
		return err
	}
	if err := newKernels(p, portable{}).Linear(context.Background(), want, x, rows, w, nil); err != nil {
		return err
	}
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			return fmt.Errorf("output %d is %v, not %v", i, got[i], want[i])
		}
	}
	return nil
}

// randomPacked is a matrix that Validate accepts.
func randomPacked(rng *rand.Rand, s int2.Scheme, rows, cols int) *int2.Packed {
	groups, bytes := s.Groups(cols), s.RowBytes(cols)
	p := &int2.Packed{
		Rows: rows, Cols: cols, Scheme: s,
		Codes: make([]byte, rows*bytes), Mult: make([]byte, rows*groups), RowScale: make([]float32, rows),
	}
	if s.Grid == int2.Affine {
		p.Offset = make([]int16, rows*groups)
	}
	codes := make([]uint8, cols)
	for r := range rows {
		for k := range codes {
			codes[k] = uint8(rng.IntN(s.Levels()))
		}
		int2.PackRow(p.Codes[r*bytes:], codes, s.Bits)
		p.RowScale[r] = rng.Float32() + 0.01
		for g := range groups {
			p.Mult[r*groups+g] = byte(rng.IntN(256))
			if p.Offset != nil {
				p.Offset[r*groups+g] = int16(rng.IntN(1<<10) - 1<<9)
			}
		}
	}
	return p
}
