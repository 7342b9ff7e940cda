package simd

import (
	"fmt"

	"github.com/mmtui/mmtui/internal/kernelgen/neon"
)

func arm(p Int) neon.R { return p.(neon.R) }

func (m *NEON) general() neon.R {
	all := generalRegisters()
	if m.kernel.integers == len(all) {
		panic(m.kernel.name + " needs more general registers than there are")
	}
	r := all[m.kernel.integers]
	m.kernel.integers++
	return r
}

// Arg loads a parameter.
func (m *NEON) Arg(name string) Int {
	r := m.general()
	m.note(func(f *neon.File, _ registers) { f.Arg(name, r) })
	return r
}

// Copy copies a general register.
func (m *NEON) Copy(p Int) Int {
	r := m.general()
	m.op("MOVD R%d, R%d", arm(p), r)
	return r
}

// Step adds a constant to a pointer.
func (m *NEON) Step(p Int, bytes int) { m.op("ADD $%d, R%d", bytes, arm(p)) }

// StepBy adds a register to a pointer.
func (m *NEON) StepBy(p, q Int) { m.op("ADD R%d, R%d", arm(q), arm(p)) }

// Shift shifts a count.
func (m *NEON) Shift(n Int, by int) {
	if by < 0 {
		m.op("LSR $%d, R%d", -by, arm(n))
		return
	}
	m.op("LSL $%d, R%d", by, arm(n))
}

// Low keeps the low bits of a count.
func (m *NEON) Low(n Int, mask int) Int {
	r := m.general()
	m.op("AND $%d, R%d, R%d", mask, arm(n), r)
	return r
}

// Loop counts n down.
func (m *NEON) Loop(n Int, body func()) {
	at := len(m.kernel.loops)
	m.kernel.loops = append(m.kernel.loops, [2]int{})
	m.op("CBZ R%d, done%d", arm(n), at)
	m.kernel.loops[at][0] = len(m.kernel.lines)
	m.label("loop%d", at)
	body()
	m.op("SUB $1, R%d", arm(n))
	m.kernel.loops[at][1] = len(m.kernel.lines)
	m.op("CBNZ R%d, loop%d", arm(n), at)
	m.label("done%d", at)
}

func (m *NEON) label(format string, at int) {
	m.note(func(f *neon.File, _ registers) { f.Label(fmt.Sprintf(format, at)) })
}

// Rows keeps a register for every row.
func (m *NEON) Rows(base, stride Int, n int) []Row {
	var rows []Row
	for i := range n {
		r := m.general()
		if i == 0 {
			m.op("MOVD R%d, R%d", arm(base), r)
		} else {
			m.op("ADD R%d, R%d, R%d", arm(stride), rows[i-1].(neonRow).base, r)
		}
		rows = append(rows, neonRow{r})
	}
	return rows
}

// StepRows moves all rows on.
func (m *NEON) StepRows(rows []Row, bytes int) {
	for _, r := range rows {
		m.Step(r.(neonRow).base, bytes)
	}
}

// StepRowsBy moves all rows on by a register.
func (m *NEON) StepRowsBy(rows []Row, q Int) {
	for _, r := range rows {
		m.StepBy(r.(neonRow).base, q)
	}
}

// Load reads a vector.
func (m *NEON) Load(p Int, offset int) Vec { return m.load(arm(p), offset) }

func (m *NEON) load(base neon.R, offset int) neonVec {
	return m.value(func(f *neon.File, dst neon.V, _ registers) { f.Load(dst, base, offset) })
}

// scalar reads a float into lane 0.
func (m *NEON) scalar(base neon.R, offset int) neonVec {
	return m.value(func(f *neon.File, dst neon.V, _ registers) { f.Op("FMOVS %d(R%d), F%d", offset, base, dst) })
}

// Store writes a vector.
func (m *NEON) Store(v Vec, p Int, offset int) {
	x := m.in(v)
	m.note(func(f *neon.File, r registers) { f.Store(r(x), arm(p), offset) }, x)
}

// StoreScalar writes lane 0.
func (m *NEON) StoreScalar(v Vec, p Int, offset int) {
	x := m.in(v)
	m.note(func(f *neon.File, r registers) { f.Op("FMOVS F%d, %d(R%d)", r(x), offset, arm(p)) }, x)
}

// Splat repeats a float.
func (m *NEON) Splat(p Int, offset int) Vec {
	x := int(m.scalar(arm(p), offset))
	return m.value(func(f *neon.File, dst neon.V, r registers) { f.Op("VDUP V%d.S[0], V%d.S4", r(x), dst) }, x)
}

// Scalars loads the floats; a product picks a lane.
func (m *NEON) Scalars(r Row, offset, count int) Scalars {
	base := r.(neonRow).base
	if count == 1 {
		return m.scalar(base, offset)
	}
	return m.load(base, offset)
}

// Pick names a lane, which only Accumulate takes.
func (m *NEON) Pick(s Scalars, i int) Vec { return neonLane{int(s.(neonVec)), i} }
