package jpeg

import "math"

// The accurate integer inverse DCT of libjpeg: C. Loeffler, A. Ligtenberg and
// G. Moschytz, "Practical Fast 1-D DCT Algorithms with 11 Multiplications",
// ICASSP 1989, in 13-bit fixed point with two extra bits between the passes.
// Products with the quantization table and the values between the passes are
// kept in 16 bits, as libjpeg-turbo's vector code keeps them; it matters in
// damaged files only.

const (
	constBits = 13
	passBits  = 2

	fix0298 = 2446  // 0.298631336
	fix0390 = 3196  // 0.390180644
	fix0541 = 4433  // 0.541196100
	fix0765 = 6270  // 0.765366865
	fix0899 = 7373  // 0.899976223
	fix1175 = 9633  // 1.175875602
	fix1501 = 12299 // 1.501321110
	fix1847 = 15137 // 1.847759065
	fix1961 = 16069 // 1.961570560
	fix2053 = 16819 // 2.053119869
	fix2562 = 20995 // 2.562915447
	fix3072 = 25172 // 3.072711026
)

// transform dequantizes a block, transforms it and writes it into the plane.
func (c *component) transform(block *[64]int16, x, y int) {
	var work [64]int32
	quant := c.quant
	for i := range 8 {
		column(block, quant, &work, i)
	}
	stride := c.stride()
	at := 8*y*stride + 8*x
	for i := range 8 {
		row((*[8]int32)(work[8*i:]), (*[8]uint8)(c.plane[at+i*stride:]))
	}
}

// column is the first pass, over column i.
func column(block *[64]int16, quant *[64]uint16, work *[64]int32, i int) {
	value := func(k int) int32 { return int32(int16(int32(block[8*k+i]) * int32(quant[8*k+i]))) }
	if block[8+i]|block[16+i]|block[24+i]|block[32+i]|block[40+i]|block[48+i]|block[56+i] == 0 {
		dc := saturated(value(0) << passBits)
		for k := range 8 {
			work[8*k+i] = dc
		}
		return
	}
	v := butterflies([8]int32{value(0), value(1), value(2), value(3), value(4), value(5), value(6), value(7)})
	const shift = constBits - passBits
	for k := range 8 {
		work[8*k+i] = saturated((v[k] + 1<<(shift-1)) >> shift)
	}
}

// row is the second pass.
func row(work *[8]int32, out *[8]uint8) {
	const shift = constBits + passBits + 3
	if work[1]|work[2]|work[3]|work[4]|work[5]|work[6]|work[7] == 0 {
		v := sample((work[0] + 1<<(passBits+2)) >> (passBits + 3))
		*out = [8]uint8{v, v, v, v, v, v, v, v}
		return
	}
	v := butterflies(*work)
	for k := range 8 {
		out[k] = sample((v[k] + 1<<(shift-1)) >> shift)
	}
}

// butterflies is one 8-point transform, scaled by 2^13.
func butterflies(in [8]int32) [8]int32 {
	// Even part.
	z1 := (in[2] + in[6]) * fix0541
	e2 := z1 - in[6]*fix1847
	e3 := z1 + in[2]*fix0765
	e0 := (in[0] + in[4]) << constBits
	e1 := (in[0] - in[4]) << constBits
	a0, a3 := e0+e3, e0-e3
	a1, a2 := e1+e2, e1-e2

	// Odd part.
	z1 = (in[7] + in[1]) * -fix0899
	z2 := (in[5] + in[3]) * -fix2562
	z3, z4 := in[7]+in[3], in[5]+in[1]
	z5 := (z3 + z4) * fix1175
	z3 = z3*-fix1961 + z5
	z4 = z4*-fix0390 + z5
	o0 := in[7]*fix0298 + z1 + z3
	o1 := in[5]*fix2053 + z2 + z4
	o2 := in[3]*fix3072 + z2 + z3
	o3 := in[1]*fix1501 + z1 + z4

	return [8]int32{a0 + o3, a1 + o2, a2 + o1, a3 + o0, a3 - o0, a2 - o1, a1 - o2, a0 - o3}
}

func saturated(v int32) int32 { return min(max(v, math.MinInt16), math.MaxInt16) }

// sample shifts a value to 0…255 and clips it.
func sample(v int32) uint8 { return uint8(min(max(v+128, 0), 255)) }
