package vec

import (
	"math"
	"math/rand/v2"
	"testing"
)

// ulps is the distance of got from the exact value in units in the last place
// of a float32 of that size.
func ulps(got float32, exact float64) float64 {
	if want := float32(exact); got == want || got != got && want != want {
		return 0
	}
	_, e := math.Frexp(exact)
	return math.Abs(float64(got)-exact) / math.Ldexp(1, max(e-24, -149))
}

func sigma(x float64) float64 {
	if x < 0 {
		return math.Exp(x) / (1 + math.Exp(x))
	}
	return 1 / (1 + math.Exp(-x))
}

func exactGELU(x float64) float64 { return 0.5 * x * math.Erfc(-x/math.Sqrt2) }

func exactGELUTanh(x float64) float64 {
	return x * sigma(2*math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x))
}

// reference is a function with the bounds of its error: ulps above the point
// left, and absolute below it.
type reference struct {
	name  string
	f     func(dst, src []float32)
	exact func(x float64) float64
	ulps  float64
	left  float64
	small float64
}

func references() []reference {
	return []reference{
		{"Exp", Exp, math.Exp, 1, math.Inf(-1), 0},
		{"GELU", GELU, exactGELU, 6, -12.5, 1e-33},
		{"GELUTanh", GELUTanh, exactGELUTanh, 4, -1, 1e-7},
		{"QuickGELU", QuickGELU, func(x float64) float64 { return x * sigma(1.702*x) }, 4, -1, 1e-7},
		{"SiLU", SiLU, func(x float64) float64 { return x * sigma(x) }, 4, -80, 1e-33},
	}
}

func TestAccuracyOverAllFloats(t *testing.T) {
	for _, ref := range references() {
		t.Run(ref.name, func(t *testing.T) {
			const step = 5003
			src, got := make([]float32, 4096), make([]float32, 4096)
			worst, at, worstSmall := 0.0, float32(0), 0.0
			for start := uint64(0); start < 1<<32; start += step << 12 {
				for i := range src {
					src[i] = math.Float32frombits(uint32(start + uint64(i)*step))
				}
				ref.f(got, src)
				for i, x := range src {
					if x != x || math.IsInf(float64(x), 0) {
						continue // see TestSpecialValues
					}
					exact := ref.exact(float64(x))
					if float64(x) < ref.left {
						worstSmall = max(worstSmall, math.Abs(float64(got[i])-exact))
						continue
					}
					if u := ulps(got[i], exact); u > worst || u != u {
						worst, at = u, x
					}
				}
			}
			t.Logf("worst %.2f ulp at %v, %.2g below %v", worst, at, worstSmall, ref.left)
			if !(worst <= ref.ulps) {
				t.Errorf("%.2f ulp at %v, more than %v", worst, at, ref.ulps)
			}
			if !(worstSmall <= ref.small) {
				t.Errorf("off by %v below %v, more than %v", worstSmall, ref.left, ref.small)
			}
		})
	}
}

func TestSpecialValues(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	src := []float32{nan, inf, -inf, 0, 1e30, -1e30, math.MaxFloat32}
	// PyTorch's gelu, silu and x·sigmoid give NaN at −∞: −∞ times 0.
	want := []float32{nan, inf, nan, 0, 1e30, 0, math.MaxFloat32}
	for _, ref := range references()[1:] {
		got := make([]float32, len(src))
		ref.f(got, src)
		for i := range want {
			if got[i] != want[i] && !same(got[i], want[i]) {
				t.Errorf("%s(%v) = %v, want %v", ref.name, src[i], got[i], want[i])
			}
		}
	}
	got := make([]float32, len(src))
	Exp(got, src)
	expectSame(t, "Exp", got, []float32{nan, inf, 0, 1, inf, 0, inf})
}

func TestSoftmaxAgainstFloat64(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, n := range []int{1, 2, 17, 50, 197, 1024, 49280} {
		for _, spread := range []float64{0, 1, 30, 1e4} {
			src := make([]float32, n)
			for i := range src {
				src[i] = float32(spread * r.NormFloat64())
			}
			src[r.IntN(n)] = float32(spread)
			hidden := -1
			if n > 2 {
				hidden = r.IntN(n)
				src[hidden] = float32(math.Inf(-1))
			}
			got := make([]float32, n)
			Softmax(got, src)
			top, sum := math.Inf(-1), 0.0
			for _, v := range src {
				top = max(top, float64(v))
			}
			for _, v := range src {
				sum += math.Exp(float64(v) - top)
			}
			for i, v := range src {
				exact := math.Exp(float64(v)-top) / sum
				// v − top is rounded: half an ulp of it is a relative error of the result.
				if bound := 1e-42 + exact*(1e-6+math.Abs(float64(v)-top)/(1<<24)); !(math.Abs(float64(got[i])-exact) <= bound) && i != hidden {
					t.Fatalf("n %d, spread %v: %v, want %v", n, spread, got[i], exact)
				}
			}
			if hidden >= 0 && got[hidden] != 0 {
				t.Errorf("−∞ has the probability %v", got[hidden])
			}
		}
	}
}

func TestSoftmaxOfSpecialRows(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, row := range [][]float32{{-inf, -inf}, {1, inf}, {1, nan, 2}, {nan}} {
		got := make([]float32, len(row))
		Softmax(got, row)
		for _, v := range got {
			if v == v {
				t.Errorf("softmax(%v) = %v, want NaN", row, got)
			}
		}
	}
	Softmax(nil, nil)
}

func TestNormsAgainstFloat64(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, n := range []int{1, 5, 31, 32, 33, 100, 576, 768, 1152} {
		for _, shift := range []float64{0, 3, 1000, -1e5} {
			src, gain, bias := make([]float32, n), make([]float32, n), make([]float32, n)
			var mean, square, energy float64
			for i := range src {
				src[i], gain[i], bias[i] = float32(shift+r.NormFloat64()), float32(r.NormFloat64()), float32(r.NormFloat64())
				mean += float64(src[i]) / float64(n)
				energy += float64(src[i]) * float64(src[i]) / float64(n)
			}
			for _, v := range src {
				square += (float64(v) - mean) * (float64(v) - mean) / float64(n)
			}
			got := make([]float32, n)
			LayerNorm(got, src, gain, bias, 1e-5)
			for i, v := range src {
				exact := (float64(v)-mean)/math.Sqrt(square+1e-5)*float64(gain[i]) + float64(bias[i])
				if off := math.Abs(float64(got[i]) - exact); !(off <= 3e-6) {
					t.Fatalf("LayerNorm, n %d, shift %v: off by %v", n, shift, off)
				}
			}
			RMSNorm(got, src, gain, 1e-5)
			for i, v := range src {
				exact := float64(v) / math.Sqrt(energy+1e-5) * float64(gain[i])
				if off := math.Abs(float64(got[i]) - exact); !(off <= 1e-6*math.Abs(exact)) {
					t.Fatalf("RMSNorm, n %d, shift %v: %v, want %v", n, shift, got[i], exact)
				}
			}
		}
	}
	LayerNorm(nil, nil, nil, nil, 1e-5)
	RMSNorm(nil, nil, nil, 1e-5)
}

func TestConstantRow(t *testing.T) {
	for _, v := range []float32{0, 1, 0.1, 1234.567} {
		src, gain, bias, got := make([]float32, 77), make([]float32, 77), make([]float32, 77), make([]float32, 77)
		for i := range src {
			src[i], gain[i], bias[i] = v, 1, 0.5
		}
		LayerNorm(got, src, gain, bias, 1e-5)
		for _, y := range got {
			if math.Abs(float64(y)-0.5) > 1e-6 {
				t.Fatalf("a row of %v gives %v, want the bias 0.5", v, y)
			}
		}
	}
}

func TestRotateKeepsLengths(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for _, d := range []int{2, 8, 12, 64, 72, 128} {
		x, cos, sin := make([]float32, d), make([]float32, d/2), make([]float32, d/2)
		for i := range cos {
			angle := r.Float64() * 100
			cos[i], sin[i] = float32(math.Cos(angle)), float32(math.Sin(angle))
			x[i], x[i+d/2] = 3, 4
		}
		Rotate(x, cos, sin)
		for i := range cos {
			wantX, wantY := 3*float64(cos[i])-4*float64(sin[i]), 4*float64(cos[i])+3*float64(sin[i])
			if math.Abs(float64(x[i])-wantX) > 1e-6 || math.Abs(float64(x[i+d/2])-wantY) > 1e-6 {
				t.Fatalf("d %d, pair %d: (%v, %v), want (%v, %v)", d, i, x[i], x[i+d/2], wantX, wantY)
			}
		}
	}
}
