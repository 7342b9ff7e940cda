package model

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/mmtui/mmtui/core/int2file"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/int2"
)

// own finds the tensors of files that `mmtui quantize` wrote. Their logical
// name and shape are the original's; their values are float32, whatever the
// original was. The figures recorded in the file come along.
func (g *grouping) own() error {
	seen := map[*safetensors.File]bool{}
	for _, s := range g.all {
		if seen[s.File] || !int2file.Is(s.File.Metadata) {
			continue
		}
		seen[s.File] = true
		list, err := int2file.List(s.File)
		if err != nil {
			return err
		}
		for _, t := range list {
			if err := g.addOwn(s.File, t); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *grouping) addOwn(f *safetensors.File, t int2file.Tensor) error {
	p := packing{
		name: t.Name, dtype: safetensors.F32, shape: t.Meta.Shape, decode: &ownTensor{f, t},
		stored: report.Stored{
			Bits: report.Number(t.Scheme.Bits), Group: t.Scheme.Group, Symmetric: t.Scheme.Grid == int2.Half,
			Detail: fmt.Sprintf("%s, %s", t.Scheme.Grid, t.Scheme.Solver),
		},
	}
	for _, info := range t.Parts {
		p.parts = append(p.parts, stored{Info: info, File: f})
	}
	made := g.add(methodOwn, p)
	made.Transposed = t.Meta.Transposed
	if rows, cols, ok, _ := made.Matrix(); !ok || rows != t.Rows || cols != t.Cols {
		return damaged(p.parts[0], "the matrix view of %v is [%d, %d], but [%d, %d] is stored", t.Meta.Shape, rows, cols, t.Rows, t.Cols)
	}
	if null(t.Meta.Measured) {
		return nil
	}
	rec := unrecorded()
	if err := json.Unmarshal(t.Meta.Measured, rec); err != nil {
		return damaged(p.parts[0], "its recorded figures are not as docs/format.md has them: %v", err)
	}
	if n := len(rec.CodeOccupancy); n > 1<<t.Scheme.Bits {
		return damaged(p.parts[0], "its recorded figures are of %d codes, but %d bits have %d", n, t.Scheme.Bits, 1<<t.Scheme.Bits)
	}
	// These words reach terminals, and the file is anybody's.
	rec.SolverUsed = safetensors.Printable(rec.SolverUsed)
	if rec.Cause != nil {
		*rec.Cause = safetensors.Printable(*rec.Cause)
	}
	made.Recorded = rec
	return nil
}

// unrecorded has no figures, so that one that a file leaves out is missing, not 0.
func unrecorded() *report.Tensor {
	na := report.NA()
	return &report.Tensor{
		BitsPerWeight: na, SQNRdB: na, RelativeRMSE: na, Cosine: na, MaxAbsError: na, BelowIdealDB: na, ClippedRatio: na,
		CodeEntropyBits: na, Kurtosis: na, ScaleSpread: na, SignalEnergy: na, ErrorEnergy: na,
	}
}

// ownTensor decodes one tensor; the whole of it is read on opening, packed.
type ownTensor struct {
	file   *safetensors.File
	tensor int2file.Tensor
}

func (o *ownTensor) scheme() string { return "mmtui " + o.tensor.Scheme.String() }

func (o *ownTensor) load(ctx context.Context) (rowDecoder, error) {
	p, err := o.tensor.Decode(ctx, o.file)
	if err != nil {
		return nil, err
	}
	return packedRows{p}, nil
}

type packedRows struct{ *int2.Packed }

func (p packedRows) decodeRows(ctx context.Context, lo, hi int, dst []float32) error {
	return p.ReadRows(ctx, lo, hi, dst)
}

// Packed reads a tensor of a file that `mmtui quantize` wrote as the codes and
// scales that it is made of; for any other it is an error.
func (t *Tensor) Packed(ctx context.Context) (*int2.Packed, error) {
	o, ok := t.decoder.(*ownTensor)
	if !ok {
		return nil, fmt.Errorf("tensor %s is not in mmtui's own format", safetensors.Printable(t.Name))
	}
	return o.tensor.Decode(ctx, o.file)
}
