package infer

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/mmtui/mmtui/core/metrics"
)

func wide(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

// The divergence is that of core/metrics, never negative, and exactly 0 of
// equal rows.
func TestKL(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		n := 1 + random.IntN(300)
		spread := math.Exp(6 * random.Float64())
		p, q := make([]float32, n), make([]float32, n)
		for i := range p {
			p[i] = float32(spread * random.NormFloat64())
			q[i] = p[i] + float32(random.NormFloat64())
		}
		want := metrics.Diverge(wide(p), wide(q), 1).KL
		if got := KL(p, q); math.Abs(got-want) > 1e-10*(1+want) {
			t.Fatalf("%d logits: %g, want %g", n, got, want)
		}
		if got := KL(p, p); got != 0 {
			t.Fatalf("of itself: %g", got)
		}
		// A constant on all logits changes no distribution.
		for i, v := range p {
			q[i] = v + 4
		}
		if got := KL(p, q); got < 0 || got > 1e-4*spread {
			t.Fatalf("shifted: %g", got)
		}
	}
	no := float32(math.Inf(-1))
	for _, c := range []struct {
		name string
		p, q []float32
		want float64
	}{
		{"halves against all", []float32{1, 1}, []float32{1, no}, math.Inf(1)},
		{"all against halves", []float32{1, no}, []float32{1, 1}, math.Ln2},
		{"ruled out by both", []float32{1, 1, no}, []float32{1, 1, no}, 0},
		{"no number", []float32{1, float32(math.NaN())}, []float32{1, 1}, math.NaN()},
		{"nothing", []float32{no, no}, []float32{1, 1}, math.NaN()},
	} {
		if got := KL(c.p, c.q); got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) && math.Abs(got-c.want) > 1e-15 {
			t.Errorf("%s: %g, want %g", c.name, got, c.want)
		}
	}
}

func TestSigmoidKL(t *testing.T) {
	one := func(p, q float64) float64 {
		a, b := 1/(1+math.Exp(-p)), 1/(1+math.Exp(-q))
		return a*math.Log(a/b) + (1-a)*math.Log((1-a)/(1-b))
	}
	p, q := []float64{-3, 0, 2.5}, []float64{-1, 0, 4}
	want := one(p[0], q[0]) + one(p[1], q[1]) + one(p[2], q[2])
	if got := sigmoidKL(p, q); math.Abs(got-want) > 1e-14 {
		t.Errorf("%g, want %g", got, want)
	}
	if got := sigmoidKL([]float64{-800, 800}, []float64{-800, 800}); got != 0 {
		t.Errorf("of itself, far out: %g", got)
	}
	if got := sigmoidKL([]float64{800}, []float64{-800}); math.Abs(got-800) > 1e-9 {
		t.Errorf("opposite: %g, want 800", got)
	}
}

func TestTrimmedMean(t *testing.T) {
	x := make([]float64, 40)
	for i := range x {
		x[i] = float64(i)
	}
	x[7], x[30] = 1e9, -1e9 // outliers, one at either end
	want := 0.0
	for i := range x {
		if i != 7 && i != 30 && i != 0 && i != 39 {
			want += x[i]
		}
	}
	if got := TrimmedMean(x); math.Abs(got-want/36) > 1e-12 {
		t.Errorf("%g, want %g", got, want/36)
	}
	if got := TrimmedMean([]float64{1, 2, 9}); got != 4 {
		t.Errorf("of three: %g, want the plain mean 4", got)
	}
	if got := TrimmedMean(nil); !math.IsNaN(got) {
		t.Errorf("of nothing: %g", got)
	}
}
