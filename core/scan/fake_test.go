package scan

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/int2"
)

// fakeWeights are a tensor's values in memory.
type fakeWeights struct {
	tensor *model.Tensor
	values []float32
	err    error // of reading
	reads  *counter
}

type counter struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counter) add(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[key]++
}

func (c *counter) get(key string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[key]
}

func (f *fakeWeights) Fingerprint(ctx context.Context) (uint64, error) {
	f.reads.add("fingerprint " + f.tensor.Name)
	if f.err != nil {
		return 0, f.err
	}
	h := fnv.New64a()
	var b [4]byte
	for _, v := range f.values {
		binary.LittleEndian.PutUint32(b[:], math.Float32bits(v))
		h.Write(b[:])
	}
	return h.Sum64(), ctx.Err()
}

func (f *fakeWeights) Rows(context.Context) (model.Rows, error) {
	if f.err != nil {
		return nil, f.err
	}
	rows, cols, _, _ := f.tensor.Matrix()
	return &fakeRows{int2.Dense{Rows: rows, Cols: cols, Data: f.values}, f.tensor.Name}, nil
}

func (f *fakeWeights) Values(_ context.Context, first int64, dst []float32) error {
	copy(dst, f.values[first:])
	return f.err
}

// fakeRows know which tensor they belong to, so that a fake quantizer can tell.
type fakeRows struct {
	int2.Dense
	name string
}

func (*fakeRows) Close() error { return nil }

// fake is a model in memory and the engine over it.
type fake struct {
	t        *testing.T
	model    *model.Model
	weights  map[*model.Tensor]*fakeWeights
	calls    counter
	quantize func(context.Context, string, int2.RowReader, int2.Scheme, int2.Options) (*int2.Result, error)
}

func newFake(t *testing.T) *fake {
	return &fake{t: t, model: &model.Model{Path: "fake"}, weights: map[*model.Tensor]*fakeWeights{}}
}

// add adds a float32 tensor of random values.
func (f *fake) add(name string, seed uint64, shape ...int) *fakeWeights {
	n := 1
	for _, d := range shape {
		n *= d
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	w := &fakeWeights{values: make([]float32, n), reads: &f.calls}
	for i := range w.values {
		w.values[i] = float32(rng.NormFloat64())
	}
	w.tensor = &model.Tensor{Name: name, DType: "F32", Shape: shape, Parameters: int64(n), SizeBytes: 4 * int64(n)}
	f.model.Tensors = append(f.model.Tensors, w.tensor)
	f.model.Parameters += int64(n)
	f.model.SizeBytes += 4 * int64(n)
	f.weights[w.tensor] = w
	return w
}

// again is the model opened once more: other tensors, the same values.
func (f *fake) again() *model.Model {
	m := &model.Model{Path: f.model.Path, Parameters: f.model.Parameters, SizeBytes: f.model.SizeBytes}
	for _, t := range f.model.Tensors {
		c := *t
		w := *f.weights[t]
		w.tensor, w.values = &c, slices.Clone(w.values)
		m.Tensors = append(m.Tensors, &c)
		f.weights[&c] = &w
	}
	return m
}

func (f *fake) engine() engine {
	return engine{
		weights: func(t *model.Tensor) weights { return f.weights[t] },
		quantize: func(ctx context.Context, w int2.RowReader, s int2.Scheme, opt int2.Options) (*int2.Result, error) {
			name := ""
			if r, ok := w.(*fakeRows); ok {
				name = r.name
			}
			f.calls.add(fmt.Sprintf("%s %s ideal=%v", name, s, opt.Ideal))
			if f.quantize != nil {
				return f.quantize(ctx, name, w, s, opt)
			}
			return fakeQuantize(ctx, w, s, opt)
		},
	}
}

func (f *fake) session(p plan.Plan, opt Options) *Session {
	return newSession(f.model, p, opt, f.engine())
}

// fakeQuantize makes up figures that depend on the values and the scheme.
func fakeQuantize(ctx context.Context, w int2.RowReader, s int2.Scheme, opt int2.Options) (*int2.Result, error) {
	rows, cols := w.Dims()
	values := make([]float32, rows*cols)
	if err := w.ReadRows(ctx, 0, rows, values); err != nil {
		return nil, err
	}
	m := int2.Metrics{Count: int64(len(values)), BelowIdealDB: math.NaN(), CodeOccupancy: make([]float64, s.Levels())}
	for _, v := range values {
		switch {
		case v != v:
			m.NaNs++
		case math.IsInf(float64(v), 0):
			m.Infs++
		}
		m.Signal += float64(v) * float64(v)
	}
	if m.NaNs+m.Infs > 0 {
		return &int2.Result{Metrics: m}, fmt.Errorf("fake: %w", int2.ErrNotFinite)
	}
	m.Error = m.Signal / math.Pow(4, float64(s.Bits)) * (1 + math.Abs(float64(values[0]))/10)
	m.SQNRdB = 10 * math.Log10(m.Signal/m.Error)
	if opt.Ideal {
		m.BelowIdealDB = 0.5
	}
	return &int2.Result{Metrics: m, Solver: s.Solver}, nil
}

// bits is the choice of a bit width.
func bits(n int) plan.Choice { return plan.Choice{Bits: &n} }

// named is a rule for one tensor.
func named(name string, c plan.Choice) plan.Rule {
	return plan.Rule{Match: plan.Exact(name), Choice: c}
}
