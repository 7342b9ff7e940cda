package main

import (
	. "github.com/mmcloughlin/avo/build" // its own idiom: instructions read as in assembly
)

// peakSums is how many independent sums the measurement of the dot product has;
// a round is one product for each.
const peakSums = 8

// peaks are what the machine can do at most: dot products on registers alone,
// and reading.
func peaks(t tier) {
	k := newKernel(t, constants{}, 2, 1, 1)
	begin("dot"+t.name, "func(turns int)", "does turns·8 products of 32 codes and 32 activations each.")
	n := GP64()
	MOVQ(param("turns"), n)
	for i := range y {
		VPXOR(y[i], y[i], y[i])
	}
	Label("turn")
	for i := range peakSums {
		k.product(codeReg, y[i], false)
	}
	DECQ(n)
	JNZ(to("turn"))
	finish()
	if t.vnni {
		return
	}
	begin("readAVX2", "func(p *byte, blocks int)", "reads blocks of 256 bytes.")
	p, left := GP64(), GP64()
	MOVQ(param("p"), p)
	MOVQ(param("blocks"), left)
	Label("block")
	for i := range 8 {
		VMOVDQU(at(p, half*i), y[i])
	}
	ADDQ(imm(256), p)
	DECQ(left)
	JNZ(to("block"))
	finish()
}
