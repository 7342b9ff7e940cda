// Package vec computes the element-wise and row-wise functions of a
// transformer in float32. dst may be src, and must be at least as long. The
// functions work on one goroutine; callers cut rows into chunks for a pool.
//
// # Specification
//
// Every tier of instructions (package isa) gives the same bits; the portable
// twins in twin*.go say which. Element-wise functions compute each element by
// the same chain of float32 operations, each rounded once, fused where the
// twin calls isa.FMA. A sum over a row runs in 32 lanes: lane i adds up the
// elements i, i+32, i+64 … in this order, from +0; then lane i takes lane i+16,
// the first eight the next eight, and so on down to one. Elements that a last
// block of 32 lacks count as zeros. Only which not-a-number a NaN is depends on
// the machine.
//
// Accuracy against exact arithmetic is stated at each function in units in the
// last place (ulp) of the result.
package vec

import "github.com/mmtui/mmtui/internal/isa"

//go:generate go run ../kernelgen/vec

// Elements of a block: of the element-wise kernels, and of those that sum up.
const (
	block  = 16
	reduce = 32
)

// longest bounds the elements of one call into assembly, which cannot be
// preempted: this many take well under 100 µs.
const longest = 1 << 14

// tier is fixed when the program starts.
var tier = isa.Current()

// function is an element-wise function of one argument.
type function uint8

const (
	expFunction function = iota
	geluFunction
	geluTanhFunction
	quickGELUFunction
	siluFunction
)

// Exp is dst[i] = e^src[i], within 1 ulp; subnormal results are kept.
func Exp(dst, src []float32) { apply(tier, expFunction, dst, src) }

// GELU is dst[i] = ½·x·(1 + erf(x/√2)), within 6 ulp on both sides: the left
// tail does not cancel.
func GELU(dst, src []float32) { apply(tier, geluFunction, dst, src) }

// GELUTanh is dst[i] = ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))), within 4 ulp
// above −1; further left the rounding of the tanh's argument shows, an absolute error below 10⁻⁷.
func GELUTanh(dst, src []float32) { apply(tier, geluTanhFunction, dst, src) }

// QuickGELU is dst[i] = x·σ(1.702·x), as accurate as GELUTanh.
func QuickGELU(dst, src []float32) { apply(tier, quickGELUFunction, dst, src) }

// SiLU is dst[i] = x·σ(x), within 4 ulp.
func SiLU(dst, src []float32) { apply(tier, siluFunction, dst, src) }

func apply(t isa.Tier, f function, dst, src []float32) {
	dst = dst[:len(src)]
	for len(src) >= block {
		n := min(len(src)&^(block-1), longest)
		applyBlocks(t, f, dst[:n], src[:n])
		dst, src = dst[n:], src[n:]
	}
	if len(src) > 0 {
		var pad [block]float32
		copy(pad[:], src)
		applyBlocks(t, f, pad[:], pad[:])
		copy(dst, pad[:])
	}
}

// operation is an element-wise function of two arguments.
type operation uint8

const (
	addOperation operation = iota
	mulOperation
	siluMulOperation
)

// Add is dst[i] += a[i].
func Add(dst, a []float32) { combine(tier, addOperation, dst, dst[:len(a)], a) }

// Mul is dst[i] = a[i]·b[i].
func Mul(dst, a, b []float32) { combine(tier, mulOperation, dst, a, b) }

// SiLUMul is dst[i] = gate[i]·σ(gate[i])·up[i].
func SiLUMul(dst, gate, up []float32) { combine(tier, siluMulOperation, dst, gate, up) }

func combine(t isa.Tier, o operation, dst, a, b []float32) {
	dst, b = dst[:len(a)], b[:len(a)]
	for len(a) >= block {
		n := min(len(a)&^(block-1), longest)
		combineBlocks(t, o, dst[:n], a[:n], b[:n])
		dst, a, b = dst[n:], a[n:], b[n:]
	}
	if len(a) > 0 {
		var left, right [block]float32
		copy(left[:], a)
		copy(right[:], b)
		combineBlocks(t, o, left[:], left[:], right[:])
		copy(dst, left[:])
	}
}

// Scale is dst[i] = factor·src[i].
func Scale(dst, src []float32, factor float32) { scale(tier, dst, src, factor) }

func scale(t isa.Tier, dst, src []float32, factor float32) {
	dst = dst[:len(src)]
	for len(src) >= block {
		n := min(len(src)&^(block-1), longest)
		scaleBlocks(t, dst[:n], src[:n], factor)
		dst, src = dst[n:], src[n:]
	}
	scaleTwin(dst, src, factor)
}

// Rotate turns the pairs (x[i], x[i+d/2]) of one head of d elements by the angles
// whose cosines and sines are given, [d/2]: rotary position embedding in the
// rotate-half layout. Products and sums are rounded one by one, as PyTorch's are.
func Rotate(x, cos, sin []float32) {
	half := len(x) / 2
	rotate(tier, x[:half], x[half:2*half], cos[:half], sin[:half])
}

func rotate(t isa.Tier, x, y, cos, sin []float32) {
	n := min(len(x)&^(block-1), longest)
	if n > 0 {
		rotateBlocks(t, x[:n], y[:n], cos[:n], sin[:n])
	}
	rotateTwin(x[n:], y[n:], cos[n:], sin[n:])
}
