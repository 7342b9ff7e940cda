package nn

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/internal/gemm"
	"github.com/mmtui/mmtui/internal/pool"
)

func newPool(t *testing.T) *pool.Pool {
	p := pool.New(3)
	t.Cleanup(p.Close)
	return p
}

func values(n int, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(4*r.Float64() - 2)
	}
	return v
}

func floatWeights(v []float32, rows, cols int) gemm.Weights {
	data := make([]byte, 4*len(v))
	for i, x := range v {
		binary.LittleEndian.PutUint32(data[4*i:], math.Float32bits(x))
	}
	return gemm.Weights{Data: data, Type: gemm.F32, Rows: rows, Cols: cols}
}

func equal(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i, w := range want {
		if d := math.Abs(float64(got[i] - w)); !(d <= tolerance*max(1, math.Abs(float64(w)))) {
			t.Fatalf("%s: value %d is %v, want %v", what, i, got[i], w)
		}
	}
}

// Every name of config.json against its formula in double.
func TestActivations(t *testing.T) {
	tanhGELU := func(x float64) float64 {
		return 0.5 * x * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
	}
	gelu := func(x float64) float64 { return 0.5 * x * (1 + math.Erf(x/math.Sqrt2)) }
	silu := func(x float64) float64 { return x / (1 + math.Exp(-x)) }
	for name, f := range map[string]func(float64) float64{
		"gelu": gelu, "gelu_python": gelu,
		"gelu_new": tanhGELU, "gelu_pytorch_tanh": tanhGELU, "gelu_fast": tanhGELU, "gelu_python_tanh": tanhGELU, "gelu_accurate": tanhGELU,
		"quick_gelu": func(x float64) float64 { return x / (1 + math.Exp(-1.702*x)) },
		"silu":       silu, "swish": silu,
		"relu": func(x float64) float64 { return max(x, 0) }, "relu2": func(x float64) float64 { return max(x, 0) * max(x, 0) },
		"sigmoid": func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, "tanh": math.Tanh,
		"linear": func(x float64) float64 { return x },
	} {
		a, err := ParseActivation(name)
		if err != nil {
			t.Fatal(err)
		}
		x, up := []float32{-9, -3, -1, -0.1, 0, 0.1, 1, 3, 9}, values(9, 2)
		want, gated := make([]float32, len(x)), make([]float32, len(x))
		for i, v := range x {
			want[i] = float32(f(float64(v)))
			gated[i] = float32(f(float64(v)) * float64(up[i]))
		}
		got := make([]float32, len(x))
		a.Apply(got, x)
		equal(t, name, got, want, 2e-6)
		a.Gate(x, x, up)
		equal(t, name+" as a gate", x, gated, 2e-6)
	}
	if _, err := ParseActivation("geglu"); err == nil || !strings.Contains(err.Error(), `"geglu"`) || !strings.Contains(err.Error(), "quick_gelu") {
		t.Errorf("an unknown name: %v", err)
	}
}

// Row-wise work gives the same whether it is cut into chunks or not.
func TestRunCutsRows(t *testing.T) {
	const rows, width = 700, 50 // three chunks of norms
	r := NewRun(newPool(t))
	norm := Norm{Gain: values(width, 3), Bias: values(width, 4), Eps: 1e-5}
	x, plus := values(rows*width, 5), values(rows*width, 6)
	want, sum := make([]float32, len(x)), slices.Clone(x)
	for i := range sum {
		sum[i] += plus[i]
	}
	for row := range rows {
		norm.Row(want[row*width:][:width], sum[row*width:][:width])
	}
	got, src := make([]float32, len(x)), slices.Clone(x)
	if err := r.AddNorm(t.Context(), got, src, plus, rows, &norm); err != nil {
		t.Fatal(err)
	}
	equal(t, "AddNorm", got, want, 0)
	equal(t, "its sum", src, sum, 0)
	if err := r.Norm(t.Context(), got, sum, rows, &norm); err != nil {
		t.Fatal(err)
	}
	equal(t, "Norm", got, want, 0)

	period := values(7*width, 7)
	src = slices.Clone(x)
	if err := r.Add(t.Context(), src, period, rows, width); err != nil {
		t.Fatal(err)
	}
	for i := range want {
		want[i] = x[i] + period[i%len(period)]
	}
	equal(t, "Add of 7 rows over and over", src, want, 0)

	src = slices.Clone(x)
	if err := r.Activate(t.Context(), src, ReLU); err != nil {
		t.Fatal(err)
	}
	for i := range want {
		want[i] = max(x[i], 0)
	}
	equal(t, "Activate", src, want, 0)
	src = slices.Clone(x)
	if err := r.Gate(t.Context(), src, plus, ReLU); err != nil {
		t.Fatal(err)
	}
	for i := range want {
		want[i] = max(x[i], 0) * plus[i]
	}
	equal(t, "Gate", src, want, 0)

	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, err := range map[string]error{
		"many rows": r.Norm(cancelled, got, x, rows, &norm), "one row": r.Norm(cancelled, got, x, 1, &norm),
		"look-up": r.Lookup(cancelled, got, width, floatWeights(x, rows, width), []int{1}),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A convolution without padding is a linear layer over patches.
func TestPatchesMakeAConvolution(t *testing.T) {
	const n, height, width, patch, out = 2, 7, 11, 3, 4
	shape := Picture{Channels: 3, Height: height, Width: width, Patch: patch}
	rows, cols := shape.Grid()
	if rows != 2 || cols != 3 {
		t.Fatalf("grid %d×%d", rows, cols)
	}
	p := newPool(t)
	pixels, kernel := values(n*3*height*width, 8), values(out*3*patch*patch, 9)
	patches := make([]float32, n*rows*cols*shape.Values())
	if err := NewRun(p).Patches(t.Context(), patches, pixels, n, shape); err != nil {
		t.Fatal(err)
	}
	l, err := NewFloat(NewEngine(p), floatWeights(kernel, out, shape.Values()), nil)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]float32, n*rows*cols*out)
	if err := l.Forward(t.Context(), got, patches, n*rows*cols); err != nil {
		t.Fatal(err)
	}
	want := make([]float32, 0, len(got))
	for b := range n {
		for y := range rows {
			for x := range cols {
				for o := range out {
					var sum float64
					for c := range 3 {
						for dy := range patch {
							for dx := range patch {
								pixel := pixels[((b*3+c)*height+y*patch+dy)*width+x*patch+dx]
								sum += float64(pixel) * float64(kernel[((o*3+c)*patch+dy)*patch+dx])
							}
						}
					}
					want = append(want, float32(sum))
				}
			}
		}
	}
	equal(t, "convolution", got, want, 1e-5)
}

func TestFloat(t *testing.T) {
	// Products in double, and on the kernels.
	for _, shape := range [][3]int{{10, 6, 3}, {10, 6, 40_000}, {300, 260, 3}, {300, 260, 20}} {
		checkFloat(t, shape[0], shape[1], shape[2])
	}
}

func checkFloat(t *testing.T, out, in, rows int) {
	e := NewEngine(newPool(t))
	w, bias, x := values(out*in, 10), values(out, 11), values(rows*in, 12)
	l, err := NewFloat(e, floatWeights(w, out, in), bias)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float32, rows*out)
	for r := range rows {
		for o := range out {
			sum := float64(bias[o])
			for i := range in {
				sum += float64(x[r*in+i]) * float64(w[o*in+i])
			}
			want[r*out+o] = float32(sum)
		}
	}
	got := make([]float32, rows*out)
	if err := l.Forward(t.Context(), got, x, rows); err != nil {
		t.Fatal(err)
	}
	tolerance := 1e-4
	if small(l.weights, rows) {
		tolerance = 1e-6
	}
	equal(t, "linear", got, want, tolerance)
	// Some outputs alone, by a slice and by computing all.
	part := make([]float32, rows*4)
	for name, s := range map[string]Linear{"slice": Outputs(l, 3, 7), "part": Outputs(plain{l}, 3, 7)} {
		if o, i := s.Shape(); o != 4 || i != in {
			t.Errorf("%s: shape [%d, %d]", name, o, i)
		}
		if err := s.Forward(t.Context(), part, x, rows); err != nil {
			t.Fatal(err)
		}
		for r := range rows {
			equal(t, name, part[r*4:][:4], want[r*out+3:][:4], 1e-4)
		}
	}
	if err := l.Forward(t.Context(), got, x, rows+1); err == nil {
		t.Errorf("%d rows of inputs for %d were taken", rows, rows+1)
	}
	if err := l.Forward(t.Context(), got, x, 0); err != nil {
		t.Errorf("no rows: %v", err)
	}
	for _, bad := range []struct {
		w    gemm.Weights
		bias []float32
	}{{floatWeights(w, out, in+1), nil}, {gemm.Weights{}, nil}, {floatWeights(w, out, in), bias[1:]}} {
		if _, err := NewFloat(e, bad.w, bad.bias); err == nil {
			t.Errorf("a layer of %d bytes as [%d, %d] and a bias of %d", len(bad.w.Data), bad.w.Rows, bad.w.Cols, len(bad.bias))
		}
	}
}

// plain hides that a layer can be sliced.
type plain struct{ Linear }

// The published formulas in double.
func TestRope(t *testing.T) {
	const dim, positions = 10, 300
	base := RopeConfig{Type: "default", Theta: 5000, Dim: dim, Factor: 1}
	linear, llama3 := base, base
	linear.Type, linear.Factor = "linear", 4
	llama3.Type, llama3.Factor, llama3.LowFreq, llama3.HighFreq, llama3.Original = "llama3", 8, 1, 4, 64
	for _, c := range []RopeConfig{base, linear, llama3} {
		rope, err := NewRope(c, positions)
		if err != nil {
			t.Fatal(err)
		}
		bent := 0
		for i := range dim / 2 {
			plain := math.Pow(c.Theta, -float64(2*i)/dim)
			f := plain / c.Factor
			if c.Type == "llama3" {
				switch turns := float64(c.Original) * plain / (2 * math.Pi); {
				case turns > c.HighFreq:
					f = plain
				case turns >= c.LowFreq:
					s := (turns - c.LowFreq) / (c.HighFreq - c.LowFreq)
					f = (1-s)*plain/c.Factor + s*plain
					bent++
				}
			}
			for p := range positions {
				at := p*dim/2 + i
				if d := math.Abs(float64(rope.cos[at]) - math.Cos(float64(p)*f)); d > 5e-5 {
					t.Fatalf("%s: cos of position %d, pair %d is off by %g", c.Type, p, i, d)
				}
				if d := math.Abs(float64(rope.sin[at]) - math.Sin(float64(p)*f)); d > 5e-5 {
					t.Fatalf("%s: sin of position %d, pair %d is off by %g", c.Type, p, i, d)
				}
			}
		}
		if c.Type == "llama3" && bent == 0 {
			t.Error("no frequency lies in the blended band: the test shows nothing of it")
		}
	}
	if _, err := NewRope(RopeConfig{Type: "longrope", Dim: 4}, 1); err == nil || !strings.Contains(err.Error(), "longrope") {
		t.Errorf("longrope: %v", err)
	}
}

// A rotation is by the position of the row, head by head.
func TestRotate(t *testing.T) {
	rope, err := NewRope(RopeConfig{Type: "default", Theta: 100, Dim: 4, Factor: 1}, 9)
	if err != nil {
		t.Fatal(err)
	}
	const rows, heads, first = 3, 2, 5
	x := values(rows*heads*4, 13)
	got := slices.Clone(x)
	if err := NewRun(newPool(t)).Rotate(t.Context(), got, rows, heads, first, rope); err != nil {
		t.Fatal(err)
	}
	want := make([]float32, len(x))
	for at := 0; at < len(x); at += 4 {
		position := float64(first + at/4/heads)
		for i, f := range []float64{1, 0.1} {
			a, b := float64(x[at+i]), float64(x[at+2+i])
			sin, cos := math.Sincos(position * f)
			want[at+i], want[at+2+i] = float32(a*cos-b*sin), float32(b*cos+a*sin)
		}
	}
	equal(t, "rotate", got, want, 1e-6)
}
