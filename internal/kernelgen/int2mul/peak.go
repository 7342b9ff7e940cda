package main

import (
	. "github.com/mmcloughlin/avo/build" // its own idiom: instructions read as in assembly
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// dotChains is how many independent sums keep every unit busy.
const dotChains = 12

// dots measures what no kernel can exceed, in registers of 512 bits and of 256.
func dots() {
	for _, v := range []struct {
		name string
		reg  func() reg.VecVirtual
	}{{"dotAVX512", ZMM}, {"dotAVX256", YMM}} {
		begin(v.name, "func(turns int)", "Does 12 register-only VPDPBUSD a turn, each into a sum of its own.")
		n, x := load("turns"), v.reg()
		VPXORD(x, x, x)
		var sums []reg.VecVirtual
		for range dotChains {
			s := v.reg()
			VPXORD(s, s, s)
			sums = append(sums, s)
		}
		Label("turn")
		for _, s := range sums {
			VPDPBUSD(x, x, s)
		}
		DECQ(n)
		JNZ(operand.LabelRef("turn"))
		finish()
	}
}

// readAhead is how far in front memory is asked for, in bytes.
const readAhead = 2048

// read has four streams: one reaches less.
func read() {
	begin("readAVX512", "func(p *byte, blocks int)", "Reads 256·blocks bytes.")
	first, n := load("p"), load("blocks")
	quarter := GP64()
	MOVQ(n, quarter)
	SHLQ(operand.U8(6), quarter)
	streams := newRows(4, first, quarter)
	var sums []reg.VecVirtual
	for range 4 {
		sums = append(sums, zeroed())
	}
	Label("block")
	for r, s := range sums {
		PREFETCHT0(streams.at(r, readAhead))
		VPORD(streams.at(r, 0), s, s)
	}
	streams.advance(operand.I8(64))
	DECQ(n)
	JNZ(operand.LabelRef("block"))
	finish()
}
