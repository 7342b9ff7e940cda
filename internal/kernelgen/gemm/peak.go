package main

import (
	. "github.com/mmcloughlin/avo/build" // its own idiom: instructions read as in assembly
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// peaks measure the machine: what no kernel can exceed.
func peaks() {
	for _, v := range []isa{avx512, avx2} {
		fma(v)
		read(v)
	}
}

// fmaChains is how many independent sums keep every unit busy.
const fmaChains = 12

func fma(v isa) {
	begin("fma"+v.name, "func(turns int)", "Does 12 register-only FMA a turn, each into a sum of its own.")
	n := load("turns")
	sums := v.zeroed(fmaChains)
	x := v.zeroed(1)[0]
	Label("turn")
	for _, s := range sums {
		VFMADD231PS(x, x, s)
	}
	DECQ(n)
	JNZ(operand.LabelRef("turn"))
	finish()
}

// readAhead is how far in front memory is asked for, in bytes.
const readAhead = 2048

// read has four streams, as the dot kernels have: one reaches less.
func read(v isa) {
	begin("read"+v.name, "func(p *byte, blocks int)", "Reads 256·blocks bytes.")
	first, n := load("p"), load("blocks")
	quarter := GP64()
	MOVQ(n, quarter)
	SHLQ(operand.U8(6), quarter)
	streams := newRows(4, first, quarter)
	sums := v.zeroed(4)
	Label("block")
	for r := range 4 {
		PREFETCHT0(streams.at(r, readAhead))
		for i := range 64 / v.bytes() {
			read1(v, streams.at(r, i*v.bytes()), sums[r])
		}
	}
	streams.advance(64)
	DECQ(n)
	JNZ(operand.LabelRef("block"))
	finish()
}

func read1(v isa, from operand.Mem, sum reg.VecVirtual) {
	if v.lanes == 16 {
		VPORD(from, sum, sum)
		return
	}
	VPOR(from, sum, sum)
}
