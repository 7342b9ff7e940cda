package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build" // its own idiom: instructions read as in assembly
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// codes is how codes lie in memory and how they become operands, which are 2·c
// except for weights of 8 bits.
type codes struct {
	bits  int
	gfni  bool
	panel bool // bytes that are 2·c

	// split is for kernels whose limit is unpacking: operands of odd planes stay
	// where a mask leaves them, c times 2^bits, and have a sum of their own; those
	// of even planes are c.
	split bool

	ahead  reg.Register     // how far in front memory is asked for
	masks  []reg.VecVirtual // the code's place, or with split those of even and odd planes
	shared bool             // the matrices stay in memory
	turn   []operand.Op     // matrices of GF2P8AFFINE, by plane
}

func (c *codes) name() string {
	switch {
	case c.panel:
		return "many"
	case c.bits == 8:
		return "few8x"
	case c.gfni:
		return fmt.Sprintf("few%dGFNIx", c.bits)
	}
	return fmt.Sprintf("few%dx", c.bits)
}

func (c *codes) doc() string {
	if c.panel {
		return "whose bytes are 2·c"
	}
	return fmt.Sprintf("%d bits a code", c.bits)
}

// doubled says whether operands are 2·c.
func (c *codes) doubled() bool { return c.bits != 8 || c.panel }

// vectors is how many a tile's block has.
func (c *codes) vectors() int { return c.bits / 2 }

// planes is how many operands a vector holds.
func (c *codes) planes() int { return 8 / c.bits }

// prepare sets the constants.
func (k *productKernel) prepare() {
	if !k.panel {
		k.ahead = loaded(k.args, "ahead")
	}
	k.codes.constants()
}

func (c *codes) constants() {
	c.turn, c.masks = nil, nil
	code := uint64(1<<c.bits-1) * 0x0101010101010101
	switch {
	case c.bits == 8:
	case c.split:
		c.masks = append(c.masks, filled(code), filled(code<<c.bits))
		if c.gfni && c.bits == 2 {
			c.turn = []operand.Op{nil, nil, filled(matrix(2, 2, 0)), filled(matrix(2, 3, 2))}
		}
	case !c.gfni:
		c.masks = append(c.masks, filled(code<<1))
	default:
		for p := range c.planes() {
			if c.shared {
				c.turn = append(c.turn, matrices(c.bits)[p])
				continue
			}
			c.turn = append(c.turn, filled(matrix(c.bits, p, 1)))
		}
	}
}

// filled is a register of one word of 64 bits.
func filled(bits uint64) reg.VecVirtual {
	word, z := GP64(), ZMM()
	MOVQ(operand.U64(bits), word)
	VPBROADCASTQ(word, z)
	return z
}

// matrix is that of GF2P8AFFINE which moves the code of a plane to bits at and
// up: byte 7−i of it picks the bits that output bit i is the sum of.
func matrix(bits, plane, at int) (m uint64) {
	for i := range bits {
		m |= 1 << (plane*bits + i) << (8 * (7 - at - i))
	}
	return m
}

// matrices are those of a number of bits, in memory.
func matrices(bits int) []operand.Mem {
	if made[bits] == nil {
		for p := range 8 / bits {
			made[bits] = append(made[bits], ConstData(fmt.Sprintf("matrix%dx%d", bits, p), operand.U64(matrix(bits, p, 1))))
		}
	}
	return made[bits]
}

var made = map[int][]operand.Mem{} // once a file

// plane is the operand of plane p of a vector.
func (c *codes) plane(v reg.VecVirtual, p int) reg.VecVirtual {
	if c.bits == 8 {
		return v
	}
	u := ZMM()
	switch {
	case p < len(c.turn) && c.turn[p] != nil && c.shared:
		VGF2P8AFFINEQB_BCST(operand.U8(0), c.turn[p], v, u)
	case p < len(c.turn) && c.turn[p] != nil:
		VGF2P8AFFINEQB(operand.U8(0), c.turn[p], v, u)
	case c.split:
		VPANDD(c.masks[p%2], v, u)
	default:
		// Bits of the neighbouring byte fall outside the mask.
		if shift := p*c.bits - 1; shift < 0 {
			VPADDD(v, v, u)
		} else {
			VPSRLW(operand.U8(uint8(shift)), v, u)
		}
		VPANDD(c.masks[0], u, u)
	}
	return u
}

// unpack writes a panel.
func unpack(c codes, tiles int) {
	tier := "VNNI"
	if c.gfni {
		tier = "GFNI"
	}
	begin(fmt.Sprintf("unpack%d%sx%d", c.bits, tier, tiles), "func(panel, codes *byte, step uintptr, blocks int)",
		fmt.Sprintf("Writes the codes of %d tiles, %d bits each, as bytes 2·c; step is from a block to the next.", tiles, c.bits))
	c.constants()
	panel, from, step, blocks := load("panel"), load("codes"), load("step"), load("blocks")
	Label("block")
	for t := range tiles {
		for v := range c.vectors() {
			z := ZMM()
			VMOVDQU64(at(from, 64*(t*c.vectors()+v)), z)
			for p := range c.planes() {
				VMOVDQU64(c.plane(z, p), at(panel, 64*(4*t+v*c.planes()+p)))
			}
		}
	}
	ADDQ(step, from)
	ADDQ(operand.I32(int32(256*tiles)), panel)
	DECQ(blocks)
	JNZ(operand.LabelRef("block"))
	finish()
}
