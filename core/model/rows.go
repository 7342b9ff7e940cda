package model

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/int2"
)

// Rows reads the values of a tensor as a matrix [rows, cols] in float32: the
// view of Tensor.Matrix. Concurrent reads are allowed.
type Rows interface {
	int2.RowReader
	Close() error
}

// Rows opens the matrix view for reading. Plain tensors stream from the file; a
// transposed one keeps its stored bytes in memory up to 256 MiB. A packed one
// keeps its scales and zero points, and for GPTQ, AWQ and HQQ, whose rows are
// scattered over the file, the packed codes; values are computed as they are read.
//
// A file that changed since it was opened gives a *safetensors.ChangedError.
func (t *Tensor) Rows(ctx context.Context) (Rows, error) {
	rows, cols, ok, reason := t.Matrix()
	if !ok {
		return nil, fmt.Errorf("tensor %s has no matrix view: %s", safetensors.Printable(t.Name), reason)
	}
	d, err := t.open(ctx, rows, cols)
	if err != nil {
		return nil, err
	}
	return &matrix{rows: rows, cols: cols, decode: d}, nil
}

func (t *Tensor) open(ctx context.Context, rows, cols int) (rowDecoder, error) {
	switch {
	case t.decoder != nil:
		return t.decoder.load(ctx)
	case t.Transposed:
		return newTransposed(ctx, t.parts[0], rows, cols)
	}
	return plainRows{t.parts[0], cols}, nil
}

// matrix checks the ranges that callers ask for.
type matrix struct {
	rows, cols int
	decode     rowDecoder
	closed     atomic.Bool
}

func (m *matrix) Dims() (rows, cols int) { return m.rows, m.cols }

func (m *matrix) ReadRows(ctx context.Context, lo, hi int, dst []float32) error {
	if lo < 0 || hi < lo || hi > m.rows {
		return fmt.Errorf("rows %d to %d of a matrix of %d", lo, hi, m.rows)
	}
	if len(dst) != (hi-lo)*m.cols {
		return fmt.Errorf("room for %d values, %d rows of %d were asked for", len(dst), hi-lo, m.cols)
	}
	if m.closed.Load() {
		return fmt.Errorf("rows are closed")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return m.decode.decodeRows(ctx, lo, hi, dst)
}

func (m *matrix) Close() error {
	m.closed.Store(true)
	return nil
}

// plainRows are contiguous in the file.
type plainRows struct {
	from stored
	cols int
}

func (p plainRows) decodeRows(ctx context.Context, lo, _ int, dst []float32) error {
	return p.from.File.ReadValues(ctx, p.from.Info, int64(lo)*int64(p.cols), dst)
}

// transposedKeep is the largest tensor, in stored bytes, that a transposed
// view keeps in memory: its rows are columns on disk.
const transposedKeep = 256 << 20

// transposedRows are the columns of a stored [cols, rows] matrix.
type transposedRows struct {
	from       stored
	rows, cols int
	data       []byte // as stored, nil when that is too much
}

func newTransposed(ctx context.Context, s stored, rows, cols int) (rowDecoder, error) {
	t := transposedRows{from: s, rows: rows, cols: cols}
	if s.Size() <= transposedKeep && s.DType.Bits()%8 == 0 {
		var err error
		if t.data, err = loadBytes(ctx, s); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t transposedRows) decodeRows(ctx context.Context, lo, hi int, dst []float32) error {
	strip := make([]float32, hi-lo)
	width := t.from.DType.Bits() / 8
	for c := range t.cols {
		var err error
		first := c*t.rows + lo
		if t.data != nil {
			err = safetensors.Decode(t.from.DType, t.data[first*width:(first+hi-lo)*width], strip)
		} else {
			err = t.from.File.ReadValues(ctx, t.from.Info, int64(first), strip)
		}
		if err != nil {
			return err
		}
		for r, v := range strip {
			dst[r*t.cols+c] = v
		}
	}
	return nil
}

// Values fills dst with elements first, first+1, … in the row-major order of
// Shape. A packed tensor is opened anew by every call: walk it with Rows.
func (t *Tensor) Values(ctx context.Context, first int64, dst []float32) error {
	if first < 0 || int64(len(dst)) > t.Parameters-first {
		return fmt.Errorf("values %d to %d of tensor %s, which has %d",
			first, first+int64(len(dst)), safetensors.Printable(t.Name), t.Parameters)
	}
	if t.decoder == nil {
		return t.parts[0].File.ReadValues(ctx, t.parts[0].Info, first, dst)
	}
	rows, err := t.Rows(ctx)
	if err != nil {
		return err
	}
	defer rows.Close()
	if t.Transposed {
		return transposedValues(ctx, rows, first, dst)
	}
	return flatValues(ctx, rows, first, dst)
}

// flatValues copies a run of values out of whole rows.
func flatValues(ctx context.Context, m Rows, first int64, dst []float32) error {
	_, cols := m.Dims()
	row := make([]float32, cols)
	for len(dst) > 0 {
		r, skip := int(first/int64(cols)), int(first%int64(cols))
		if err := m.ReadRows(ctx, r, r+1, row); err != nil {
			return err
		}
		n := copy(dst, row[skip:])
		dst, first = dst[n:], first+int64(n)
	}
	return nil
}

// transposedValues reads logical [cols, rows] order from a [rows, cols] view.
func transposedValues(ctx context.Context, m Rows, first int64, dst []float32) error {
	rows, cols := m.Dims()
	row := make([]float32, cols)
	for r := range rows {
		if err := m.ReadRows(ctx, r, r+1, row); err != nil {
			return err
		}
		// The elements of column r of the logical matrix that lie in the run.
		at := int64(r)
		if at < first {
			at += (first - at + int64(rows) - 1) / int64(rows) * int64(rows)
		}
		for ; at < first+int64(len(dst)); at += int64(rows) {
			dst[at-first] = row[at/int64(rows)]
		}
	}
	return nil
}

// CopyTo writes the stored bytes of a plain tensor, in bounded memory.
func (t *Tensor) CopyTo(ctx context.Context, w io.Writer) error {
	if t.decoder != nil {
		return fmt.Errorf("tensor %s is packed: its stored bytes are in %d parts", safetensors.Printable(t.Name), len(t.parts))
	}
	return t.copyPart(ctx, w, t.parts[0])
}

func (t *Tensor) copyPart(ctx context.Context, w io.Writer, s stored) error {
	const block = 1 << 20
	buf := make([]byte, min(block, s.Size()))
	for off := int64(0); off < s.Size(); off += int64(len(buf)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		buf = buf[:min(int64(len(buf)), s.Size()-off)]
		if err := s.File.ReadBytes(s.Info, off, buf); err != nil {
			return err
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
	return nil
}

// CopyEntries gives the tensor's stored parts for a writer, byte for byte.
func (t *Tensor) CopyEntries() []safetensors.Entry {
	entries := make([]safetensors.Entry, len(t.parts))
	for i, s := range t.parts {
		entries[i] = safetensors.CopyEntry(s.File, s.Info)
	}
	return entries
}
