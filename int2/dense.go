package int2

import (
	"context"
	"fmt"
	"math"
)

// Dense is a matrix in memory, row-major. It is a RowReader.
type Dense struct {
	Rows, Cols int
	Data       []float32 // Rows·Cols
}

// Dims returns rows and columns.
func (d *Dense) Dims() (rows, cols int) { return d.Rows, d.Cols }

// ReadRows copies rows lo up to hi to dst.
func (d *Dense) ReadRows(ctx context.Context, lo, hi int, dst []float32) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if lo < 0 || hi < lo || hi > d.Rows {
		return fmt.Errorf("rows %d to %d of a matrix with %d", lo, hi, d.Rows)
	}
	copy(dst, d.Data[lo*d.Cols:hi*d.Cols])
	return nil
}

func (d *Dense) check() error {
	if err := checkDims(d.Rows, d.Cols); err != nil {
		return err
	}
	if len(d.Data) != d.Rows*d.Cols {
		return fmt.Errorf("a matrix of %d×%d has %d values, not %d", d.Rows, d.Cols, d.Rows*d.Cols, len(d.Data))
	}
	return nil
}

// checkDims refuses dimensions whose sizes in bytes could overflow.
func checkDims(rows, cols int) error {
	const most = math.MaxInt >> 4 // values, at up to 16 bytes each
	if rows < 0 || cols < 0 || cols > 0 && rows > most/cols {
		return fmt.Errorf("a matrix of %d×%d is out of range", rows, cols)
	}
	return nil
}

// load reads a whole matrix into memory, a block of rows at a time.
func load(ctx context.Context, w RowReader) (*Dense, error) {
	if d, ok := w.(*Dense); ok {
		return d, d.check()
	}
	rows, cols := w.Dims()
	d := &Dense{Rows: rows, Cols: cols, Data: make([]float32, rows*cols)}
	step := blockRows(cols)
	for lo := 0; lo < rows; lo += step {
		hi := min(lo+step, rows)
		if err := readRows(ctx, w, lo, hi, d.Data[lo*cols:hi*cols]); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// readRows reads rows and names them in an error.
func readRows(ctx context.Context, w RowReader, lo, hi int, dst []float32) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := w.ReadRows(ctx, lo, hi, dst); err != nil {
		return fmt.Errorf("rows %d to %d: %w", lo, hi-1, err)
	}
	return nil
}
