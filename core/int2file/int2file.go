// Package int2file puts the INT2 number format of docs/format.md into a
// safetensors file and takes it out again.
//
// A quantized tensor NAME is stored as
//
//	NAME.codes        U8  [rows, ⌈cols·bits/8⌉]  bit stream, low bits first
//	NAME.multipliers  U8  [rows, groups]
//	NAME.offsets      I16 [rows, groups]         affine only
//	NAME.row_scale    F32 [rows]
//	NAME.col          F32 [cols]                 only where the solver scales input channels
//
// and described by the metadata entry NAME.int2, a JSON object: scheme, shape
// and dtype of the original, transposed, and the figures measured when it was
// written. The metadata entry format is "mmtui-int2-1". Other tensors of the
// file are as in any other.
package int2file

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"

	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/int2"
)

const (
	// FormatKey is the metadata key that says what a file is, Format its value.
	FormatKey, Format = "format", "mmtui-int2-1"
	// family is how the values of all versions of the format begin.
	family = "mmtui-int2-"
	// descriptionSuffix makes the metadata key of a tensor.
	descriptionSuffix = ".int2"
)

// The parts of a tensor, as suffixes of its name.
const (
	codesPart   = ".codes"
	multPart    = ".multipliers"
	offsetsPart = ".offsets"
	scalePart   = ".row_scale"
	colPart     = ".col"
)

// Meta describes the original of a quantized tensor.
type Meta struct {
	Shape      []int             // of the original
	DType      safetensors.DType // of the original
	Transposed bool              // the original is stored [in, out]: the matrix is its transpose
	Measured   json.RawMessage   // figures of the writer, a JSON object, or nil
}

// description is the JSON of a metadata entry.
type description struct {
	Scheme     int2.Scheme       `json:"scheme"`
	Shape      []int             `json:"shape"`
	DType      safetensors.DType `json:"dtype"`
	Transposed bool              `json:"transposed,omitempty"`
	Measured   json.RawMessage   `json:"measured,omitempty"`
}

// Metadata is the entry that describes a tensor: key and value. The file's own
// entry, FormatKey: Format, is the caller's to add.
func Metadata(name string, s int2.Scheme, meta Meta) (key, value string, err error) {
	b, err := json.Marshal(description{Scheme: s, Shape: meta.Shape, DType: meta.DType, Transposed: meta.Transposed, Measured: meta.Measured})
	if err != nil {
		return "", "", fmt.Errorf("tensor %s: %w", safetensors.Printable(name), err)
	}
	return name + descriptionSuffix, string(b), nil
}

// Entries are the parts of a tensor for safetensors.Write.
func Entries(name string, p *int2.Packed) []safetensors.Entry {
	groups := p.Scheme.Groups(p.Cols)
	entries := []safetensors.Entry{
		safetensors.BytesEntry(name+codesPart, safetensors.U8, []int{p.Rows, p.Scheme.RowBytes(p.Cols)}, p.Codes),
		safetensors.BytesEntry(name+multPart, safetensors.U8, []int{p.Rows, groups}, p.Mult),
		safetensors.BytesEntry(name+scalePart, safetensors.F32, []int{p.Rows}, floatBytes(p.RowScale)),
	}
	if p.Offset != nil {
		b := make([]byte, 0, 2*len(p.Offset))
		for _, v := range p.Offset {
			b = binary.LittleEndian.AppendUint16(b, uint16(v))
		}
		entries = append(entries, safetensors.BytesEntry(name+offsetsPart, safetensors.I16, []int{p.Rows, groups}, b))
	}
	if p.Col != nil {
		entries = append(entries, safetensors.BytesEntry(name+colPart, safetensors.F32, []int{p.Cols}, floatBytes(p.Col)))
	}
	return entries
}

func floatBytes(v []float32) []byte {
	b := make([]byte, 0, 4*len(v))
	for _, f := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
	}
	return b
}
