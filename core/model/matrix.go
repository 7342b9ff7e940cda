package model

import (
	"fmt"

	"github.com/mmtui/mmtui/core/safetensors"
)

// positionTableCols is the shortest last dimension that makes a tensor of rank
// 3 a stack of rows (position tables, fused experts) and not a 1-D convolution,
// whose kernel is shorter.
const positionTableCols = 32

// Matrix is the view in which a tensor is quantized, [rows, cols] with one
// output channel a row:
//
//   - rank 2: [out, in]; for a transposed one (Conv1D) the dimensions swapped
//   - rank 3 with a last dimension of 32 or more: [d0·d1, d2]
//   - rank 3 and more otherwise: [out, in·kernel]
//
// A tensor that has no such view gives ok = false and the reason.
func (t *Tensor) Matrix() (rows, cols int, ok bool, reason string) {
	rank := len(t.Shape)
	if rank < 2 {
		return 0, 0, false, fmt.Sprintf("rank %d: not a matrix", rank)
	}
	for _, d := range t.Shape {
		if d == 0 {
			return 0, 0, false, "empty"
		}
	}
	// The product fits: the tensor's size in bytes was checked against the file's.
	switch {
	case rank == 2:
		rows, cols = t.Shape[0], t.Shape[1]
		if t.Transposed {
			rows, cols = cols, rows
		}
	case rank == 3 && t.Shape[2] >= positionTableCols:
		rows, cols = t.Shape[0]*t.Shape[1], t.Shape[2]
	default:
		rows, cols = t.Shape[0], 1
		for _, d := range t.Shape[1:] {
			cols *= d
		}
	}
	return rows, cols, true, ""
}

// IsFloat says whether the values are floating-point numbers, as a network's
// weights are; masks, counters and token ids are not.
func (t *Tensor) IsFloat() bool { return safetensors.DType(t.DType).IsFloat() }

// Readable says whether values can be read as float32; C64 and 6-bit floats cannot.
func (t *Tensor) Readable() bool { return safetensors.DType(t.DType).Readable() }
