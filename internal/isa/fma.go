package isa

import "math"

const (
	halfway   = 1 << 28            // of the 29 bits that float64 has beyond float32
	beyond    = 1<<29 - 1          // those bits
	signBit   = 1 << 63            //
	minNormal = (1023 - 126) << 52 // bits of 2⁻¹²⁶, the least normal float32
)

// FMA is x·y + z rounded once, as the fused instructions of every tier do it.
// A NaN stays one; its payload is the machine's.
//
// The product of two float32 is exact in float64. Rounding the sum to float64
// and then to float32 goes wrong only where the float64 lies halfway between
// two float32, which is rare for normal numbers and easy to see.
func FMA(x, y, z float32) float32 {
	s := float64(x)*float64(y) + float64(z)
	if doubtful(math.Float64bits(s)) {
		return fmaOdd(x, y, z)
	}
	return float32(s)
}

// doubtful says of a float64's bits whether it may lie halfway between two float32.
func doubtful(b uint64) bool { return b&beyond == halfway || b&^signBit-1 < minNormal-1 }

// Axpy is y[i] = FMA(a, x[i], y[i]); x is at least as long as y.
func Axpy(a float32, x, y []float32) {
	x = x[:len(y)]
	wide := float64(a)
	for i, v := range y {
		s := wide*float64(x[i]) + float64(v)
		if doubtful(math.Float64bits(s)) {
			y[i] = fmaOdd(a, x[i], v)
			continue
		}
		y[i] = float32(s)
	}
}

// MulAdd is sum[i] = FMA(x[i], y[i], sum[i]); x and y are at least as long as sum.
func MulAdd(sum, x, y []float32) {
	x, y = x[:len(sum)], y[:len(sum)]
	for i, v := range sum {
		s := float64(x[i])*float64(y[i]) + float64(v)
		if doubtful(math.Float64bits(s)) {
			sum[i] = fmaOdd(x[i], y[i], v)
			continue
		}
		sum[i] = float32(s)
	}
}

// fmaOdd rounds the float64 sum to odd: when it is not exact, to the neighbour
// whose last bit is 1. Rounding that again to float32 is correct (Boldo and
// Melquiond, "Emulation of FMA and correctly rounded sums", 2008), subnormal
// results included. The error of the sum is Knuth's.
func fmaOdd(x, y, z float32) float32 {
	p, w := float64(float64(x)*float64(y)), float64(z)
	s := float64(p + w)
	v := float64(s - p)
	e := float64(p-float64(s-v)) + float64(w-v)
	b := math.Float64bits(s)
	if e == 0 || b&1 == 1 || math.IsNaN(e) {
		return float32(s)
	}
	if (e > 0) == (s > 0) {
		return float32(math.Float64frombits(b + 1))
	}
	return float32(math.Float64frombits(b - 1))
}
