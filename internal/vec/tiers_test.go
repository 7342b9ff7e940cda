package vec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/mmtui/mmtui/internal/isa"
)

// numbers are n values of one of three kinds: ordinary ones, any pattern of
// bits, and those that are special.
func numbers(r *rand.Rand, n, kind int) []float32 {
	inf := float32(math.Inf(1))
	special := []float32{0, float32(math.Copysign(0, -1)), 1, -1, inf, -inf, float32(math.NaN()), math.MaxFloat32, -math.MaxFloat32,
		math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32, 1e-38, 88.72283, 88.72284, 89, -87.4, -103.97, -103.98, -104, 128, -128, 129, -129, 16, -16, 14.4, -14.4}
	out := make([]float32, n)
	for i := range out {
		switch kind {
		case 0:
			out[i] = float32(r.NormFloat64() * math.Exp(4*r.NormFloat64()-1))
		case 1:
			out[i] = math.Float32frombits(r.Uint32())
		default:
			out[i] = special[r.IntN(len(special))]
		}
	}
	return out
}

// same compares bits, but for which not-a-number a NaN is.
func same(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

func expectSame(t *testing.T, name string, got, want []float32) {
	t.Helper()
	for i := range want {
		if !same(got[i], want[i]) {
			t.Fatalf("%s: element %d of %d: %v (%#x), the twin has %v (%#x)", name, i, len(want),
				got[i], math.Float32bits(got[i]), want[i], math.Float32bits(want[i]))
		}
	}
}

// call is one function of the package, whatever its arguments.
type call struct {
	name string
	run  func(t isa.Tier, dst, a, b, c, d []float32)
}

func calls() []call {
	one := func(name string, f function) call {
		return call{name, func(t isa.Tier, dst, a, _, _, _ []float32) { apply(t, f, dst, a) }}
	}
	two := func(name string, o operation) call {
		return call{name, func(t isa.Tier, dst, a, b, _, _ []float32) { combine(t, o, dst, a, b) }}
	}
	number := func(name string, f func(t isa.Tier, a, b []float32) float32) call {
		return call{name, func(t isa.Tier, dst, a, b, _, _ []float32) {
			if len(dst) > 0 {
				dst[0] = f(t, a, b)
			}
		}}
	}
	return []call{
		one("Exp", expFunction), one("GELU", geluFunction), one("GELUTanh", geluTanhFunction),
		one("QuickGELU", quickGELUFunction), one("SiLU", siluFunction),
		two("Add", addOperation), two("Mul", mulOperation), two("SiLUMul", siluMulOperation),
		number("Dot", dot),
		number("sum", func(t isa.Tier, a, _ []float32) float32 { return sum(t, a) }),
		{"Scale", func(t isa.Tier, dst, a, b, _, _ []float32) {
			if len(b) > 0 {
				scale(t, dst, a, b[0])
			}
		}},
		{"Softmax", func(t isa.Tier, dst, a, _, _, _ []float32) { softmax(t, dst, a) }},
		{"LayerNorm", func(t isa.Tier, dst, a, b, c, _ []float32) { layerNorm(t, dst, a, b, c, 1e-5) }},
		{"RMSNorm", func(t isa.Tier, dst, a, b, _, _ []float32) { rmsNorm(t, dst, a, b, 1e-5) }},
		{"Rotate", func(t isa.Tier, dst, a, b, c, d []float32) {
			y := slices.Clone(b)
			copy(dst, a)
			rotate(t, dst, y, c, d)
			for i := range dst { // both halves count
				dst[i] = math.Float32frombits(math.Float32bits(dst[i]) ^ 31*math.Float32bits(y[i]))
				if y[i] != y[i] {
					dst[i] = y[i]
				}
			}
		}},
	}
}

func TestTiersGiveTheBitsOfTheTwin(t *testing.T) {
	for _, c := range calls() {
		t.Run(c.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			lengths := []int{1000, 2*longest + 77}
			for n := range 70 {
				if !testing.Short() || n%3 == 1 {
					lengths = append(lengths, n)
				}
			}
			for _, n := range lengths {
				for kind := range 3 {
					v := [4][]float32{}
					for i := range v {
						v[i] = numbers(r, n, kind)
					}
					want := make([]float32, n)
					c.run(isa.Portable, want, v[0], v[1], v[2], v[3])
					for _, tier := range isa.Tiers() {
						// Room behind the end must stay as it is.
						got := make([]float32, n+20)
						c.run(tier, got[:n:n], v[0], v[1], v[2], v[3])
						expectSame(t, fmt.Sprintf("%s, length %d, kind %d", tier, n, kind), got[:n], want)
						expectSame(t, "behind the end", got[n:], make([]float32, 20))
					}
				}
			}
		})
	}
}

// One float in every ten thousand of all there are, from −∞ to the NaNs.
func TestTiersAgreeOverAllFloats(t *testing.T) {
	step := uint64(10007)
	if testing.Short() {
		step = 50021
	}
	src, want, got := make([]float32, 1<<14), make([]float32, 1<<14), make([]float32, 1<<14)
	for start := uint64(0); start < 1<<32; start += step << 14 {
		for i := range src {
			src[i] = math.Float32frombits(uint32(start + uint64(i)*step))
		}
		for f := expFunction; f <= siluFunction; f++ {
			applyTwin(f, want, src)
			for _, tier := range isa.Tiers() {
				if tier == isa.Portable {
					continue
				}
				apply(tier, f, got, src)
				expectSame(t, fmt.Sprintf("%s, function %d", tier, f), got, want)
			}
		}
	}
}

func TestInPlace(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, c := range calls() {
		for _, tier := range isa.Tiers() {
			a, b, gain, bias := numbers(r, 93, 0), numbers(r, 93, 0), numbers(r, 93, 0), numbers(r, 93, 0)
			want := make([]float32, 93)
			c.run(tier, want, a, b, gain, bias)
			if c.name == "Dot" || c.name == "sum" {
				continue
			}
			c.run(tier, a, a, b, gain, bias)
			expectSame(t, c.name+" in place, "+tier.String(), a, want)
		}
	}
}

func TestNothingIsAllocated(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	a, b, c, d, dst := numbers(r, 1003, 0), numbers(r, 1003, 0), numbers(r, 1003, 0), numbers(r, 1003, 0), make([]float32, 1003)
	for _, f := range calls() {
		if f.name == "Rotate" { // whose test copies
			continue
		}
		if n := testing.AllocsPerRun(10, func() { f.run(tier, dst, a, b, c, d) }); n != 0 {
			t.Errorf("%s allocates %v times", f.name, n)
		}
	}
}
