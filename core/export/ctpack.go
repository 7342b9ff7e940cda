package export

import (
	"encoding/binary"

	"github.com/mmtui/mmtui/core/safetensors"
)

// compressedTarget is what compressed-tensors' pack-quantized format takes.
// Three bits go into four: how its versions pack 3-bit words differs.
func compressedTarget() target {
	return target{
		method: "compressed-tensors", widths: []int{2, 4, 8},
		packsZero: func(s shape) bool { return !s.symmetric },
	}
}

// compressedEntries are the tensors of one linear layer: weight_packed I32
// [out, in·b/32], weight_scale [out, groups], weight_shape I64 [2], and, when
// zeros differ, weight_zero_point I32 [out·b/32, groups]. A stored field is
// value + 2^(b−1), so codes and zeros go in as they are.
func compressedEntries(module string, l *packedLevels, scaleType safetensors.DType) []safetensors.Entry {
	in, out, groups, b := l.cols, l.rows, l.groups, l.bits
	dims := make([]byte, 16)
	binary.LittleEndian.PutUint64(dims, uint64(out))
	binary.LittleEndian.PutUint64(dims[8:], uint64(in))
	entries := []safetensors.Entry{
		safetensors.BytesEntry(module+".weight_packed", safetensors.I32, []int{out, in * b / 32}, l.words),
		safetensors.BytesEntry(module+".weight_scale", scaleType, []int{out, groups}, encodeScales(l.scales, scaleType)),
		safetensors.BytesEntry(module+".weight_shape", safetensors.I64, []int{2}, dims),
	}
	if l.symmetric {
		return entries
	}
	return append(entries, safetensors.BytesEntry(module+".weight_zero_point", safetensors.I32,
		[]int{out * b / 32, groups}, packZerosDown(l)))
}

// packZerosDown packs zeros along the outputs: word [o·b/32, group].
func packZerosDown(l *packedLevels) []byte {
	perWord := 32 / l.bits
	words := make([]byte, 4*l.rows/perWord*l.groups)
	for o := range l.rows {
		for g := range l.groups {
			word := words[(o/perWord*l.groups+g)*4:]
			putBits(word, o%perWord*l.bits, l.bits, uint32(l.zeros[o*l.groups+g]))
		}
	}
	return words
}

// packCompressed packs codes along the input, row by row.
func packCompressed(l *levels) *packedLevels {
	words := make([]byte, l.rows*l.cols*l.bits/8)
	for i, c := range l.codes {
		putBits(words, i*l.bits, l.bits, uint32(c))
	}
	return l.packed(words)
}
