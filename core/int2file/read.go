package int2file

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/int2"
)

// Tensor is a quantized tensor of a file, checked as far as the header goes.
type Tensor struct {
	Name       string
	Meta       Meta
	Scheme     int2.Scheme
	Rows, Cols int
	Parts      []safetensors.Info // in the order of the file

	codes, mult, offsets, scale, col safetensors.Info
	hasCol                           bool
}

// Is says whether metadata are those of a file in this format, of any version.
func Is(metadata map[string]string) bool { return strings.HasPrefix(metadata[FormatKey], family) }

// List reads the descriptions of all quantized tensors of a file, in file
// order, and checks their parts against them. A file in another format has
// none. Errors name the file, the tensor and what is wrong.
func List(f *safetensors.File) ([]Tensor, error) {
	if !Is(f.Metadata) {
		return nil, nil
	}
	if v := f.Metadata[FormatKey]; v != Format {
		return nil, &safetensors.Error{
			Path: f.Path, What: fmt.Sprintf("format %q; this version reads %q", safetensors.Printable(v), Format),
			Do: "use a newer mmtui", Err: safetensors.ErrInvalid,
		}
	}
	var out []Tensor
	for key, value := range f.Metadata {
		name, ok := strings.CutSuffix(key, descriptionSuffix)
		if !ok {
			continue
		}
		t, err := read(f, name, value)
		if err != nil {
			return nil, failure(f, name, err)
		}
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b Tensor) int { return cmp.Compare(a.Parts[0].Begin, b.Parts[0].Begin) })
	return out, nil
}

// failure is an error of a tensor, with its file and what to do.
func failure(f *safetensors.File, name string, err error) error {
	return &safetensors.Error{
		Path: f.Path, What: "tensor " + safetensors.Printable(name) + ": " + err.Error(),
		Do: "the file is damaged: write it again with mmtui quantize", Err: safetensors.ErrInvalid,
	}
}

// read checks one description against the parts.
func read(f *safetensors.File, name, text string) (Tensor, error) {
	var d description
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return Tensor{}, fmt.Errorf("its description in the metadata is not as docs/format.md has it: %w", err)
	}
	if err := d.Scheme.Validate(); err != nil {
		return Tensor{}, err
	}
	if !d.DType.IsFloat() {
		return Tensor{}, fmt.Errorf("its description says dtype %q, which is no floating-point type", safetensors.Printable(string(d.DType)))
	}
	t := Tensor{Name: name, Scheme: d.Scheme, Meta: Meta{Shape: d.Shape, DType: d.DType, Transposed: d.Transposed, Measured: d.Measured}}
	for _, p := range []struct {
		suffix string
		into   *safetensors.Info
		always bool
	}{{codesPart, &t.codes, true}, {multPart, &t.mult, true}, {scalePart, &t.scale, true}, {offsetsPart, &t.offsets, d.Scheme.Grid == int2.Affine}, {colPart, &t.col, false}} {
		info, ok := f.Lookup(name + p.suffix)
		switch {
		case ok:
			*p.into = info
			t.Parts = append(t.Parts, info)
			t.hasCol = t.hasCol || p.suffix == colPart
		case p.always:
			return Tensor{}, fmt.Errorf("%s is missing", safetensors.Printable(name+p.suffix))
		}
	}
	slices.SortFunc(t.Parts, func(a, b safetensors.Info) int { return cmp.Compare(a.Begin, b.Begin) })
	return t, t.check()
}

// check finds rows and columns and fits the parts to them.
func (t *Tensor) check() error {
	if len(t.scale.Shape) != 1 {
		return fmt.Errorf("%s has shape %v, want [rows]", safetensors.Printable(t.scale.Name), t.scale.Shape)
	}
	t.Rows = t.scale.Shape[0]
	n, ok := elements(t.Meta.Shape)
	if !ok || t.Rows < 1 || n%uint64(t.Rows) != 0 {
		return fmt.Errorf("its shape %v does not fit %d rows", t.Meta.Shape, t.Rows)
	}
	if t.Meta.Transposed && (len(t.Meta.Shape) != 2 || t.Meta.Shape[1] != t.Rows) {
		return fmt.Errorf("its shape %v is not the transpose of a matrix with %d rows", t.Meta.Shape, t.Rows)
	}
	cols := n / uint64(t.Rows)
	if cols > uint64(t.Scheme.MaxCols()) {
		return fmt.Errorf("%d columns are more than %s can have, which is %d", cols, t.Scheme, t.Scheme.MaxCols())
	}
	t.Cols = int(cols)
	groups := t.Scheme.Groups(t.Cols)
	for _, p := range []struct {
		info  safetensors.Info
		dtype safetensors.DType
		shape []int
	}{
		{t.codes, safetensors.U8, []int{t.Rows, t.Scheme.RowBytes(t.Cols)}},
		{t.mult, safetensors.U8, []int{t.Rows, groups}},
		{t.scale, safetensors.F32, []int{t.Rows}},
		{t.offsets, safetensors.I16, []int{t.Rows, groups}},
		{t.col, safetensors.F32, []int{t.Cols}},
	} {
		if p.info.Name != "" && (p.info.DType != p.dtype || !slices.Equal(p.info.Shape, p.shape)) {
			return fmt.Errorf("%s is %s %v, want %s %v for a matrix [%d, %d] under %s",
				safetensors.Printable(p.info.Name), p.info.DType, p.info.Shape, p.dtype, p.shape, t.Rows, t.Cols, t.Scheme)
		}
	}
	if t.offsets.Name != "" && t.Scheme.Grid != int2.Affine {
		return fmt.Errorf("%s is there, but the grid is %s", safetensors.Printable(t.offsets.Name), t.Scheme.Grid)
	}
	return nil
}

// elements is the product of a shape of rank 2 and more, with no dimension 0.
func elements(shape []int) (uint64, bool) {
	if len(shape) < 2 {
		return 0, false
	}
	n := uint64(1)
	for _, d := range shape {
		hi, lo := bits.Mul64(n, uint64(d))
		if d < 1 || hi != 0 || lo > math.MaxInt64 {
			return 0, false
		}
		n = lo
	}
	return n, true
}

// Decode reads the arrays of a tensor and checks every value that a reader
// relies on (int2.Packed.Validate). Memory is the size of the parts.
func (t *Tensor) Decode(ctx context.Context, f *safetensors.File) (*int2.Packed, error) {
	p := &int2.Packed{Rows: t.Rows, Cols: t.Cols, Scheme: t.Scheme}
	var err error
	if p.Codes, err = bytesOf(ctx, f, t.codes); err != nil {
		return nil, err
	}
	if p.Mult, err = bytesOf(ctx, f, t.mult); err != nil {
		return nil, err
	}
	if p.RowScale, err = floatsOf(ctx, f, t.scale); err != nil {
		return nil, err
	}
	if t.hasCol {
		if p.Col, err = floatsOf(ctx, f, t.col); err != nil {
			return nil, err
		}
	}
	if t.Scheme.Grid == int2.Affine {
		b, err := bytesOf(ctx, f, t.offsets)
		if err != nil {
			return nil, err
		}
		p.Offset = make([]int16, len(b)/2)
		for i := range p.Offset {
			p.Offset[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
		}
	}
	if err := p.Validate(); err != nil {
		return nil, failure(f, t.Name, err)
	}
	return p, nil
}

// bytesOf reads a part whose size was checked against the file when it was opened.
func bytesOf(ctx context.Context, f *safetensors.File, info safetensors.Info) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b := make([]byte, info.Size())
	return b, f.ReadBytes(info, 0, b)
}

func floatsOf(ctx context.Context, f *safetensors.File, info safetensors.Info) ([]float32, error) {
	v := make([]float32, info.Parameters())
	return v, f.ReadValues(ctx, info, 0, v)
}
