package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build" // its own idiom: instructions read as in assembly
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Registers beside the sums, as the block uses them.
const (
	codeReg  = 8  // and 9: codes as they lie in memory, a half each
	partReg  = 10 // and 11: codes of four columns, one a byte
	xReg     = 12 // activations of four columns, in every lane
	maskReg  = 13
	mask4Reg = 14
	tempReg  = 15
)

// masks loads what picks codes out of bytes. Two masks go with two ways: the
// second leaves the codes where they are, four times as large.
func (k *kernel) masks() {
	mask := map[int]uint32{2: 0x03030303, 4: 0x0f0f0f0f, 8: 0x00ff00ff}[k.bits]
	k.broadcast(mask, maskReg)
	if k.fourfold(1) {
		k.broadcast(mask<<2, mask4Reg)
	}
}

func (k *kernel) broadcast(word uint32, to int) {
	MOVL(operand.U32(word), k.n.As32())
	VMOVD(k.n.As32(), y[to].AsX())
	VPBROADCASTD(y[to].AsX(), y[to])
}

// fourfold says that the codes of a way are four times as large as they should be.
func (k *kernel) fourfold(way int) bool { return k.bits == 2 && k.ways > 1 && way%2 == 1 }

// block adds the products of a block: its four parts are four columns each. In
// a fresh block the first product of every sum of 16 bits takes its place.
func (k *kernel) block(fresh bool) {
	for part := range 4 {
		if k.bits == 8 && !k.vnni {
			k.wide(part)
			continue
		}
		codes := k.part(part)
		for r := range k.rows {
			VPBROADCASTD(k.row(r, 4*part), y[xReg])
			for h := range 2 {
				k.product(codes+h, k.sum(r, h, part%k.ways), fresh && part < k.ways)
			}
		}
	}
}

// part leaves the codes of four columns in a register a half, and says which.
func (k *kernel) part(part int) int {
	for h := range 2 {
		codes := y[codeReg+h]
		switch {
		case k.bits == 8:
			VMOVDQU(at(k.at, 64*part+half*h), codes)
		case k.bits == 4 && part%2 == 0:
			VMOVDQU(at(k.at, 32*part+half*h), codes)
		case k.bits == 4:
			VPSRLW(operand.U8(4), codes, codes)
		case part == 0:
			VMOVDQU(at(k.at, half*h), codes)
		case k.ways == 1:
			VPSRLW(operand.U8(2), codes, codes)
		case part == 2:
			VPSRLW(operand.U8(4), codes, codes)
		}
		mask := y[maskReg]
		if k.fourfold(part) {
			mask = y[mask4Reg]
		}
		if k.bits < 8 {
			VPAND(codes, mask, y[partReg+h])
		}
	}
	if k.bits == 8 {
		return codeReg
	}
	return partReg
}

// product adds codes times activations, four columns a lane or, for AVX2, two;
// first, it adds them to nothing.
func (k *kernel) product(codes int, sum reg.VecPhysical, first bool) {
	switch {
	case k.vnni:
		dot(y[xReg], y[codes], sum)
	case first:
		VPMADDUBSW(y[xReg], y[codes], sum)
	default:
		VPMADDUBSW(y[xReg], y[codes], y[tempReg])
		VPADDW(y[tempReg], sum, sum)
	}
}

// wide is a part of codes of 8 bits, whose products with activations do not fit
// 16 bits in pairs: even and odd columns are widened and multiplied apart.
func (k *kernel) wide(part int) {
	for h := range 2 {
		VMOVDQU(at(k.at, 64*part+half*h), y[partReg+h])
		VPAND(y[partReg+h], y[maskReg], y[codeReg+h])
		VPSRLW(operand.U8(8), y[partReg+h], y[partReg+h])
	}
	for r := range k.rows {
		odd, even := y[xReg], y[mask4Reg]
		VPBROADCASTD(k.row(r, 4*part), odd)
		VPSLLW(operand.U8(8), odd, even)
		VPSRAW(operand.U8(8), even, even)
		VPSRAW(operand.U8(8), odd, odd)
		for h := range 2 {
			sum := k.sum(r, h, part%k.ways)
			VPMADDWD(even, y[codeReg+h], y[tempReg])
			VPADDD(y[tempReg], sum, sum)
			VPMADDWD(odd, y[partReg+h], y[tempReg])
			VPADDD(y[tempReg], sum, sum)
		}
	}
}

// dot is VPDPBUSD x, codes, sum with a VEX prefix (Intel's manual, volume 2:
// VEX.256.66.0F38.W0 50 /r). Go's assembler has the EVEX form alone, which
// needs AVX-512.
func dot(x, codes, sum reg.VecPhysical) {
	xID, codesID, sumID := uint8(x.PhysicalIndex()), uint8(codes.PhysicalIndex()), uint8(sum.PhysicalIndex())
	const xBit, l, p66, map0F38 = 1 << 6, 1 << 2, 1, 2
	code := []uint8{
		0xc4,
		(^sumID>>3&1)<<7 | xBit | (^xID>>3&1)<<5 | map0F38,
		(^codesID&15)<<3 | l | p66,
		0x50,
		0xc0 | (sumID&7)<<3 | xID&7,
	}
	Comment(fmt.Sprintf("VPDPBUSD %s, %s, %s", x.Asm(), codes.Asm(), sum.Asm()))
	for i, b := range code {
		in := &ir.Instruction{Opcode: "BYTE", Operands: []operand.Op{operand.U8(b)}}
		if i == len(code)-1 {
			in.Inputs, in.Outputs = []operand.Op{x, codes, sum}, []operand.Op{sum}
		}
		Instruction(in)
	}
}
