package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build" // its own idiom: instructions read as in assembly
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// few are the kernels that unpack codes in registers: a whole strip for one row
// and for two, which is a sequential stream, and two tiles for up to six rows.
func few() {
	for _, bits := range []int{2, 4} {
		for _, gfni := range []bool{true, false} {
			shapes(codes{bits: bits, gfni: gfni})
		}
	}
	shapes(codes{bits: 8})
}

func shapes(c codes) {
	for _, tiles := range []int{1, 2, 4} {
		for r := 1; r <= 6 && (r <= 2 || tiles <= 2); r++ {
			product(c, r, tiles)
		}
	}
}

// many are the kernels of a panel.
func many() {
	for _, gfni := range []bool{true, false} {
		for _, bits := range []int{2, 4} {
			for tiles := 1; tiles <= 2; tiles++ {
				unpack(codes{bits: bits, gfni: gfni}, tiles)
			}
		}
	}
	for tiles := 1; tiles <= 2; tiles++ {
		for r := 1; r <= 6; r++ {
			product(codes{bits: 8, panel: true}, r, tiles)
		}
	}
}

// productKernel is one kernel while it is written.
type productKernel struct {
	codes
	r, tiles int
	chains   int // sums of a dot product: enough to hide an instruction's time
	args     reg.Register
	stream   reg.Register // codes
	mult     reg.Register
	x, start rows
	dots     [][]reg.VecVirtual // by row and tile, then chain
	totals   []reg.VecVirtual
}

func product(c codes, r, tiles int) {
	c.shared = r*tiles > 10 // registers for the matrices are not left
	c.split = r*tiles < 8 && c.bits != 8
	begin(fmt.Sprintf("%s%dx%dAVX512", c.name(), r, tiles), "func(a *args)",
		fmt.Sprintf("Multiplies %d rows by strips of %d tiles, %s.", r, tiles, c.doc()))
	k := productKernel{codes: c, r: r, tiles: tiles, chains: 1, args: load("a")}
	if r*tiles < 8 {
		k.chains = 2
	}
	k.stream, k.mult = loaded(k.args, "codes"), loaded(k.args, "mult")
	k.prepare()
	MOVQ(operand.I32(0), field(k.args, "outputs"))
	Label("strip")
	k.x = newRows(r, loaded(k.args, "x"), loaded(k.args, "xRow"))
	k.start = newRows(r, loaded(k.args, "start"), loaded(k.args, "startRow"))
	MOVQ(operand.I32(0), field(k.args, "group"))
	left, n := loaded(k.args, "blocks"), GP64()
	k.begin()
	Label("group")
	MOVQ(field(k.args, "groupBlock"), n)
	CMPQ(left, n)
	CMOVQLT(left, n)
	SUBQ(n, left)
	k.startGroup()
	Label("block")
	k.block()
	DECQ(n)
	JNZ(operand.LabelRef("block"))
	k.endGroup()
	TESTQ(left, left)
	JNZ(operand.LabelRef("group"))
	k.end()
	ADDQ(operand.I32(int32(64*tiles)), field(k.args, "outputs"))
	DECQ(field(k.args, "strips"))
	JNZ(operand.LabelRef("strip"))
	Label("done")
	finish()
}

// each calls f for every row and tile.
func (k *productKernel) each(f func(i, t, n int)) {
	for i := range k.r {
		for t := range k.tiles {
			f(i, t, i*k.tiles+t)
		}
	}
}

// begin sets the totals.
func (k *productKernel) begin() {
	k.totals, k.dots = nil, nil
	for range k.r * k.tiles {
		k.totals = append(k.totals, zeroed())
		var d []reg.VecVirtual
		for range k.chains {
			d = append(d, ZMM())
		}
		k.dots = append(k.dots, d)
	}
	CMPQ(field(k.args, "resume"), operand.U8(0))
	JEQ(operand.LabelRef("group"))
	from := loaded(k.args, "totals")
	k.each(func(i, t, n int) { VMOVDQU32(at(from, 64*n), k.totals[n]) })
}

// startGroup begins the dot products of a group; with split the sum of the odd
// planes has the start, so much greater as their operands are.
func (k *productKernel) startGroup() {
	k.each(func(i, t, n int) {
		for c, d := range k.dots[n] {
			switch {
			case !k.doubled() || k.split == (c == 0):
				VPXORD(d, d, d)
			case t > 0:
				VMOVDQA32(k.dots[n-1][c], d)
			default:
				VPBROADCASTD(k.start.at(i, 0), d)
				if k.split {
					VPSLLD(operand.U8(uint8(k.bits-1)), d, d)
				}
			}
		}
	})
}

// block multiplies a block of columns.
func (k *productKernel) block() {
	var vectors []reg.VecVirtual
	for v := range k.vectors() {
		vectors = vectors[:0]
		for t := range k.tiles {
			c := ZMM()
			VMOVDQU64(at(k.stream, 64*(t*k.vectors()+v)), c)
			if !k.panel {
				PREFETCHT0(indexed(k.stream, k.ahead, 64*(t*k.vectors()+v)))
			}
			vectors = append(vectors, c)
		}
		for p := range k.planes() {
			plane := v*k.planes() + p
			if k.split && !k.gfni && p == 2 {
				for _, c := range vectors {
					VPSRLW(operand.U8(4), c, c)
				}
			}
			var u []reg.VecVirtual
			for _, c := range vectors {
				u = append(u, k.plane(c, p))
			}
			for i := range k.r {
				x := ZMM()
				VPBROADCASTD(k.x.at(i, 4*plane), x)
				for t := range u {
					VPDPBUSD(x, u[t], k.dots[i*k.tiles+t][plane%k.chains])
				}
			}
		}
	}
	k.x.advance(operand.I8(16))
	ADDQ(field(k.args, "codeStep"), k.stream)
}

// multAhead is how far in front of what is read multipliers are asked for, in
// bytes: eight groups of a strip. Too few come at a time for a machine to
// notice that they are a stream.
const multAhead = 512

// endGroup adds the group's dot products, times their multipliers, to the totals.
func (k *productKernel) endGroup() {
	var u []reg.VecVirtual
	for t := range k.tiles {
		u = append(u, ZMM())
		VPMOVZXBD(at(k.mult, 16*t), u[t])
	}
	if !k.panel {
		PREFETCHT0(at(k.mult, multAhead))
	}
	k.each(func(i, t, n int) {
		d := k.dots[n]
		if k.split {
			VPADDD(d[0], d[0], d[0])
			VPSRAD(operand.U8(uint8(k.bits-1)), d[1], d[1])
		}
		if k.chains == 2 {
			VPADDD(d[1], d[0], d[0])
		}
		if !k.doubled() {
			VPADDD(d[0], d[0], d[0])
			VPADDD_BCST(k.start.at(i, 0), d[0], d[0])
		}
	})
	if k.bits != 8 || k.panel {
		CMPQ(field(k.args, "narrow"), operand.U8(0))
		JEQ(operand.LabelRef("wide"))
		k.each(func(i, t, n int) { VPDPWSSD(u[t], k.dots[n][0], k.totals[n]) })
		JMP(operand.LabelRef("next"))
		Label("wide")
	}
	k.each(func(i, t, n int) {
		VPMULLD(u[t], k.dots[n][0], k.dots[n][0])
		VPADDD(k.dots[n][0], k.totals[n], k.totals[n])
	})
	CMPQ(field(k.args, "offset"), operand.U8(0))
	JEQ(operand.LabelRef("next"))
	k.offsets(u)
	Label("next")
	ADDQ(field(k.args, "multStep"), k.mult)
	k.start.advance(field(k.args, "startStep"))
}

// offsets adds the sums of activations, times the offsets.
func (k *productKernel) offsets(v []reg.VecVirtual) {
	offset, sums := GP64(), loaded(k.args, "sums")
	MOVQ(k.mult, offset)
	SUBQ(field(k.args, "mult"), offset)
	ADDQ(offset, offset)
	ADDQ(field(k.args, "offset"), offset)
	ADDQ(field(k.args, "group"), sums)
	ADDQ(operand.I8(4), field(k.args, "group"))
	for t := range v {
		VPMOVSXWD(at(offset, 32*t), v[t])
		if !k.panel && t%2 == 0 {
			PREFETCHT0(at(offset, 2*multAhead+32*t))
		}
	}
	for i := range k.r {
		for t := range v {
			d := k.dots[i*k.tiles+t][0]
			VPMULLD_BCST(at(sums, 0), v[t], d)
			VPADDD(d, k.totals[i*k.tiles+t], k.totals[i*k.tiles+t])
		}
		if i+1 < k.r {
			ADDQ(field(k.args, "sumsRow"), sums)
		}
	}
}

// end writes a strip: its totals, or its outputs.
func (k *productKernel) end() {
	CMPQ(field(k.args, "more"), operand.U8(0))
	JEQ(operand.LabelRef("outputs"))
	to := loaded(k.args, "totals")
	k.each(func(i, t, n int) { VMOVDQU32(k.totals[n], at(to, 64*n)) })
	JMP(operand.LabelRef("done"))
	Label("outputs")
	half, scale := loaded(k.args, "half"), loaded(k.args, "scale")
	before := loaded(k.args, "outputs")
	k.each(func(i, t, n int) {
		s := ZMM()
		VBROADCASTSS(at(scale, 4*i), s)
		VMULPS(indexed(half, before, 64*t), s, s)
		VCVTDQ2PS(k.totals[n], k.totals[n])
		VMULPS(s, k.totals[n], k.totals[n])
	})
	bias := loaded(k.args, "bias")
	TESTQ(bias, bias)
	JZ(operand.LabelRef("store"))
	k.each(func(i, t, n int) { VADDPS(indexed(bias, before, 64*t), k.totals[n], k.totals[n]) })
	Label("store")
	y := loaded(k.args, "y")
	ADDQ(before, y)
	for i := range k.r {
		for t := range k.tiles {
			VMOVUPS(k.totals[i*k.tiles+t], at(y, 64*t))
		}
		if i+1 < k.r {
			ADDQ(field(k.args, "yRow"), y)
		}
	}
}
