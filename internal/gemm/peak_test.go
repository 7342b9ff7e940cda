package gemm

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mmtui/mmtui/internal/isa"
	"github.com/mmtui/mmtui/internal/pool"
)

// The kernels that measure must do the work that they are counted for.
func TestMeter(t *testing.T) {
	t.Parallel()
	p := pool.New(2)
	defer p.Close()
	for _, tier := range isa.Tiers() {
		m := newMeter(p, tier, 4*meterChunk)
		peak, err := m.Measure(t.Context())
		if err != nil || peak.FMAFlops <= 0 || peak.ReadBytes <= 0 {
			t.Fatalf("%s: peak is %v, %v", tier, peak, err)
		}
		for _, c := range []Case{{1, 100, 64, BF16}, {20, 100, 64, F32}} {
			r, err := m.Rate(t.Context(), c, time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			// y = Σ 64 products: the time, the operations and the bytes belong together.
			if flops := 2 * float64(c.Rows*c.Outputs*c.Cols) / r.Seconds; r.Flops != flops || r.Bytes != float64(c.Outputs*c.Cols*c.Type.Bytes())/r.Seconds {
				t.Errorf("%s: %+v", tier, r)
			}
			if r.FMAShare() <= 0 || r.FMAShare() != r.Flops/r.Peak.FMAFlops || r.ReadShare() != r.Bytes/r.Peak.ReadBytes {
				t.Errorf("%s: shares of %+v", tier, r)
			}
		}
	}
	m := newMeter(p, isa.Portable, meterChunk)
	if _, err := m.Rate(t.Context(), Case{1, 1 << 20, 1 << 20, F32}, 0); err == nil {
		t.Error("weights larger than the meter's memory were accepted")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Rate(ctx, Case{1, 10, 10, F32}, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("under an ended context: %v", err)
	}
	if _, err := m.Measure(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("under an ended context: %v", err)
	}
}

func TestPeakMax(t *testing.T) {
	t.Parallel()
	if got := (Peak{1, 4}).Max(Peak{3, 2}); got != (Peak{3, 4}) {
		t.Error(got)
	}
}
