package gemm

//go:generate go run ../kernelgen/gemm -kernels tile -out tile_amd64.s -stubs tile_stubs_amd64.go -pkg gemm
//go:generate go run ../kernelgen/gemm -kernels dot -out dot_amd64.s -stubs dot_stubs_amd64.go -pkg gemm
//go:generate go run ../kernelgen/gemm -kernels pack -out pack_amd64.s -stubs pack_stubs_amd64.go -pkg gemm
//go:generate go run ../kernelgen/gemm -kernels peak -out peak_amd64.s -stubs peak_stubs_amd64.go -pkg gemm
//go:generate go run ../kernelgen/gemmneon -out kernels_arm64.s -stubs stubs_arm64.go -pkg gemm

// backend is one tier's kernels. All give the same bits; portable says which.
type backend interface {
	shape() shape
	// tile is c[i][j] = (add ? c[i][j] : nothing) + Σ_k a[i][k]·b[k][j] + bias[j]
	// for rows i below rows (at most shape.rows) and all columns j of a panel.
	// k is at least 1; bias may be nil. next is fetched meanwhile.
	tile(c []float32, ldc int, a []float32, lda int, b []float32, rows, k int, add bool, bias []float32, next ahead)
	// pack widens and transposes group rows at a distance of stride bytes and
	// group·blocks columns: dst[k·cols + r] = src[r][k].
	pack(dst []float32, src []byte, t Type, stride, blocks int)
	// dot is y[i][j] = Σ_k x[i][k]·w[j][k] for rows i below m (at most FewRows)
	// and j below 4·quads, over 16·blocks columns; stride in bytes. The
	// weights that come next lie far bytes further than w; they are fetched at the end.
	dot(y []float32, ldy int, x []float32, ldx, m int, w []byte, t Type, stride, quads, blocks, far int)
	// fma does turns·fmaChains·lanes fused products on registers alone, and read
	// reads 256·blocks bytes: what the machine can do at most.
	fma(turns int)
	read(p []byte, blocks int)
}

// fmaChains is how many independent sums the measurement of FMA has.
const fmaChains = 12

// ahead is memory that a tile's kernel asks for while it computes: three rows of
// the next tile's a, at the same distance, and at every fourth column one cache
// line more of what the next panels are made of, step bytes further each time.
// Addresses only: nothing is read through them, and zeros ask for nothing.
type ahead struct {
	a, b, step uintptr
}

// shape is what a backend works on at once.
type shape struct {
	rows, cols int // of a micro-tile; cols is also the width of a panel
	group      int // rows, and columns, that pack turns at once; divides cols
	chunk      int // products in less than a millisecond
	lanes      int // float32 in a register
}
