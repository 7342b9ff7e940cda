package kernel

//go:generate go run ../../internal/kernelgen/int2ymm -kernels avxvnni -out avxvnni_amd64.s -stubs avxvnni_stubs_amd64.go -pkg kernel

// newAVXVNNI multiplies codes by four columns to 32 bits (VPDPBUSD with a VEX
// prefix). Activations are quantized as AVX2 does.
func newAVXVNNI() *assembly {
	return &assembly{
		largest: largestAVX2,
		encode:  encodeAVX2,
		few: [3]kernels{
			{{w2a8r1t1AVXVNNI, w2a8r2t1AVXVNNI, w2a8r3t1AVXVNNI, w2a8r4t1AVXVNNI}, 3: {w2a8r1t4AVXVNNI}},
			{{w4a8r1t1AVXVNNI, w4a8r2t1AVXVNNI, w4a8r3t1AVXVNNI, w4a8r4t1AVXVNNI}, 3: {w4a8r1t4AVXVNNI}},
			{{w8a8r1t1AVXVNNI, w8a8r2t1AVXVNNI, w8a8r3t1AVXVNNI, w8a8r4t1AVXVNNI}, 3: {w8a8r1t4AVXVNNI}},
		},
		turn:  dotAVXVNNI,
		ops:   ymmOps,
		reads: readAVX2,
	}
}
