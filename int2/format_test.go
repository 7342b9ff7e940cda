package int2

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

// A row that is one group keeps its float scale: S is the scale, u is 1.
func TestSingleGroupKeepsItsScale(t *testing.T) {
	t.Parallel()
	m := draw(2, 20, 200, studentT5)
	for _, grid := range []Grid{Half, Twos} {
		s := Scheme{Bits: 2, Grid: grid, Group: PerChannel, Solver: Search}
		p, err := SolveFloat(context.Background(), m.Data, m.Rows, m.Cols, s)
		if err != nil {
			t.Fatal(err)
		}
		packed := quantizeAll(t, m, s, s.String()).Packed
		for r, want := range p.Scale {
			got := packed.RowScale[r]
			if want < 0 {
				want = -want
				if packed.Mult[r]&signFlag == 0 {
					t.Errorf("%s row %d: the scale is negative, the sign flag is not set", grid, r)
				}
			}
			if got != want || packed.Mult[r]&^signFlag != 1 {
				t.Errorf("%s row %d: S %v, multiplier %d; the solver's scale is %v", grid, r, got, packed.Mult[r], want)
			}
		}
	}
}

// Scales rounded to multipliers may cost next to nothing where groups are alike.
func TestRoundingOfScalesIsCheap(t *testing.T) {
	t.Parallel()
	near := draw(8, 64, 1024, gauss)
	far := draw(8, 64, 1024, gauss) // offsets at the end of what 16 bits hold
	for i := range far.Data {
		far.Data[i] += 1
	}
	for _, c := range []struct {
		m *Dense
		s Scheme
	}{
		{near, DefaultScheme()},
		{near, Scheme{Bits: 2, Grid: Twos, Group: 64, Solver: Search}},
		{near, Scheme{Bits: 2, Grid: Affine, Group: 64, Solver: LS}},
		{far, Scheme{Bits: 2, Grid: Affine, Group: 64, Solver: LS}},
		{far, Scheme{Bits: 2, Grid: Affine, Group: 64, Solver: RTN}},
		{near, Scheme{Bits: 2, Grid: Affine, Group: 64, Solver: RTN, IntegerZero: true}},
	} {
		m, s := c.m, c.s
		p, err := SolveFloat(context.Background(), m.Data, m.Rows, m.Cols, s)
		if err != nil {
			t.Fatal(err)
		}
		q := make([]float32, len(m.Data))
		p.Dequantize(q)
		sums := sumErrors(m.Data, q)
		got := quantizeAll(t, m, s, s.String()).Metrics.SQNRdB
		if lost := ratioDB(sums.signal, sums.err) - got; math.Abs(lost) > 0.005 {
			t.Errorf("%s: rounding costs %.4f dB", s, lost)
		}
	}
}

// Groups 1000 times apart in a row fall below half a multiplier; the better of
// zero and the smallest level is taken, and the loss shows in the figures.
func TestGroupsFarApart(t *testing.T) {
	t.Parallel()
	m := draw(3, 4, 192, gauss)
	for r := range m.Rows {
		for i := range 64 {
			m.Data[r*192+i] *= 1000
		}
	}
	res := quantizeAll(t, m, DefaultScheme(), "far apart")
	for r := range m.Rows {
		small := float64(res.Detail.GroupSQNRdB[r*3+1])
		if !(small >= 0 && small < 3) {
			t.Errorf("row %d: the small group has %v dB; want what little u = 0 or 1 gives, and never less than 0", r, small)
		}
		if large := res.Detail.GroupSQNRdB[r*3]; large < 8 {
			t.Errorf("row %d: the large group has %v dB", r, large)
		}
	}
	if res.Metrics.ScaleSpread < 500 || res.Metrics.ScaleSpread > 2000 {
		t.Errorf("scale spread %v", res.Metrics.ScaleSpread)
	}
}

// The worst row that Quantize makes must stay within int32 for inputs of ±127
// of either sign pattern, at widths up to the limit.
func TestInt32Safety(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(6, 6))
	for _, s := range allSchemes(256) {
		if s.Solver != RTN {
			continue
		}
		for _, cols := range []int{64, 4096, 16577, 16578, 33000, s.MaxCols()} {
			if cols > 100_000 || cols > s.MaxCols() {
				continue
			}
			m := &Dense{Rows: 1, Cols: cols, Data: make([]float32, cols)}
			for i := range m.Data {
				m.Data[i] = float32(rng.NormFloat64())
				if i%3 == 0 { // many weights at the ends of the range
					m.Data[i] = float32(rng.IntN(2)*2-1) * 4
				}
			}
			p := quantizeAll(t, m, s, s.String()).Packed
			if err := p.Validate(); err != nil {
				t.Fatalf("%s, %d columns: %v", s, cols, err)
			}
			var sum int64
			codes := make([]uint8, cols)
			p.CodesRow(codes, 0)
			for g := range s.Groups(cols) {
				c := p.group(0, g)
				lo := g * s.GroupLen(cols)
				for _, code := range codes[lo:min(lo+s.GroupLen(cols), cols)] {
					v := int64(c.step)*int64(code) + int64(c.v)
					sum += max(v, -v) * maxInput
				}
			}
			if sum > math.MaxInt32 {
				t.Errorf("%s, %d columns: a sum can reach %d", s, cols, sum)
			}
		}
	}
}

func TestMaxCols(t *testing.T) {
	t.Parallel()
	for _, s := range allSchemes(PerChannel) {
		n := s.MaxCols()
		if _, err := newFormat(s, n); err != nil {
			t.Errorf("%s: %v", s, err)
		}
		if _, err := newFormat(s, n+1); err == nil {
			t.Errorf("%s takes %d columns", s, n+1)
		}
		if f, _ := newFormat(s, n); f.maxMult < 1 || int64(n)*s.leastCoef()*maxInput > math.MaxInt32 {
			t.Errorf("%s: %+v", s, f)
		}
	}
	if n := (Scheme{Bits: 2, Grid: Half}).MaxCols(); n != 5636440 {
		t.Errorf("%d columns at 2 bits", n)
	}
}

// The values of the grids, from the definition in real numbers.
func TestValuesOfTheGrids(t *testing.T) {
	t.Parallel()
	f := func(s Scheme, mult byte, off int16) []float32 {
		p := newPacked(1, s.Levels(), s, false)
		for i := range p.Codes {
			p.Codes[i] = 0
		}
		codes := make([]uint8, s.Levels())
		for i := range codes {
			codes[i] = uint8(i)
		}
		PackRow(p.Codes, codes, s.Bits)
		p.Mult[0], p.RowScale[0] = mult, 0.25
		if p.Offset != nil {
			p.Offset[0] = off
		}
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		out := make([]float32, p.Cols)
		p.DequantizeRow(out, 0)
		return out
	}
	for _, c := range []struct {
		s    Scheme
		mult byte
		off  int16
		want []float32
	}{
		{Scheme{2, Half, PerChannel, RTN, false}, 4, 0, []float32{-1.5, -0.5, 0.5, 1.5}},
		{Scheme{2, Twos, PerChannel, RTN, false}, 4, 0, []float32{-2, -1, 0, 1}},
		{Scheme{2, Twos, PerChannel, RTN, false}, 4 | signFlag, 0, []float32{-1, 0, 1, 2}},
		{Scheme{2, Affine, PerChannel, RTN, false}, 4, -3, []float32{-0.375, 0.625, 1.625, 2.625}},
		{Scheme{2, Affine, PerChannel, RTN, false}, 0, 7, []float32{0.875, 0.875, 0.875, 0.875}},
		{Scheme{3, Half, PerChannel, RTN, false}, 4, 0, []float32{-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5}},
		{Scheme{3, Twos, PerChannel, RTN, false}, 4 | signFlag, 0, []float32{-3, -2, -1, 0, 1, 2, 3, 4}},
	} {
		got := f(c.s, c.mult, c.off)
		for i := range c.want {
			if got[i] != c.want[i] {
				t.Errorf("%s, multiplier %#x: %v, want %v", c.s, c.mult, got, c.want)
				break
			}
		}
	}
}
