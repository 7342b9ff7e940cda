package int2

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The figures of one streaming pass must be those of their definitions,
// computed here in several passes.
func TestFigures(t *testing.T) {
	t.Parallel()
	m := draw(4, 400, 500, studentT5) // several blocks
	for i := range m.Data {
		m.Data[i] += 3 // an offset that drowns naive moments
	}
	s := Scheme{Bits: 2, Grid: Affine, Group: 64, Solver: LS}
	res := quantizeAll(t, m, s, s.String())
	q := make([]float32, len(m.Data))
	if err := res.Packed.ReadRows(context.Background(), 0, m.Rows, q); err != nil {
		t.Fatal(err)
	}
	n := float64(len(q))
	var mean, signal, err, product, energy, worst float64
	for i, x := range m.Data {
		w, e := float64(x), float64(q[i])-float64(x)
		mean += w / n
		signal += w * w
		err += e * e
		product += w * float64(q[i])
		energy += float64(q[i]) * float64(q[i])
		worst = max(worst, math.Abs(e))
	}
	var m2, m4 float64
	for _, x := range m.Data {
		d := float64(x) - mean
		m2 += d * d / n
		m4 += d * d * d * d / n
	}
	got := res.Metrics
	for _, f := range []struct {
		name      string
		got, want float64
	}{
		{"signal", got.Signal, signal}, {"error", got.Error, err}, {"sqnr", got.SQNRdB, 10 * math.Log10(signal/err)},
		{"relative rmse", got.RelativeRMSE, math.Sqrt(err / signal)}, {"cosine", got.Cosine, product / math.Sqrt(signal*energy)},
		{"max error", got.MaxAbsError, worst}, {"mean", got.Mean, mean}, {"kurtosis", got.Kurtosis, m4 / (m2 * m2)},
		{"min", got.Min, float64(slices.Min(m.Data))}, {"max", got.Max, float64(slices.Max(m.Data))},
		{"max abs", got.MaxAbs, float64(slices.Max(m.Data))},
	} {
		if !(math.Abs(f.got-f.want) <= 1e-9*math.Abs(f.want)) {
			t.Errorf("%s is %v, want %v", f.name, f.got, f.want)
		}
	}
	if got.Count != int64(n) || got.NaNs != 0 || got.Infs != 0 {
		t.Errorf("counts: %+v", got)
	}
	checkCodeFigures(t, m, res)
}

// checkCodeFigures checks occupancy, entropy and clipping against the codes and levels of the packed form.
func checkCodeFigures(t *testing.T, m *Dense, res *Result) {
	t.Helper()
	p := res.Packed
	occupancy := make([]float64, p.Scheme.Levels())
	clipped, entropy := 0, 0.0
	codes := make([]uint8, p.Cols)
	for r := range p.Rows {
		p.CodesRow(codes, r)
		for k, c := range codes {
			occupancy[c] += 1 / float64(len(m.Data))
			scale, low := p.GroupScale(r, k/p.Scheme.GroupLen(p.Cols))
			step := float64(scale)
			levels := float64(p.Scheme.Levels() - 1)
			if t := (float64(m.Data[r*p.Cols+k]) - float64(low)) / step; t < -0.5-clipTolerance || t > levels+0.5+clipTolerance {
				clipped++
			}
		}
	}
	for i, v := range occupancy {
		if math.Abs(v-res.Metrics.CodeOccupancy[i]) > 1e-9 {
			t.Errorf("code %d occupies %v, want %v", i, res.Metrics.CodeOccupancy[i], v)
		}
		if v > 0 {
			entropy -= v * math.Log2(v)
		}
	}
	if math.Abs(entropy-res.Metrics.CodeEntropyBits) > 1e-9 {
		t.Errorf("entropy %v, want %v", res.Metrics.CodeEntropyBits, entropy)
	}
	want := float64(clipped) / float64(len(m.Data))
	if want == 0 || math.Abs(want-res.Metrics.ClippedRatio) > 3/float64(len(m.Data)) {
		t.Errorf("clipped %v, want %v", res.Metrics.ClippedRatio, want)
	}
}

// Round-to-nearest on the half grid puts its largest weights half a step
// outside, which is not clipping.
func TestRTNDoesNotClip(t *testing.T) {
	t.Parallel()
	res := quantizeAll(t, draw(4, 64, 512, gauss), Scheme{Bits: 2, Grid: Half, Group: 64, Solver: RTN}, "rtn")
	if res.Metrics.ClippedRatio != 0 {
		t.Errorf("clipped %v", res.Metrics.ClippedRatio)
	}
}

func TestBelowIdeal(t *testing.T) {
	t.Parallel()
	m := draw(4, 64, 512, studentT5)
	for _, grid := range []Grid{Half, Twos} {
		rtn := quantizeAll(t, m, Scheme{Bits: 2, Grid: grid, Group: 64, Solver: RTN}, "rtn").Metrics
		best := quantizeAll(t, m, Scheme{Bits: 2, Grid: grid, Group: 64, Solver: Search}, "search").Metrics
		if !(best.BelowIdealDB >= -1e-6 && best.BelowIdealDB < 0.01) {
			t.Errorf("%s: search is %v dB below the optimum", grid, best.BelowIdealDB)
		}
		if want := best.SQNRdB + best.BelowIdealDB - rtn.SQNRdB; math.Abs(rtn.BelowIdealDB-want) > 1e-9 || want < 0.5 {
			t.Errorf("%s: rtn is %v dB below the optimum, want %v", grid, rtn.BelowIdealDB, want)
		}
	}
	res, err := Quantize(context.Background(), m, DefaultScheme(), Options{})
	if err != nil || !math.IsNaN(res.Metrics.BelowIdealDB) {
		t.Errorf("not asked for, got %v, %v", res.Metrics.BelowIdealDB, err)
	}
}

func TestMedianPositive(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(8, 8))
	for _, n := range []int{1, 2, 9, 5000, 20000} {
		s := make([]float32, n)
		for i := range s {
			s[i] = float32(rng.ExpFloat64())
			if n > 2 && i%7 == 0 {
				s[i] = 0
			}
		}
		var positive []float32
		for _, v := range s {
			if v > 0 {
				positive = append(positive, v)
			}
		}
		slices.Sort(positive)
		want := positive[len(positive)/2]
		if got := medianPositive(s, len(positive)); got != want {
			t.Errorf("median of %d: %v, want %v", n, got, want)
		}
		if got := medianOfMany(s, len(positive)); got != want {
			t.Errorf("median of %d by counting: %v, want %v", n, got, want)
		}
		if got, want := scaleSpread(s), float64(positive[len(positive)-1])/float64(want); got != want {
			t.Errorf("spread %v, want %v", got, want)
		}
	}
	if v := scaleSpread([]float32{0, 0}); !math.IsNaN(v) {
		t.Errorf("spread of zeros: %v", v)
	}
}
