package safetensors

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// Every half and bfloat16 survives the way through float32 and back.
func TestHalvesRoundTrip(t *testing.T) {
	for c := range 1 << 16 {
		h := uint16(c)
		if f := F16ToF32(h); f == f {
			if back := F32ToF16(f); back != h {
				t.Fatalf("F16 %#04x is %v and comes back as %#04x", h, f, back)
			}
		} else if back := F32ToF16(f); back != h|0x200 { // NaN: quiet, the rest kept
			t.Fatalf("F16 NaN %#04x comes back as %#04x", h, back)
		}
		if f := BF16ToF32(h); f == f {
			if back := F32ToBF16(f); back != h {
				t.Fatalf("BF16 %#04x is %v and comes back as %#04x", h, f, back)
			}
		} else if back := F32ToBF16(f); back != h|0x40 {
			t.Fatalf("BF16 NaN %#04x comes back as %#04x", h, back)
		}
	}
}

// F16ToF32 against the definition.
func TestF16Values(t *testing.T) {
	for c := range 0x7c00 {
		exponent, fraction := c>>10, float64(c&0x3ff)
		want := math.Ldexp(1+fraction/1024, exponent-15)
		if exponent == 0 {
			want = math.Ldexp(fraction, -24)
		}
		if got := F16ToF32(uint16(c)); float64(got) != want {
			t.Fatalf("F16 %#04x is %v, want %v", c, got, want)
		}
		if got := F16ToF32(uint16(c) | 0x8000); float64(got) != -want || !math.Signbit(float64(got)) {
			t.Fatalf("F16 −%#04x is %v", c, got)
		}
	}
	if !math.IsInf(float64(F16ToF32(0x7c00)), 1) || !math.IsInf(float64(F16ToF32(0xfc00)), -1) {
		t.Error("the infinities of F16")
	}
}

// nearest checks by definition that code c, whose neighbours are c±1, is the
// nearest of a 16-bit type to f, and even at a tie.
func nearest(t *testing.T, f float32, c uint16, widen func(uint16) float32, largest uint16, next float64) {
	t.Helper()
	value := func(c uint16) float64 {
		if c > largest { // infinity stands for the value that would come next
			return next
		}
		return float64(widen(c))
	}
	v := math.Abs(float64(f))
	c &= 0x7fff
	here := math.Abs(value(c) - v)
	for _, other := range []int{int(c) - 1, int(c) + 1} {
		if other < 0 || other > int(largest)+1 {
			continue
		}
		there := math.Abs(value(uint16(other)) - v)
		if there < here || there == here && c&1 == 1 {
			t.Fatalf("%v (%#08x) became %#04x, but %#04x is nearer or even", f, math.Float32bits(f), c, other)
		}
	}
}

func TestRounding(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	check := func(f float32) {
		if a := math.Abs(float64(f)); a < 65536 {
			h := F32ToF16(f)
			if (h>>15 != 0) != math.Signbit(float64(f)) {
				t.Fatalf("the sign of %v is lost", f)
			}
			nearest(t, f, h, F16ToF32, 0x7bff, 65536)
		}
		nearest(t, f, F32ToBF16(f), BF16ToF32, 0x7f7f, 0x1p128)
	}
	for range 300_000 {
		f := math.Float32frombits(rng.Uint32())
		if f != f || math.IsInf(float64(f), 0) {
			continue
		}
		check(f)
		check(float32(math.Ldexp(float64(rng.IntN(1<<24)), -24-rng.IntN(28)+6))) // in and about the range of F16
	}
	// All ties and their neighbours.
	for c := range uint16(0x7bff) {
		tie := float32((float64(F16ToF32(c)) + float64(F16ToF32(c+1))) / 2)
		for _, f := range []float32{tie, math.Nextafter32(tie, 0), math.Nextafter32(tie, 1e9), -tie} {
			check(f)
		}
	}
	for _, c := range []struct {
		f float32
		h uint16
	}{{65519.996, 0x7bff}, {65520, 0x7c00}, {1e30, 0x7c00}, {-65520, 0xfc00}, {0x1p-25, 0}, {0x1.000002p-25, 1}, {-0x1p-26, 0x8000}, {float32(math.Inf(1)), 0x7c00}} {
		if got := F32ToF16(c.f); got != c.h {
			t.Errorf("%v became %#04x, want %#04x", c.f, got, c.h)
		}
	}
	if got := F32ToBF16(math.MaxFloat32); got != 0x7f80 {
		t.Errorf("the largest float32 became %#04x, want infinity", got)
	}
	if got := F32ToBF16(math.Float32frombits(0x7f800001)); got != 0x7fc0 {
		t.Errorf("a NaN with a low payload became %#04x, want a quiet NaN", got)
	}
}

func TestEncodeDecode(t *testing.T) {
	values := []float32{0, float32(math.Copysign(0, -1)), 1, -2.5, 0.333251953125, 6e-8, float32(math.Inf(-1))}
	for _, d := range []DType{F64, F32, F16, BF16} {
		raw := make([]byte, packedBytes(d, len(values)))
		if err := Encode(d, values, raw); err != nil {
			t.Fatal(err)
		}
		back := make([]float32, len(values))
		if err := Decode(d, raw, back); err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			want := v
			switch d {
			case F16:
				want = F16ToF32(F32ToF16(v))
			case BF16:
				want = BF16ToF32(F32ToBF16(v))
			}
			if !sameFloat(back[i], want) {
				t.Errorf("%s: %v came back as %v, want %v", d, v, back[i], want)
			}
		}
		if err := Encode(d, values, raw[1:]); err == nil {
			t.Errorf("%s was encoded into too little room", d)
		}
		if err := Decode(d, raw[1:], back); err == nil {
			t.Errorf("%s was decoded from too few bytes", d)
		}
	}
	if got := binary.LittleEndian.Uint16([]byte{0x01, 0x80}); got != 0x8001 {
		t.Fatal(got)
	}
	for _, d := range []DType{I8, F4, F8E4M3, "X"} {
		if err := Encode(d, values, make([]byte, 100)); err == nil {
			t.Errorf("values were encoded as %s", d)
		}
	}
	for d, word := range map[DType]string{C64: "complex", F6E2M3: "6-bit", F6E3M2: "6-bit", "X": "not known"} {
		if err := Decode(d, make([]byte, 100), make([]float32, 1)); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("decoding %s: %v", d, err)
		}
	}
}
