package gemm

import (
	"encoding/binary"

	"github.com/mmtui/mmtui/internal/isa"
)

// portable is the specification of all kernels, and the way of machines that
// have none of their own.
type portable struct{}

const portableCols = 16

func (portable) shape() shape {
	return shape{rows: 4, cols: portableCols, group: 8, chunk: 1 << 18, lanes: 1}
}

func (portable) tile(c []float32, ldc int, a []float32, lda int, b []float32, rows, k int, add bool, bias []float32, _ ahead) {
	for i := range rows {
		var sum [portableCols]float32
		for kk, v := range a[i*lda:][:k] {
			isa.Axpy(v, b[kk*portableCols:][:portableCols], sum[:])
		}
		row := c[i*ldc:][:portableCols]
		for j, s := range sum {
			if add {
				s = row[j] + s
			}
			if bias != nil {
				s += bias[j]
			}
			row[j] = s
		}
	}
}

func (portable) pack(dst []float32, src []byte, t Type, stride, blocks int) {
	const group = 8
	for r := range group {
		turnRow(dst[r:], portableCols, src[r*stride:], t, group*blocks)
	}
}

// turnRow widens n weights into every step'th element of dst.
func turnRow(dst []float32, step int, src []byte, t Type, n int) {
	var row [64]float32
	size := t.Bytes()
	for at := 0; at < n; at += len(row) {
		part := row[:min(len(row), n-at)]
		t.widen(part, src[at*size:])
		for i, v := range part {
			dst[(at+i)*step] = v
		}
	}
}

func (portable) dot(y []float32, ldy int, x []float32, ldx, m int, w []byte, t Type, stride, quads, blocks, _ int) {
	var row [dotLanes]float32
	size := t.Bytes() * dotLanes
	for j := range 4 * quads {
		var sums [FewRows][dotLanes]float32
		for b := range blocks {
			t.widen(row[:], w[j*stride+b*size:])
			for i := range m {
				isa.MulAdd(sums[i][:], x[i*ldx+b*dotLanes:], row[:])
			}
		}
		for i := range m {
			y[i*ldy+j] = reduceLanes(&sums[i])
		}
	}
}

// reduceLanes adds up the chains of an output: 8 apart, 4 apart, 2 apart, the last two.
func reduceLanes(l *[dotLanes]float32) float32 {
	for n := dotLanes / 2; n > 0; n /= 2 {
		for i := range n {
			l[i] += l[i+n]
		}
	}
	return l[0]
}

func (portable) fma(turns int) {
	var x, sums [fmaChains]float32
	for range turns {
		isa.Axpy(x[0], x[:], sums[:])
	}
}

func (portable) read(p []byte, blocks int) {
	var sum [4]uint64 // stays on the stack; the reads stay, for they may fault
	for p = p[:256*blocks]; len(p) >= 32; p = p[32:] {
		for i := range sum {
			sum[i] |= binary.LittleEndian.Uint64(p[8*i:])
		}
	}
}
