package attention

import "github.com/mmtui/mmtui/internal/isa"

// The functions of this file choose among the tiers. A stride is in elements
// here and in bytes in the kernels; width is 16 or 32 lanes, and no count is 0.

func scoresBlock(t isa.Tier, st, k []float32, stride, keys int, query []float32, depth, width int) {
	switch t {
	case isa.AVX512:
		scoresAVX512(st, k, stride, keys, query, depth, width == lanes)
	case isa.AVX2:
		for at := 0; at < width; at += 16 {
			scoresAVX2(st[at:], k, stride, keys, query[at:], depth)
		}
	default:
		scoresTwin(st, k, stride, keys, query, depth, width)
	}
}

func scoresAVX512(st, k []float32, stride, keys int, query []float32, depth int, wide bool) {
	for _, rows := range [...]int{12, 4, 1} {
		n := keys / rows
		if n == 0 {
			continue
		}
		s, p, q := &st[0], &k[0], &query[0]
		switch {
		case rows == 12 && wide:
			scores12x32AVX512(s, p, 4*stride, n, q, depth)
		case rows == 12:
			scores12x16AVX512(s, p, 4*stride, n, q, depth)
		case rows == 4 && wide:
			scores4x32AVX512(s, p, 4*stride, n, q, depth)
		case rows == 4:
			scores4x16AVX512(s, p, 4*stride, n, q, depth)
		case rows == 1 && wide:
			scores1x32AVX512(s, p, 4*stride, n, q, depth)
		case rows == 1:
			scores1x16AVX512(s, p, 4*stride, n, q, depth)
		}
		if keys -= n * rows; keys == 0 {
			return
		}
		st, k = st[n*rows*lanes:], k[n*rows*stride:]
	}
}

func scoresAVX2(st, k []float32, stride, keys int, query []float32, depth int) {
	for _, rows := range [...]int{6, 2, 1} {
		n := keys / rows
		if n == 0 {
			continue
		}
		s, p, q := &st[0], &k[0], &query[0]
		switch {
		case rows == 6:
			scores6x16AVX2(s, p, 4*stride, n, q, depth)
		case rows == 2:
			scores2x16AVX2(s, p, 4*stride, n, q, depth)
		case rows == 1:
			scores1x16AVX2(s, p, 4*stride, n, q, depth)
		}
		if keys -= n * rows; keys == 0 {
			return
		}
		st, k = st[n*rows*lanes:], k[n*rows*stride:]
	}
}

func weightsBlock(t isa.Tier, st []float32, keys int, top, sum, alpha []float32, width int) {
	switch t {
	case isa.AVX512:
		if width == lanes {
			weights32AVX512(&st[0], keys, &top[0], &sum[0], &alpha[0])
			return
		}
		weights16AVX512(&st[0], keys, &top[0], &sum[0], &alpha[0])
	case isa.AVX2:
		for at := 0; at < width; at += 16 {
			weights16AVX2(&st[at], keys, &top[at], &sum[at], &alpha[at])
		}
	default:
		weightsTwin(st, keys, top, sum, alpha, width)
	}
}

func valuesBlock(t isa.Tier, output, v []float32, stride, keys int, st, alpha []float32, depth, width int) {
	switch t {
	case isa.AVX512:
		valuesAVX512(output, v, stride, keys, st, alpha, depth, width == lanes)
	case isa.AVX2:
		for at := 0; at < width; at += 16 {
			valuesAVX2(output[at:], v, stride, keys, st[at:], alpha[at:], depth)
		}
	default:
		valuesTwin(output, v, stride, keys, st, alpha, depth, width)
	}
}

func valuesAVX512(output, v []float32, stride, keys int, st, alpha []float32, depth int, wide bool) {
	d := 0
	for _, columns := range [...]int{8, 4, 1} {
		for ; d+columns <= depth; d += columns {
			o, p, s, a := &output[d*lanes], &v[d], &st[0], &alpha[0]
			switch {
			case columns == 8 && wide:
				values8x32AVX512(o, p, 4*stride, keys, s, a)
			case columns == 8:
				values8x16AVX512(o, p, 4*stride, keys, s, a)
			case columns == 4 && wide:
				values4x32AVX512(o, p, 4*stride, keys, s, a)
			case columns == 4:
				values4x16AVX512(o, p, 4*stride, keys, s, a)
			case columns == 1 && wide:
				values1x32AVX512(o, p, 4*stride, keys, s, a)
			case columns == 1:
				values1x16AVX512(o, p, 4*stride, keys, s, a)
			}
		}
	}
}

func valuesAVX2(output, v []float32, stride, keys int, st, alpha []float32, depth int) {
	d := 0
	for _, columns := range [...]int{6, 4, 1} {
		for ; d+columns <= depth; d += columns {
			o, p, s, a := &output[d*lanes], &v[d], &st[0], &alpha[0]
			switch {
			case columns == 6:
				values6x16AVX2(o, p, 4*stride, keys, s, a)
			case columns == 4:
				values4x16AVX2(o, p, 4*stride, keys, s, a)
			case columns == 1:
				values1x16AVX2(o, p, 4*stride, keys, s, a)
			}
		}
	}
}

func dotsBlock(t isa.Tier, out, k []float32, stride int, query []float32) {
	switch t {
	case isa.AVX512:
		dotsAVX512(&out[0], &k[0], 4*stride, len(out), &query[0], len(query)/16)
	case isa.AVX2:
		dotsAVX2(&out[0], &k[0], 4*stride, len(out), &query[0], len(query)/16)
	default:
		dotsTwin(out, k, stride, query)
	}
}

func mixBlock(t isa.Tier, out, v []float32, stride int, p []float32) {
	switch t {
	case isa.AVX512:
		mixAVX512(out, v, stride, p)
	case isa.AVX2:
		mixAVX2(out, v, stride, p)
	default:
		mixTwin(out, v, stride, p)
	}
}

func mixAVX512(out, v []float32, stride int, p []float32) {
	d := 0
	for ; d+64 <= len(out); d += 64 {
		mix64AVX512(&out[d], &v[d], 4*stride, len(p), &p[0])
	}
	for ; d < len(out); d += 16 {
		mix16AVX512(&out[d], &v[d], 4*stride, len(p), &p[0])
	}
}

func mixAVX2(out, v []float32, stride int, p []float32) {
	d := 0
	for ; d+64 <= len(out); d += 64 {
		mix64AVX2(&out[d], &v[d], 4*stride, len(p), &p[0])
	}
	for ; d < len(out); d += 16 {
		mix16AVX2(&out[d], &v[d], 4*stride, len(p), &p[0])
	}
}

// turnSquares does as many rows and columns as a vector's length divides.
func turnSquares(t isa.Tier, dst, src []float32, dstStride, srcStride, rows, cols int, factor []float32) (doneRows, doneCols int) {
	const side = 8
	if t != isa.AVX512 && t != isa.AVX2 || rows < side || cols < side {
		return 0, 0
	}
	for j := 0; j+side <= cols; j += side {
		turnAVX2(&dst[j*dstStride], &src[j], &factor[j], 4*dstStride, 4*srcStride, rows/side)
	}
	return rows &^ (side - 1), cols &^ (side - 1)
}
