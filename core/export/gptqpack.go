package export

import (
	"encoding/binary"
	"math"

	"github.com/mmtui/mmtui/core/safetensors"
)

// gptqTarget is what GPTQ checkpoints take.
func gptqTarget() target {
	return target{
		method: "gptq", widths: []int{2, 3, 4, 8},
		packsZero: func(shape) bool { return true },
	}
}

// gptqEntries are the tensors of one linear layer:
// qweight I32 [in·b/32, out], qzeros I32 [groups, out·b/32], scales F16 [groups, out], g_idx I32 [in].
// Codes run along the input, low bits first, across words at 3 bits.
func gptqEntries(module string, l *packedLevels, v2 bool) []safetensors.Entry {
	minus := 1
	if v2 {
		minus = 0
	}
	in, out, groups, b := l.cols, l.rows, l.groups, l.bits
	zeroWords := make([]byte, groups*out*b/8)
	for g := range groups {
		row := zeroWords[g*out*b/8:]
		for o := range out {
			putBits(row, o*b, b, uint32(int(l.zeros[o*groups+g])-minus))
		}
	}
	scales := make([]byte, 2*groups*out)
	for g := range groups {
		for o := range out {
			binary.LittleEndian.PutUint16(scales[2*(g*out+o):], safetensors.F32ToF16(l.scales[o*groups+g]))
		}
	}
	index := make([]byte, 4*in)
	for i := range in {
		binary.LittleEndian.PutUint32(index[4*i:], uint32(i/l.group))
	}
	return []safetensors.Entry{
		safetensors.BytesEntry(module+".qweight", safetensors.I32, []int{in * b / 32, out}, l.words),
		safetensors.BytesEntry(module+".qzeros", safetensors.I32, []int{groups, out * b / 32}, zeroWords),
		safetensors.BytesEntry(module+".scales", safetensors.F16, []int{groups, out}, scales),
		safetensors.BytesEntry(module+".g_idx", safetensors.I32, []int{in}, index),
	}
}

// packedLevels are levels whose codes are packed in 32-bit words.
type packedLevels struct {
	rows, cols, bits, group, groups int
	symmetric                       bool
	words                           []byte
	zeros                           []uint8
	scales                          []float32
}

func (l *levels) packed(words []byte) *packedLevels {
	return &packedLevels{
		rows: l.rows, cols: l.cols, bits: l.bits, group: l.group, groups: l.groups(),
		symmetric: l.symmetric, words: words, zeros: l.zeros, scales: l.scales,
	}
}

// packGPTQ packs codes down the input: word [i·b/32, o].
func packGPTQ(l *levels) *packedLevels {
	words := make([]byte, l.rows*l.cols*l.bits/8)
	column := make([]byte, l.cols*l.bits/8)
	for o := range l.rows {
		clear(column)
		for i, c := range l.codes[o*l.cols : (o+1)*l.cols] {
			putBits(column, i*l.bits, l.bits, uint32(c))
		}
		for k := 0; k < len(column); k += 4 {
			copy(words[(k/4*l.rows+o)*4:], column[k:k+4])
		}
	}
	return l.packed(words)
}

// putBits ors the low n ≤ 8 bits of v into dst from bit at on; the bits must be clear before.
func putBits(dst []byte, at, n int, v uint32) {
	v &= 1<<n - 1
	v <<= at % 8
	dst[at/8] |= byte(v)
	if at%8+n > 8 {
		dst[at/8+1] |= byte(v >> 8)
	}
}

// encodeScales writes scales as d, F16, BF16 or F32.
func encodeScales(scales []float32, d safetensors.DType) []byte {
	out := make([]byte, 0, len(scales)*d.Bits()/8)
	for _, s := range scales {
		switch d {
		case safetensors.F16:
			out = binary.LittleEndian.AppendUint16(out, safetensors.F32ToF16(s))
		case safetensors.BF16:
			out = binary.LittleEndian.AppendUint16(out, safetensors.F32ToBF16(s))
		default:
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(s))
		}
	}
	return out
}
