package safetensors

import "math"

// F16ToF32 widens an IEEE 754 half, exactly. A NaN keeps sign and payload.
func F16ToF32(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	magnitude := uint32(h & 0x7fff)
	switch {
	case magnitude-0x400 < 0x7800: // normal
		return math.Float32frombits(sign | (magnitude<<13 + (127-15)<<23))
	case magnitude < 0x400: // zero and subnormals: units of 2^-24
		return math.Float32frombits(sign | math.Float32bits(float32(magnitude)*0x1p-24))
	}
	return math.Float32frombits(sign | 0x7f800000 | magnitude<<13)
}

// BF16ToF32 widens a bfloat16, exactly.
func BF16ToF32(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }

// F32ToF16 rounds to the nearest half, ties to even: from 65520 on to infinity,
// below 2^-14 to subnormals, at 2^-25 and below to zero. A NaN stays a quiet
// NaN with its sign and the upper part of its payload.
func F32ToF16(f float32) uint16 {
	b := math.Float32bits(f)
	sign := uint16(b>>16) & 0x8000
	magnitude := b & 0x7fffffff
	switch {
	case magnitude > 0x7f800000:
		return sign | 0x7e00 | uint16(magnitude>>13)&0x3ff
	case magnitude >= 0x477ff000: // 65520, half way between the largest half and 2^16
		return sign | 0x7c00
	case magnitude >= 0x38800000: // 2^-14, the smallest normal half
		magnitude += 0xfff + magnitude>>13&1
		return sign | uint16((magnitude-(127-15)<<23)>>13)
	case magnitude <= 0x33000000: // 2^-25, half way between zero and the smallest half
		return sign
	}
	// Subnormal: the 24-bit fraction in units of 2^-24.
	fraction := magnitude&0x7fffff | 0x800000
	shift := 126 - magnitude>>23
	fraction += 1<<(shift-1) - 1 + fraction>>shift&1
	return sign | uint16(fraction>>shift)
}

// F32ToBF16 rounds to the nearest bfloat16, ties to even. A NaN stays a quiet
// NaN with its sign and the upper part of its payload.
func F32ToBF16(f float32) uint16 {
	b := math.Float32bits(f)
	if b&0x7fffffff > 0x7f800000 {
		return uint16(b>>16) | 0x40
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}

// byteTable gives the value of each code of a one-byte type.
type byteTable [256]float32

// The tables of the FP8 types; nothing writes to them after they are made.
// E4M3 and E5M2: OCP 8-bit floating point specification 1.0 (E4M3 has no
// infinity and NaN at the all-ones code of either sign, E5M2 is the upper half
// of an F16). FNUZ: Noune et al., arXiv 2206.02915 (bias one larger, the code of
// −0 is the only NaN). E8M0: OCP microscaling specification 1.0, 2^(b−127).
var (
	tableE4M3     = smallFloats(4, 3, 7, func(c int) bool { return c&0x7f == 0x7f })
	tableE4M3FNUZ = smallFloats(4, 3, 8, func(c int) bool { return c == 0x80 })
	tableE5M2FNUZ = smallFloats(5, 2, 16, func(c int) bool { return c == 0x80 })
	tableE5M2     = everyByte(func(c int) float32 { return F16ToF32(uint16(c) << 8) })
	tableE8M0     = everyByte(func(c int) float32 {
		if c == 0xff {
			return float32(math.NaN())
		}
		return float32(math.Ldexp(1, c-127))
	})
	tableF4 = smallFloats(2, 1, 1, func(int) bool { return false }) // codes 0 to 15
)

func everyByte(value func(code int) float32) *byteTable {
	var t byteTable
	for c := range t {
		t[c] = value(c)
	}
	return &t
}

// smallFloats makes the table of a type of one sign bit, exponent bits and
// fraction bits, with subnormals and without infinity.
func smallFloats(exponentBits, fractionBits, bias int, isNaN func(code int) bool) *byteTable {
	return everyByte(func(c int) float32 {
		if isNaN(c) {
			return float32(math.NaN())
		}
		fraction := c & (1<<fractionBits - 1)
		exponent := c >> fractionBits & (1<<exponentBits - 1)
		if exponent > 0 {
			fraction |= 1 << fractionBits
		} else {
			exponent = 1
		}
		v := math.Ldexp(float64(fraction), exponent-bias-fractionBits)
		if c>>(exponentBits+fractionBits)&1 != 0 {
			v = math.Copysign(v, -1)
		}
		return float32(v)
	})
}

func (t *byteTable) decode(src []byte, dst []float32) {
	src = src[:len(dst)]
	for i := range dst {
		dst[i] = t[src[i]]
	}
}
