package export

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/int2"
)

// gauss is a matrix with one row ×8, one column ×6 and one row of zeros.
func gauss(rows, cols int) *int2.Dense {
	random := rand.New(rand.NewPCG(uint64(rows), uint64(cols)))
	d := &int2.Dense{Rows: rows, Cols: cols, Data: make([]float32, rows*cols)}
	for i := range d.Data {
		v := 0.05 * random.NormFloat64()
		switch r, c := i/cols, i%cols; {
		case r == 9%rows && rows > 1:
			v = 0
		case r == 5%rows:
			v *= 8
		case c == 17%cols:
			v *= 6
		}
		d.Data[i] = float32(v)
	}
	return d
}

func packedOf(t *testing.T, m int2.RowReader, s int2.Scheme) *int2.Packed {
	t.Helper()
	r, err := int2.Quantize(context.Background(), m, s, int2.Options{Keep: true})
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return r.Packed
}

func exact(f float32) float32 { return f }

// decoded is the definition of the other tools' formats.
func (l *levels) decoded(r, c int) float32 {
	at := r*l.groups() + c/l.group
	return float32(int(l.codes[r*l.cols+c])-int(l.zeros[at])) * l.scales[at]
}

func TestWholeZeroGridsAreTakenOverExactly(t *testing.T) {
	m := gauss(32, 256)
	for _, target := range []target{gptqTarget(), compressedTarget()} {
		for _, bits := range int2.BitWidths() {
			for _, group := range int2.GroupSizes() {
				schemes := []int2.Scheme{
					{Bits: bits, Grid: int2.Half, Group: group, Solver: int2.Search},
					{Bits: bits, Grid: int2.Twos, Group: group, Solver: int2.Search},
					{Bits: bits, Grid: int2.Affine, Group: group, Solver: int2.RTN, IntegerZero: true},
				}
				if bits == 8 {
					schemes = schemes[1:] // odd multiples of s/2 would need 9 bits
				}
				for _, s := range schemes {
					t.Run(fmt.Sprintf("%s/%s zero=%v", target.method, s, s.IntegerZero), func(t *testing.T) {
						checkExact(t, target, m, s)
					})
				}
			}
		}
	}
}

func checkExact(t *testing.T, target target, m *int2.Dense, s int2.Scheme) {
	p := packedOf(t, m, s)
	sh, err := target.shapeOf(s, m.Rows, m.Cols)
	if err != nil {
		t.Fatal(err)
	}
	l, err := target.express(context.Background(), p, sh, m, exact)
	if err != nil {
		t.Fatal(err)
	}
	if l.rechosen != 0 {
		t.Errorf("%d groups were fitted again, want none", l.rechosen)
	}
	row := make([]float32, m.Cols)
	for r := range m.Rows {
		p.DequantizeRow(row, r)
		for c, want := range row {
			got := l.decoded(r, c)
			// Two roundings of float32 apart: (S/2)·(2u(c−z)) against ((S/2)·2u)·(c−z).
			if math.Abs(float64(got-want)) > 2.5e-7*math.Abs(float64(want)) {
				t.Fatalf("row %d column %d is %g, want %g", r, c, got, want)
			}
		}
	}
	for i, code := range l.codes {
		if int(code) >= 1<<l.bits {
			t.Fatalf("code %d of weight %d does not fit %d bits", code, i, l.bits)
		}
	}
}

func TestContainerOfTheHalfGrid(t *testing.T) {
	for bits, want := range map[int]int{2: 4, 3: 4, 4: 8, 8: 8} {
		for _, target := range []target{gptqTarget(), compressedTarget()} {
			sh, err := target.shapeOf(int2.Scheme{Bits: bits, Grid: int2.Half, Group: 64, Solver: int2.RTN}, 64, 256)
			if err != nil || sh.bits != want || !sh.symmetric {
				t.Errorf("%s: %d bits go into %d (symmetric %v, %v), want %d", target.method, bits, sh.bits, sh.symmetric, err, want)
			}
		}
	}
	if sh, _ := gptqTarget().shapeOf(int2.Scheme{Bits: 3, Grid: int2.Twos, Group: 64}, 64, 256); sh.bits != 3 {
		t.Errorf("gptq stores 3 bits in %d", sh.bits)
	}
	if sh, _ := compressedTarget().shapeOf(int2.Scheme{Bits: 3, Grid: int2.Twos, Group: 64}, 64, 256); sh.bits != 4 {
		t.Errorf("compressed-tensors stores 3 bits in %d, want 4", sh.bits)
	}
}

func TestGroupsOfOtherTools(t *testing.T) {
	for _, c := range []struct{ group, cols, want int }{
		{64, 256, 64}, {256, 256, 256}, {48, 48, 48}, {48, 96, 16}, {64, 160, 32}, {80, 160, 16},
		{64, 200, 0}, {16, 24, 0}, {256, 4096, 256}, {240, 4096, 16},
	} {
		if got := exportGroup(c.group, c.cols); got != c.want {
			t.Errorf("groups of %d in %d columns become %d, want %d", c.group, c.cols, got, c.want)
		}
	}
}

func TestWordRules(t *testing.T) {
	half := int2.Scheme{Bits: 2, Grid: int2.Half, Group: 64, Solver: int2.RTN}
	affine := int2.Scheme{Bits: 2, Grid: int2.Affine, Group: 64, Solver: int2.RTN}
	three := int2.Scheme{Bits: 3, Grid: int2.Twos, Group: 16, Solver: int2.RTN}
	for _, c := range []struct {
		target     target
		s          int2.Scheme
		rows, cols int
		ok         bool
	}{
		{gptqTarget(), half, 8, 64, true},
		{gptqTarget(), half, 12, 64, false}, // 12 zeros of 4 bits are one word and a half
		{compressedTarget(), half, 12, 64, true},
		{compressedTarget(), affine, 16, 64, true},
		{compressedTarget(), affine, 12, 64, false},
		{compressedTarget(), half, 8, 60, false},
		{gptqTarget(), three, 32, 64, true},
		{gptqTarget(), three, 16, 64, false},
		{gptqTarget(), three, 32, 48, false},
	} {
		if _, err := c.target.shapeOf(c.s, c.rows, c.cols); (err == nil) != c.ok {
			t.Errorf("%s %s [%d, %d]: %v, want ok %v", c.target.method, c.s, c.rows, c.cols, err, c.ok)
		}
	}
}

// A fitted group is never worse than plain min-max with a whole zero.
func TestFitIsNeverWorseThanMinMax(t *testing.T) {
	m := gauss(64, 128)
	for _, s := range []int2.Scheme{
		{Bits: 2, Grid: int2.Affine, Group: 64, Solver: int2.LS},
		{Bits: 4, Grid: int2.Affine, Group: 64, Solver: int2.HQQ},
		{Bits: 2, Grid: int2.Affine, Group: 64, Solver: int2.SINQ},
		{Bits: 8, Grid: int2.Half, Group: 64, Solver: int2.Search},
	} {
		p := packedOf(t, m, s)
		for _, d := range []safetensors.DType{safetensors.F16, safetensors.BF16} {
			sh, err := gptqTarget().shapeOf(s, m.Rows, m.Cols)
			if err != nil {
				t.Fatal(err)
			}
			l, err := gptqTarget().express(context.Background(), p, sh, m, rounding(d))
			if err != nil {
				t.Fatal(err)
			}
			if l.rechosen == 0 && (p.Col != nil || s.Solver != int2.SINQ) { // SINQ falls back to whole zeros
				t.Errorf("%s: no group was fitted again", s)
			}
			plain := int2.Scheme{Bits: s.Bits, Grid: int2.Affine, Group: 64, Solver: int2.RTN, IntegerZero: true}
			if s.Grid == int2.Half {
				plain = int2.Scheme{Bits: 8, Grid: int2.Twos, Group: 64, Solver: int2.RTN}
			}
			got, want := squaredError(m, l), plainError(t, m, plain)
			if got > want*(1+1e-2) { // the scale is rounded to 16 bits here and to a multiplier there
				t.Errorf("%s, scales in %s: squared error %g, min-max has %g", s, d, got, want)
			}
		}
	}
}

func squaredError(m *int2.Dense, l *levels) (sum float64) {
	for r := range m.Rows {
		for c := range m.Cols {
			d := float64(m.Data[r*m.Cols+c]) - float64(l.decoded(r, c))
			sum += d * d
		}
	}
	return sum
}

func plainError(t *testing.T, m *int2.Dense, s int2.Scheme) float64 {
	r, err := int2.Quantize(context.Background(), m, s, int2.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r.Metrics.Error
}

func TestZeroAndConstantGroups(t *testing.T) {
	m := &int2.Dense{Rows: 32, Cols: 64, Data: make([]float32, 32*64)}
	for i := range m.Data[:16*64] {
		m.Data[i] = 0.75
	}
	for _, s := range []int2.Scheme{
		{Bits: 2, Grid: int2.Half, Group: 64, Solver: int2.Search},
		{Bits: 2, Grid: int2.Twos, Group: 64, Solver: int2.Search},
		{Bits: 2, Grid: int2.Affine, Group: 64, Solver: int2.LS},
		{Bits: 2, Grid: int2.Affine, Group: 64, Solver: int2.RTN, IntegerZero: true},
		{Bits: 8, Grid: int2.Half, Group: 64, Solver: int2.RTN},
	} {
		for _, target := range []target{gptqTarget(), compressedTarget()} {
			sh, err := target.shapeOf(s, m.Rows, m.Cols)
			if err != nil {
				t.Fatal(err)
			}
			p := packedOf(t, m, s)
			l, err := target.express(context.Background(), p, sh, m, rounding(safetensors.F16))
			if err != nil {
				t.Fatal(err)
			}
			if got := l.decoded(20, 3); got != 0 {
				t.Errorf("%s: zero becomes %g", s, got)
			}
			row := make([]float32, m.Cols)
			p.DequantizeRow(row, 3)
			if got, want := l.decoded(3, 3), row[3]; math.Abs(float64(got-want)) > 5e-3*math.Abs(float64(want)) {
				t.Errorf("%s: 0.75 becomes %g, quantized it is %g", s, got, want)
			}
		}
	}
}

func TestScaleThatNoF16Holds(t *testing.T) {
	m := gauss(32, 64)
	m.Data[0] = 1e9
	s := int2.Scheme{Bits: 2, Grid: int2.Half, Group: 64, Solver: int2.RTN}
	sh, err := gptqTarget().shapeOf(s, m.Rows, m.Cols)
	if err != nil {
		t.Fatal(err)
	}
	_, err = gptqTarget().express(context.Background(), packedOf(t, m, s), sh, m, rounding(safetensors.F16))
	if _, unfit := err.(*unfitError); !unfit {
		t.Errorf("error is %v, want an *unfitError", err)
	}
}
