package gemm

import (
	"fmt"
	"testing"
	"time"

	"github.com/mmtui/mmtui/internal/isa"
	"github.com/mmtui/mmtui/internal/pool"
)

// BenchmarkLinear reports each shape as a share of what the machine reaches in
// the same run: of its FMA peak, and of its read bandwidth.
func BenchmarkLinear(b *testing.B) {
	var cases []Case
	for _, kind := range []Type{BF16, F32, F16} {
		for _, s := range [][3]int{
			{1, 576, 576}, {1, 1536, 576}, {1, 576, 1536}, {1, 49280, 576}, {4, 1536, 576},
			{16, 1536, 576}, {50, 3072, 768}, {64, 576, 576}, {64, 1536, 576}, {64, 576, 1536}, {77, 2048, 512},
			{197, 768, 768}, {197, 3072, 768}, {197, 768, 3072}, {1024, 768, 768}, {1024, 3072, 768}, {1024, 768, 3072},
		} {
			cases = append(cases, Case{s[0], s[1], s[2], kind})
		}
	}
	for _, tier := range isa.Tiers() {
		for _, workers := range []int{1, 2} {
			p := pool.New(workers)
			defer p.Close()
			m := newMeter(p, tier, meterBytes)
			for _, c := range cases {
				name := fmt.Sprintf("%s/workers=%d/type=%d/rows=%d/%dx%d", tier, workers, c.Type, c.Rows, c.Outputs, c.Cols)
				b.Run(name, func(b *testing.B) { benchmarkCase(b, m, c) })
			}
		}
	}
}

func benchmarkCase(b *testing.B, m *Meter, c Case) {
	var r Rate
	var err error
	for b.Loop() {
		if r, err = m.Rate(b.Context(), c, 300*time.Millisecond); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(r.Flops/1e9, "GFLOP/s")
	b.ReportMetric(100*r.FMAShare(), "%fma")
	b.ReportMetric(r.Bytes/1e9, "GB/s")
	b.ReportMetric(100*r.ReadShare(), "%read")
}
