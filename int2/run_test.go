package int2

import (
	"context"
	"testing"
)

func TestProgress(t *testing.T) {
	t.Parallel()
	m := draw(1, 900, 300, gauss)
	for _, s := range []Scheme{DefaultScheme(), {Bits: 2, Grid: Affine, Group: 64, Solver: Best}} {
		last := 0
		_, err := Quantize(context.Background(), m, s, Options{Workers: 2, Progress: func(rows int) {
			if rows < last || rows > m.Rows {
				t.Errorf("%s: %d rows after %d", s, rows, last)
			}
			last = rows
		}})
		if err != nil || last != m.Rows {
			t.Errorf("%s: ended at %d rows, %v", s, last, err)
		}
	}
}

// The number of allocations must not grow with the number of groups.
func TestNoAllocationPerGroup(t *testing.T) {
	for _, s := range []Scheme{
		{Bits: 2, Grid: Half, Group: 16, Solver: RTN}, {Bits: 2, Grid: Half, Group: 16, Solver: Search},
		{Bits: 2, Grid: Twos, Group: 16, Solver: Search}, {Bits: 4, Grid: Half, Group: 16, Solver: Search},
		{Bits: 2, Grid: Affine, Group: 16, Solver: LS}, {Bits: 2, Grid: Affine, Group: 16, Solver: HQQ},
	} {
		m := draw(1, 64, 512, gauss) // 2048 groups
		allocs := testing.AllocsPerRun(2, func() {
			if _, err := Quantize(context.Background(), m, s, Options{Workers: 1, Keep: true, Ideal: true, Detail: true}); err != nil {
				t.Fatal(err)
			}
		})
		if allocs > 250 {
			t.Errorf("%s: %v allocations for 2048 groups", s, allocs)
		}
	}
}
