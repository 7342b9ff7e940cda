package kernel

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/internal/pool"
)

// A product cannot be faster than what it is made of, measured beside it.
func TestRate(t *testing.T) {
	p := pool.New(2)
	defer p.Close()
	for _, tier := range Tiers() {
		m := newMeter(p, tier, 4<<20)
		if m.Tier() != tier {
			t.Errorf("a meter of %s measures %s", tier, m.Tier())
		}
		peak, err := m.Measure(t.Context())
		if err != nil || !(peak.IntOps > 0) || !(peak.ReadBytes > 0) {
			t.Errorf("%s: %+v, %v", tier, peak, err)
		}
		narrow, err := m.NarrowOps(t.Context())
		if wide := tier == AVX512GFNI || tier == AVX512VNNI; err != nil || wide != (narrow > 0) {
			t.Errorf("%s: %v operations a second in half the width, %v", tier, narrow, err)
		}
		for _, c := range []Case{
			{Rows: 1, Outputs: 100, Cols: 200, Scheme: scheme(2, int2.Half, 64)},
			{Rows: 30, Outputs: 64, Cols: 64, Scheme: scheme(4, int2.Affine, 64)},
		} {
			r, err := m.Rate(t.Context(), c, time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			ops := 2 * float64(c.Rows*c.Outputs*c.Cols)
			if d := r.Ops * r.Seconds / ops; d < 0.999 || d > 1.001 || r.Case != c || !(r.Bytes > 0) {
				t.Errorf("%s: %+v", tier, r)
			}
			if r.OpsShare() != r.Ops/r.Peak.IntOps || r.ReadShare() != r.Bytes/r.Peak.ReadBytes {
				t.Errorf("%s: shares %v, %v of %+v", tier, r.OpsShare(), r.ReadShare(), r)
			}
		}
	}
}

func TestRateErrors(t *testing.T) {
	t.Parallel()
	p := pool.New(1)
	defer p.Close()
	m := newMeter(p, Portable, 1<<20)
	good := Case{Rows: 1, Outputs: 8, Cols: 64, Scheme: scheme(2, int2.Half, 64)}
	for _, bad := range []Case{
		{Rows: 0, Outputs: 8, Cols: 64, Scheme: good.Scheme}, {Rows: 1, Outputs: 8, Cols: 64}, {Rows: 1, Outputs: 1, Cols: 1 << 24, Scheme: good.Scheme},
	} {
		if r, err := m.Rate(t.Context(), bad, 1); err == nil {
			t.Errorf("%+v gave %+v", bad, r)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Rate(ctx, good, 1); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := m.Measure(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Streamed weights are more than one copy, all of them the same.
func TestStreamed(t *testing.T) {
	t.Parallel()
	c := Case{Rows: 1, Outputs: 4096, Cols: 8192, Scheme: scheme(2, int2.Half, 64), Streamed: true}
	all, err := c.weights()
	if err != nil {
		t.Fatal(err)
	}
	if size := all[0].SizeBytes() * int64(len(all)); size < streamedBytes || &all[0].codes[0] == &all[1].codes[0] {
		t.Errorf("%d matrices of %d bytes in all", len(all), size)
	}
}
