package simd

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// three writes an instruction in Intel's order dst = a op b; b may lie in memory.
func (m *AVX) three(f func(...operand.Op), a, b Vec) Vec {
	dst := m.vec()
	f(op(b), op(m.Hold(a)), dst)
	return dst
}

// commute is three where a may lie in memory instead of b.
func (m *AVX) commute(f func(...operand.Op), a, b Vec) Vec {
	if _, ok := a.(operand.Mem); ok {
		a, b = b, a
	}
	return m.three(f, a, b)
}

// Add is a + b.
func (m *AVX) Add(a, b Vec) Vec { return m.commute(m.ctx.VADDPS, a, b) }

// Sub is a − b.
func (m *AVX) Sub(a, b Vec) Vec { return m.three(m.ctx.VSUBPS, a, b) }

// Mul is a·b.
func (m *AVX) Mul(a, b Vec) Vec { return m.commute(m.ctx.VMULPS, a, b) }

// Div is a / b.
func (m *AVX) Div(a, b Vec) Vec { return m.three(m.ctx.VDIVPS, a, b) }

// Max gives its second source where it cannot compare.
func (m *AVX) Max(a, b Vec) Vec { return m.three(m.ctx.VMAXPS, a, b) }

// Min is like Max.
func (m *AVX) Min(a, b Vec) Vec { return m.three(m.ctx.VMINPS, a, b) }

// And works on bits.
func (m *AVX) And(a, b Vec) Vec { return m.commute(m.ctx.VANDPS, a, b) }

// Or works on bits.
func (m *AVX) Or(a, b Vec) Vec { return m.commute(m.ctx.VORPS, a, b) }

// FMA is a·b + c.
func (m *AVX) FMA(a, b, c Vec) Vec {
	dst := m.copy(c)
	m.Accumulate(dst, a, b)
	return dst
}

// NegFMA is c − a·b.
func (m *AVX) NegFMA(a, b, c Vec) Vec {
	dst := m.copy(c)
	a, b = m.second(a, b)
	m.ctx.VFNMADD231PS(op(b), op(a), dst)
	return dst
}

// second puts a constant second, where an instruction may read memory.
func (m *AVX) second(a, b Vec) (Vec, Vec) {
	if _, ok := a.(operand.Mem); ok {
		a, b = b, a
	}
	return m.Hold(a), b
}

// Accumulate is acc += a·b.
func (m *AVX) Accumulate(acc, a, b Vec) {
	a, b = m.second(a, b)
	m.ctx.VFMADD231PS(op(b), op(a), op(acc))
}

// Increase is acc += a.
func (m *AVX) Increase(acc, a Vec) { m.ctx.VADDPS(op(a), op(acc), op(acc)) }

// Raise is acc = max(acc, a).
func (m *AVX) Raise(acc, a Vec) { m.ctx.VMAXPS(op(a), op(acc), op(acc)) }

// Scale2 is one instruction in AVX-512. AVX2 multiplies by two powers of two,
// of which the first product is exact.
func (m *AVX) Scale2(v, n, shifted Vec) Vec {
	if m.lanes == 16 {
		return m.three(m.ctx.VSCALEFPS, v, n)
	}
	whole, half, rest := m.vec(), m.vec(), m.vec()
	m.ctx.VPSUBD(op(m.Const(Shifter)), op(shifted), whole)
	m.ctx.VPSRAD(operand.U8(1), whole, half)
	m.ctx.VPSUBD(half, whole, rest)
	var power [2]Vec
	for i, e := range []reg.VecVirtual{half, rest} {
		p := m.vec()
		m.ctx.VPADDD(op(m.Bits(127)), e, p)
		m.ctx.VPSLLD(operand.U8(23), p, p)
		power[i] = p
	}
	return m.Mul(m.Mul(v, power[0]), power[1])
}

// Fold halves the vector until one lane is left.
func (m *AVX) Fold(v []Vec) Vec {
	var y reg.VecVirtual // 8 lanes
	if m.lanes == 16 {
		y = m.ctx.YMM()
		z := v[0].(reg.Vec)
		m.ctx.VEXTRACTF64X4(operand.U8(1), op(v[0]), y)
		m.ctx.VADDPS(y, z.AsY(), y)
	} else {
		y = m.ctx.YMM()
		m.ctx.VADDPS(op(v[1]), op(v[0]), y)
	}
	x, t := m.ctx.XMM(), m.ctx.XMM()
	m.ctx.VEXTRACTF128(operand.U8(1), y, x)
	m.ctx.VADDPS(x, y.AsX(), x)
	m.ctx.VPERMILPS(operand.U8(0x4E), x, t)
	m.ctx.VADDPS(t, x, x)
	m.ctx.VPERMILPS(operand.U8(0xB1), x, t)
	m.ctx.VADDPS(t, x, x)
	return x
}

// Transpose turns 8 rows of 8: pairs, then quadruples, then halves.
func (m *AVX) Transpose(rows []Vec) []Vec {
	type instruction = func(...operand.Op)
	both := func(f instruction, a, b Vec) Vec {
		r := m.vec()
		f(op(b), op(a), r)
		return r
	}
	half := func(selector uint8, a, b Vec) Vec {
		r := m.vec()
		m.ctx.VPERM2F128(operand.U8(selector), op(b), op(a), r)
		return r
	}
	var pairs, fours, out [8]Vec
	for i := 0; i < 8; i += 2 {
		pairs[i] = both(m.ctx.VUNPCKLPS, rows[i], rows[i+1])
		pairs[i+1] = both(m.ctx.VUNPCKHPS, rows[i], rows[i+1])
	}
	for i := 0; i < 8; i += 4 {
		for j := range 2 {
			fours[i+2*j] = both(m.ctx.VUNPCKLPD, pairs[i+j], pairs[i+j+2])
			fours[i+2*j+1] = both(m.ctx.VUNPCKHPD, pairs[i+j], pairs[i+j+2])
		}
	}
	for i := range 4 {
		out[i] = half(0x20, fours[i], fours[i+4])
		out[i+4] = half(0x31, fours[i], fours[i+4])
	}
	return out[:]
}
