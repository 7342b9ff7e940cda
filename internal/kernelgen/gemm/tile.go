package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build" // its own idiom: instructions read as in assembly
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tiles are the micro-kernels: 12×32 and less with AVX-512, 6×16 and less with
// AVX2. Two registers wide, so that a broadcast serves two products; as many
// rows as there are registers for the sums.
func tiles() {
	for m := 1; m <= 12; m++ {
		tile(avx512, m)
	}
	for m := 1; m <= 6; m++ {
		tile(avx2, m)
	}
}

func tile(v isa, m int) {
	width := 2 * v.lanes
	begin(fmt.Sprintf("tile%dx%d%s", m, width, v.name),
		"func(k int, a *float32, lda int, b, c *float32, ldc int, add int, bias *float32, nextA, nextB, step uintptr)",
		fmt.Sprintf("c[i][j] = (add ? c[i][j] : nothing) + Σ a[i][k]·b[k][j] + (bias ? bias[j] : nothing): %d rows at distance lda and ldc, %d columns. "+
			"Every four k it asks for 16 bytes more of three rows at nextA, distance lda, and for the line at nextB, then step further.", m, width))
	k := load("k")
	a, lda, b := load("a"), load("lda"), load("b")
	SHLQ(operand.U8(2), lda)
	ar := newRows(m, a, lda)
	sums := v.zeroed(2 * m)
	left, right := v.reg(), v.reg()
	step := func(u int) {
		VMOVUPS(at(b, u*2*v.bytes()), left)
		VMOVUPS(at(b, u*2*v.bytes()+v.bytes()), right)
		for i := range m {
			x := v.reg()
			VBROADCASTSS(ar.at(i, 4*u), x)
			VFMADD231PS(x, left, sums[2*i])
			VFMADD231PS(x, right, sums[2*i+1])
		}
	}
	// What comes next is fetched into the second-level cache, evenly over the
	// loop: it would stall it all at once.
	nextA, nextB, down := load("nextA"), load("nextB"), load("step")
	fetch := func() {
		for i := range 3 {
			m := at(nextA, 0)
			if i > 0 {
				m.Index, m.Scale = lda, uint8(i)
			}
			PREFETCHT1(m)
		}
		PREFETCHT1(at(nextB, 0))
		ADDQ(operand.I8(16), nextA)
		ADDQ(down, nextB)
	}
	loop := func(label string, unroll int, n reg.Register) {
		Label(label)
		for u := range unroll {
			step(u)
		}
		if unroll == 4 {
			fetch()
		}
		ADDQ(operand.I32(int32(unroll*2*v.bytes())), b)
		ar.advance(4 * unroll)
		DECQ(n)
		JNZ(operand.LabelRef(label))
	}
	quads := GP64()
	MOVQ(k, quads)
	SHRQ(operand.U8(2), quads)
	JZ(operand.LabelRef("rest"))
	loop("four", 4, quads)
	Label("rest")
	ANDQ(operand.I32(3), k)
	JZ(operand.LabelRef("done"))
	loop("one", 1, k)
	Label("done")
	c, ldc, add := load("c"), load("ldc"), load("add")
	SHLQ(operand.U8(2), ldc)
	cr := newRows(m, c, ldc)
	TESTQ(add, add)
	JZ(operand.LabelRef("added"))
	for i := range m {
		VADDPS(cr.at(i, 0), sums[2*i], sums[2*i])
		VADDPS(cr.at(i, v.bytes()), sums[2*i+1], sums[2*i+1])
	}
	Label("added")
	bias := load("bias")
	TESTQ(bias, bias)
	JZ(operand.LabelRef("store"))
	VMOVUPS(at(bias, 0), left)
	VMOVUPS(at(bias, v.bytes()), right)
	for i := range m {
		VADDPS(left, sums[2*i], sums[2*i])
		VADDPS(right, sums[2*i+1], sums[2*i+1])
	}
	Label("store")
	for i := range m {
		VMOVUPS(sums[2*i], cr.at(i, 0))
		VMOVUPS(sums[2*i+1], cr.at(i, v.bytes()))
	}
	finish()
}
