// Command int2 writes the assembly behind int2's row kernels:
//
//	go generate ./int2
//
// Every kernel is the twin of a portable Go loop in int2/kernel_*.go and gives
// the same bits: float64 sums in eight lanes (two registers of four), every
// product and sum rounded on its own, no fused operations. A kernel takes
// whole blocks of eight elements; the Go side finishes the rest.
package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build" // its own idiom: instructions read as in assembly
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64")
	rangeKernel()
	errorKernel()
	momentKernel()
	plainKernel()
	codeKernel()
	codeKernel2()
	outsideKernel()
	Generate()
}

// begin declares a kernel and loads its first pointer and the number of blocks.
func begin(name, signature, doc string) (w, n reg.Register) {
	TEXT(name, attr.NOSPLIT, signature)
	Doc(doc)
	Pragma("noescape")
	w = Load(Param("w"), GP64())
	n = Load(Param("blocks"), GP64())
	return w, n
}

// loop runs body once a block and moves the pointers on by the given bytes.
func loop(n reg.Register, body func(), steps map[reg.Register]int) {
	Label("loop")
	body()
	for _, p := range ordered(steps) {
		ADDQ(operand.U32(uint32(steps[p])), p)
	}
	DECQ(n)
	JNZ(operand.LabelRef("loop"))
}

// ordered lists the pointers in the order of their ids, so that the output does not vary.
func ordered(steps map[reg.Register]int) []reg.Register {
	var out []reg.Register
	for p := range steps {
		at := len(out)
		for at > 0 && out[at-1].(reg.Virtual).VirtualIndex() > p.(reg.Virtual).VirtualIndex() {
			at--
		}
		out = append(out[:at], append([]reg.Register{p}, out[at:]...)...)
	}
	return out
}

// param is where an argument lies on the stack.
func param(name string) operand.Mem {
	b, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// finish leaves the upper halves of the registers clean: Go's own code slows
// down by two orders of magnitude otherwise.
func finish() {
	VZEROUPPER()
	RET()
}

func mem(base reg.Register, disp int) operand.Mem { return operand.Mem{Base: base, Disp: disp} }

// sums are accumulators that live in the array which the parameter out points
// at, 32 bytes each, so that a long slice can be taken in several calls.
type sums struct {
	out reg.Register
	acc []reg.VecVirtual
}

func loadSums(n int) sums {
	s := sums{out: Load(Param("out"), GP64())}
	for i := range n {
		a := YMM()
		VMOVUPD(mem(s.out, 32*i), a)
		s.acc = append(s.acc, a)
	}
	return s
}

func (s sums) store() {
	for i, a := range s.acc {
		VMOVUPD(a, mem(s.out, 32*i))
	}
}

func rangeKernel() {
	w, n := begin("rangeAVX2", "func(w *float32, blocks int, out *uint32)",
		"rangeAVX2 raises, lane by lane, the largest bit patterns as int32 (out[0:8]) and as uint32 (out[8:16]).")
	s := loadSums(2)
	high, low, v := s.acc[0], s.acc[1], YMM()
	loop(n, func() {
		VMOVDQU(mem(w, 0), v)
		VPMAXSD(v, high, high)
		VPMAXUD(v, low, low)
	}, map[reg.Register]int{w: 32})
	s.store()
	finish()
}

func errorKernel() {
	w, n := begin("errorsAVX2", "func(w, q *float32, blocks int, out *float64)",
		"errorsAVX2 adds up Σw², Σq², Σ(q−w)² and Σwq in eight lanes each, and the lane maxima of |q−w|.")
	q := Load(Param("q"), GP64())
	s := loadSums(10) // signal, energy, err, product, worst: two registers each
	acc := s.acc
	sign := YMM()
	VPCMPEQD(sign, sign, sign)
	VPSRLQ(operand.U8(1), sign, sign) // all bits but the sign
	x, y, d, t := YMM(), YMM(), YMM(), YMM()
	loop(n, func() {
		for h := range 2 {
			VCVTPS2PD(mem(w, 16*h), x)
			VCVTPS2PD(mem(q, 16*h), y)
			VSUBPD(x, y, d)
			VMULPD(x, x, t)
			VADDPD(t, acc[h], acc[h])
			VMULPD(y, y, t)
			VADDPD(t, acc[2+h], acc[2+h])
			VMULPD(d, d, t)
			VADDPD(t, acc[4+h], acc[4+h])
			VMULPD(x, y, t)
			VADDPD(t, acc[6+h], acc[6+h])
			VANDPD(sign, d, d)
			VMAXPD(d, acc[8+h], acc[8+h])
		}
	}, map[reg.Register]int{w: 32, q: 32})
	s.store()
	finish()
}

func momentKernel() {
	w, n := begin("momentsAVX2", "func(w *float32, blocks int, pivot float64, out *float64)",
		"momentsAVX2 adds up the first four powers of w − pivot in eight lanes each.")
	p := YMM()
	VBROADCASTSD(param("pivot"), p)
	s := loadSums(8)
	acc := s.acc
	d, d2, t := YMM(), YMM(), YMM()
	loop(n, func() {
		for h := range 2 {
			VCVTPS2PD(mem(w, 16*h), d)
			VSUBPD(p, d, d)
			VADDPD(d, acc[h], acc[h])
			VMULPD(d, d, d2)
			VADDPD(d2, acc[2+h], acc[2+h])
			VMULPD(d, d2, t)
			VADDPD(t, acc[4+h], acc[4+h])
			VMULPD(d2, d2, t)
			VADDPD(t, acc[6+h], acc[6+h])
		}
	}, map[reg.Register]int{w: 32})
	s.store()
	finish()
}

func plainKernel() {
	w, n := begin("plainAVX2", "func(w *float32, blocks int, out *float64)",
		"plainAVX2 adds up Σw and Σw² in eight lanes each.")
	s := loadSums(4)
	acc := s.acc
	x, t := YMM(), YMM()
	loop(n, func() {
		for h := range 2 {
			VCVTPS2PD(mem(w, 16*h), x)
			VADDPD(x, acc[h], acc[h])
			VMULPD(x, x, t)
			VADDPD(t, acc[2+h], acc[2+h])
		}
	}, map[reg.Register]int{w: 32})
	s.store()
	finish()
}

// coder holds what both kernels that choose codes share.
type coder struct {
	codes, q      reg.Register
	inv, off      reg.VecVirtual
	magic, gather reg.VecVirtual
	low, high     reg.VecVirtual
	t             reg.VecVirtual
	group         reg.Register
	w             reg.Register
	blocks        reg.Register
}

// beginCoder loads the constants of a group: the words that group points at.
func beginCoder(name, doc string) *coder {
	w, n := begin(name, "func(codes *uint8, q, w *float32, blocks int, group *uint32)", doc)
	c := &coder{w: w, blocks: n}
	c.codes = Load(Param("codes"), GP64())
	c.q = Load(Param("q"), GP64())
	c.group = Load(Param("group"), GP64())
	c.inv, c.off, c.magic = YMM(), YMM(), YMM()
	c.low, c.high, c.gather, c.t = YMM(), YMM(), YMM(), YMM()
	VBROADCASTSS(mem(c.group, 0), c.inv)
	VBROADCASTSS(mem(c.group, 4), c.off)
	VBROADCASTSS(mem(c.group, 8), c.magic)
	VPBROADCASTD(mem(c.group, 12), c.low)
	VPBROADCASTD(mem(c.group, 16), c.high)
	VPBROADCASTD(mem(c.group, 20), c.gather) // picks byte 0 of the four words of a half
	return c
}

// choose leaves the clamped bits of eight codes in t.
func (c *coder) choose() {
	VMOVUPS(mem(c.w, 0), c.t)
	VMULPS(c.inv, c.t, c.t)
	VADDPS(c.off, c.t, c.t)
	VADDPS(c.magic, c.t, c.t)
	VPMINSD(c.high, c.t, c.t)
	VPMAXSD(c.low, c.t, c.t)
}

// writeCodes stores the low byte of the eight words of v.
func (c *coder) writeCodes(v, scratch reg.VecVirtual) {
	VPSHUFB(c.gather, v, scratch)
	upper := XMM()
	VEXTRACTI128(operand.U8(1), scratch, upper)
	VMOVD(scratch.AsX(), mem(c.codes, 0))
	VMOVD(upper, mem(c.codes, 4))
}

func (c *coder) steps() map[reg.Register]int {
	return map[reg.Register]int{c.w: 32, c.q: 32, c.codes: 8}
}

func codeKernel() {
	c := beginCoder("codesAVX2", "codesAVX2 chooses codes and their values: (step·code + v)·half.")
	step, v, half := YMM(), YMM(), YMM()
	VPBROADCASTD(mem(c.group, 24), step)
	VPBROADCASTD(mem(c.group, 28), v)
	VBROADCASTSS(mem(c.group, 32), half)
	value, scratch := YMM(), YMM()
	loop(c.blocks, func() {
		c.choose()
		VPSUBD(c.low, c.t, c.t)
		c.writeCodes(c.t, scratch)
		VPMULLD(step, c.t, value)
		VPADDD(v, value, value)
		VCVTDQ2PS(value, value)
		VMULPS(half, value, value)
		VMOVUPS(value, mem(c.q, 0))
	}, c.steps())
	finish()
}

func codeKernel2() {
	c := beginCoder("codes2AVX2", "codes2AVX2 is codesAVX2 at 2 bits, with the four values in a table.")
	table := YMM()
	VBROADCASTF128(mem(c.group, 36), table)
	value, scratch := YMM(), YMM()
	loop(c.blocks, func() {
		c.choose()
		VPERMILPS(c.t, table, value) // looks at the low two bits only, which are the code
		VMOVUPS(value, mem(c.q, 0))
		VPSUBD(c.low, c.t, c.t)
		c.writeCodes(c.t, scratch)
	}, c.steps())
	finish()
}

func outsideKernel() {
	w, n := begin("outsideAVX2", "func(w *float32, blocks int, lo, hi float32, out *uint32)",
		"outsideAVX2 counts, lane by lane, the weights below lo or above hi.")
	lo, hi, a, b, v := YMM(), YMM(), YMM(), YMM(), YMM()
	VBROADCASTSS(param("lo"), lo)
	VBROADCASTSS(param("hi"), hi)
	s := loadSums(1)
	acc := s.acc
	loop(n, func() {
		VMOVUPS(mem(w, 0), v)
		VCMPPS(operand.U8(1), lo, v, a)  // v < lo
		VCMPPS(operand.U8(30), hi, v, b) // v > hi
		VORPS(a, b, a)
		VPSUBD(a, acc[0], acc[0])
	}, map[reg.Register]int{w: 32})
	s.store()
	finish()
}
