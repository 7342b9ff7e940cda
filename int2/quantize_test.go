package int2

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// allSchemes are all bits, grids and solvers that fit, at one group size.
func allSchemes(group int) []Scheme {
	var out []Scheme
	for _, bits := range BitWidths() {
		for _, grid := range Grids() {
			for _, solver := range Solvers() {
				if solver.Fits(grid) {
					out = append(out, Scheme{Bits: bits, Grid: grid, Group: group, Solver: solver})
				}
			}
		}
		out = append(out, Scheme{Bits: bits, Grid: Affine, Group: group, Solver: RTN, IntegerZero: true})
	}
	return out
}

// twoBitSchemes are those of allSchemes at 2 bits, where time is short.
func twoBitSchemes(group int) []Scheme {
	return slices.DeleteFunc(allSchemes(group), func(s Scheme) bool { return s.Bits != 2 })
}

// wildMatrix draws shapes and distributions that break careless code: far
// outliers, groups on very different scales, constant and one-signed rows,
// huge and tiny numbers.
func wildMatrix(rng *rand.Rand) *Dense {
	m := &Dense{Rows: 1 + rng.IntN(5), Cols: 1 + rng.IntN(90)}
	m.Data = make([]float32, m.Rows*m.Cols)
	kind, size := rng.IntN(9), math.Pow(10, float64(rng.IntN(9)-6))
	for i := range m.Data {
		v := size * rng.NormFloat64()
		switch kind {
		case 1:
			v = size * studentT5(rng)
		case 2: // groups 300 times apart
			v *= math.Pow(300, float64(i/16%3))
		case 3:
			v = size
		case 4:
			v = math.Abs(v)
		case 5: // far from zero
			v = size * (50 + rng.NormFloat64())
		case 6:
			v = 3e38 * (2*rng.Float64() - 1)
		case 7:
			v = 3e-38 * rng.NormFloat64()
		case 8: // a column far out, some zeros
			v *= float64(rng.IntN(2))
			if i%m.Cols == 0 {
				v = 1000 * size
			}
		}
		m.Data[i] = float32(math.Min(math.Max(v, -maxFloat32), maxFloat32))
	}
	return m
}

// The laws hold for any matrix: no solver is worse than round-to-nearest, the
// packed form is valid and has the promised size, its values are what was
// measured, and Compare measures the same.
func TestLaws(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(21, 1))
	groups := []int{16, 32, 64, PerChannel}
	for range 25 {
		m := wildMatrix(rng)
		for _, s := range allSchemes(groups[rng.IntN(len(groups))]) {
			name := fmt.Sprintf("%s integer zero %v, %d×%d, %v …", s, s.IntegerZero, m.Rows, m.Cols, m.Data[:min(3, len(m.Data))])
			res := quantizeAll(t, m, s, name)
			plain := s
			plain.Solver = RTN
			if !s.IntegerZero {
				rtn := quantizeAll(t, m, plain, name)
				if !(res.Metrics.Error <= rtn.Metrics.Error) {
					t.Fatalf("%s: error %v, round-to-nearest %v", name, res.Metrics.Error, rtn.Metrics.Error)
				}
			}
			checkPacked(t, m, res, name)
		}
	}
}

func quantizeAll(t *testing.T, m *Dense, s Scheme, name string) *Result {
	t.Helper()
	res, err := Quantize(context.Background(), m, s, Options{Keep: true, Detail: true, Ideal: true})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return res
}

func checkPacked(t *testing.T, m *Dense, res *Result, name string) {
	t.Helper()
	p := res.Packed
	if err := p.Validate(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	size := len(p.Codes) + len(p.Mult) + 2*len(p.Offset) + 4*len(p.RowScale) + 4*len(p.Col)
	if int64(size) != p.Scheme.SizeBytes(m.Rows, m.Cols, res.HasCol) {
		t.Fatalf("%s: %d bytes, the scheme says %d", name, size, p.Scheme.SizeBytes(m.Rows, m.Cols, res.HasCol))
	}
	if res.Solver != p.Scheme.Solver {
		t.Fatalf("%s: solver %s, packed by %s", name, res.Solver, p.Scheme.Solver)
	}
	cmp, err := Compare(context.Background(), m, p, Options{Detail: true})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	a, b := res.Metrics, cmp.Metrics
	if !equalFigures(a, b) {
		t.Fatalf("%s:\nQuantize %+v\nCompare  %+v", name, a, b)
	}
	for i, v := range res.Detail.RowSQNRdB {
		if math.Float32bits(v) != math.Float32bits(cmp.Detail.RowSQNRdB[i]) {
			t.Fatalf("%s: row %d is %v dB, compared %v dB", name, i, v, cmp.Detail.RowSQNRdB[i])
		}
	}
	if !reflect.DeepEqual(res.Detail.ColErrorRMS, cmp.Detail.ColErrorRMS) || !reflect.DeepEqual(res.Detail.ColRMS, cmp.Detail.ColRMS) {
		t.Fatalf("%s: column figures differ between Quantize and Compare", name)
	}
}

// equalFigures compares, bit for bit, the figures that need no codes.
func equalFigures(a, b Metrics) bool {
	list := func(m Metrics) []float64 {
		return []float64{float64(m.Count), m.Signal, m.Error, m.SQNRdB, m.RelativeRMSE, m.Cosine, m.MaxAbsError, m.MaxAbs, m.Min, m.Max, m.Mean, m.Kurtosis}
	}
	x, y := list(a), list(b)
	for i := range x {
		if math.Float64bits(x[i]) != math.Float64bits(y[i]) && !(math.IsNaN(x[i]) && math.IsNaN(y[i])) {
			return false
		}
	}
	return true
}

// Figures and arrays must not depend on the number of goroutines, and several
// blocks must be at work.
func TestWorkersDoNotMatter(t *testing.T) {
	t.Parallel()
	m := draw(5, 700, 333, studentT5)
	for r := range 50 { // rows for every fallback
		m.Data[r*333] = 5
	}
	for _, s := range []Scheme{
		DefaultScheme(),
		{Bits: 2, Grid: Twos, Group: 32, Solver: Search},
		{Bits: 2, Grid: Affine, Group: 64, Solver: HQQ},
		{Bits: 3, Grid: Affine, Group: 48, Solver: SINQ},
		{Bits: 2, Grid: Affine, Group: 64, Solver: Best},
	} {
		var first *Result
		for _, workers := range []int{1, 2, 5} {
			res, err := Quantize(context.Background(), m, s, Options{Workers: workers, Keep: true, Detail: true, Ideal: true})
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = res
				continue
			}
			if fmt.Sprintf("%+v", *res.Detail) != fmt.Sprintf("%+v", *first.Detail) ||
				fmt.Sprintf("%+v", res.Metrics) != fmt.Sprintf("%+v", first.Metrics) || !reflect.DeepEqual(res.Packed, first.Packed) {
				t.Errorf("%s: %d workers give another result than one", s, workers)
			}
		}
	}
}

func TestOddMatrices(t *testing.T) {
	t.Parallel()
	big := float32(math.MaxFloat32)
	for _, c := range []struct {
		name       string
		rows, cols int
		fill       func(i int) float32
		zero       bool // quantizes to zero
		exact      bool // to −100 dB
	}{
		{"one", 1, 1, func(int) float32 { return -0.3 }, false, true},
		{"column", 7, 1, func(i int) float32 { return float32(i) - 3 }, false, false},
		{"row", 1, 7, func(i int) float32 { return float32(i) - 3 }, false, false},
		{"constant", 3, 40, func(int) float32 { return 0.7 }, false, true},
		{"negative constant", 3, 40, func(int) float32 { return -0.7 }, false, true},
		{"zeros", 3, 40, func(int) float32 { return 0 }, true, false},
		{"denormal", 3, 40, func(i int) float32 { return float32(i%5-2) * 1e-41 }, true, false},
		{"smallest", 2, 20, func(i int) float32 { return float32(i%2) * math.SmallestNonzeroFloat32 }, true, false},
		{"largest", 2, 20, func(i int) float32 { return big * float32(i%2*2-1) }, false, false},
		{"largest constant", 2, 20, func(int) float32 { return big }, false, false},
	} {
		m := &Dense{Rows: c.rows, Cols: c.cols, Data: make([]float32, c.rows*c.cols)}
		for i := range m.Data {
			m.Data[i] = c.fill(i)
		}
		for _, s := range allSchemes(16) {
			name := fmt.Sprintf("%s, %s", c.name, s)
			res := quantizeAll(t, m, s, name)
			checkPacked(t, m, res, name)
			if c.zero {
				if res.Metrics.Error != res.Metrics.Signal {
					t.Errorf("%s: error %v of %v", name, res.Metrics.Error, res.Metrics.Signal)
				}
				for _, v := range res.Packed.RowScale {
					if v != 0 {
						t.Errorf("%s: row scale %v", name, v)
					}
				}
			}
			if published := s.Solver == RTN && s.Grid != Affine || s.IntegerZero; c.exact && !published {
				if !(res.Metrics.Error <= 1e-10*res.Metrics.Signal) {
					t.Errorf("%s: %v dB", name, res.Metrics.SQNRdB)
				}
			}
		}
	}
}

func TestEmptyMatrices(t *testing.T) {
	t.Parallel()
	for _, dims := range [][2]int{{0, 0}, {0, 5}, {5, 0}} {
		m := &Dense{Rows: dims[0], Cols: dims[1]}
		for _, s := range allSchemes(16) {
			res := quantizeAll(t, m, s, s.String())
			if res.Metrics.Count != 0 || !math.IsNaN(res.Metrics.SQNRdB) || !math.IsNaN(res.Metrics.MaxAbs) || !math.IsNaN(res.Metrics.ClippedRatio) {
				t.Errorf("%v: %+v", dims, res.Metrics)
			}
			if err := res.Packed.Validate(); err != nil {
				t.Errorf("%v: %v", dims, err)
			}
		}
	}
}

func TestNotFinite(t *testing.T) {
	t.Parallel()
	for _, s := range allSchemes(16) {
		m := draw(1, 300, 500, gauss)
		m.Data[3], m.Data[140_000] = float32(math.NaN()), -float32(math.NaN())
		m.Data[149_999] = float32(math.Inf(-1))
		res, err := Quantize(context.Background(), m, s, Options{Keep: true, Detail: true})
		if !errors.Is(err, ErrNotFinite) || res == nil {
			t.Fatalf("%s: %v, %v", s, res, err)
		}
		if res.Metrics.NaNs != 2 || res.Metrics.Infs != 1 || res.Metrics.Count != 150_000 || !math.IsNaN(res.Metrics.SQNRdB) || res.Packed != nil {
			t.Errorf("%s: %+v", s, res)
		}
		if _, err := SolveFloat(context.Background(), m.Data, 300, 500, s); err == nil {
			t.Errorf("%s: SolveFloat took a NaN", s)
		}
	}
	a, b := draw(1, 2, 20, gauss), draw(1, 2, 20, gauss)
	b.Data[7] = float32(math.Inf(1))
	if res, err := Compare(context.Background(), a, b, Options{}); !errors.Is(err, ErrNotFinite) || res.Metrics.Infs != 1 {
		t.Errorf("Compare: %+v, %v", res, err)
	}
}

// countdown is a context that ends when it has been asked often enough.
type countdown struct {
	context.Context
	left *int
}

func (c countdown) Err() error {
	if *c.left--; *c.left < 0 {
		return context.Canceled
	}
	return nil
}

// A block of rows must notice the end of its context before it is done.
func TestCancelledWithinABlock(t *testing.T) {
	t.Parallel()
	m := draw(1, 64, 1000, gauss) // one block
	if blockRows(1000) < 64 {
		t.Fatal("more than one block")
	}
	for _, s := range twoBitSchemes(64) {
		left := 1 << 30
		if _, err := Quantize(countdown{context.Background(), &left}, m, s, Options{Workers: 1}); err != nil {
			t.Fatal(err)
		}
		asked := 1<<30 - left
		if asked < 5 {
			t.Errorf("%s asked its context %d times over a block", s, asked)
		}
		for _, after := range []int{0, 1, 2, asked / 2, asked - 1} {
			left := after
			res, err := Quantize(countdown{context.Background(), &left}, m, s, Options{Workers: 1})
			if !errors.Is(err, context.Canceled) || res != nil {
				t.Errorf("%s, context ended at question %d of %d: %v", s, after, asked, err)
			}
		}
	}
}

// failing is a reader that fails, or ends a context, from one row on.
type failing struct {
	Dense
	from int
	then func() error
}

func (f *failing) ReadRows(ctx context.Context, lo, hi int, dst []float32) error {
	if hi > f.from {
		if err := f.then(); err != nil {
			return err
		}
	}
	return f.Dense.ReadRows(ctx, lo, hi, dst)
}

func TestReaderErrors(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire")
	for _, s := range twoBitSchemes(64) {
		for _, from := range []int{0, 650} {
			f := &failing{*draw(1, 700, 300, gauss), from, func() error { return broken }}
			for _, opt := range []Options{{Workers: 3}, {Detail: true, Workers: 3}} {
				res, err := Quantize(context.Background(), f, s, opt)
				if !errors.Is(err, broken) || res != nil {
					t.Errorf("%s: %v, %v", s, res, err)
				}
			}
			if _, err := Compare(context.Background(), f, f, Options{Workers: 3}); !errors.Is(err, broken) {
				t.Errorf("Compare: %v", err)
			}
		}
		ctx, cancel := context.WithCancel(context.Background())
		f := &failing{*draw(1, 700, 300, gauss), 300, func() error { cancel(); return nil }}
		if _, err := Quantize(ctx, f, s, Options{Workers: 3}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", s, err)
		}
	}
}

func TestRefusedArguments(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	wide := &failing{Dense: Dense{Rows: 1, Cols: 1 << 25}}
	if _, err := Quantize(ctx, wide, DefaultScheme(), Options{}); !errors.Is(err, ErrTooWide) {
		t.Errorf("a row of 2²⁵: %v", err)
	}
	if _, err := Quantize(ctx, &Dense{Rows: math.MaxInt / 2, Cols: math.MaxInt / 2}, DefaultScheme(), Options{}); err == nil {
		t.Error("sizes that overflow are accepted")
	}
	if _, err := Quantize(ctx, draw(1, 1, 16, gauss), Scheme{Bits: 5}, Options{}); err == nil {
		t.Error("5 bits are accepted")
	}
	if _, err := Compare(ctx, draw(1, 2, 16, gauss), draw(1, 1, 16, gauss), Options{}); err == nil {
		t.Error("matrices of different sizes are compared")
	}
	best := Scheme{Bits: 2, Grid: Affine, Group: 16, Solver: Best}
	if _, err := SolveFloat(ctx, make([]float32, 16), 1, 16, best); err == nil {
		t.Error("SolveFloat runs best")
	}
	if _, err := SolveFloat(ctx, make([]float32, 15), 1, 16, DefaultScheme()); err == nil {
		t.Error("SolveFloat takes 15 values for 1×16")
	}
}
