package kernel

//go:generate go run ../../internal/kernelgen/int2neon -out neon_arm64.s -stubs neon_stubs_arm64.go -pkg kernel

// newNEON multiplies codes by four columns to 32 bits (SDOT). Codes of 8 bits
// are made signed, and what that takes away comes back with the activations' sum.
func newNEON() *assembly {
	return &assembly{
		largest: largestOfRow,
		encode:  encodeRow,
		few: [3]kernels{
			{{w2a8r1t1NEON, w2a8r2t1NEON, w2a8r3t1NEON, w2a8r4t1NEON}, 3: {w2a8r1t4NEON}},
			{{w4a8r1t1NEON, w4a8r2t1NEON, w4a8r3t1NEON, w4a8r4t1NEON}, 3: {w4a8r1t4NEON}},
			{{w8a8r1t1NEON, w8a8r2t1NEON, w8a8r3t1NEON, w8a8r4t1NEON}, 3: {w8a8r1t4NEON}},
		},
		turn:  dotNEON,
		ops:   16 * 16 * 2, // sixteen products of 16 codes and 16 activations
		reads: readNEON,
	}
}

func largestOfRow(x, col *float32, blocks int) (bits uint32) {
	largestNEON(x, col, blocks, &bits)
	return bits
}

func encodeRow(codes *int8, sums *int32, x, col *float32, inverse float32, blocks, groupBlocks, zero int) {
	encodeNEON(codes, sums, x, col, &inverse, blocks, groupBlocks, zero)
}
