package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build" // its own idiom: instructions read as in assembly
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// dotLanes is how many sums an output of the dot kernels has.
const dotLanes = 16

// dots are the kernels of few rows, which take the weights as they lie, four
// rows a turn. AVX2 has registers for one row of x, AVX-512 for four.
func dots() {
	for _, k := range kinds {
		for m := 1; m <= 4; m++ {
			dot(avx512, k, m)
		}
		dot(avx2, k, 1)
	}
}

// dotKernel is one kernel while it is written: m rows of x by four rows of weights a turn.
type dotKernel struct {
	isa
	kind
	m           int
	per         int  // registers of an output
	x, w, fetch rows // fetch is where the weights are asked for
	sums        []reg.VecVirtual
}

func dot(v isa, k kind, m int) {
	begin(fmt.Sprintf("dot%dx%s%s", m, k.name, v.name),
		"func(y *float32, ldy int, x *float32, ldx int, w *byte, stride int, turns, blocks, ahead, last, later int)",
		fmt.Sprintf("y[i][j] = Σ x[i][k]·w[j][k], %d rows of x, 4·turns rows of w at a distance of stride bytes, 16·blocks columns. "+
			"Memory is asked for ahead bytes in front of what is read, in the last turns later bytes.", m))
	d := dotKernel{isa: v, kind: k, m: m, per: dotLanes / v.lanes}
	// The rows of a turn lie a whole part of the weights apart, so that memory
	// sees long streams whatever the length of a row.
	part := load("stride")
	IMULQ(param("turns"), part)
	left, blocks, todo := load("turns"), load("blocks"), GP64()
	d.w = newRows(4, load("w"), part)
	d.startStreams()
	x, ldx := load("x"), load("ldx")
	SHLQ(operand.U8(2), ldx)
	d.x = newRows(m, x, ldx)
	Label("turn")
	d.turnStreams(left)
	d.sums = v.zeroed(4 * m * d.per)
	// Two cache lines of a row before the next row, and what remains by blocks.
	// Four rows of x leave registers for one line.
	many := 8 / k.bytes
	if m == 4 {
		many /= 2
	}
	MOVQ(blocks, todo)
	d.loop("many", "few", many, todo)
	d.loop("one", "reduce", 1, todo)
	d.store()
	d.nextTurn(blocks)
	DECQ(left)
	JNZ(operand.LabelRef("turn"))
	finish()
}

// startStreams asks for what lies before the first line that the loop asks
// for, all at once, unless no turn is the last one.
func (d *dotKernel) startStreams() {
	d.fetch = rows{stride: d.w.stride}
	for _, b := range d.w.bases {
		f := GP64()
		MOVQ(b, f)
		d.fetch.bases = append(d.fetch.bases, f)
	}
	end := load("ahead")
	CMPQ(param("last"), operand.U8(0))
	JEQ(operand.LabelRef("started"))
	Label("start")
	for r := range 4 {
		PREFETCHT0(d.fetch.at(r, 0))
	}
	d.fetch.advance(64)
	SUBQ(operand.I8(64), end)
	JG(operand.LabelRef("start"))
	Label("started")
	for _, b := range d.fetch.bases {
		ADDQ(end, b)
	}
}

// turnStreams changes what is asked for when the last turns begin.
func (d *dotKernel) turnStreams(left reg.Register) {
	CMPQ(left, param("last"))
	JNE(operand.LabelRef("same"))
	for i, b := range d.fetch.bases {
		MOVQ(param("later"), b)
		ADDQ(d.w.bases[i], b)
	}
	Label("same")
}

// loop takes so many blocks of columns at a time while there are as many.
func (d *dotKernel) loop(label, end string, blocks int, todo reg.Register) {
	SUBQ(operand.I8(int8(blocks)), todo)
	JLT(operand.LabelRef(end))
	Label(label)
	d.blocks(blocks)
	d.w.advance(blocks * d.kind.bytes * dotLanes)
	d.fetch.advance(blocks * d.kind.bytes * dotLanes)
	d.x.advance(blocks * 4 * dotLanes)
	SUBQ(operand.I8(int8(blocks)), todo)
	JGE(operand.LabelRef(label))
	Label(end)
	ADDQ(operand.I8(int8(blocks)), todo)
}

// blocks multiplies so many blocks of 16 columns. AVX-512 holds x in registers,
// AVX2 reads it at each use.
func (d *dotKernel) blocks(n int) {
	xs := make([][]operand.Op, n*d.per) // by part of a block, by row
	for p := range xs {
		for i := range d.m {
			where := operand.Op(d.x.at(i, p*d.isa.bytes()))
			if d.lanes == 16 {
				x := d.reg()
				VMOVUPS(where, x)
				where = x
			}
			xs[p] = append(xs[p], where)
		}
	}
	for r := range 4 {
		for p := range xs {
			t, offset := d.reg(), p*d.kind.bytes*d.lanes
			d.load(d.w.at(r, offset), t)
			if offset%64 == 0 {
				PREFETCHT0(d.fetch.at(r, offset))
			}
			for i, x := range xs[p] {
				VFMADD231PS(x, t, d.sum(i, r, p%d.per))
			}
		}
	}
}

// sum is the register of part p of output (i, r).
func (d *dotKernel) sum(i, r, p int) reg.VecVirtual { return d.sums[(r*d.m+i)*d.per+p] }

// store writes the outputs of a turn: to as many parts of y as there are rows.
func (d *dotKernel) store() {
	y, distance := load("y"), load("turns")
	SHLQ(operand.U8(2), distance)
	for i := range d.m {
		out := newRows(4, y, distance)
		four := d.reduce(i)
		VMOVSS(four, out.at(0, 0))
		for r := 1; r < 4; r++ {
			VEXTRACTPS(operand.U8(uint8(r)), four, out.at(r, 0))
		}
		if i+1 < d.m {
			ldy := load("ldy")
			LEAQ(operand.Mem{Base: y, Index: ldy, Scale: 4}, y)
		}
	}
	ADDQ(operand.I8(4), param("y"))
}

// nextTurn goes back to the first column, and on to the next row of each part.
func (d *dotKernel) nextTurn(blocks reg.Register) {
	back := GP64()
	MOVQ(blocks, back)
	SHLQ(operand.U8(6), back)
	for _, p := range d.x.bases {
		SUBQ(back, p)
	}
	if d.kind.bytes == 2 {
		SHRQ(operand.U8(1), back)
	}
	SUBQ(param("stride"), back)
	for i := range d.w.bases {
		SUBQ(back, d.w.bases[i])
		SUBQ(back, d.fetch.bases[i])
	}
}

// reduce adds up the sixteen lanes of four outputs, l to l+8, to l+4, to l+2, to l+1.
func (d *dotKernel) reduce(i int) reg.VecVirtual {
	var q [4]reg.VecVirtual
	for j := range q {
		var y reg.VecVirtual
		if d.lanes == 16 {
			y = YMM()
			VEXTRACTF64X4(operand.U8(1), d.sum(i, j, 0), y)
			VADDPS(y, d.sum(i, j, 0).AsY(), y)
		} else {
			y = d.sum(i, j, 0)
			VADDPS(d.sum(i, j, 1), y, y)
		}
		q[j] = XMM()
		d.upper(y, q[j])
		VADDPS(q[j], y.AsX(), q[j])
	}
	// Four by four, turned on its side: lane l of the result is output l.
	var h [2]reg.VecVirtual
	for j := range h {
		low := XMM()
		h[j] = XMM()
		VUNPCKLPS(q[2*j+1], q[2*j], low)
		VUNPCKHPS(q[2*j+1], q[2*j], h[j])
		VADDPS(low, h[j], h[j])
	}
	out, high := XMM(), XMM()
	VUNPCKLPD(h[1], h[0], out)
	VUNPCKHPD(h[1], h[0], high)
	VADDPS(out, high, out)
	return out
}
