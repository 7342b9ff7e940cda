package model

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"

	"github.com/mmtui/mmtui/core/safetensors"
)

// Parts are read whole with these; their sizes were checked against the file
// when it was opened, so an allocation is at most a few times the file.

// loadBytes is a part as stored.
func loadBytes(ctx context.Context, s stored) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b := make([]byte, s.Size())
	if err := s.File.ReadBytes(s.Info, 0, b); err != nil {
		return nil, err
	}
	return b, nil
}

// loadWords is an I32 or U32 part.
func loadWords(ctx context.Context, s stored) ([]uint32, error) {
	b, err := loadBytes(ctx, s)
	if err != nil {
		return nil, err
	}
	words := make([]uint32, len(b)/4)
	for i := range words {
		words[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return words, nil
}

// loadFloats is a part as float32: exact for F16, BF16, F32 and small integers.
func loadFloats(ctx context.Context, s stored) ([]float32, error) {
	v := make([]float32, s.Parameters())
	if err := s.File.ReadValues(ctx, s.Info, 0, v); err != nil {
		return nil, err
	}
	return v, nil
}

// loadSmall is loadBytes for a part that is read on opening: at most most bytes.
func loadSmall(ctx context.Context, s stored, most int64) ([]byte, error) {
	if s.Size() > most {
		return nil, damaged(s, "%d bytes, more than the %d it may have", s.Size(), most)
	}
	return loadBytes(ctx, s)
}

// loadShape is an I64 vector of dimensions, at most of rank 8, whose product is
// at most largest.
func loadShape(ctx context.Context, s stored, largest int64) ([]int, error) {
	if s.DType != safetensors.I64 || len(s.Shape) != 1 {
		return nil, damaged(s, "%s is not a list of I64", typed(s))
	}
	b, err := loadSmall(ctx, s, 8*8)
	if err != nil {
		return nil, err
	}
	dims := make([]int64, len(b)/8)
	for i := range dims {
		dims[i] = int64(binary.LittleEndian.Uint64(b[8*i:]))
	}
	shape, ok := checkedShape(dims, largest)
	if !ok {
		return nil, damaged(s, "shape %v is not possible for the data beside it", dims)
	}
	return shape, nil
}

// checkedShape accepts dimensions of 1 or more whose product is at most largest.
func checkedShape(dims []int64, largest int64) ([]int, bool) {
	if len(dims) == 0 || len(dims) > 8 {
		return nil, false
	}
	n := uint64(1)
	shape := make([]int, len(dims))
	for i, d := range dims {
		if d < 1 || d > largest {
			return nil, false
		}
		hi, lo := bits.Mul64(n, uint64(d))
		if hi != 0 || lo > uint64(largest) {
			return nil, false
		}
		n, shape[i] = lo, int(d)
	}
	return shape, true
}

// want checks the dtype of a part.
func want(s stored, dtypes ...safetensors.DType) error {
	if !slices.Contains(dtypes, s.DType) {
		return damaged(s, "dtype %s, want %v", s.DType, dtypes)
	}
	return nil
}

// wantShape checks dtype and shape of a part.
func wantShape(s stored, shape []int, dtypes ...safetensors.DType) error {
	if err := want(s, dtypes...); err != nil {
		return err
	}
	if !slices.Equal(s.Shape, shape) {
		return damaged(s, "shape %v, want %v", s.Shape, shape)
	}
	return nil
}

// typed is dtype and shape for a message.
func typed(s stored) string { return fmt.Sprintf("%s %v", s.DType, s.Shape) }

// scaleTypes are the dtypes that scales come in, and that tools compute in.
func scaleTypes() []safetensors.DType {
	return []safetensors.DType{safetensors.F16, safetensors.BF16, safetensors.F32}
}

// rounding returns the function that rounds a float32 to a dtype that tools
// compute in, half to even.
func rounding(d safetensors.DType) func(float32) float32 {
	switch d {
	case safetensors.F16:
		return func(v float32) float32 { return safetensors.F16ToF32(safetensors.F32ToF16(v)) }
	case safetensors.BF16:
		return func(v float32) float32 { return safetensors.BF16ToF32(safetensors.F32ToBF16(v)) }
	}
	return func(v float32) float32 { return v }
}

// code is b bits at bit position at of a little-endian stream of words spaced
// step apart, low bits first; a code may lie astride two words.
func code(words []uint32, base, step, at, b int) int {
	w, shift := base+at>>5*step, at&31
	v := words[w] >> shift
	if shift+b > 32 {
		v |= words[w+step] << (32 - shift)
	}
	return int(v & (1<<b - 1))
}

// ceilDiv is a/b rounded up, for a ≥ 0 and b > 0.
func ceilDiv(a, b int) int { return (a + b - 1) / b }
