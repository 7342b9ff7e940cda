package isa

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestChoose(t *testing.T) {
	t.Parallel()
	tiers := Tiers()
	if tiers[len(tiers)-1] != Portable || !slices.IsSortedFunc(tiers, func(a, b Tier) int { return int(b) - int(a) }) {
		t.Fatalf("tiers are %v, want the best first and portable last", tiers)
	}
	for _, tier := range []Tier{Portable, NEON, AVX2, AVX512} {
		got, err := Choose(tier.String())
		if slices.Contains(tiers, tier) != (err == nil) {
			t.Errorf("%s: error %v, of the tiers %v", tier, err, tiers)
		}
		want := tier
		if err != nil {
			want = tiers[0]
		}
		if got != want {
			t.Errorf("%s gives %s, want %s", tier, got, want)
		}
	}
	if got, err := Choose(""); err != nil || got != tiers[0] {
		t.Errorf("no name gives %s, %v", got, err)
	}
	if got, err := Choose("mmx"); err == nil || got != tiers[0] {
		t.Errorf("an unknown name gives %s, %v", got, err)
	}
	if _, err := Parse("AVX2"); err != nil {
		t.Error(err)
	}
}

func TestName(t *testing.T) {
	t.Setenv(Variable, "portable")
	if Name() != "portable" || Current() != Portable {
		t.Errorf("forced to portable, it is %s", Name())
	}
	t.Setenv(Variable, "sse2")
	if got, want := Name(), Tiers()[0].String()+" (not sse2, which this machine cannot run)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// exactFMA rounds the exact value once, by arithmetic of any length.
func exactFMA(x, y, z float32) float32 {
	f := func(v float32) *big.Float { return new(big.Float).SetPrec(700).SetFloat64(float64(v)) }
	sum := f(x)
	sum.Add(sum.Mul(sum, f(y)), f(z))
	out, _ := sum.Float32()
	if out == 0 && sum.Sign() == 0 { // big.Float does not know signs of cancelled zeros
		return float32(float64(x)*float64(y) + float64(z))
	}
	return out
}

func TestFMA(t *testing.T) {
	t.Parallel()
	check := func(x, y, z float32) {
		t.Helper()
		got, want := FMA(x, y, z), exactFMA(x, y, z)
		if math.Float32bits(got) != math.Float32bits(want) {
			t.Fatalf("FMA(%x, %x, %x) is %x, want %x", x, y, z, got, want)
		}
		sums, products := []float32{z, z}, []float32{z, z}
		Axpy(x, []float32{y, y, y}, sums)
		MulAdd(products, []float32{x, x}, []float32{y, y})
		for i := range 2 {
			if math.Float32bits(sums[i]) != math.Float32bits(want) || math.Float32bits(products[i]) != math.Float32bits(want) {
				t.Fatalf("of (%x, %x, %x) Axpy makes %x and MulAdd %x, want %x", x, y, z, sums[i], products[i], want)
			}
		}
	}
	rng := rand.New(rand.NewPCG(1, 1))
	finite := func(exponents int) float32 { // around 1 by so many powers of two
		return math.Float32frombits(rng.Uint32()&0x807fffff | uint32(127-exponents/2+rng.IntN(exponents))<<23)
	}
	for range 8000 {
		check(finite(8), finite(8), finite(16))
		check(finite(254), finite(254), finite(254))
		// Halfway between two float32, and beside it: by what a float64 holds,
		// and by less, so that it would round to the halfway point and that to even.
		z := finite(8)
		half := math.Float32frombits(math.Float32bits(z)&0x7f800000) / (1 << 24)
		check(half, 1, z)
		check(half, 1+1.0/(1<<23), z)
		check(-half, 1-1.0/(1<<23), z)
		check(half*(1+1.0/(1<<23)), 1-1.0/(1<<23), z)
		check(-half*(1+1.0/(1<<23)), 1-1.0/(1<<23), z)
		check(finite(8)/(1<<30), finite(8)/(1<<30), z+half)
		// Into the subnormal numbers, whose halfway points lie elsewhere.
		subnormal := math.Float32frombits(rng.Uint32()&0x803fffff | 1<<22)
		a, b := float32(math.Ldexp(1+1.0/(1<<23), -100)), float32(math.Ldexp(1-1.0/(1<<23), -50))
		check(a, b, subnormal)
		check(-a, b, subnormal)
		check(finite(20)/(1<<60), finite(40)/(1<<70), finite(20)/float32(math.Ldexp(1, 120))/(1<<18))
		check(finite(20)/(1<<60), finite(40)/(1<<70), math.Float32frombits(rng.Uint32()&0x807fffff))
	}
	negativeZero := float32(math.Copysign(0, -1))
	for _, x := range []float32{0, negativeZero, 1, -1} {
		for _, y := range []float32{0, negativeZero, 2} {
			for _, z := range []float32{0, negativeZero, -2, 2} {
				check(x, y, z)
			}
		}
	}
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, c := range [][4]float32{{inf, 1, 1, inf}, {inf, 1, -inf, nan}, {0, inf, 1, nan}, {nan, 1, 1, nan}, {1, 1, nan, nan}, {-inf, 2, 5, -inf}, {math.MaxFloat32, 2, 0, inf}, {math.MaxFloat32, 2, -math.MaxFloat32, math.MaxFloat32}} {
		if got := FMA(c[0], c[1], c[2]); got != c[3] && (got == got || c[3] == c[3]) {
			t.Errorf("FMA(%v, %v, %v) is %v, want %v", c[0], c[1], c[2], got, c[3])
		}
	}
}
