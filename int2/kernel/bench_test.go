package kernel

import (
	"fmt"
	"testing"
	"time"

	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/internal/pool"
)

// BenchmarkLinear reports each shape as a share of what the machine reaches in
// the same run: of the tier's dot products, and of its read bandwidth. The
// activations are quantized in each product.
func BenchmarkLinear(b *testing.B) {
	var cases []Case
	for _, bits := range []int{2, 4, 8} {
		for _, rows := range []int{1, 2, 6, 24, 197} {
			for _, s := range [][2]int{{576, 1536}, {3072, 768}, {192, 768}} { // outputs, columns
				cases = append(cases, Case{Rows: rows, Outputs: s[0], Cols: s[1], Scheme: scheme(bits, int2.Half, 64)})
			}
		}
	}
	for _, s := range []int2.Scheme{scheme(2, int2.Affine, 64), scheme(2, int2.Half, 16), scheme(2, int2.Half, 128), scheme(2, int2.Half, int2.PerChannel)} {
		cases = append(cases, Case{Rows: 1, Outputs: 576, Cols: 1536, Scheme: s}, Case{Rows: 197, Outputs: 576, Cols: 1536, Scheme: s})
	}
	for _, s := range []Case{
		{Outputs: 960, Cols: 576, Scheme: scheme(2, int2.Half, 64)}, {Outputs: 3072, Cols: 576, Scheme: scheme(2, int2.Half, 64)},
		{Outputs: 576, Cols: 1536, Scheme: scheme(2, int2.Half, 64)}, {Outputs: 49280, Cols: 576, Scheme: scheme(4, int2.Half, 64)},
	} {
		s.Rows, s.Streamed = 1, true
		cases = append(cases, s)
	}
	for _, tier := range Tiers() {
		for _, workers := range []int{1, 2} {
			p := pool.New(workers)
			defer p.Close()
			m := newMeter(p, tier, meterBytes)
			for _, c := range cases {
				name := fmt.Sprintf("%s/workers=%d/bits=%d/%s/group=%s/rows=%d/%dx%d", tier, workers, c.Scheme.Bits, c.Scheme.Grid, c.Scheme.GroupString(), c.Rows, c.Outputs, c.Cols)
				if c.Streamed {
					name += "/streamed"
				}
				b.Run(name, func(b *testing.B) { benchmarkCase(b, m, c) })
			}
		}
	}
}

func benchmarkCase(b *testing.B, m *Meter, c Case) {
	var r Rate
	var err error
	for b.Loop() {
		if r, err = m.Rate(b.Context(), c, 200*time.Millisecond); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(r.Ops/1e9, "GOP/s")
	b.ReportMetric(100*r.OpsShare(), "%peak")
	b.ReportMetric(r.Bytes/1e9, "GB/s")
	b.ReportMetric(100*r.ReadShare(), "%read")
}

// BenchmarkPeak reports what each tier can do at most: wide is what registers
// of the full width are faster by.
func BenchmarkPeak(b *testing.B) {
	for _, tier := range Tiers() {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/workers=%d", tier, workers), func(b *testing.B) {
				p := pool.New(workers)
				defer p.Close()
				m := NewMeter(p, tier)
				var best Peak
				var narrow float64
				for b.Loop() {
					peak, err := m.Measure(b.Context())
					if err != nil {
						b.Fatal(err)
					}
					ops, err := m.NarrowOps(b.Context())
					if err != nil {
						b.Fatal(err)
					}
					best, narrow = best.Max(peak), max(narrow, ops)
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(best.IntOps/1e9, "GOP/s")
				b.ReportMetric(best.ReadBytes/1e9, "GB/s")
				if narrow == narrow {
					b.ReportMetric(best.IntOps/narrow, "wide")
				}
			})
		}
	}
}
