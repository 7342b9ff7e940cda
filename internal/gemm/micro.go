package gemm

import (
	"unsafe"

	"github.com/mmtui/mmtui/internal/isa"
)

// Micro is the micro-kernel that Linear is made of, for others to build on: a
// few rows of one matrix by a panel, Cols columns of another laid out for the
// kernel. It has no state; any number of goroutines may use one.
type Micro struct {
	backend backend
	shape   shape
}

// NewMicro is the micro-kernel of a tier that this machine can run (isa.Current()).
func NewMicro(t isa.Tier) Micro {
	b := backendOf(t)
	return Micro{b, b.shape()}
}

// Rows is how many rows one call of the assembly takes at most. Mul takes any
// number; multiples of Rows are the fastest.
func (m Micro) Rows() int { return m.shape.rows }

// Cols is the width of a panel.
func (m Micro) Cols() int { return m.shape.cols }

// PackRows turns n ≤ Cols rows of src, [n, k] at a distance of stride
// elements, into a panel: dst[kk·Cols + r] = src[r·stride + kk], zeros for r
// from n on. It packs the right side of a·srcᵀ: keys for scores, weights.
func (m Micro) PackRows(dst, src []float32, stride, n, k int) {
	if n == 0 || k == 0 {
		clear(dst[:k*m.shape.cols])
		return
	}
	src = src[:(n-1)*stride+k]
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&src[0])), 4*len(src))
	panel(m.backend, dst, rowsIn{bytes, 4 * stride, F32}, 0, n, 0, k)
}

// PackCols copies n ≤ Cols columns of src, [k, n] at a distance of stride
// elements, into a panel: dst[kk·Cols + j] = src[kk·stride + j], zeros for j
// from n on. It packs the right side of a·src: values for attention.
func (m Micro) PackCols(dst, src []float32, stride, k, n int) {
	for kk := range k {
		row := dst[kk*m.shape.cols:][:m.shape.cols]
		clear(row[copy(row, src[kk*stride:][:n]):])
	}
}

// Mul is c[i][j] = Σ_k a[i][k]·panel[k][j], or that added to c, for any number
// of rows at distances ldc and lda elements. Each output is one chain of fused
// products over k from +0 on, the same on every tier; the sum with c is rounded
// on its own. All Cols columns of c are written, so c has (rows−1)·ldc + Cols
// elements.
func (m Micro) Mul(c []float32, ldc int, a []float32, lda int, panel []float32, rows, k int, add bool) {
	if rows <= 0 {
		return
	}
	if k == 0 {
		for i := range rows {
			if !add {
				clear(c[i*ldc:][:m.shape.cols])
			}
		}
		return
	}
	tiles := (rows + m.shape.rows - 1) / m.shape.rows
	for t := range tiles {
		top, end := share(rows, tiles, t), share(rows, tiles, t+1)
		m.backend.tile(c[top*ldc:], ldc, a[top*lda:], lda, panel, end-top, k, add, nil, ahead{})
	}
}
