package attention

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/internal/isa"
	"github.com/mmtui/mmtui/internal/pool"
)

// problem makes arguments with random data, rows a few elements further apart
// than they need be, and an output filled with NaN.
func problem(r *rand.Rand, queries, keys, heads, kvHeads, dim int, causal, masked bool, spread float64) *Args {
	fill := func(n int) []float32 {
		b := make([]float32, n)
		for i := range b {
			b[i] = float32(spread * r.NormFloat64())
		}
		return b
	}
	a := &Args{
		QStride: heads*dim + 3, KStride: kvHeads*dim + 5, VStride: kvHeads*dim + 1, OutStride: heads*dim + 2,
		Queries: queries, Keys: keys, Heads: heads, KVHeads: kvHeads, HeadDim: dim,
		Scale: float32(1 / math.Sqrt(float64(dim))), Causal: causal,
	}
	// The last row ends with its heads: nothing may be read beyond.
	end := func(rows, stride, heads int) int { return max(rows-1, 0)*stride + min(rows, 1)*heads*dim }
	a.Q, a.K = fill(end(queries, a.QStride, heads)), fill(end(keys, a.KStride, kvHeads))
	a.V, a.Out = fill(end(keys, a.VStride, kvHeads)), fill(end(queries, a.OutStride, heads))
	for i := range a.Out {
		a.Out[i] = float32(math.NaN())
	}
	if masked {
		a.Mask = make([]bool, keys)
		for i := range a.Mask {
			a.Mask[i] = r.IntN(3) > 0
		}
	}
	return a
}

// exact is the definition in float64.
func exact(a *Args) []float64 {
	out := make([]float64, a.Queries*a.Heads*a.HeadDim)
	for h := range a.Heads {
		g := h / (a.Heads / a.KVHeads) * a.HeadDim
		for i := range a.Queries {
			scores := make([]float64, a.Keys)
			top := math.Inf(-1)
			for j := range scores {
				if a.Mask != nil && !a.Mask[j] || a.Causal && j > a.Keys-a.Queries+i {
					scores[j] = math.Inf(-1)
					continue
				}
				for d := range a.HeadDim {
					scores[j] += float64(a.Q[i*a.QStride+h*a.HeadDim+d]) * float64(a.K[j*a.KStride+g+d])
				}
				scores[j] *= float64(a.Scale)
				top = max(top, scores[j])
			}
			if math.IsInf(top, -1) {
				continue
			}
			var sum float64
			row := out[(i*a.Heads+h)*a.HeadDim:][:a.HeadDim]
			for j, s := range scores {
				w := math.Exp(s - top)
				sum += w
				for d := range row {
					row[d] += w * float64(a.V[j*a.VStride+g+d])
				}
			}
			for d := range row {
				row[d] /= sum
			}
		}
	}
	return out
}

func attend(t *testing.T, tier isa.Tier, workers int, a *Args) {
	t.Helper()
	p := pool.New(workers)
	defer p.Close()
	if err := newTier(p, tier).Attend(context.Background(), a); err != nil {
		t.Fatal(err)
	}
}

// worst compares the output with float64 values; a NaN is infinitely far.
func worst(a *Args, want []float64) float64 {
	var off float64
	width := a.Heads * a.HeadDim
	for i := range a.Queries {
		for d, w := range want[i*width:][:width] {
			diff := math.Abs(float64(a.Out[i*a.OutStride+d]) - w)
			if diff != diff {
				diff = math.Inf(1)
			}
			off = max(off, diff)
		}
	}
	return off
}

type size struct {
	queries, keys, heads, kvHeads, dim int
	causal, masked                     bool
}

func sizes() []size {
	var out []size
	for _, dim := range []int{1, 3, 8, 12, 16, 32, 64, 72, 80, 96, 128} {
		out = append(out, size{37, 101, 2, 1, dim, false, false}, size{40, 40, 2, 2, dim, true, true}, size{1, 300, 4, 2, dim, true, false})
	}
	return append(out,
		size{1, 1, 1, 1, 64, true, false}, size{1, 128, 9, 3, 64, true, false}, size{1, 129, 9, 3, 64, false, true},
		size{1, 1000, 15, 5, 64, true, true}, size{1, 1, 2, 2, 5, false, false}, size{50, 50, 2, 2, 64, false, false},
		size{77, 77, 2, 2, 64, true, false}, size{197, 197, 1, 1, 64, false, false}, size{33, 200, 3, 1, 64, true, true},
		size{5, 96, 1, 1, 64, true, false}, size{16, 97, 1, 1, 64, false, false}, size{17, 192, 1, 1, 64, false, true},
		size{64, 10, 1, 1, 24, false, false}, size{2, 2, 1, 1, 2, true, false})
}

func (s size) make(r *rand.Rand, spread float64) *Args {
	return problem(r, s.queries, s.keys, s.heads, s.kvHeads, s.dim, s.causal, s.masked, spread)
}

func TestAgainstFloat64(t *testing.T) {
	for _, s := range sizes() {
		r := rand.New(rand.NewPCG(1, uint64(s.dim)))
		a := s.make(r, 1)
		attend(t, isa.Current(), 2, a)
		if off := worst(a, exact(a)); !(off <= 3e-6) {
			t.Errorf("%+v: off by %v", s, off)
		}
	}
}

func TestTiersGiveTheBitsOfTheTwin(t *testing.T) {
	for i, s := range sizes() {
		if testing.Short() && i%3 > 0 {
			continue
		}
		spread := []float64{30, 1}[i%2]
		want := s.make(rand.New(rand.NewPCG(2, uint64(s.keys))), spread)
		attend(t, isa.Portable, 1, want)
		for _, tier := range isa.Tiers() {
			for _, workers := range []int{1, 3} {
				if tier == isa.Portable && workers == 1 {
					continue // that is what it is compared with
				}
				got := s.make(rand.New(rand.NewPCG(2, uint64(s.keys))), spread)
				attend(t, tier, workers, got)
				expectSame(t, fmt.Sprintf("%+v, %s, %d workers", s, tier, workers), got.Out, want.Out)
			}
		}
	}
}

func expectSame(t *testing.T, name string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) && (got[i] == got[i] || want[i] == want[i]) {
			t.Fatalf("%s: element %d: %v, want %v", name, i, got[i], want[i])
		}
	}
}

// Between the heads' rows the output must stay as it is.
func TestGapsStay(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	a := problem(r, 40, 40, 2, 2, 12, false, false, 1)
	attend(t, isa.Current(), 2, a)
	width := a.Heads * a.HeadDim
	for i := range a.Queries - 1 {
		for _, v := range a.Out[i*a.OutStride+width : (i+1)*a.OutStride] {
			if v == v {
				t.Fatalf("row %d: %v was written behind the heads", i, v)
			}
		}
	}
}

func TestGreatScores(t *testing.T) {
	for _, queries := range []int{1, 40} {
		r := rand.New(rand.NewPCG(4, 4))
		a := problem(r, queries, 250, 2, 2, 64, false, false, 1)
		a.Scale = 1
		// Scores around 10⁴, all sums exact in float32: the keys are ±1 or 0, the queries whole.
		for i := range a.K {
			a.K[i] = float32(r.IntN(3) - 1)
		}
		for i := range a.Q {
			a.Q[i] = float32(r.IntN(2000) - 1000)
		}
		attend(t, isa.Current(), 2, a)
		if off := worst(a, exact(a)); !(off <= 2e-6) {
			t.Errorf("%d queries: off by %v", queries, off)
		}
	}
}

func TestQueriesThatSeeNothingGetZeros(t *testing.T) {
	for _, queries := range []int{1, 40} {
		for _, keys := range []int{40, 300} {
			a := problem(rand.New(rand.NewPCG(5, 5)), queries, keys, 2, 1, 16, false, false, 1)
			a.Mask = make([]bool, keys)
			attend(t, isa.Current(), 1, a)
			if off := worst(a, make([]float64, queries*32)); off != 0 {
				t.Errorf("%d queries, %d keys: off by %v", queries, keys, off)
			}
			// The first query that sees a key sees it alone.
			a.Causal, a.Mask[keys-1] = true, true
			attend(t, isa.Current(), 1, a)
			want := make([]float64, queries*32)
			for d := range 32 {
				want[(queries-1)*32+d] = float64(a.V[(keys-1)*a.VStride+d%16])
			}
			if off := worst(a, want); off != 0 {
				t.Errorf("%d queries, %d keys, one shown: off by %v", queries, keys, off)
			}
		}
	}
	a := problem(rand.New(rand.NewPCG(5, 6)), 3, 0, 2, 1, 16, false, false, 1)
	attend(t, isa.Current(), 1, a)
	if off := worst(a, make([]float64, 3*32)); off != 0 {
		t.Errorf("no keys: off by %v", off)
	}
}

func TestNaNPropagates(t *testing.T) {
	nan := float32(math.NaN())
	for _, queries := range []int{1, 40} {
		for _, tier := range isa.Tiers() {
			for _, where := range []string{"query", "key", "value"} {
				a := problem(rand.New(rand.NewPCG(6, 6)), queries, 200, 2, 2, 16, false, false, 1)
				switch where {
				case "query":
					a.Q[3] = nan // query 0, head 0
				case "key":
					a.K[150*a.KStride+3] = nan // head 0
				case "value":
					a.V[150*a.VStride+3] = nan // head 0, element 3
				}
				attend(t, tier, 1, a)
				for d := range 32 {
					want := d < 16 && (where != "value" || d == 3)
					if got := a.Out[d] != a.Out[d]; got != want {
						t.Errorf("%d queries, %s: NaN in the %s gives %v in element %d", queries, tier, where, a.Out[d], d)
					}
				}
			}
		}
	}
}

// A query alone agrees with the same query as the last of several, as a step
// of generation does with the whole prompt.
func TestAStepAgreesWithThePrompt(t *testing.T) {
	a := problem(rand.New(rand.NewPCG(7, 7)), 60, 300, 6, 2, 64, true, true, 1)
	attend(t, isa.Current(), 2, a)
	b := *a
	b.Queries, b.Q, b.Out = 1, a.Q[59*a.QStride:], make([]float32, 6*64)
	attend(t, isa.Current(), 2, &b)
	for d, v := range b.Out {
		if w := a.Out[59*a.OutStride+d]; !(math.Abs(float64(v-w)) <= 2e-6) {
			t.Fatalf("element %d: %v alone, %v among others", d, v, w)
		}
	}
}

func TestArgumentsThatDoNotFit(t *testing.T) {
	for name, c := range map[string]struct {
		change func(a *Args)
		want   string
	}{
		"heads":       {func(a *Args) { a.KVHeads, a.KStride, a.VStride = 2, 0, 0; a.Heads = 1 }, "evenly"},
		"no heads":    {func(a *Args) { a.KVHeads = 0 }, "0 key heads"},
		"negative":    {func(a *Args) { a.Keys = -1 }, "negative"},
		"causal":      {func(a *Args) { a.Keys, a.Causal = 3, true }, "needs a key for every query"},
		"mask":        {func(a *Args) { a.Mask = make([]bool, 9) }, "a mask of 9 entries"},
		"short keys":  {func(a *Args) { a.K = a.K[:len(a.K)-1] }, "into the keys"},
		"short out":   {func(a *Args) { a.Out = a.Out[:len(a.Out)-1] }, "into the output"},
		"stride":      {func(a *Args) { a.VStride = 15 }, "into the values"},
		"many":        {func(a *Args) { a.Queries = math.MaxInt }, "into the queries"},
		"great":       {func(a *Args) { a.HeadDim = math.MaxInt }, "into the queries"},
		"many heads":  {func(a *Args) { a.Heads, a.KVHeads = math.MaxInt, 1 }, "into the queries"},
		"great steps": {func(a *Args) { a.QStride = math.MaxInt }, "into the queries"},
	} {
		t.Run(name, func(t *testing.T) {
			a := problem(rand.New(rand.NewPCG(8, 8)), 4, 10, 2, 1, 16, false, false, 1)
			c.change(a)
			p := pool.New(1)
			defer p.Close()
			err := New(p).Attend(context.Background(), a)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p := pool.New(2)
	defer p.Close()
	for _, queries := range []int{1, 40} {
		a := problem(rand.New(rand.NewPCG(9, 9)), queries, 40, 2, 2, 16, false, false, 1)
		if err := New(p).Attend(ctx, a); err != context.Canceled {
			t.Errorf("%d queries: %v, want %v", queries, err, context.Canceled)
		}
	}
}

func TestNothingIsAllocated(t *testing.T) {
	p := pool.New(2)
	defer p.Close()
	k := New(p)
	for _, queries := range []int{1, 70} {
		a := problem(rand.New(rand.NewPCG(10, 10)), queries, 300, 6, 2, 64, true, true, 1)
		if n := testing.AllocsPerRun(10, func() {
			if err := k.Attend(context.Background(), a); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%d queries: %v allocations a call", queries, n)
		}
	}
}

// One Kernels serves calls of all sizes one after another.
func TestKernelsAreUsedAgain(t *testing.T) {
	p := pool.New(2)
	defer p.Close()
	k := New(p)
	all := sizes()
	for _, i := range rand.New(rand.NewPCG(11, 11)).Perm(len(all)) {
		a := all[i].make(rand.New(rand.NewPCG(12, uint64(i))), 1)
		want := *a
		want.Out = slices.Clone(a.Out)
		attend(t, isa.Current(), 1, &want)
		if err := k.Attend(context.Background(), a); err != nil {
			t.Fatal(err)
		}
		expectSame(t, fmt.Sprintf("%+v", all[i]), a.Out, want.Out)
	}
}
