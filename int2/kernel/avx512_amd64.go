package kernel

//go:generate go run ../../internal/kernelgen/int2mul -kernels few -out few_amd64.s -stubs few_stubs_amd64.go -pkg kernel
//go:generate go run ../../internal/kernelgen/int2mul -kernels many -out many_amd64.s -stubs many_stubs_amd64.go -pkg kernel
//go:generate go run ../../internal/kernelgen/int2mul -kernels quantize -out quantize_amd64.s -stubs quantize_stubs_amd64.go -pkg kernel
//go:generate go run ../../internal/kernelgen/int2mul -kernels peak -out peak_amd64.s -stubs peak_stubs_amd64.go -pkg kernel

func newAVX512(t Tier) *assembly {
	s := &assembly{
		largest: largestAVX512, encode: encodeAVX512,
		many: kernels{
			{many1x1AVX512, many2x1AVX512, many3x1AVX512, many4x1AVX512, many5x1AVX512, many6x1AVX512},
			{many1x2AVX512, many2x2AVX512, many3x2AVX512, many4x2AVX512, many5x2AVX512, many6x2AVX512},
		},
		turn: dotAVX512, narrow: dotAVX256, ops: 12 * 2 * 64, reads: readAVX512,
	}
	if t == AVX512GFNI {
		s.few = [3]kernels{few2GFNI(), few4GFNI(), few8()}
		s.unpack = [2][stripMost]unpackKernel{{unpack2GFNIx1, unpack2GFNIx2}, {unpack4GFNIx1, unpack4GFNIx2}}
		return s
	}
	s.few = [3]kernels{few2(), few4(), few8()}
	s.unpack = [2][stripMost]unpackKernel{{unpack2VNNIx1, unpack2VNNIx2}, {unpack4VNNIx1, unpack4VNNIx2}}
	return s
}

func few2GFNI() kernels {
	return kernels{
		{few2GFNIx1x1AVX512, few2GFNIx2x1AVX512, few2GFNIx3x1AVX512, few2GFNIx4x1AVX512, few2GFNIx5x1AVX512, few2GFNIx6x1AVX512},
		{few2GFNIx1x2AVX512, few2GFNIx2x2AVX512, few2GFNIx3x2AVX512, few2GFNIx4x2AVX512, few2GFNIx5x2AVX512, few2GFNIx6x2AVX512},
		nil,
		{few2GFNIx1x4AVX512, few2GFNIx2x4AVX512},
	}
}

func few4GFNI() kernels {
	return kernels{
		{few4GFNIx1x1AVX512, few4GFNIx2x1AVX512, few4GFNIx3x1AVX512, few4GFNIx4x1AVX512, few4GFNIx5x1AVX512, few4GFNIx6x1AVX512},
		{few4GFNIx1x2AVX512, few4GFNIx2x2AVX512, few4GFNIx3x2AVX512, few4GFNIx4x2AVX512, few4GFNIx5x2AVX512, few4GFNIx6x2AVX512},
		nil,
		{few4GFNIx1x4AVX512, few4GFNIx2x4AVX512},
	}
}

func few2() kernels {
	return kernels{
		{few2x1x1AVX512, few2x2x1AVX512, few2x3x1AVX512, few2x4x1AVX512, few2x5x1AVX512, few2x6x1AVX512},
		{few2x1x2AVX512, few2x2x2AVX512, few2x3x2AVX512, few2x4x2AVX512, few2x5x2AVX512, few2x6x2AVX512},
		nil,
		{few2x1x4AVX512, few2x2x4AVX512},
	}
}

func few4() kernels {
	return kernels{
		{few4x1x1AVX512, few4x2x1AVX512, few4x3x1AVX512, few4x4x1AVX512, few4x5x1AVX512, few4x6x1AVX512},
		{few4x1x2AVX512, few4x2x2AVX512, few4x3x2AVX512, few4x4x2AVX512, few4x5x2AVX512, few4x6x2AVX512},
		nil,
		{few4x1x4AVX512, few4x2x4AVX512},
	}
}

func few8() kernels {
	return kernels{
		{few8x1x1AVX512, few8x2x1AVX512, few8x3x1AVX512, few8x4x1AVX512, few8x5x1AVX512, few8x6x1AVX512},
		{few8x1x2AVX512, few8x2x2AVX512, few8x3x2AVX512, few8x4x2AVX512, few8x5x2AVX512, few8x6x2AVX512},
		nil,
		{few8x1x4AVX512, few8x2x4AVX512},
	}
}
