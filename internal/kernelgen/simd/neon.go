package simd

import (
	"fmt"
	"math"

	"github.com/mmtui/mmtui/internal/kernelgen/neon"
)

// NEON is the machine of arm64. It notes down a kernel instruction by
// instruction and gives out registers at its end, when it is known how long
// each value lives.
type NEON struct {
	file   neon.File
	at     map[uint32]int // offset of a constant in the table
	table  []uint32
	kernel neonKernel
}

var _ File = (*NEON)(nil)

// neonKernel is the kernel under way.
type neonKernel struct {
	name, doc string
	params    []string
	lines     []neonLine
	loops     [][2]int // first and last line
	values    int      // vector values so far
	integers  int      // general registers so far
	constants bool     // whether the table is read
}

// registers gives the register of a value.
type registers func(value int) neon.V

// neonLine is one instruction: print writes it once the registers are known.
// It may write the register that holds a value it reads for the last time.
type neonLine struct {
	print func(f *neon.File, r registers)
	reads []int
	write int // a value, or −1
}

// neonVec is a value, neonConst a constant of the table, and neonLane one lane
// of a value.
type (
	neonVec   int
	neonConst uint32
	neonLane  struct{ value, lane int }
	neonRow   struct{ base neon.R }
)

// tableRegister points to the constants; general registers are given out in
// order from the list, which leaves out those of the platform and of Go.
const tableRegister neon.R = 25

func generalRegisters() []neon.R {
	return []neon.R{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 19, 20, 21, 22, 23, 24}
}

// NewNEON starts a file of kernels.
func NewNEON() *NEON { return &NEON{at: map[uint32]int{}} }

// Lanes is 4.
func (m *NEON) Lanes() int { return 4 }

// Suffix is NEON.
func (m *NEON) Suffix() string { return "NEON" }

// Begin starts a kernel.
func (m *NEON) Begin(name, doc string, params ...string) {
	m.kernel = neonKernel{name: name + m.Suffix(), doc: doc, params: params}
}

// note appends an instruction that makes no value.
func (m *NEON) note(print func(f *neon.File, r registers), reads ...int) {
	m.kernel.lines = append(m.kernel.lines, neonLine{print, reads, -1})
}

// op notes an instruction on general registers alone.
func (m *NEON) op(format string, a ...any) {
	m.note(func(f *neon.File, _ registers) { f.Op(format, a...) })
}

// value notes an instruction that makes a new value.
func (m *NEON) value(print func(f *neon.File, dst neon.V, r registers), reads ...int) neonVec {
	v := m.kernel.values
	m.kernel.values++
	m.kernel.lines = append(m.kernel.lines, neonLine{func(f *neon.File, r registers) { print(f, r(v), r) }, reads, v})
	return neonVec(v)
}

// End gives out the registers and prints the kernel.
func (m *NEON) End() {
	k := &m.kernel
	given := k.allocate()
	m.file.Begin(k.name, k.doc, k.params...)
	if k.constants {
		m.file.Op("MOVD $%s<>(SB), R%d", tableSymbol, tableRegister)
	}
	for _, l := range k.lines {
		l.print(&m.file, func(v int) neon.V { return given[v] })
	}
	m.file.Op("RET")
}

// allocate gives every value a register for as long as it is read: to the end
// of a loop where it was made before the loop.
func (k *neonKernel) allocate() []neon.V {
	made, last := make([]int, k.values), make([]int, k.values)
	for i, l := range k.lines {
		if l.write >= 0 {
			made[l.write], last[l.write] = i, i
		}
		for _, v := range l.reads {
			last[v] = i
		}
	}
	for range k.loops { // an inner loop's end may lie in an outer loop
		for _, loop := range k.loops {
			for v := range last {
				if made[v] < loop[0] && last[v] > loop[0] && last[v] < loop[1] {
					last[v] = loop[1]
				}
			}
		}
	}
	given, holder := make([]neon.V, k.values), [32]int{}
	for r := range holder {
		holder[r] = -1
	}
	for i, l := range k.lines {
		if l.write < 0 {
			continue
		}
		r := 0
		for r < len(holder) && holder[r] >= 0 && last[holder[r]] > i {
			r++
		}
		if r == len(holder) {
			panic(k.name + " needs more than 32 vector registers")
		}
		given[l.write], holder[r] = neon.V(r), l.write
	}
	return given
}

// Write writes the kernels and their declarations.
func (m *NEON) Write(assembly, stubs, command, pkg string) error {
	if len(m.table) > 0 {
		m.file.Table(tableSymbol, m.table)
	}
	return m.file.Write(assembly, stubs, pkg, command)
}

// Const is read from the table by the operation that uses it.
func (m *NEON) Const(f float32) Vec { return m.Bits(math.Float32bits(f)) }

// Bits is Const for a pattern of bits.
func (m *NEON) Bits(b uint32) Vec { return neonConst(b) }

// in is the value of an operand.
func (m *NEON) in(v Vec) int {
	switch v := v.(type) {
	case neonVec:
		return int(v)
	case neonConst:
		at, ok := m.at[uint32(v)]
		if !ok {
			at = 16 * len(m.table)
			m.at[uint32(v)] = at
			m.table = append(m.table, uint32(v))
		}
		m.kernel.constants = true
		return int(m.value(func(f *neon.File, dst neon.V, _ registers) { f.Load(dst, tableRegister, at) }))
	}
	panic(fmt.Sprintf("%s: a lane where a vector is needed", m.kernel.name))
}
