package int2

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// roundMagic is 1.5·2²³: a float32 t of magnitude below 2²² plus roundMagic is
// roundMagic plus t rounded half to even, and the bits of the sum count up by
// one a unit. Beyond 2²² the bits, read as an int32, still order as t does, so
// a clamp of the bits is a clamp of the rounded t for every t but NaN.
const (
	roundMagic     = float32(12582912)
	roundMagicBits = int32(0x4B400000)
)

// groupCode is one group in the number format, ready for the loops:
// code c stands for half · float32(step·c + v).
type groupCode struct {
	inv  float32 // 1/(half·step): steps a unit of weight; 0 when step is 0
	off  float32 // −v/step: where zero lies, in codes
	half float32 // S/2
	step int32   // 2u
	v    int32
	top  int32 // largest code
}

// code returns the code of a weight: float32(w·inv) + off, rounded half to even
// and clamped to 0 … top.
func (g *groupCode) code(w float32) int32 {
	t := float32(w*g.inv) + g.off
	k := int32(math.Float32bits(t + roundMagic))
	return max(min(k, roundMagicBits+g.top), roundMagicBits) - roundMagicBits
}

// value is what a code stands for: the integer first, then one product.
func (g *groupCode) value(c int32) float32 { return float32(float32(g.step*c+g.v) * g.half) }

// quantizeGroup writes the code of every weight of w, and what the code stands
// for. codes and q must be as long as w.
func quantizeGroup(codes []uint8, q, w []float32, g *groupCode) {
	codes, q = codes[:len(w)], q[:len(w)]
	done := quantizeBlocks(codes, q, w, g)
	codes, q, w = codes[done:], q[done:], w[done:]
	if g.top == 3 {
		quantizeGroup2(codes, q, w, g)
		return
	}
	for i, x := range w {
		c := g.code(x)
		codes[i] = uint8(c)
		q[i] = g.value(c)
	}
}

// quantizeGroup2 is quantizeGroup at 2 bits, with the four values in a table.
func quantizeGroup2(codes []uint8, q, w []float32, g *groupCode) {
	codes, q = codes[:len(w)], q[:len(w)]
	level := [4]float32{g.value(0), g.value(1), g.value(2), g.value(3)}
	inv, off := g.inv, g.off
	for i, x := range w {
		k := int32(math.Float32bits(float32(x*inv) + off + roundMagic))
		c := max(min(k, roundMagicBits+3), roundMagicBits) & 3 // roundMagicBits ends in zeros
		codes[i] = uint8(c)
		q[i] = level[c]
	}
}

// groupError is Σ (q−w)², float64, of the codes that quantizeGroup would choose.
func groupError(w []float32, g *groupCode) float64 {
	var sums laneSums
	for lane := range sums {
		var s float64
		for i := lane; i < len(w); i += lanes {
			e := float64(g.value(g.code(w[i]))) - float64(w[i])
			s += float64(e * e)
		}
		sums[lane] = s
	}
	return sums.reduce()
}

// countOutside counts the weights below lo or above hi.
func countOutside(w []float32, lo, hi float32) int64 {
	n, done := outsideBlocks(w, lo, hi)
	for _, v := range w[done:] {
		if v < lo || v > hi {
			n++
		}
	}
	return n
}

// countCodes adds to counts how often each code of 0 … len(counts)−1 occurs.
func countCodes(counts []int64, codes []uint8) {
	if len(counts) == 4 {
		countCodes2(counts, codes)
		return
	}
	for _, c := range codes {
		counts[c]++
	}
}

// countCodes2 counts codes 0 … 3, eight at a time.
func countCodes2(counts []int64, codes []uint8) {
	const ones = 0x0101010101010101
	var n1, n2, n3 int
	n := len(codes)
	for len(codes) >= 8 {
		x := binary.LittleEndian.Uint64(codes)
		low, high := x&ones, x>>1&ones
		n1 += bits.OnesCount64(low)
		n2 += bits.OnesCount64(high)
		n3 += bits.OnesCount64(low & high)
		codes = codes[8:]
	}
	for _, c := range codes {
		n1 += int(c & 1)
		n2 += int(c >> 1)
		n3 += int(c >> 1 & c)
	}
	counts[0] += int64(n - n1 - n2 + n3)
	counts[1] += int64(n1 - n3)
	counts[2] += int64(n2 - n3)
	counts[3] += int64(n3)
}
