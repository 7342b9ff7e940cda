package attention

import (
	"github.com/mmtui/mmtui/internal/isa"
	"github.com/mmtui/mmtui/internal/vec"
)

// The twins are the specification of the kernels. Rows of tiles hold 32 lanes,
// of which the first width count.

// scoresTwin is st[j] = Σ_d k[j, d]·query[d], lane by lane.
func scoresTwin(st, k []float32, stride, keys int, query []float32, depth, width int) {
	for j := range keys {
		row := st[j*lanes:][:width]
		clear(row)
		for d, v := range k[j*stride:][:depth] {
			isa.Axpy(v, query[d*lanes:], row)
		}
	}
}

// weightsTwin raises top to the largest score, makes scores weights, and adds
// them to sum, which it multiplies first by alpha, as the outputs have to be.
func weightsTwin(st []float32, keys int, top, sum, alpha []float32, width int) {
	for i := range width {
		high := top[i]
		for j := range keys {
			if v := st[j*lanes+i]; !(v <= high) {
				high = v
			}
		}
		alpha[i] = vec.Exponential(max(top[i]-high, -104))
		top[i] = high
		total := float32(sum[i] * alpha[i])
		for j := range keys {
			p := vec.Exponential(max(st[j*lanes+i]-high, -104))
			st[j*lanes+i] = p
			total += p
		}
		sum[i] = total
	}
}

// valuesTwin is output[d] = output[d]·alpha + Σ_j v[j, d]·st[j], lane by lane.
func valuesTwin(output, v []float32, stride, keys int, st, alpha []float32, depth, width int) {
	for d := range depth {
		row := output[d*lanes:][:width]
		for i := range row {
			row[i] *= alpha[i]
		}
		for j := range keys {
			isa.Axpy(v[j*stride+d], st[j*lanes:], row)
		}
	}
}

// dotsTwin is out[j] = Σ_d k[j, d]·query[d] in 16 lanes, added up by halves.
func dotsTwin(out, k []float32, stride int, query []float32) {
	for j := range out {
		var sum [16]float32
		row := k[j*stride:][:len(query)]
		for d := 0; d < len(row); d += 16 {
			isa.MulAdd(sum[:], row[d:], query[d:])
		}
		for half := 8; half > 0; half /= 2 {
			for i := range half {
				sum[i] += sum[i+half]
			}
		}
		out[j] = sum[0]
	}
}

// mixTwin is out += Σ_j p[j]·v[j].
func mixTwin(out, v []float32, stride int, p []float32) {
	for j, w := range p {
		isa.Axpy(w, v[j*stride:], out)
	}
}

// turnTwin is dst[j, i] = src[i, j]·factor[j] for some rows and columns.
func turnTwin(dst, src []float32, dstStride, srcStride, row, rows, col, cols int, factor []float32) {
	for i := row; i < rows; i++ {
		for j := col; j < cols; j++ {
			dst[j*dstStride+i] = src[i*srcStride+j] * factor[j]
		}
	}
}
