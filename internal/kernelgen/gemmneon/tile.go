package main

import (
	"fmt"

	"github.com/mmtui/mmtui/internal/kernelgen/neon"
)

const (
	tileRows = 8
	tileCols = 8
)

// tile is the micro-kernel of m rows by eight columns. Four columns of a are
// loaded at once, a row a register, and multiplied lane by lane.
func tile(f *neon.File, m int) {
	f.Begin(fmt.Sprintf("tile%dx%dNEON", m, tileCols),
		fmt.Sprintf("c[i][j] = (add ? c[i][j] : nothing) + Σ a[i][k]·b[k][j] + (bias ? bias[j] : nothing): %d rows at distance lda and ldc, %d columns. "+
			"Every four k it asks for 16 bytes more of three rows at nextA, distance lda, and for the line at nextB, then step further.", m, tileCols),
		"k int", "a *float32", "lda int", "b *float32", "c *float32", "ldc int", "add int", "bias *float32", "nextA uintptr", "nextB uintptr", "step uintptr")
	const k, quads, b, stride, row neon.R = 0, 1, 2, 3, 4 // a's rows are in R4, R5 …
	sum := func(i, half int) neon.V { return neon.V(2*i + half) }
	x := func(i int) neon.V { return neon.V(2*tileRows + i) }
	f.Arg("k", k)
	f.Arg("a", row)
	f.Arg("lda", stride)
	f.Arg("b", b)
	f.Arg("nextA", nextA)
	f.Arg("nextB", nextB)
	f.Arg("step", down)
	for i := 1; i < m; i++ {
		f.Op("ADD R%d<<2, R%d, R%d", stride, row+neon.R(i-1), row+neon.R(i))
	}
	for i := range m {
		f.Zero(sum(i, 0))
		f.Zero(sum(i, 1))
	}
	step := func(lane int) {
		left := neon.V(24 + 2*(lane%2)) // two pairs in turn
		f.LoadStep(left, b, 16)
		f.LoadStep(left+1, b, 16)
		for i := range m {
			f.FMLALane(sum(i, 0), left, x(i), lane)
			f.FMLALane(sum(i, 1), left+1, x(i), lane)
		}
	}
	f.Op("LSR $2, R%d, R%d", k, quads)
	f.Op("CBZ R%d, rest", quads)
	f.Label("four")
	for i := range m {
		f.LoadStep(x(i), row+neon.R(i), 16)
	}
	for lane := range 4 {
		step(lane)
	}
	fetch(f, stride)
	f.Op("SUBS $1, R%d, R%d", quads, quads)
	f.Op("BNE four")
	f.Label("rest")
	f.Op("ANDS $3, R%d, R%d", k, k)
	f.Op("BEQ done")
	f.Label("one")
	for i := range m {
		f.LoadOneStep(x(i), row+neon.R(i))
	}
	step(0)
	f.Op("SUBS $1, R%d, R%d", k, k)
	f.Op("BNE one")
	f.Label("done")
	storeTile(f, m, sum)
}

// What comes next is fetched into the second-level cache, evenly over the loop.
const nextA, nextB, down, place neon.R = 12, 13, 14, 15

func fetch(f *neon.File, stride neon.R) {
	f.Op("PRFM (R%d), PLDL2KEEP", nextA)
	f.Op("ADD R%d<<2, R%d, R%d", stride, nextA, place)
	f.Op("PRFM (R%d), PLDL2KEEP", place)
	f.Op("ADD R%d<<2, R%d, R%d", stride, place, place)
	f.Op("PRFM (R%d), PLDL2KEEP", place)
	f.Op("PRFM (R%d), PLDL2KEEP", nextB)
	f.Op("ADD $16, R%d, R%d", nextA, nextA)
	f.Op("ADD R%d, R%d, R%d", down, nextB, nextB)
}

// storeTile adds what was there and the bias, and writes the sums.
func storeTile(f *neon.File, m int, sum func(i, half int) neon.V) {
	const c, stride, flag, row neon.R = 0, 1, 2, 3
	f.Arg("c", c)
	f.Arg("ldc", stride)
	f.Arg("add", flag)
	f.Op("CBZ R%d, added", flag)
	f.Op("MOVD R%d, R%d", c, row)
	for i := range m {
		for half := range 2 {
			f.Load(neon.V(24+half), row, 16*half)
			f.FADD(sum(i, half), neon.V(24+half), sum(i, half))
		}
		f.Op("ADD R%d<<2, R%d, R%d", stride, row, row)
	}
	f.Label("added")
	f.Arg("bias", flag)
	f.Op("CBZ R%d, store", flag)
	for half := range 2 {
		f.Load(neon.V(24+half), flag, 16*half)
		for i := range m {
			f.FADD(sum(i, half), sum(i, half), neon.V(24+half))
		}
	}
	f.Label("store")
	for i := range m {
		f.Store(sum(i, 0), c, 0)
		f.Store(sum(i, 1), c, 16)
		f.Op("ADD R%d<<2, R%d, R%d", stride, c, c)
	}
	f.Op("RET")
}
