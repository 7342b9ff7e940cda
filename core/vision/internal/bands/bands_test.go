package bands

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

// TestRun: every row is in one band, and no band is too high.
func TestRun(t *testing.T) {
	for _, n := range []int{0, 1, 7, 8, 9, 1000} {
		for _, height := range []int{-1, 1, 8, 5000} {
			seen := make([]atomic.Int32, n)
			err := Run(t.Context(), n, height, func(from, to int) {
				if to-from > max(height, 1) || from >= to {
					t.Errorf("a band from %d to %d of %d", from, to, height)
				}
				for i := from; i < to; i++ {
					seen[i].Add(1)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			for i := range seen {
				if seen[i].Load() != 1 {
					t.Fatalf("%d rows in bands of %d: row %d was done %d times", n, height, i, seen[i].Load())
				}
			}
		}
	}
}

func TestRunCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var bands atomic.Int32
	err := Run(ctx, 1<<30, 1, func(_, _ int) {
		if bands.Add(1) == 10 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v after %d bands", err, bands.Load())
	}
}
