package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build" // its own idiom: instructions read as in assembly
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	tileRows  = 16
	blockCols = 16
	half      = 32 // bytes of a register: half a vector of codes, or half a tile's sums
	// runBlocks is how many blocks are summed before the sums are widened: the
	// sums of AVX2 have 16 bits, and at 2 bits every other one is four times as
	// large, 4·2·(2 planes · 4 blocks)·3·127 = 24384.
	runBlocks = 4
)

type tier struct {
	name string
	vnni bool
}

// kernel is one function while it is written: codes of so many bits in so many
// tiles by so many rows of activations, all columns at once. It has up to 8
// registers of sums: of every row and half of a tile, so many ways, over which
// the parts of a block are dealt.
type kernel struct {
	tier
	constants
	bits, rows, tiles, ways int

	args      reg.GPVirtual
	codes, at reg.GPVirtual   // the tile's codes of this group, the block's
	x, xAt    reg.GPVirtual   // the group's activations, the block's
	step      reg.GPVirtual   // from block to block
	xRow      []reg.GPVirtual // from row to row, and three times that
	mult      reg.GPVirtual   // the tile's multipliers
	start     reg.GPVirtual   // where the group's dot products start; 0 in later runs
	totals    reg.GPVirtual   // of the tile
	tile      reg.GPVirtual   // tiles that are left
	left, n   reg.GPVirtual   // blocks that are left of the group, of the run

	strips, columns, group operand.Mem // strips and blocks that are left, and the group's blocks
	starts, inputs, offset operand.Mem // of this group; of this tile
	halves, bias, y        operand.Mem // of this strip
	sums                   operand.Mem // totals of the strip, a row after the other
}

// constants are the tables that the functions of AVX2 share.
type constants struct{ ones, twos operand.Mem }

func strips(t tier) {
	var c constants
	if !t.vnni {
		c = constants{table("ones16", 0x0001000100010001), table("twos16", 0x0002000200020002)}
	}
	for _, bits := range []int{2, 4, 8} {
		for rows := 1; rows <= 4; rows++ {
			newKernel(t, c, bits, rows, 1).write()
		}
		newKernel(t, c, bits, 1, 4).write()
	}
}

func newKernel(t tier, c constants, bits, rows, tiles int) *kernel {
	k := &kernel{tier: t, constants: c, bits: bits, rows: rows, tiles: tiles, ways: 4 / rows}
	if !t.vnni {
		k.ways = min(k.ways, 2)
	}
	return k
}

// blockBytes is the size of a block of one tile.
func (k *kernel) blockBytes() int { return 32 * k.bits }

// narrow says that sums have 16 bits.
func (k *kernel) narrow() bool { return !k.vnni && k.bits < 8 }

// run is how many blocks are summed at once. At 4 bits a sum of 16 bits takes
// 8 products of pairs, 8·2·15·127 = 30480.
func (k *kernel) run() int {
	if k.narrow() && k.bits == 4 {
		return 2 * k.ways
	}
	return runBlocks
}

// sum is the register of a row, half and way.
func (k *kernel) sum(row, h, way int) reg.VecPhysical { return y[(2*row+h)*k.ways+way] }

// total is where the tile's total of a row and half lies.
func (k *kernel) total(row, h int) operand.Mem { return at(k.totals, 2*half*k.tiles*row+half*h) }

func (k *kernel) write() {
	begin(fmt.Sprintf("w%da8r%dt%d%s", k.bits, k.rows, k.tiles, k.name), "func(a *args)",
		fmt.Sprintf("multiplies weights of %d bits in %s by %s of activations.", k.bits, count(k.tiles, "tile"), count(k.rows, "row")))
	k.args = GP64()
	MOVQ(param("a"), k.args)
	k.registers()
	k.masks()
	Label("strip")
	k.begin()
	Label("group")
	k.beginGroup()
	Label("tile")
	MOVQ(k.group, k.left)
	MOVQ(k.codes, k.at)
	MOVQ(k.x, k.xAt)
	MOVQ(k.starts, k.start)
	Label("run")
	k.runs()
	k.fold()
	TESTQ(k.left, k.left)
	JNZ(to("run"))
	k.offsets()
	if k.tiles > 1 {
		ADDQ(imm(k.blockBytes()), k.codes)
		ADDQ(imm(4*tileRows), k.totals)
		ADDQ(imm(tileRows), k.mult)
		DECQ(k.tile)
		JNZ(to("tile"))
	}
	k.endGroup()
	k.store()
	DECQ(k.strips)
	JNZ(to("strip"))
	finish()
}

// registers names the general registers and loads what never changes.
func (k *kernel) registers() {
	k.at, k.x, k.xAt, k.start, k.totals = GP64(), GP64(), GP64(), GP64(), GP64()
	k.left, k.n = GP64(), GP64()
	k.strips, k.columns, k.group = k.copy("strips"), k.copy("blocks"), k.copy("groupBlock")
	k.starts, k.inputs, k.offset = k.copy("start"), k.copy("sums"), k.copy("offset")
	k.halves, k.bias, k.y = k.copy("half"), k.copy("bias"), k.copy("y")
	k.sums = AllocLocal(4 * tileRows * k.tiles * k.rows)
	k.codes, k.step, k.mult = k.load("codes"), k.load("codeStep"), k.load("mult")
	if k.tiles > 1 {
		k.tile = GP64()
	}
	if k.rows > 1 {
		k.xRow = append(k.xRow, k.load("xRow"))
	}
	if k.rows > 3 {
		three := GP64()
		LEAQ(operand.Mem{Base: k.xRow[0], Index: k.xRow[0], Scale: 2}, three)
		k.xRow = append(k.xRow, three)
	}
}

// row is disp bytes into a row of the block's activations.
func (k *kernel) row(r, disp int) operand.Mem {
	m := at(k.xAt, disp)
	switch r {
	case 1, 2:
		m.Index, m.Scale = k.xRow[0], uint8(r)
	case 3:
		m.Index, m.Scale = k.xRow[1], 1
	}
	return m
}

// begin starts a strip with totals of zero.
func (k *kernel) begin() {
	k.reset(k.columns, "blocks")
	k.reset(k.starts, "start")
	k.reset(k.inputs, "sums")
	MOVQ(k.arg("x"), k.x)
	VPXOR(y[0], y[0], y[0])
	for i := range 2 * k.rows * k.tiles {
		VMOVDQU(y[0], k.sums.Offset(half*i))
	}
}

// beginGroup takes the group's blocks off those that are left.
func (k *kernel) beginGroup() {
	LEAQ(k.sums, k.totals)
	if k.tiles > 1 {
		MOVQ(imm(k.tiles), k.tile)
	}
	MOVQ(k.columns, k.n)
	MOVQ(k.arg("groupBlock"), k.left)
	CMPQ(k.n, k.left)
	CMOVQLT(k.n, k.left)
	MOVQ(k.left, k.group)
	SUBQ(k.left, k.n)
	MOVQ(k.n, k.columns)
}

// endGroup goes on to the next group, if there is one.
func (k *kernel) endGroup() {
	// The last tile's codes of the group end where its codes of the next begin.
	LEAQ(at(k.at, -(k.tiles-1)*k.blockBytes()), k.codes)
	MOVQ(k.xAt, k.x)
	k.nextOffsets()
	ADDQ(k.arg("multStep"), k.mult)
	if k.tiles > 1 {
		SUBQ(imm(tileRows*k.tiles), k.mult)
	}
	MOVQ(k.arg("startStep"), k.n)
	ADDQ(k.n, k.starts)
	ADDQ(imm(4), k.inputs)
	CMPQ(k.columns, imm(0))
	JNE(to("group"))
}

// runs sums the products of a run of blocks.
func (k *kernel) runs() {
	MOVQ(imm(k.run()), k.n)
	CMPQ(k.left, k.n)
	CMOVQLT(k.left, k.n)
	SUBQ(k.n, k.left)
	if k.narrow() {
		k.next(true)
		JZ(to("summed"))
	} else {
		for i := range 2 * k.rows * k.ways {
			VPXOR(y[i], y[i], y[i])
		}
	}
	Label("block")
	k.next(false)
	JNZ(to("block"))
	Label("summed")
}

// next sums a block and goes on to the next; the flags say whether the run has
// one. A fresh block begins the sums.
func (k *kernel) next(fresh bool) {
	k.fetch()
	k.block(fresh)
	ADDQ(k.step, k.at)
	ADDQ(imm(blockCols), k.xAt)
	DECQ(k.n)
}

// fetch asks for codes ahead. Of more rows, all but the first find them in the cache.
func (k *kernel) fetch() {
	if k.rows > 1 {
		return
	}
	ahead := GP64()
	MOVQ(k.arg("ahead"), ahead)
	for line := range k.blockBytes() / 64 {
		PREFETCHT0(operand.Mem{Base: k.at, Index: ahead, Scale: 1, Disp: 64 * line})
	}
}

// store writes the strip's outputs, float32(total)·(scale·half) + bias.
func (k *kernel) store() {
	LEAQ(k.sums, k.totals)
	halves, bias, scale, out, step := k.at, k.start, k.xAt, k.left, k.n
	MOVQ(k.halves, halves)
	MOVQ(k.bias, bias)
	for tile := range k.tiles {
		plain := fmt.Sprintf("plain%d", tile)
		VMOVUPS(at(halves, 2*half*tile), y[8])
		VMOVUPS(at(halves, 2*half*tile+half), y[9])
		MOVQ(k.arg("scale"), scale)
		for r := range k.rows {
			VBROADCASTSS(at(scale, 4*r), y[10])
			for h := range 2 {
				VMULPS(y[8+h], y[10], y[11])
				VCVTDQ2PS(k.total(r, h), y[2*r+h])
				VMULPS(y[11], y[2*r+h], y[2*r+h])
			}
		}
		TESTQ(bias, bias)
		JZ(to(plain))
		for r := range k.rows {
			for h := range 2 {
				VADDPS(at(bias, 2*half*tile+half*h), y[2*r+h], y[2*r+h])
			}
		}
		Label(plain)
		MOVQ(k.y, out)
		MOVQ(k.arg("yRow"), step)
		for r := range k.rows {
			VMOVUPS(y[2*r], at(out, 2*half*tile))
			VMOVUPS(y[2*r+1], at(out, 2*half*tile+half))
			ADDQ(step, out)
		}
		ADDQ(imm(4*tileRows), k.totals)
	}
	ADDQ(imm(2*half*k.tiles), k.halves)
	ADDQ(imm(2*half*k.tiles), k.y)
	TESTQ(bias, bias)
	JZ(to("next"))
	ADDQ(imm(2*half*k.tiles), k.bias)
	Label("next")
}

func count(n int, of string) string {
	if n > 1 {
		of += "s"
	}
	return fmt.Sprint(n, " ", of)
}
