package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build" // its own idiom: instructions read as in assembly
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// scaled loads a register of x, times col where there is one.
func scaled(x, col reg.Register, label string, to ...reg.VecPhysical) {
	for i, v := range to {
		VMOVUPS(at(x, half*i), v)
	}
	TESTQ(col, col)
	JZ(operand.LabelRef(label))
	for i, v := range to {
		VMULPS(at(col, half*i), v, v)
	}
	ADDQ(imm(64), col)
	Label(label)
	ADDQ(imm(64), x)
}

func largest() {
	begin("largestAVX2", "func(x, col *float32, blocks int) (bits uint32)",
		"is the largest of the bits of |x·col| over blocks of 16, NaN above all; a nil col is none.")
	x, col, n := load("x"), load("col"), load("blocks")
	magnitude := y[15]
	VPCMPEQD(magnitude, magnitude, magnitude)
	VPSRLD(operand.U8(1), magnitude, magnitude)
	VPXOR(y[0], y[0], y[0])
	VPXOR(y[1], y[1], y[1])
	Label("block")
	scaled(x, col, "plain", y[2], y[3])
	for i := range 2 {
		VPAND(y[2+i], magnitude, y[2+i])
		VPMAXUD(y[2+i], y[i], y[i])
	}
	DECQ(n)
	JNZ(operand.LabelRef("block"))
	VPMAXUD(y[1], y[0], y[0])
	lanes(VPMAXUD)
	out := GP32()
	VMOVD(reg.X0, out)
	VZEROUPPER()
	Store(out, Return("bits"))
	RET()
}

// lanes leaves the eight lanes of y[0], joined by op, in lane 0.
func lanes(op func(...operand.Op)) {
	VEXTRACTI128(operand.U8(1), y[0], reg.X1)
	op(reg.X1, reg.X0, reg.X0)
	VPSHUFD(operand.U8(0x4e), reg.X0, reg.X1)
	op(reg.X1, reg.X0, reg.X0)
	VPSHUFD(operand.U8(0xb1), reg.X0, reg.X1)
	op(reg.X1, reg.X0, reg.X0)
}

func encode() {
	begin("encodeAVX2", "func(codes *int8, sums *int32, x, col *float32, inverse float32, blocks, groupBlocks, zero int)",
		"writes the codes of blocks of 16, x·col·inverse to the nearest, and the sums of each group times zero.")
	// Lanes of 32 bits of two registers packed to bytes, in order.
	order := GLOBL("order", attr.RODATA|attr.NOPTR)
	for i, lane := range []uint32{0, 4, 1, 5, 0, 4, 1, 5} {
		DATA(4*i, operand.U32(lane))
	}
	codes, sums, x, col := load("codes"), load("sums"), load("x"), load("col")
	left, zero, n, sum := load("blocks"), load("zero"), GP64(), GP32()
	VBROADCASTSS(param("inverse"), y[15])
	VMOVDQU(order, y[14])
	Label("group")
	MOVQ(param("groupBlocks"), n)
	CMPQ(left, n)
	CMOVQLT(left, n)
	SUBQ(n, left)
	VPXOR(y[0], y[0], y[0])
	Label("block")
	scaled(x, col, "plain", y[2], y[3])
	for i := range 2 {
		VMULPS(y[15], y[2+i], y[2+i])
		VCVTPS2DQ(y[2+i], y[2+i])
		VPADDD(y[2+i], y[0], y[0])
	}
	VPACKSSDW(y[3], y[2], y[2])
	VPACKSSWB(y[2], y[2], y[2])
	VPERMD(y[2], y[14], y[2])
	VMOVDQU(reg.X2, at(codes, 0))
	ADDQ(imm(16), codes)
	DECQ(n)
	JNZ(operand.LabelRef("block"))
	lanes(VPADDD)
	VMOVD(reg.X0, sum)
	IMULL(zero.As32(), sum)
	MOVL(sum, at(sums, 0))
	ADDQ(imm(4), sums)
	TESTQ(left, left)
	JNZ(operand.LabelRef("group"))
	finish()
}
