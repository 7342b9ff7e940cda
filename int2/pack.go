package int2

import "encoding/binary"

// PackRow writes codes of bits (2, 3, 4 or 8) as a bit stream, low bits first:
// code k takes bits k·bits … (k+1)·bits−1, and bit n of the stream is bit n mod
// 8 of byte n/8. dst must have ⌈len(codes)·bits/8⌉ bytes; spare bits are zero.
func PackRow(dst []byte, codes []uint8, bits int) {
	dst = dst[:(len(codes)*bits+7)/8]
	switch bits {
	case 8:
		copy(dst, codes)
		return
	case 2:
		for len(codes) >= 8 {
			binary.LittleEndian.PutUint16(dst, pack2(binary.LittleEndian.Uint64(codes)))
			codes, dst = codes[8:], dst[2:]
		}
	}
	var stream uint32
	filled := 0
	for _, c := range codes {
		stream |= uint32(c) << filled
		for filled += bits; filled >= 8; filled -= 8 {
			dst[0] = byte(stream)
			dst, stream = dst[1:], stream>>8
		}
	}
	if filled > 0 {
		dst[0] = byte(stream)
	}
}

// pack2 gathers eight bytes of two bits each into two bytes.
func pack2(x uint64) uint16 {
	x = (x | x>>6) & 0x000f000f000f000f
	x = (x | x>>12) & 0x000000ff000000ff
	return uint16(x | x>>24)
}

// UnpackRow is the inverse of PackRow: it fills codes from src.
func UnpackRow(codes []uint8, src []byte, bits int) {
	src = src[:(len(codes)*bits+7)/8]
	if bits == 8 {
		copy(codes, src)
		return
	}
	mask := uint32(1)<<bits - 1
	var stream uint32
	filled := 0
	for i := range codes {
		if filled < bits {
			stream |= uint32(src[0]) << filled
			src = src[1:]
			filled += 8
		}
		codes[i] = uint8(stream & mask)
		stream >>= bits
		filled -= bits
	}
}
