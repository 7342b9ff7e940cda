package export

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/mmtui/mmtui/core/int2file"
	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
)

// Quantize writes our number format: packed tensors where the plan quantizes,
// byte for byte copies elsewhere, scheme and measured figures in the metadata.
// The packed tensors are held until they are written.
func Quantize(ctx context.Context, m *model.Model, p plan.Plan, out string, opt Options) (Result, error) {
	if err := protect(m, out); err != nil {
		return Result{}, err
	}
	const steps = 2
	rep, packed, err := scanned(ctx, m, p, opt, steps)
	if err != nil {
		return Result{}, err
	}
	metadata := metadataOf(m, packedByUs(m))
	metadata[int2file.FormatKey] = int2file.Format
	metadata["tool"] = opt.tool()
	entries := []safetensors.Entry{}
	quantized := 0
	for i := range rep.Tensors {
		if rep.Tensors[i].Scheme != nil {
			quantized++
		}
	}
	done, foreign := 0, 0
	for i, t := range m.Tensors {
		row := &rep.Tensors[i]
		if row.Scheme == nil {
			if t.Stored != nil && t.Stored.Method != "mmtui" {
				foreign++
			}
			entries = append(entries, t.CopyEntries()...)
			continue
		}
		opt.progress(quantized+done, steps*quantized, t.Name)
		done++
		matrix, err := packed.take(ctx, t, *row.Scheme, opt)
		if err != nil {
			return Result{}, err
		}
		measured, err := json.Marshal(row)
		if err != nil {
			return Result{}, fmt.Errorf("tensor %s: %w", report.Printable(t.Name), err)
		}
		key, value, err := int2file.Metadata(t.Name, matrix.Scheme, int2file.Meta{
			Shape: t.Shape, DType: safetensors.DType(t.DType), Transposed: t.Transposed, Measured: measured,
		})
		if err != nil {
			return Result{}, err
		}
		metadata[key] = value
		entries = append(entries, int2file.Entries(t.Name, matrix)...)
	}
	if err := safetensors.Write(ctx, out, entries, metadata); err != nil {
		return Result{}, err
	}
	res := Result{Report: rep, Files: []string{out}, Notes: requantized(rep)}
	if foreign > 0 {
		res.Notes = append(res.Notes, fmt.Sprintf("%s stay as %s packed them: to read them, put the source's config.json beside the file", tensors(foreign), m.Quantization))
	}
	return res, nil
}

// requantized says what the figures of tensors that were quantized before are
// measured against.
func requantized(rep report.Model) []string {
	n := 0
	for i := range rep.Tensors {
		if t := &rep.Tensors[i]; t.Scheme != nil && t.Stored != nil {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s quantized before: the figures are measured against the values stored in the source, not against a float original (diff with that tells)", tensors(n))}
}
