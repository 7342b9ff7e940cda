package scan

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/mmtui/mmtui/core/model"
)

// open gives the matrix view of a tensor, or, where there is none, its values
// as one row.
func (s *Session) open(ctx context.Context, src *source) (model.Rows, error) {
	if _, _, ok, _ := src.tensor.Matrix(); ok {
		return src.weights.Rows(ctx)
	}
	n := src.tensor.Parameters
	if n == 0 {
		return nil, errors.New("it is empty: there is nothing to show")
	}
	if n > math.MaxInt32 {
		return nil, fmt.Errorf("%d values are too many for one row", n)
	}
	return flatRow{src.weights, int(n)}, nil
}

// flatRow is a tensor as a matrix of one row.
type flatRow struct {
	weights weights
	n       int
}

func (f flatRow) Dims() (rows, cols int) { return 1, f.n }

func (f flatRow) ReadRows(ctx context.Context, lo, hi int, dst []float32) error {
	if lo < 0 || hi > 1 || hi < lo || len(dst) != (hi-lo)*f.n {
		return fmt.Errorf("rows %d to %d of a matrix of one row", lo, hi)
	}
	if lo == hi {
		return nil
	}
	return f.weights.Values(ctx, 0, dst)
}

func (f flatRow) Close() error { return nil }
