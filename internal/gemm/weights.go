package gemm

import (
	"encoding/binary"
	"math"
)

// Type is how a weight is stored.
type Type uint8

// The types.
const (
	F32 Type = iota
	BF16
	F16
)

// Bytes is the size of one weight.
func (t Type) Bytes() int {
	if t == F32 {
		return 4
	}
	return 2
}

// Weights is a matrix [Rows, Cols], one output a row. Data may be mapped from a
// file at any alignment; nobody writes to it.
type Weights struct {
	Data       []byte
	Type       Type
	Rows, Cols int
}

// Row writes row r as float32 into dst, which has Cols elements.
func (w Weights) Row(dst []float32, r int) {
	stride := w.Cols * w.Type.Bytes()
	w.Type.widen(dst[:w.Cols], w.Data[r*stride:][:stride])
}

// widen reads len(dst) weights as float32.
func (t Type) widen(dst []float32, src []byte) {
	switch t {
	case F32:
		src = src[:4*len(dst)]
		for i := range dst {
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
		}
	case BF16:
		src = src[:2*len(dst)]
		for i := range dst {
			dst[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(src[2*i:])) << 16)
		}
	case F16:
		src = src[:2*len(dst)]
		for i := range dst {
			dst[i] = halfToFloat(binary.LittleEndian.Uint16(src[2*i:]))
		}
	}
}

// halfToFloat widens an IEEE 754 binary16; a signalling NaN becomes quiet, as
// the machine's instructions make it.
func halfToFloat(h uint16) float32 {
	sign, exp, frac := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h&1023)
	switch exp {
	case 0: // zero and subnormal: a multiple of 2⁻²⁴
		v := float32(frac) * (1.0 / (1 << 24))
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 31:
		if frac != 0 {
			frac |= 1 << 9
		}
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}
