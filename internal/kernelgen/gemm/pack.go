package main

import (
	. "github.com/mmcloughlin/avo/build" // its own idiom: instructions read as in assembly
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// packs turn rows of weights on their side, into panels: as many rows at once
// as a register has lanes.
func packs() {
	for _, k := range kinds {
		pack(avx512, k)
		pack(avx2, k)
	}
}

func pack(v isa, k kind) {
	n := v.lanes
	doc := "dst[k·32 + r] = src[r][k] of 16 rows at a distance of stride bytes and 16·blocks columns."
	if n == 8 {
		doc = "dst[k·16 + r] = src[r][k] of 8 rows at a distance of stride bytes and 8·blocks columns."
	}
	begin("pack"+k.name+v.name, "func(dst *float32, src *byte, stride int, blocks int)", doc)
	dst, src, stride, blocks := load("dst"), load("src"), load("stride"), load("blocks")
	rs := newRows(n, src, stride)
	// The rows that the next call takes are fetched meanwhile.
	var ahead [3]reg.Register
	for i := range ahead {
		ahead[i] = GP64()
		IMUL3Q(operand.I32(int32(n+i)), stride, ahead[i])
	}
	Label("block")
	row := make([]reg.VecVirtual, n)
	for r := range row {
		row[r] = v.reg()
		k.load(rs.at(r, 0), row[r])
		PREFETCHT0(operand.Mem{Base: rs.bases[r/3], Index: ahead[r%3], Scale: 1})
	}
	column := transpose(v, row)
	for c, x := range column {
		VMOVUPS(x, at(dst, c*2*v.bytes()))
	}
	ADDQ(operand.I32(int32(n*2*v.bytes())), dst)
	rs.advance(n * k.bytes)
	DECQ(blocks)
	JNZ(operand.LabelRef("block"))
	finish()
}

// transpose turns as many registers as they have lanes.
func transpose(v isa, row []reg.VecVirtual) []reg.VecVirtual {
	n := v.lanes
	// Within each 128 bits: quad[g][j] holds, in part p, column 4p+j of rows 4g … 4g+3.
	quad := make([][4]reg.VecVirtual, n/4)
	for g := range quad {
		var low, high [2]reg.VecVirtual
		for i := range 2 {
			low[i], high[i] = v.reg(), v.reg()
			a, b := row[4*g+2*i], row[4*g+2*i+1]
			VUNPCKLPS(b, a, low[i])
			VUNPCKHPS(b, a, high[i])
		}
		for j, half := range [][2]reg.VecVirtual{low, high} {
			quad[g][2*j], quad[g][2*j+1] = v.reg(), v.reg()
			VUNPCKLPD(half[1], half[0], quad[g][2*j])
			VUNPCKHPD(half[1], half[0], quad[g][2*j+1])
		}
	}
	column := make([]reg.VecVirtual, n)
	for j := range 4 {
		if n == 8 {
			column[j], column[4+j] = v.reg(), v.reg()
			VPERM2F128(operand.U8(0x20), quad[1][j], quad[0][j], column[j])
			VPERM2F128(operand.U8(0x31), quad[1][j], quad[0][j], column[4+j])
			continue
		}
		// Parts 0 and 2, then 1 and 3, of two times two registers.
		for odd, pick := range []operand.U8{0x88, 0xDD} {
			a, b := v.reg(), v.reg()
			VSHUFF32X4(pick, quad[1][j], quad[0][j], a)
			VSHUFF32X4(pick, quad[3][j], quad[2][j], b)
			first, second := v.reg(), v.reg()
			VSHUFF32X4(operand.U8(0x88), b, a, first)
			VSHUFF32X4(operand.U8(0xDD), b, a, second)
			column[4*odd+j], column[4*(odd+2)+j] = first, second
		}
	}
	return column
}
