package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build" // its own idiom: instructions read as in assembly
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// largest compares magnitudes as integers: a NaN is beyond infinity, and stays.
func largest() {
	begin("largestAVX512", "func(x, col *float32, blocks int) (bits uint32)",
		"Gives the bits of the largest |x·col| of 16·blocks elements; a nil col is ones.")
	x, col, n := load("x"), load("col"), load("blocks")
	sign := constant(0x7fffffff)
	tops := []reg.VecVirtual{zeroed(), zeroed(), zeroed(), zeroed()}
	quads := GP64()
	MOVQ(n, quads)
	TESTQ(col, col)
	JNZ(operand.LabelRef("scaled"))
	loops("four", "one", quads, n, x, nil, func(u int) {
		v := ZMM()
		VPANDD(at(x, 64*u), sign, v)
		VPMAXUD(v, tops[u], tops[u])
	})
	JMP(operand.LabelRef("reduce"))
	Label("scaled")
	loops("fourScaled", "oneScaled", quads, n, x, col, func(u int) {
		v := ZMM()
		VMOVUPS(at(x, 64*u), v)
		VMULPS(at(col, 64*u), v, v)
		VPANDD(v, sign, v)
		VPMAXUD(v, tops[u], tops[u])
	})
	Label("reduce")
	for _, t := range tops[1:] {
		VPMAXUD(t, tops[0], tops[0])
	}
	reduce(tops[0], VPMAXUD)
	out := GP32()
	VMOVD(tops[0].AsX(), out)
	Store(out, ReturnIndex(0))
	finish()
}

// loops takes four blocks at a time, then one.
func loops(four, one string, quads, n, x, col reg.Register, step func(u int)) {
	SHRQ(operand.U8(2), quads)
	JZ(operand.LabelRef(four + "Done"))
	advance := func(blocks int) {
		ADDQ(operand.I32(int32(64*blocks)), x)
		if col != nil {
			ADDQ(operand.I32(int32(64*blocks)), col)
		}
	}
	Label(four)
	for u := range 4 {
		step(u)
	}
	advance(4)
	DECQ(quads)
	JNZ(operand.LabelRef(four))
	Label(four + "Done")
	ANDQ(operand.I8(3), n)
	JZ(operand.LabelRef(one + "Done"))
	Label(one)
	step(0)
	advance(1)
	DECQ(n)
	JNZ(operand.LabelRef(one))
	Label(one + "Done")
}

func constant(bits uint32) reg.VecVirtual {
	word, v := GP32(), ZMM()
	MOVL(operand.U32(bits), word)
	VPBROADCASTD(word, v)
	return v
}

// reduce leaves the sixteen lanes' result in lane 0.
func reduce(v reg.VecVirtual, op func(ops ...operand.Op)) {
	y, x := YMM(), XMM()
	VEXTRACTI64X4(operand.U8(1), v, y)
	op(y, v.AsY(), v.AsY())
	VEXTRACTI128(operand.U8(1), v.AsY(), x)
	op(x, v.AsX(), v.AsX())
	VPSHUFD(operand.U8(0x4e), v.AsX(), x)
	op(x, v.AsX(), v.AsX())
	VPSHUFD(operand.U8(0xb1), v.AsX(), x)
	op(x, v.AsX(), v.AsX())
}

func encode() {
	begin("encodeAVX512", "func(codes *int8, sums *int32, x, col *float32, inverse float32, blocks, groupBlocks, zero int)",
		"Writes the codes of 16·blocks elements, x·col·inverse to the nearest, and each group's sum of codes times zero.")
	e := encoder{x: load("x"), col: load("col"), codes: load("codes"), inverse: ZMM(), order: ZMM(), sum: ZMM(), ones: constant(0x01010101)}
	left, n, sums := load("blocks"), GP64(), load("sums")
	VBROADCASTSS(param("inverse"), e.inverse)
	VPMOVZXBD(quarters(), e.order)
	total, zero := GP32(), load("zero")
	Label("group")
	MOVQ(param("groupBlocks"), n)
	CMPQ(left, n)
	CMOVQLT(left, n)
	SUBQ(n, left)
	VPXORD(e.sum, e.sum, e.sum)
	TESTQ(e.col, e.col)
	JNZ(operand.LabelRef("scaled"))
	e.loops("", n, false)
	JMP(operand.LabelRef("reduce"))
	Label("scaled")
	e.loops("Scaled", n, true)
	Label("reduce")
	reduce(e.sum, VPADDD)
	VMOVD(e.sum.AsX(), total)
	IMULL(zero.(reg.GPVirtual).As32(), total)
	MOVL(total, at(sums, 0))
	ADDQ(operand.I8(4), sums)
	TESTQ(left, left)
	JNZ(operand.LabelRef("group"))
	finish()
}

// encoder is the kernel encode while it is written.
type encoder struct {
	x, col, codes             reg.Register
	inverse, order, sum, ones reg.VecVirtual
}

// loops takes four blocks at a time, then one.
func (e encoder) loops(suffix string, n reg.Register, scaled bool) {
	SUBQ(operand.I8(4), n)
	JLT(operand.LabelRef("few" + suffix))
	Label("four" + suffix)
	e.four(scaled)
	SUBQ(operand.I8(4), n)
	JGE(operand.LabelRef("four" + suffix))
	Label("few" + suffix)
	ADDQ(operand.I8(4), n)
	JZ(operand.LabelRef("reduce"))
	Label("one" + suffix)
	v := e.block(0, scaled)
	VPADDD(v, e.sum, e.sum)
	VPMOVDB(v, at(e.codes, 0))
	e.advance(1, scaled)
	DECQ(n)
	JNZ(operand.LabelRef("one" + suffix))
}

// block gives the codes of a block in 32 bits each.
func (e encoder) block(i int, scaled bool) reg.VecVirtual {
	v := ZMM()
	if scaled {
		VMOVUPS(at(e.x, 64*i), v)
		VMULPS(at(e.col, 64*i), v, v)
		VMULPS(e.inverse, v, v)
	} else {
		VMULPS(at(e.x, 64*i), e.inverse, v)
	}
	VCVTPS2DQ(v, v)
	return v
}

// four packs four blocks at once, which leaves quarters of blocks in the order
// of the registers' quarters, and adds the codes four by four.
func (e encoder) four(scaled bool) {
	var v []reg.VecVirtual
	for i := range 4 {
		v = append(v, e.block(i, scaled))
	}
	VPACKSSDW(v[1], v[0], v[0])
	VPACKSSDW(v[3], v[2], v[2])
	VPACKSSWB(v[2], v[0], v[0])
	VPERMD(v[0], e.order, v[0])
	VPDPBUSD(v[0], e.ones, e.sum)
	VMOVDQU64(v[0], at(e.codes, 0))
	e.advance(4, scaled)
}

func (e encoder) advance(blocks int, scaled bool) {
	ADDQ(operand.I32(int32(64*blocks)), e.x)
	ADDQ(operand.I32(int32(16*blocks)), e.codes)
	if scaled {
		ADDQ(operand.I32(int32(64*blocks)), e.col)
	}
}

// quarters is where each quarter of a block lies after packing: quarter i of
// block j is at 4i + j.
func quarters() operand.Mem {
	m := GLOBL("quarters", attr.RODATA|attr.NOPTR)
	for j := range 4 {
		for i := range 4 {
			DATA(4*j+i, operand.U8(uint8(4*i+j)))
		}
	}
	return m
}
