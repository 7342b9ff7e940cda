package family

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/internal/gemm"
	"github.com/mmtui/mmtui/internal/pool"
)

// fixture is a folder of the reference data: a model, and what the published
// library computed with it.
type fixture struct {
	t         testing.TB
	dir       string
	io        *safetensors.File
	tolerance float64 // of activations, absolute
}

func openFixture(t testing.TB, dir string) *fixture {
	t.Helper()
	f, err := safetensors.Open(filepath.Join(dir, "io.safetensors"), safetensors.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return &fixture{t: t, dir: dir, io: f, tolerance: tolerance}
}

func (f *fixture) has(name string) bool { _, ok := f.io.Lookup(name); return ok }

func (f *fixture) shape(name string) []int {
	info, ok := f.io.Lookup(name)
	if !ok {
		f.t.Fatalf("%s has no %s", f.dir, name)
	}
	return info.Shape
}

// floats are the values of a recorded tensor.
func (f *fixture) floats(name string) []float32 {
	f.t.Helper()
	f.shape(name)
	info, _ := f.io.Lookup(name)
	v := make([]float32, info.Parameters())
	if err := f.io.ReadValues(context.Background(), info, 0, v); err != nil {
		f.t.Fatal(err)
	}
	return v
}

func (f *fixture) ints(name string) []int {
	f.t.Helper()
	f.shape(name)
	info, _ := f.io.Lookup(name)
	b := make([]byte, info.Size())
	if err := f.io.ReadBytes(info, 0, b); err != nil {
		f.t.Fatal(err)
	}
	v := make([]int, info.Parameters())
	for i := range v {
		v[i] = int(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return v
}

// meanStd are the processor's.
func (f *fixture) meanStd() (mean, std []float64) {
	f.t.Helper()
	b, err := os.ReadFile(filepath.Join(f.dir, "processor_config.json"))
	if err != nil {
		f.t.Fatal(err)
	}
	var c struct {
		Image struct {
			Mean []float64 `json:"image_mean"`
			Std  []float64 `json:"image_std"`
		} `json:"image_processor"`
	}
	if err := json.Unmarshal(b, &c); err != nil {
		f.t.Fatal(err)
	}
	return c.Image.Mean, c.Image.Std
}

// pixels are recorded tiles, normalised as the processor does: (u8/255 − mean)/std in float32.
func (f *fixture) pixels(name string) (v []float32, tiles, height, width int) {
	f.t.Helper()
	mean, std := f.meanStd()
	v, shape := f.floats(name), f.shape(name)
	area := shape[2] * shape[3]
	for i := range v {
		c := i / area % 3
		v[i] = (v[i]*float32(0.00392156862745098) - float32(mean[c])) / float32(std[c])
	}
	return v, shape[0], shape[2], shape[3]
}

// network opens the folder's model.
func (f *fixture) network() Network {
	f.t.Helper()
	return openNetwork(f.t, f.dir)
}

func openNetwork(t testing.TB, dir string) Network {
	t.Helper()
	return openWith(t, dir, func(*model.Model) Options { return Options{} })
}

func openWith(t testing.TB, dir string, options func(m *model.Model) Options) Network {
	t.Helper()
	m, err := model.Open(context.Background(), dir, model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	n, err := Open(context.Background(), m, options(m))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// kernelNetwork opens the folder's model with every product on the matrix
// kernels, also those that are too small to be worth it.
func (f *fixture) kernelNetwork() Network {
	f.t.Helper()
	p := pool.New(2)
	f.t.Cleanup(p.Close)
	return openWith(f.t, f.dir, func(m *model.Model) Options {
		return Options{Pool: p, Linears: func(_ *nn.Engine, float nn.Linears) nn.Linears { return kernelLinears{float, m, gemm.New(p)} }}
	})
}

type kernelLinears struct {
	nn.Linears // for tables
	m          *model.Model
	kernels    *gemm.Kernels
}

func (k kernelLinears) Linear(name string, bias []float32) (nn.Linear, error) {
	t, _ := k.m.Lookup(name)
	rows, cols, _, _ := t.Matrix()
	v := make([]float32, rows*cols)
	if err := t.Values(context.Background(), 0, v); err != nil {
		return nil, err
	}
	data := make([]byte, 4*len(v))
	for i, x := range v {
		binary.LittleEndian.PutUint32(data[4*i:], math.Float32bits(x))
	}
	return kernelLinear{k.kernels, gemm.Weights{Data: data, Type: gemm.F32, Rows: rows, Cols: cols}, bias}, nil
}

type kernelLinear struct {
	kernels *gemm.Kernels
	w       gemm.Weights
	bias    []float32
}

func (k kernelLinear) Shape() (out, in int) { return k.w.Rows, k.w.Cols }

func (k kernelLinear) Forward(ctx context.Context, y, x []float32, rows int) error {
	return k.kernels.Linear(ctx, y, x, rows, k.w, k.bias)
}

// recorder keeps every activation; what comes in groups is joined.
type recorder struct {
	data  map[string][]float32
	names []string
	open  string
	spans map[string]int
}

func newRecorder() *recorder {
	return &recorder{data: map[string][]float32{}, spans: map[string]int{}}
}

func (r *recorder) Activation(name string, shape []int, data []float32) {
	n := 1
	for _, d := range shape {
		n *= d
	}
	if n != len(data) {
		panic(fmt.Sprintf("%s is %v with %d values", name, shape, len(data)))
	}
	if _, ok := r.data[name]; !ok {
		r.names = append(r.names, name)
	}
	r.data[name] = append(r.data[name], data...)
}

func (r *recorder) Begin(name string) {
	if r.open != "" {
		panic(name + " begins within " + r.open)
	}
	r.open = name
	r.spans[name]++
}

func (r *recorder) End(name string) {
	if r.open != name {
		panic(name + " ends, but " + r.open + " was begun")
	}
	r.open = ""
}

// near compares with a tolerance of absolute difference.
func near(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values, want %d", what, len(got), len(want))
		return
	}
	worst, at := 0.0, 0
	for i := range want {
		d := math.Abs(float64(got[i]) - float64(want[i]))
		if math.IsNaN(d) {
			d = math.Inf(1)
		}
		if d > worst {
			worst, at = d, i
		}
	}
	if worst > tolerance {
		t.Errorf("%s: value %d is %v, want %v (off by %.3g, more than %.0g)", what, at, got[at], want[at], worst, tolerance)
	}
}

// argmax is the first of the largest.
func argmax(v []float32) int {
	return slices.Index(v, slices.Max(v))
}
