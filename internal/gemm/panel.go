package gemm

// rowsIn are rows in memory, at a distance of stride bytes.
type rowsIn struct {
	data   []byte
	stride int
	kind   Type
}

// panel writes n rows (at most a panel's width) and k columns of w, from row
// row and column col on, as dst[kk·cols + r]; the rows that are missing are zeros.
func panel(b backend, dst []float32, w rowsIn, row, n, col, k int) {
	sh := b.shape()
	size := w.kind.Bytes()
	whole := k / sh.group
	r := 0
	for ; r < n; r += sh.group {
		src := w.data[(row+r)*w.stride+col*size:]
		if r+sh.group > n {
			break
		}
		if whole > 0 {
			b.pack(dst[r:], src, w.kind, w.stride, whole)
		}
		done := whole * sh.group
		for i := 0; i < sh.group && done < k; i++ {
			turnRow(dst[done*sh.cols+r+i:], sh.cols, src[i*w.stride+done*size:], w.kind, k-done)
		}
	}
	for ; r < n; r++ {
		turnRow(dst[r:], sh.cols, w.data[(row+r)*w.stride+col*size:], w.kind, k)
	}
	if n == sh.cols {
		return
	}
	for kk := range k {
		clear(dst[kk*sh.cols+n : (kk+1)*sh.cols])
	}
}
