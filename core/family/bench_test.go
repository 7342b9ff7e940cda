package family

import (
	"strings"
	"testing"
	"time"

	"github.com/mmtui/mmtui/core/family/familytest"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/internal/gemm"
	"github.com/mmtui/mmtui/internal/pool"
)

// stopwatch sums the time of layers by what they are.
type stopwatch struct {
	begin time.Time
	spent map[string]time.Duration
}

func (s *stopwatch) Activation(string, []int, []float32) {}
func (s *stopwatch) Begin(string)                        { s.begin = time.Now() }

func (s *stopwatch) End(name string) {
	kind := "gemm"
	switch last := name[strings.LastIndexByte(name, '.')+1:]; {
	case last == "attention":
		kind = "attention"
	case strings.Contains(last, "norm"), last == "rotary_emb", strings.HasPrefix(last, "act"):
		kind = last
	}
	s.spent[kind] += time.Since(s.begin)
}

// stepBytes is what one step reads of bfloat16 weights.
func stepBytes(t *llama) int64 {
	d := int64(t.hidden)
	layer := d * (2*int64(t.width()) + 2*int64(t.kvWidth()) + 3*int64(t.mlp))
	return 2 * (int64(len(t.layers))*layer + d*int64(t.vocabulary))
}

func networkPool(n Network) *pool.Pool {
	switch n := n.(type) {
	case *idefics3:
		return n.pool
	case *clip:
		return n.pool
	}
	return pool.New(0)
}

// fastest is the shortest of several runs, with the peaks measured among them.
func fastest(b *testing.B, n Network, run func()) (time.Duration, gemm.Peak) {
	b.Helper()
	meter := gemm.NewMeter(networkPool(n))
	var peak gemm.Peak
	best := time.Duration(1 << 62)
	for b.Loop() {
		for range 3 {
			p, err := meter.Measure(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			peak = peak.Max(p)
			begin := time.Now()
			run()
			best = min(best, time.Since(begin))
		}
	}
	return best, peak
}

// BenchmarkSmolVLM256M is the published shape with random weights: the first
// token of one tile and 90 tokens, and decoding after it.
func BenchmarkSmolVLM256M(b *testing.B) {
	v := familytest.SmolVLM256M()
	n := openNetwork(b, writeFolder(b, v.Folder(), safetensors.BF16))
	g := n.(Generator)
	p := Prompt{Tiles: 1, Height: v.Image, Width: v.Image, Pixels: make([]float32, 3*v.Image*v.Image)}
	for i := range p.Pixels {
		p.Pixels[i] = float32(i*37%101)/50 - 1
	}
	for i := range 90 {
		id := i + 10
		if i < g.FeaturesPerTile() {
			id = v.ImageToken
		}
		p.IDs = append(p.IDs, id)
	}
	b.Run("first-token", func(b *testing.B) {
		best, peak := fastest(b, n, func() {
			s := session(b, n, 100)
			defer s.Close()
			if _, err := s.Prefill(b.Context(), p, nil); err != nil {
				b.Fatal(err)
			}
		})
		b.ReportMetric(best.Seconds()*1e3, "first-token-ms")
		b.ReportMetric(g.Prefill(1, len(p.IDs)).FLOP/best.Seconds()/peak.FMAFlops, "of-FMA-peak")
		watch := &stopwatch{spent: map[string]time.Duration{}}
		s := session(b, n, 100)
		begin := time.Now()
		if _, err := s.Prefill(b.Context(), p, watch); err != nil {
			b.Fatal(err)
		}
		total := time.Since(begin)
		b.Logf("watched: total %v, of it %v", total, watch.spent)
	})
	b.Run("decode", func(b *testing.B) {
		s := session(b, n, 1000)
		if _, err := s.Prefill(b.Context(), p, nil); err != nil {
			b.Fatal(err)
		}
		const steps = 20
		best, peak := fastest(b, n, func() {
			s.(*idefics3Session).text.used = len(p.IDs)
			for range steps {
				if _, err := s.Step(b.Context(), 7, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
		bytes := stepBytes(n.(*idefics3).text)
		b.ReportMetric(steps/best.Seconds(), "tokens/s")
		b.ReportMetric(float64(bytes)*steps/best.Seconds()/peak.ReadBytes, "of-read-bandwidth")
		b.ReportMetric(testing.AllocsPerRun(5, func() {
			if _, err := s.Step(b.Context(), 7, nil); err != nil {
				b.Fatal(err)
			}
		}), "allocs/token")
		watch := &stopwatch{spent: map[string]time.Duration{}}
		begin := time.Now()
		if _, err := s.Step(b.Context(), 7, watch); err != nil {
			b.Fatal(err)
		}
		b.Logf("watched: total %v, of it %v", time.Since(begin), watch.spent)
	})
}

// BenchmarkCLIPB32 is the published shape with random weights.
func BenchmarkCLIPB32(b *testing.B) {
	m := familytest.CLIPB32()
	n := openNetwork(b, writeFolder(b, m.Folder(), safetensors.F32))
	e := n.(Embedder)
	const pictures = 20
	pixels := make([]float32, pictures*3*m.Image*m.Image)
	for i := range pixels {
		pixels[i] = float32(i*37%101)/50 - 1
	}
	best, peak := fastest(b, n, func() {
		if _, err := e.EmbedImages(b.Context(), pixels, pictures, nil); err != nil {
			b.Fatal(err)
		}
	})
	b.ReportMetric(pictures/best.Seconds(), "images/s")
	b.ReportMetric(e.ImageCost(pictures).FLOP/best.Seconds()/peak.FMAFlops, "of-FMA-peak")
	watch := &stopwatch{spent: map[string]time.Duration{}}
	begin := time.Now()
	if _, err := e.EmbedImages(b.Context(), pixels, pictures, watch); err != nil {
		b.Fatal(err)
	}
	b.Logf("watched: total %v, of it %v", time.Since(begin), watch.spent)
}
