package simd

import "github.com/mmtui/mmtui/internal/kernelgen/neon"

// of is an instruction with one result and two sources.
type of func(f *neon.File, d, n, m neon.V)

// known is an instruction that Go's assembler knows, on lanes of 32 bits or on
// bytes; its second source comes first there.
func known(instruction, lanes string) of {
	return func(f *neon.File, d, n, m neon.V) {
		f.Op("%s V%d.%s, V%d.%s, V%d.%s", instruction, m, lanes, n, lanes, d, lanes)
	}
}

// binary makes a new value from two.
func (m *NEON) binary(instruction of, a, b Vec) Vec {
	x, y := m.in(a), m.in(b)
	return m.value(func(f *neon.File, dst neon.V, r registers) { instruction(f, dst, r(x), r(y)) }, x, y)
}

// unary makes a new value from one.
func (m *NEON) unary(instruction func(f *neon.File, d, n neon.V), a Vec) Vec {
	x := m.in(a)
	return m.value(func(f *neon.File, dst neon.V, r registers) { instruction(f, dst, r(x)) }, x)
}

// into changes acc by two values.
func (m *NEON) into(instruction of, acc, a, b Vec) {
	t, x, y := m.in(acc), m.in(a), m.in(b)
	m.note(func(f *neon.File, r registers) { instruction(f, r(t), r(x), r(y)) }, t, x, y)
}

// Hold loads a constant.
func (m *NEON) Hold(v Vec) Vec { return neonVec(m.in(v)) }

// Zero is a register of zeros.
func (m *NEON) Zero() Vec {
	return m.value(func(f *neon.File, dst neon.V, _ registers) { f.Zero(dst) })
}

// Add is a + b.
func (m *NEON) Add(a, b Vec) Vec { return m.binary((*neon.File).FADD, a, b) }

// Sub is a − b.
func (m *NEON) Sub(a, b Vec) Vec { return m.binary((*neon.File).FSUB, a, b) }

// Mul is a·b.
func (m *NEON) Mul(a, b Vec) Vec { return m.binary((*neon.File).FMUL, a, b) }

// Div is a / b.
func (m *NEON) Div(a, b Vec) Vec { return m.binary((*neon.File).FDIV, a, b) }

// Max is NaN where one of both is.
func (m *NEON) Max(a, b Vec) Vec { return m.binary((*neon.File).FMAX, a, b) }

// Min is like Max.
func (m *NEON) Min(a, b Vec) Vec { return m.binary((*neon.File).FMIN, a, b) }

// And works on bits.
func (m *NEON) And(a, b Vec) Vec { return m.binary(known("VAND", "B16"), a, b) }

// Or works on bits.
func (m *NEON) Or(a, b Vec) Vec { return m.binary((*neon.File).OR, a, b) }

// copy is a value of its own, which may come to lie where v did.
func (m *NEON) copy(v Vec) Vec {
	if c, ok := v.(neonConst); ok {
		return neonVec(m.in(c))
	}
	return m.unary(func(f *neon.File, d, n neon.V) {
		if d != n {
			f.OR(d, n, n)
		}
	}, v)
}

// FMA is a·b + c.
func (m *NEON) FMA(a, b, c Vec) Vec { return m.fused((*neon.File).FMLA, a, b, c) }

// NegFMA is c − a·b.
func (m *NEON) NegFMA(a, b, c Vec) Vec { return m.fused((*neon.File).FMLS, a, b, c) }

func (m *NEON) fused(instruction of, a, b, c Vec) Vec {
	x, y := neonVec(m.in(a)), neonVec(m.in(b))
	dst := m.copy(c)
	m.into(instruction, dst, x, y)
	return dst
}

// Accumulate is acc += a·b, where b may be one lane.
func (m *NEON) Accumulate(acc, a, b Vec) {
	l, ok := b.(neonLane)
	if !ok {
		m.into((*neon.File).FMLA, acc, a, b)
		return
	}
	m.into(func(f *neon.File, d, n, m neon.V) { f.FMLALane(d, n, m, l.lane) }, acc, a, neonVec(l.value))
}

// Increase is acc += a.
func (m *NEON) Increase(acc, a Vec) { m.into((*neon.File).FADD, acc, acc, a) }

// Raise is acc = max(acc, a).
func (m *NEON) Raise(acc, a Vec) { m.into((*neon.File).FMAX, acc, acc, a) }

// Scale2 multiplies by two powers of two, of which the first product is exact.
func (m *NEON) Scale2(v, n, shifted Vec) Vec {
	whole := m.binary(known("VSUB", "S4"), shifted, m.Const(Shifter))
	half := m.unary(func(f *neon.File, d, n neon.V) { f.SSHR(d, n, 1) }, whole)
	rest := m.binary(known("VSUB", "S4"), whole, half)
	power := func(e Vec) Vec {
		return m.unary(func(f *neon.File, d, n neon.V) { f.Op("VSHL $23, V%d.S4, V%d.S4", n, d) },
			m.binary(known("VADD", "S4"), e, m.Bits(127)))
	}
	return m.Mul(m.Mul(v, power(half)), power(rest))
}

// Fold halves the vectors until one lane is left.
func (m *NEON) Fold(v []Vec) Vec {
	t := m.Add(m.Add(v[0], v[2]), m.Add(v[1], v[3]))
	t = m.Add(t, m.unary(func(f *neon.File, d, n neon.V) { f.Op("VEXT $8, V%d.B16, V%d.B16, V%d.B16", n, n, d) }, t))
	return m.Add(t, m.unary(func(f *neon.File, d, n neon.V) { f.Op("VREV64 V%d.S4, V%d.S4", n, d) }, t))
}

// Transpose turns 4 rows of 4: neighbours, then halves.
func (m *NEON) Transpose(rows []Vec) []Vec {
	a, b := m.binary((*neon.File).TRN1, rows[0], rows[1]), m.binary((*neon.File).TRN2, rows[0], rows[1])
	c, d := m.binary((*neon.File).TRN1, rows[2], rows[3]), m.binary((*neon.File).TRN2, rows[2], rows[3])
	return []Vec{
		m.binary((*neon.File).Low, a, c), m.binary((*neon.File).Low, b, d),
		m.binary((*neon.File).High, a, c), m.binary((*neon.File).High, b, d),
	}
}
