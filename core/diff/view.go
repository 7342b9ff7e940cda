package diff

import (
	"context"
	"fmt"
	"slices"

	"github.com/mmtui/mmtui/core/model"
)

// view is how a tensor is read for a comparison.
type view struct {
	tensor *model.Tensor
	matrix bool // Tensor.Rows; else the values in the order of the shape
	rows   int  // of the order of the shape
	cols   int
}

// views chooses how two tensors are laid side by side: in the matrix view that
// the scan measures, so that its figures come out, or in the order of their
// shape where there is none. ok is false when their shapes do not fit.
func views(a, b *model.Tensor) (va, vb view, ok bool) {
	rowsA, colsA, matrixA, _ := a.Matrix()
	rowsB, colsB, matrixB, _ := b.Matrix()
	sameShape := slices.Equal(a.Shape, b.Shape)
	fits := matrixA && matrixB && rowsA == rowsB && colsA == colsB
	if a.Transposed != b.Transposed {
		// A packed linear is [out, in] whatever the original is; of two plain
		// tensors of one shape, one of which lacks the configuration that
		// tells, the order of the values is the same.
		fits = fits && (!sameShape || a.Stored != nil || b.Stored != nil)
	} else {
		fits = fits && sameShape
	}
	if fits {
		return view{tensor: a, matrix: true}, view{tensor: b, matrix: true}, true
	}
	if !sameShape {
		return view{}, view{}, false
	}
	rows, cols := 1, int(a.Parameters)
	if len(a.Shape) > 1 && a.Parameters > 0 {
		rows, cols = a.Shape[0], int(a.Parameters)/a.Shape[0]
	}
	return view{tensor: a, rows: rows, cols: cols}, view{tensor: b, rows: rows, cols: cols}, true
}

func (v view) open(ctx context.Context) (model.Rows, error) {
	if v.matrix {
		return v.tensor.Rows(ctx)
	}
	if !readable(v.tensor) {
		return nil, fmt.Errorf("values of %s cannot be read", v.tensor.DType)
	}
	return flat{v}, nil
}

// flat reads values in the order of the shape.
type flat struct{ view }

func (f flat) Dims() (rows, cols int) { return f.rows, f.cols }

func (f flat) ReadRows(ctx context.Context, lo, hi int, dst []float32) error {
	if lo < 0 || hi < lo || hi > f.rows || len(dst) != (hi-lo)*f.cols {
		return fmt.Errorf("rows %d to %d of %d", lo, hi, f.rows)
	}
	return f.tensor.Values(ctx, int64(lo)*int64(f.cols), dst)
}

func (f flat) Close() error { return nil }
