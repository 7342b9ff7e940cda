package vec

import (
	"math/rand/v2"
	"testing"

	"github.com/mmtui/mmtui/internal/isa"
)

// Elements of 3072 and rows of 768 are those of a base-size vision encoder.
func BenchmarkVec(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{768, 3072} {
		x, y, gain, bias, dst := numbers(r, n, 0), numbers(r, n, 0), numbers(r, n, 0), numbers(r, n, 0), make([]float32, n)
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		for _, c := range calls() {
			if c.name == "Rotate" || c.name == "sum" {
				continue
			}
			for _, tier := range isa.Tiers() {
				b.Run(c.name+"/"+tier.String()+"/"+map[int]string{768: "768", 3072: "3072"}[n], func(b *testing.B) {
					for b.Loop() {
						c.run(tier, dst, x, y, gain, bias)
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/element")
				})
			}
		}
	}
}
