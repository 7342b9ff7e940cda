package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/int2"
)

// Dequantized writes float tensors after a round trip through the number
// format, under the names, shapes and dtypes of the source, so that any tool
// loads the file in place of the original. Tensors that the plan leaves alone
// are copied; those that another tool had quantized become plain floats.
//
// An out that ends in .safetensors, or a source that is one file, gives a
// file. Otherwise out is a folder with the source's configuration and tokenizer.
//
// Values are rounded once more to the source's dtype: nothing is lost in F32,
// half a unit in the last place in F16 and BF16.
func Dequantized(ctx context.Context, m *model.Model, p plan.Plan, out string, opt Options) (Result, error) {
	if err := protect(m, out); err != nil {
		return Result{}, err
	}
	const steps = 2
	rep, packed, err := scanned(ctx, m, p, opt, steps)
	if err != nil {
		return Result{}, err
	}
	res := Result{Report: rep, Notes: requantized(rep)}
	todo := 0
	for i := range rep.Tensors {
		if rep.Tensors[i].Scheme != nil {
			todo++
		}
	}
	done := 0
	entries := []safetensors.Entry{}
	for i, t := range m.Tensors {
		row := &rep.Tensors[i]
		d := floatType(t)
		if row.Scheme == nil && t.Stored == nil {
			entries = append(entries, t.CopyEntries()...)
			continue
		}
		if string(d) != t.DType {
			res.Notes = append(res.Notes, fmt.Sprintf("tensor %s is written in %s: values after the round trip do not fit %s",
				report.Printable(t.Name), d, t.DType))
		}
		entries = append(entries, safetensors.Entry{Name: t.Name, DType: d, Shape: t.Shape,
			Write: func(ctx context.Context, w io.Writer) error {
				if row.Scheme == nil {
					return writeStored(ctx, t, d, w)
				}
				opt.progress(todo+done, steps*todo, t.Name)
				done++
				matrix, err := packed.take(ctx, t, *row.Scheme, opt)
				if err != nil {
					return err
				}
				return writeFloats(ctx, matrix, t.Transposed, d, w)
			}})
	}
	return res, place(ctx, m, out, entries, opt, &res)
}

// place writes the entries as a file, or as a folder with its companions.
func place(ctx context.Context, m *model.Model, out string, entries []safetensors.Entry, opt Options, res *Result) error {
	metadata := metadataOf(m, func(string) bool { return false })
	if metadata["format"] == "" {
		metadata["format"] = "pt" // what transformers asks for before it loads a file
	}
	if strings.HasSuffix(out, ".safetensors") || isFile(m.Path) {
		res.Files = []string{out}
		return safetensors.Write(ctx, out, entries, metadata)
	}
	f, err := newFolder(out, opt.Replace)
	if err != nil {
		return err
	}
	defer f.discard()
	config, err := sourceConfig(m)
	if err != nil {
		return err
	}
	config.remove("quantization_config") // the weights are plain floats now
	if err := f.fill(ctx, m, entries, metadata, map[string]any{"config.json": config}); err != nil {
		return err
	}
	res.Files, err = f.publish()
	return err
}

// isFile says whether a model was named by its one weight file.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && strings.HasSuffix(path, ".safetensors")
}

// floatType is the dtype that the values of a tensor are written in.
func floatType(t *model.Tensor) safetensors.DType {
	switch d := safetensors.DType(t.DType); d {
	case safetensors.F64, safetensors.F32, safetensors.F16, safetensors.BF16:
		return d
	}
	return safetensors.BF16
}

// blockValues bounds the values that are converted at a time.
const blockValues = 1 << 18

// writeFloats writes a matrix as d in the order of the tensor, which is that of
// the matrix, or, when transposed, column by column.
func writeFloats(ctx context.Context, m int2.RowReader, transposed bool, d safetensors.DType, w io.Writer) error {
	if transposed {
		return writeColumns(ctx, m, d, w)
	}
	rows, cols := m.Dims()
	block := max(1, blockValues/max(cols, 1))
	values := make([]float32, min(block, rows)*cols)
	data := make([]byte, len(values)*d.Bits()/8)
	for lo := 0; lo < rows; lo += block {
		hi := min(lo+block, rows)
		part, bytes := values[:(hi-lo)*cols], data[:(hi-lo)*cols*d.Bits()/8]
		if err := m.ReadRows(ctx, lo, hi, part); err != nil {
			return err
		}
		saturate(d, part)
		if err := safetensors.Encode(d, part, bytes); err != nil {
			return err
		}
		if _, err := w.Write(bytes); err != nil {
			return err
		}
	}
	return nil
}

// saturate brings finite values that d can only write as an infinity to the
// largest that it has: a level may lie beyond every weight of its group.
func saturate(d safetensors.DType, values []float32) {
	var most float32
	switch d {
	case safetensors.F16:
		most = maxF16
	case safetensors.BF16:
		most = maxBF16
	default:
		return
	}
	for i, v := range values {
		if v > most && v <= math.MaxFloat32 || v < -most && v >= -math.MaxFloat32 {
			values[i] = float32(math.Copysign(float64(most), float64(v)))
		}
	}
}

// writeColumns holds the encoded matrix: every row touches every stored row.
func writeColumns(ctx context.Context, m int2.RowReader, d safetensors.DType, w io.Writer) error {
	rows, cols := m.Dims()
	size := d.Bits() / 8
	all := make([]byte, rows*cols*size)
	row := make([]float32, cols)
	data := make([]byte, cols*size)
	for r := range rows {
		if err := m.ReadRows(ctx, r, r+1, row); err != nil {
			return err
		}
		saturate(d, row)
		if err := safetensors.Encode(d, row, data); err != nil {
			return err
		}
		for c := range cols {
			copy(all[(c*rows+r)*size:], data[c*size:(c+1)*size])
		}
	}
	_, err := w.Write(all)
	return err
}

// writeStored writes the values of a tensor that another tool had quantized.
func writeStored(ctx context.Context, t *model.Tensor, d safetensors.DType, w io.Writer) (err error) {
	rows, err := t.Rows(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	return writeFloats(ctx, rows, t.Transposed, d, w)
}

// fill writes weights, configurations and companions into the folder.
func (f *folder) fill(ctx context.Context, m *model.Model, entries []safetensors.Entry, metadata map[string]string, configs map[string]any) error {
	if err := safetensors.Write(ctx, f.path("model.safetensors"), entries, metadata); err != nil {
		return f.reword(err)
	}
	if err := copyCompanions(m, f.temp); err != nil {
		return err
	}
	for name, config := range configs {
		text, err := indented(config)
		if err != nil {
			return err
		}
		if err := writeFile(f.path(name), text); err != nil {
			return f.reword(err)
		}
	}
	return ctx.Err()
}

// reword names the place that the user gave and not the temporary one.
func (f *folder) reword(err error) error {
	var e *safetensors.Error
	if errors.As(err, &e) && strings.HasPrefix(e.Path, f.temp) {
		e.Path = filepath.Join(f.out, strings.TrimPrefix(e.Path, f.temp))
		return e
	}
	return err
}
