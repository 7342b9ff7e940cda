//go:build amd64 || arm64

package gemm

import "unsafe"

type (
	tileKernel func(k int, a *float32, lda int, b, c *float32, ldc, add int, bias *float32, nextA, nextB, step uintptr)
	packKernel func(dst *float32, src *byte, stride, blocks int)
	dotKernel  func(y *float32, ldy int, x *float32, ldx int, w *byte, stride, turns, blocks, ahead, last, later int)
)

// assembly is a backend of generated kernels. The slices it is given cover what
// the kernels touch: the callers in this package cut them from checked shapes.
type assembly struct {
	size  shape
	tiles []tileKernel // by rows − 1
	packs [3]packKernel
	dots  [3][]dotKernel // by rows − 1
	fmas  func(turns int)
	reads func(p *byte, blocks int)
}

func (s *assembly) shape() shape { return s.size }

func (s *assembly) tile(c []float32, ldc int, a []float32, lda int, b []float32, rows, k int, add bool, bias []float32, next ahead) {
	cols := s.size.cols
	_, _, _ = c[(rows-1)*ldc+cols-1], a[(rows-1)*lda+k-1], b[k*cols-1]
	adds, biases := 0, (*float32)(nil)
	if add {
		adds = 1
	}
	if bias != nil {
		biases = &bias[:cols][0]
	}
	if next.a == 0 {
		next.a = uintptr(unsafe.Pointer(&a[0])) // at hand already
	}
	if next.b == 0 {
		next.b, next.step = uintptr(unsafe.Pointer(&b[0])), 0
	}
	s.tiles[rows-1](k, &a[0], lda, &b[0], &c[0], ldc, adds, biases, next.a, next.b, next.step)
}

func (s *assembly) pack(dst []float32, src []byte, t Type, stride, blocks int) {
	g := s.size.group
	_, _ = dst[(g*blocks-1)*s.size.cols+g-1], src[(g-1)*stride+g*blocks*t.Bytes()-1]
	s.packs[t](&dst[0], &src[0], stride, blocks)
}

// fetchAhead is how many bytes in front of the reading weights are asked for
// in each of a kernel's four streams, a multiple of 64.
const fetchAhead = 2560

func (s *assembly) dot(y []float32, ldy int, x []float32, ldx, m int, w []byte, t Type, stride, quads, blocks, far int) {
	if blocks > 0 {
		_, _ = x[(m-1)*ldx+16*blocks-1], w[(4*quads-1)*stride+16*blocks*t.Bytes()-1]
	}
	_ = y[(m-1)*ldy+4*quads-1]
	dots := s.dots[t]
	if m <= len(dots) {
		stream(dots[m-1], quads, y, ldy, x, ldx, w, stride, blocks, far)
		return
	}
	// More rows than a kernel takes: each four rows of weights stay in the
	// cache while all rows of x go past them.
	for q := range quads {
		for i := 0; i < m; i += len(dots) {
			n := min(len(dots), m-i)
			dots[n-1](&y[i*ldy+4*q], ldy, first(x[i*ldx:]), ldx, first(w[4*q*stride:]), stride, 1, blocks, 4*stride, 0, 0)
		}
	}
}

// stream calls a kernel of 4·turns rows of weights, which it reads as four
// streams; the next ones lie far bytes further.
func stream(kernel dotKernel, turns int, y []float32, ldy int, x []float32, ldx int, w []byte, stride, blocks, far int) {
	last := min(fetchAhead/max(stride, 1)+1, turns)
	kernel(&y[0], ldy, first(x), ldx, first(w), stride, turns, blocks, fetchAhead, last, far-(turns-last)*stride)
}

// first is the address of a slice's first element, which need not exist.
func first[T any](s []T) *T { return unsafe.SliceData(s) }

func (s *assembly) fma(turns int) { s.fmas(turns) }

func (s *assembly) read(p []byte, blocks int) {
	if blocks > 0 {
		_ = p[256*blocks-1]
		s.reads(&p[0], blocks)
	}
}
