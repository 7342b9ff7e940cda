package simd

// Exp is e^x as every kernel and every portable twin computes it: n is
// x·log₂e to the nearest whole number, r = x − n·ln 2 in two steps, and
//
//	e^r = 1 + (r + r²·((C2 + r·C3) + r²·((C4 + r·C5) + r²·C6)))
//
// whose coefficients minimise the relative error over |r| ≤ ½·ln 2 (3·10⁻⁹
// before rounding). Values must lie in −174 … 89.
type Exp struct {
	m                              Machine
	log2e, shifter, high, low, one Vec
	c                              [5]Vec
}

// The constants of Exp.
const (
	Log2E   = 1.44269504088896340736
	Ln2High = 0.693147182464599609375   // ln 2 as a float32
	Ln2Low  = -1.904654299957767878e-09 // ln 2 − Ln2High
)

// ExpCoefficients are C2 … C6.
func ExpCoefficients() [5]float32 {
	return [5]float32{0.49999994, 0.166665211, 0.041668389, 0.00836872403, 0.00138145837}
}

// NewExp prepares the constants; hold keeps them in registers, of which there must be ten to spare.
func NewExp(m Machine, hold bool) *Exp {
	e := &Exp{m: m, log2e: m.Const(Log2E), shifter: m.Const(Shifter), high: m.Const(Ln2High), low: m.Const(Ln2Low), one: m.Const(1)}
	for i, v := range ExpCoefficients() {
		e.c[i] = m.Const(v)
	}
	if hold {
		for _, v := range []*Vec{&e.log2e, &e.shifter, &e.high, &e.low, &e.one, &e.c[0], &e.c[1], &e.c[2], &e.c[3], &e.c[4]} {
			*v = m.Hold(*v)
		}
	}
	return e
}

// Of is e^x.
func (e *Exp) Of(x Vec) Vec { return e.Corrected(x, nil) }

// Corrected is e^(x − less), where less is tiny; nil is none.
func (e *Exp) Corrected(x, less Vec) Vec {
	m := e.m
	shifted := m.FMA(x, e.log2e, e.shifter)
	n := m.Sub(shifted, e.shifter)
	r := m.NegFMA(n, e.high, x)
	r = m.NegFMA(n, e.low, r)
	if less != nil {
		r = m.Sub(r, less)
	}
	square := m.Mul(r, r)
	q := m.FMA(e.c[4], square, m.FMA(e.c[3], r, e.c[2]))
	q = m.FMA(q, square, m.FMA(e.c[1], r, e.c[0]))
	y := m.FMA(q, square, r)
	return m.Scale2(m.Add(e.one, y), n, shifted)
}
