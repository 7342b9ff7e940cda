package nn

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/int2/kernel"
	"github.com/mmtui/mmtui/internal/pool"
)

// quantized is a layer of random weights [out, in].
func quantized(t *testing.T, e *Engine, rng *rand.Rand, out, in int, bias bool) *Quantized {
	t.Helper()
	m := &int2.Dense{Rows: out, Cols: in, Data: make([]float32, out*in)}
	for i := range m.Data {
		m.Data[i] = float32(rng.NormFloat64())
	}
	r, err := int2.Quantize(context.Background(), m, int2.DefaultScheme(), int2.Options{Keep: true})
	if err != nil {
		t.Fatal(err)
	}
	var b []float32
	if bias {
		b = make([]float32, out)
		for i := range b {
			b[i] = float32(rng.NormFloat64())
		}
	}
	q, err := NewQuantized(e, kernel.Pack(r.Packed), b)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// Layers of one input that go together give the bits that they give alone.
func TestFusedQuantized(t *testing.T) {
	t.Parallel()
	p := pool.New(2)
	defer p.Close()
	rng := rand.New(rand.NewPCG(5, 1))
	e := NewEngine(p)
	layers := []Linear{quantized(t, e, rng, 48, 80, true), quantized(t, e, rng, 17, 80, false), quantized(t, e, rng, 33, 80, true)}
	fused := Fuse(layers...)
	if fused == nil {
		t.Fatal("layers of one engine and one width do not go together")
	}
	for _, rows := range []int{1, 3, 40} {
		x := make([]float32, rows*80)
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
		together := make([][]float32, len(layers))
		for i, l := range layers {
			out, _ := l.Shape()
			together[i] = make([]float32, rows*out)
		}
		if err := fused.Forward(t.Context(), together, x, rows); err != nil {
			t.Fatal(err)
		}
		for i, l := range layers {
			alone := make([]float32, len(together[i]))
			if err := l.Forward(t.Context(), alone, x, rows); err != nil {
				t.Fatal(err)
			}
			for j, v := range alone {
				if math.Float32bits(v) != math.Float32bits(together[i][j]) {
					t.Fatalf("%d rows, layer %d: output %d is %v together, %v alone", rows, i, j, together[i][j], v)
				}
			}
		}
	}
}

func TestQuantizedRefuses(t *testing.T) {
	t.Parallel()
	p := pool.New(1)
	defer p.Close()
	rng := rand.New(rand.NewPCG(5, 2))
	e := NewEngine(p)
	q := quantized(t, e, rng, 16, 32, false)
	if _, err := NewQuantized(e, q.Weights(), make([]float32, 15)); err == nil {
		t.Error("a bias of 15 for 16 outputs is taken")
	}
	if Fuse(q, quantized(t, NewEngine(p), rng, 16, 32, false)) != nil || Fuse(q, quantized(t, e, rng, 16, 48, false)) != nil {
		t.Error("layers of two engines, or two widths, go together")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := q.Forward(ctx, make([]float32, 16), make([]float32, 32), 1); err == nil {
		t.Error("a context that ended is not seen")
	}
	if err := q.Forward(t.Context(), make([]float32, 16), make([]float32, 31), 1); err == nil {
		t.Error("31 inputs of 32 are taken")
	}
}
