package attention

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/mmtui/mmtui/internal/gemm"
	"github.com/mmtui/mmtui/internal/isa"
	"github.com/mmtui/mmtui/internal/pool"
)

// The encoders of a 512² tile, of CLIP-B/32 and B/16 images and texts, and of So400m.
func BenchmarkAttend(b *testing.B) {
	for _, s := range []size{
		{1024, 1024, 12, 12, 64, false, false}, {729, 729, 16, 16, 72, false, false}, {197, 197, 12, 12, 64, false, false},
		{50, 50, 12, 12, 64, false, false}, {77, 77, 8, 8, 64, true, false}, {256, 256, 9, 3, 64, true, false}, {1024, 1024, 9, 3, 64, true, false},
	} {
		for workers := 1; workers <= 2; workers++ {
			for _, tier := range isa.Tiers() {
				if tier == isa.Portable {
					continue
				}
				b.Run(fmt.Sprintf("%dx%dx%dx%d,causal=%v/%d/%s", s.queries, s.keys, s.heads, s.dim, s.causal, workers, tier), func(b *testing.B) {
					run(b, s, workers, tier)
				})
			}
		}
	}
}

func run(b *testing.B, s size, workers int, tier isa.Tier) {
	a := s.make(rand.New(rand.NewPCG(1, 1)), 1)
	p := pool.New(workers)
	defer p.Close()
	k, ctx := newTier(p, tier), context.Background()
	var peak gemm.Peak
	measure := func() {
		m, err := gemm.Peaks(ctx, p, 3)
		if err != nil {
			b.Fatal(err)
		}
		peak = peak.Max(m)
	}
	measure()
	for b.Loop() {
		if err := k.Attend(ctx, a); err != nil {
			b.Fatal(err)
		}
	}
	seconds := b.Elapsed().Seconds() / float64(b.N)
	measure()
	flop := 4 * float64(s.queries) * float64(s.keys) * float64(s.heads*s.dim)
	if s.causal {
		flop /= 2
	}
	b.ReportMetric(flop/seconds/1e9, "GFLOP/s")
	b.ReportMetric(100*flop/seconds/peak.FMAFlops, "%peak")
}

// One step of generation with SmolVLM's text heads.
func BenchmarkStep(b *testing.B) {
	for _, keys := range []int{100, 1000, 8000} {
		for workers := 1; workers <= 2; workers++ {
			for _, tier := range isa.Tiers() {
				b.Run(fmt.Sprintf("%d/%d/%s", keys, workers, tier), func(b *testing.B) {
					s := size{1, keys, 9, 3, 64, true, false}
					a := s.make(rand.New(rand.NewPCG(1, 1)), 1)
					p := pool.New(workers)
					defer p.Close()
					k, ctx := newTier(p, tier), context.Background()
					for b.Loop() {
						if err := k.Attend(ctx, a); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(float64(2*4*keys*3*64)/(b.Elapsed().Seconds()/float64(b.N))/1e9, "GB/s")
				})
			}
		}
	}
}
