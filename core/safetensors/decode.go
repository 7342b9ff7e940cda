package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"
)

// packedBytes is the space of n elements, rounded up to a byte.
func packedBytes(d DType, n int) int { return (n*d.Bits() + 7) / 8 }

// Decode converts stored elements to float32: len(dst) of them from src, which
// starts at a byte where one starts (F4: the low nibble is the first). F64, I32,
// U32, I64 and U64 round to the nearest float32, F64 beyond its range to
// infinity; BOOL gives 0 and 1 (any byte that is not 0). The error is
// non-nil when src is too short or the type is not Readable.
func Decode(d DType, src []byte, dst []float32) error {
	if !d.Readable() {
		return unreadable(d)
	}
	need := packedBytes(d, len(dst))
	if len(src) < need {
		return fmt.Errorf("%d elements of %s need %d bytes, not %d", len(dst), d, need, len(src))
	}
	src = src[:need]
	switch d {
	case F4:
		for i := range dst {
			dst[i] = tableF4[src[i/2]>>(4*(i&1))&15]
		}
	case BOOL:
		for i := range dst {
			dst[i] = float32(min(src[i], 1))
		}
	case U8:
		for i := range dst {
			dst[i] = float32(src[i])
		}
	case I8:
		for i := range dst {
			dst[i] = float32(int8(src[i]))
		}
	case F8E5M2, F8E4M3, F8E8M0, F8E4M3FNUZ, F8E5M2FNUZ:
		fp8Table(d).decode(src, dst)
	case F16, BF16, I16, U16:
		decode16(d, src, dst)
	case F32, I32, U32:
		decode32(d, src, dst)
	default:
		decode64(d, src, dst)
	}
	return nil
}

// The loops below are written out for each type: they run over every weight
// of a model, and a call for each would cost more than the conversion.

func decode16(d DType, src []byte, dst []float32) {
	le := binary.LittleEndian
	switch d {
	case F16:
		for i := range dst {
			dst[i] = F16ToF32(le.Uint16(src[2*i:]))
		}
	case BF16:
		for i := range dst {
			dst[i] = BF16ToF32(le.Uint16(src[2*i:]))
		}
	case I16:
		for i := range dst {
			dst[i] = float32(int16(le.Uint16(src[2*i:])))
		}
	case U16:
		for i := range dst {
			dst[i] = float32(le.Uint16(src[2*i:]))
		}
	}
}

func decode32(d DType, src []byte, dst []float32) {
	le := binary.LittleEndian
	switch d {
	case F32:
		for i := range dst {
			dst[i] = math.Float32frombits(le.Uint32(src[4*i:]))
		}
	case I32:
		for i := range dst {
			dst[i] = float32(int32(le.Uint32(src[4*i:])))
		}
	case U32:
		for i := range dst {
			dst[i] = float32(le.Uint32(src[4*i:]))
		}
	}
}

func decode64(d DType, src []byte, dst []float32) {
	le := binary.LittleEndian
	switch d {
	case F64:
		for i := range dst {
			dst[i] = float32(math.Float64frombits(le.Uint64(src[8*i:])))
		}
	case I64:
		for i := range dst {
			dst[i] = float32(int64(le.Uint64(src[8*i:])))
		}
	case U64:
		for i := range dst {
			dst[i] = float32(le.Uint64(src[8*i:]))
		}
	}
}

func fp8Table(d DType) *byteTable {
	switch d {
	case F8E4M3:
		return tableE4M3
	case F8E5M2:
		return tableE5M2
	case F8E8M0:
		return tableE8M0
	case F8E4M3FNUZ:
		return tableE4M3FNUZ
	}
	return tableE5M2FNUZ
}

func unreadable(d DType) error {
	switch d {
	case C64:
		return fmt.Errorf("%s elements are complex numbers and do not read as single values", d)
	case F6E2M3, F6E3M2:
		return fmt.Errorf("%s elements cannot be read: the format does not say how its 6-bit codes lie in the bytes", d)
	}
	return fmt.Errorf("the dtype %s is not known", shown(string(d)))
}

// Encode converts src to F64, F32, F16 or BF16 (rounded half to even) as
// stored, little-endian, into dst, which must have room. Other types are an error.
func Encode(d DType, src []float32, dst []byte) error {
	switch d {
	case F64, F32, F16, BF16:
	default:
		return fmt.Errorf("values are written as F64, F32, F16 or BF16, not as %s", d)
	}
	if need := packedBytes(d, len(src)); len(dst) < need {
		return fmt.Errorf("%d elements of %s need %d bytes, not %d", len(src), d, need, len(dst))
	}
	le := binary.LittleEndian
	for i, v := range src {
		switch d {
		case F64:
			le.PutUint64(dst[8*i:], math.Float64bits(float64(v)))
		case F32:
			le.PutUint32(dst[4*i:], math.Float32bits(v))
		case F16:
			le.PutUint16(dst[2*i:], F32ToF16(v))
		case BF16:
			le.PutUint16(dst[2*i:], F32ToBF16(v))
		}
	}
	return nil
}
