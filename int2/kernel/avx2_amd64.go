package kernel

//go:generate go run ../../internal/kernelgen/int2ymm -kernels avx2 -out avx2_amd64.s -stubs avx2_stubs_amd64.go -pkg kernel

// newAVX2 multiplies codes by pairs of columns to 16 bits (VPMADDUBSW), whose
// sums 2- and 4-bit codes cannot overflow over a run of blocks; 8-bit codes are
// widened first. Its unit of 256 bits holds too few sums for panels to pay.
func newAVX2() *assembly {
	return &assembly{
		largest: largestAVX2,
		encode:  encodeAVX2,
		few: [3]kernels{
			{{w2a8r1t1AVX2, w2a8r2t1AVX2, w2a8r3t1AVX2, w2a8r4t1AVX2}, 3: {w2a8r1t4AVX2}},
			{{w4a8r1t1AVX2, w4a8r2t1AVX2, w4a8r3t1AVX2, w4a8r4t1AVX2}, 3: {w4a8r1t4AVX2}},
			{{w8a8r1t1AVX2, w8a8r2t1AVX2, w8a8r3t1AVX2, w8a8r4t1AVX2}, 3: {w8a8r1t4AVX2}},
		},
		turn:  dotAVX2,
		ops:   ymmOps,
		reads: readAVX2,
	}
}

// ymmOps are the operations of a turn of dotAVX2 and dotAVXVNNI: eight products
// of 32 codes and 32 activations.
const ymmOps = 8 * 32 * 2
