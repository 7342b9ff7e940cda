package attention

import "github.com/mmtui/mmtui/internal/isa"

// The functions of this file choose among the tiers. A stride is in elements
// here and in bytes in the kernels; width is 16 or 32 lanes, and no count is 0.

func scoresBlock(t isa.Tier, st, k []float32, stride, keys int, query []float32, depth, width int) {
	switch t {
	case isa.NEON:
		for at := 0; at < width; at += 8 {
			scoresNEON(st[at:], k, stride, keys, query[at:], depth)
		}
	default:
		scoresTwin(st, k, stride, keys, query, depth, width)
	}
}

func scoresNEON(st, k []float32, stride, keys int, query []float32, depth int) {
	for _, rows := range [...]int{8, 4, 1} {
		n := keys / rows
		if n == 0 {
			continue
		}
		s, p, q := &st[0], &k[0], &query[0]
		switch {
		case rows == 8:
			scores8x8NEON(s, p, 4*stride, n, q, depth)
		case rows == 4:
			scores4x8NEON(s, p, 4*stride, n, q, depth)
		case rows == 1:
			scores1x8NEON(s, p, 4*stride, n, q, depth)
		}
		if keys -= n * rows; keys == 0 {
			return
		}
		st, k = st[n*rows*lanes:], k[n*rows*stride:]
	}
}

func weightsBlock(t isa.Tier, st []float32, keys int, top, sum, alpha []float32, width int) {
	switch t {
	case isa.NEON:
		for at := 0; at < width; at += 8 {
			weights8NEON(&st[at], keys, &top[at], &sum[at], &alpha[at])
		}
	default:
		weightsTwin(st, keys, top, sum, alpha, width)
	}
}

func valuesBlock(t isa.Tier, output, v []float32, stride, keys int, st, alpha []float32, depth, width int) {
	switch t {
	case isa.NEON:
		for at := 0; at < width; at += 8 {
			valuesNEON(output[at:], v, stride, keys, st[at:], alpha[at:], depth)
		}
	default:
		valuesTwin(output, v, stride, keys, st, alpha, depth, width)
	}
}

func valuesNEON(output, v []float32, stride, keys int, st, alpha []float32, depth int) {
	d := 0
	for _, columns := range [...]int{8, 4, 1} {
		for ; d+columns <= depth; d += columns {
			o, p, s, a := &output[d*lanes], &v[d], &st[0], &alpha[0]
			switch {
			case columns == 8:
				values8x8NEON(o, p, 4*stride, keys, s, a)
			case columns == 4:
				values4x8NEON(o, p, 4*stride, keys, s, a)
			case columns == 1:
				values1x8NEON(o, p, 4*stride, keys, s, a)
			}
		}
	}
}

func dotsBlock(t isa.Tier, out, k []float32, stride int, query []float32) {
	switch t {
	case isa.NEON:
		dotsNEON(&out[0], &k[0], 4*stride, len(out), &query[0], len(query)/16)
	default:
		dotsTwin(out, k, stride, query)
	}
}

func mixBlock(t isa.Tier, out, v []float32, stride int, p []float32) {
	switch t {
	case isa.NEON:
		mixNEON(out, v, stride, p)
	default:
		mixTwin(out, v, stride, p)
	}
}

func mixNEON(out, v []float32, stride int, p []float32) {
	d := 0
	for ; d+64 <= len(out); d += 64 {
		mix64NEON(&out[d], &v[d], 4*stride, len(p), &p[0])
	}
	for ; d < len(out); d += 16 {
		mix16NEON(&out[d], &v[d], 4*stride, len(p), &p[0])
	}
}

// turnSquares does as many rows and columns as a vector's length divides.
func turnSquares(t isa.Tier, dst, src []float32, dstStride, srcStride, rows, cols int, factor []float32) (doneRows, doneCols int) {
	const side = 4
	if t != isa.NEON || rows < side || cols < side {
		return 0, 0
	}
	for j := 0; j+side <= cols; j += side {
		turnNEON(&dst[j*dstStride], &src[j], &factor[j], 4*dstStride, 4*srcStride, rows/side)
	}
	return rows &^ (side - 1), cols &^ (side - 1)
}
