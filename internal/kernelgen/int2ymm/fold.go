package main

import (
	. "github.com/mmcloughlin/avo/build" // its own idiom: instructions read as in assembly
	"github.com/mmcloughlin/avo/operand"
)

// fold adds u·(start + 2·Σ c·x) to the totals, where the sum is the run's and
// start counts in the group's first run.
func (k *kernel) fold() {
	const u, start = 8, 10
	for r := range k.rows {
		for h := range 2 {
			k.double(r, h)
		}
	}
	TESTQ(k.start, k.start)
	JZ(to("started"))
	for r := range k.rows {
		VPBROADCASTD(at(k.start, 0), y[start])
		for h := range 2 {
			VPADDD(y[start], k.sum(r, h, 0), k.sum(r, h, 0))
		}
		if r+1 < k.rows {
			ADDQ(k.arg("startRow"), k.start)
		}
	}
	XORQ(k.start, k.start)
	Label("started")
	for h := range 2 {
		VPMOVZXBD(at(k.mult, 8*h), y[u+h])
	}
	for r := range k.rows {
		for h := range 2 {
			sum := k.sum(r, h, 0)
			VPMULLD(y[u+h], sum, sum)
			VPADDD(k.total(r, h), sum, sum)
			VMOVDQU(sum, k.total(r, h))
		}
	}
}

// double adds up the ways of a row and half, twice, in the first way's register.
func (k *kernel) double(r, h int) {
	first := k.sum(r, h, 0)
	if k.narrow() {
		for way := range k.ways {
			k.widen(k.sum(r, h, way), way)
		}
		if k.ways > 1 {
			VPADDD(k.sum(r, h, 1), first, first)
		}
		return
	}
	// Ways of one size first, then both sizes.
	for way := 2; way < k.ways; way++ {
		sum := k.sum(r, h, way%2)
		VPADDD(k.sum(r, h, way), sum, sum)
	}
	if k.ways > 1 {
		second := k.sum(r, h, 1)
		if k.fourfold(1) {
			VPSRAD(operand.U8(2), second, second)
		}
		VPADDD(second, first, first)
	}
	VPADDD(first, first, first)
}

// widen turns sums of 16 bits into twice their sums in pairs.
func (k *kernel) widen(sum operand.Op, way int) {
	if k.fourfold(way) {
		VPMADDWD(k.ones, sum, sum)
		VPSRAD(operand.U8(1), sum, sum)
		return
	}
	VPMADDWD(k.twos, sum, sum)
}

// offsets adds v·(sum of the group's activations) where the weights have offsets.
func (k *kernel) offsets() {
	offset, sums := k.n, k.left
	MOVQ(k.offset, offset)
	TESTQ(offset, offset)
	JZ(to("even"))
	for h := range 2 {
		VPMOVSXWD(at(offset, 16*h), y[8+h])
	}
	MOVQ(k.inputs, sums)
	for r := range k.rows {
		VPBROADCASTD(at(sums, 0), y[10])
		if r+1 < k.rows {
			ADDQ(k.arg("sumsRow"), sums)
		}
		for h := range 2 {
			VPMULLD(y[8+h], y[10], y[11])
			VPADDD(k.total(r, h), y[11], y[11])
			VMOVDQU(y[11], k.total(r, h))
		}
	}
	ADDQ(imm(2*tileRows), offset)
	MOVQ(offset, k.offset)
	Label("even")
}

// nextOffsets goes on to the next group's offsets.
func (k *kernel) nextOffsets() {
	offset, step := k.at, k.n
	MOVQ(k.offset, offset)
	TESTQ(offset, offset)
	JZ(to("same"))
	MOVQ(k.arg("multStep"), step)
	LEAQ(operand.Mem{Base: offset, Index: step, Scale: 2, Disp: -2 * tileRows * k.tiles}, offset)
	MOVQ(offset, k.offset)
	Label("same")
}
