package simd

import (
	"fmt"
	"math"
	"strings"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tableSymbol names the constants of a file, each repeated over a whole register.
const tableSymbol = "constants"

// AVX is the machine of amd64.
type AVX struct {
	ctx   *build.Context
	lanes int
	loops int
	at    map[uint32]int // offset of a constant in the table
	table []uint32
}

var _ Machine = (*AVX)(nil)

// NewAVX starts a file of kernels with vectors of 16 (AVX-512) or 8 lanes (AVX2).
func NewAVX(lanes int) *AVX {
	m := &AVX{ctx: build.NewContext(), lanes: lanes, at: map[uint32]int{}}
	m.ctx.ConstraintExpr("amd64")
	return m
}

// Lanes is 16 or 8.
func (m *AVX) Lanes() int { return m.lanes }

// Suffix is the instruction set's name.
func (m *AVX) Suffix() string {
	if m.lanes == 16 {
		return "AVX512"
	}
	return "AVX2"
}

// Begin starts a kernel.
func (m *AVX) Begin(name, doc string, params ...string) {
	m.loops = 0
	m.ctx.Function(name + m.Suffix())
	m.ctx.Attributes(attr.NOSPLIT)
	m.ctx.SignatureExpr("func(" + strings.Join(params, ", ") + ")")
	m.ctx.Doc(name + m.Suffix() + " " + doc)
	m.ctx.Pragma("noescape")
}

// End leaves the upper halves of the registers clean: Go's own code slows down
// by two orders of magnitude otherwise.
func (m *AVX) End() {
	m.ctx.VZEROUPPER()
	m.ctx.RET()
}

func (m *AVX) vec() reg.VecVirtual {
	if m.lanes == 16 {
		return m.ctx.ZMM()
	}
	return m.ctx.YMM()
}

func gp(p Int) reg.Register { return p.(reg.Register) }

func op(v Vec) operand.Op { return v.(operand.Op) }

// Arg loads a parameter.
func (m *AVX) Arg(name string) Int { return m.ctx.Load(m.ctx.Param(name), m.ctx.GP64()) }

// Copy copies a general register.
func (m *AVX) Copy(p Int) Int {
	r := m.ctx.GP64()
	m.ctx.MOVQ(gp(p), r)
	return r
}

// Step adds a constant to a pointer.
func (m *AVX) Step(p Int, bytes int) { m.ctx.ADDQ(operand.I32(int32(bytes)), gp(p)) }

// StepBy adds a register to a pointer.
func (m *AVX) StepBy(p, q Int) { m.ctx.ADDQ(gp(q), gp(p)) }

// Shift shifts a count.
func (m *AVX) Shift(n Int, by int) {
	if by < 0 {
		m.ctx.SHRQ(operand.U8(uint8(-by)), gp(n))
		return
	}
	m.ctx.SHLQ(operand.U8(uint8(by)), gp(n))
}

// Low keeps the low bits of a count.
func (m *AVX) Low(n Int, mask int) Int {
	r := m.Copy(n)
	m.ctx.ANDQ(operand.I32(int32(mask)), gp(r))
	return r
}

// Loop counts n down.
func (m *AVX) Loop(n Int, body func()) {
	m.loops++
	loop, done := fmt.Sprintf("loop%d", m.loops), fmt.Sprintf("done%d", m.loops)
	m.ctx.TESTQ(gp(n), gp(n))
	m.ctx.JZ(operand.LabelRef(done))
	m.ctx.Label(loop)
	body()
	m.ctx.DECQ(gp(n))
	m.ctx.JNZ(operand.LabelRef(loop))
	m.ctx.Label(done)
}

// avxRow is one of three rows around a base register: its own, or one or two
// strides further. bases lists what StepRows has to move.
type avxRow struct {
	mem  operand.Mem
	base reg.Register // nil but for the first of the three
}

// Rows keeps one register for every three rows.
func (m *AVX) Rows(base, stride Int, n int) []Row {
	var rows []Row
	var at reg.Register
	for i := range n {
		switch i % 3 {
		case 0:
			next := m.ctx.GP64()
			if i == 0 {
				m.ctx.MOVQ(gp(base), next)
			} else {
				m.ctx.LEAQ(operand.Mem{Base: at, Index: gp(stride), Scale: 2}, next)
				m.ctx.ADDQ(gp(stride), next)
			}
			at = next
			rows = append(rows, avxRow{mem: operand.Mem{Base: at}, base: at})
		default:
			rows = append(rows, avxRow{mem: operand.Mem{Base: at, Index: gp(stride), Scale: uint8(i % 3)}})
		}
	}
	return rows
}

// StepRows moves the base registers.
func (m *AVX) StepRows(rows []Row, bytes int) {
	for _, r := range rows {
		if b := r.(avxRow).base; b != nil {
			m.ctx.ADDQ(operand.I32(int32(bytes)), b)
		}
	}
}

// StepRowsBy moves the base registers.
func (m *AVX) StepRowsBy(rows []Row, q Int) {
	for _, r := range rows {
		if b := r.(avxRow).base; b != nil {
			m.ctx.ADDQ(gp(q), b)
		}
	}
}

func mem(p Int, offset int) operand.Mem { return operand.Mem{Base: gp(p), Disp: offset} }

// Load reads a vector.
func (m *AVX) Load(p Int, offset int) Vec {
	v := m.vec()
	m.ctx.VMOVUPS(mem(p, offset), v)
	return v
}

// Store writes a vector.
func (m *AVX) Store(v Vec, p Int, offset int) { m.ctx.VMOVUPS(op(v), mem(p, offset)) }

// StoreScalar writes lane 0.
func (m *AVX) StoreScalar(v Vec, p Int, offset int) {
	m.ctx.VMOVSS(v.(reg.Vec).AsX(), mem(p, offset))
}

// Splat broadcasts a float.
func (m *AVX) Splat(p Int, offset int) Vec {
	v := m.vec()
	m.ctx.VBROADCASTSS(mem(p, offset), v)
	return v
}

// Const is read from the table by the operation that uses it.
func (m *AVX) Const(f float32) Vec { return m.Bits(math.Float32bits(f)) }

// Bits is Const for a pattern of bits.
func (m *AVX) Bits(b uint32) Vec {
	at, ok := m.at[b]
	if !ok {
		at = 4 * m.lanes * len(m.table)
		m.at[b] = at
		m.table = append(m.table, b)
	}
	return operand.NewDataAddr(operand.Symbol{Name: tableSymbol, Static: true}, at)
}

// Hold loads a constant.
func (m *AVX) Hold(v Vec) Vec {
	if _, ok := v.(operand.Mem); !ok {
		return v
	}
	return m.copy(v)
}

func (m *AVX) copy(v Vec) reg.VecVirtual {
	r := m.vec()
	m.ctx.VMOVUPS(op(v), r)
	return r
}

// Zero is a register of zeros.
func (m *AVX) Zero() Vec {
	v := m.vec()
	m.ctx.VXORPS(v, v, v)
	return v
}

// avxScalars are broadcast when they are picked.
type avxScalars struct{ mem operand.Mem }

// Scalars remembers an address.
func (m *AVX) Scalars(r Row, offset, count int) Scalars {
	at := r.(avxRow).mem
	at.Disp += offset
	return avxScalars{mem: at}
}

// Pick broadcasts one float.
func (m *AVX) Pick(s Scalars, i int) Vec {
	at := s.(avxScalars).mem
	at.Disp += 4 * i
	v := m.vec()
	m.ctx.VBROADCASTSS(at, v)
	return v
}

// writeTable puts the constants into the file.
func (m *AVX) writeTable() {
	if len(m.table) == 0 {
		return
	}
	m.ctx.StaticGlobal(tableSymbol)
	m.ctx.DataAttributes(attr.RODATA | attr.NOPTR)
	for _, b := range m.table {
		for range m.lanes / 2 {
			m.ctx.AppendDatum(operand.U64(uint64(b)<<32 | uint64(b)))
		}
	}
}
