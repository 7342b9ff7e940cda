package int2

import (
	"context"
	"math"
)

// Settings of SINQ (huawei-csl/SINQ 6930f78, sinq/optimize.py and dual_shift.py,
// method "sinq", one-dimensional tiles as wide as a group).
const (
	sinqKurtosis    = 5    // above it the method is plain round-to-nearest
	sinqLeastVar    = 1e-6 // smallest variance in that kurtosis
	sinqLeastWidth  = 1e-4 // smallest range of a group
	sinqTileWorkers = 4    // tiles are copies of a group's columns; this bounds how many exist at once
)

// solveSINQ is Sinkhorn-normalised quantization as published: every tile of a
// group's columns is normalised on its own, then rounded to nearest with a
// whole, unclamped zero point; the row scale goes into the group's scale and
// the column scale into Col. A matrix of kurtosis above 5 is rounded without
// normalisation, so its Col is all ones.
//
// Beyond the published code, a last tile may be narrower, and a tile of one row
// or one column is not normalised (its standard deviation does not exist).
func solveSINQ(ctx context.Context, m *Dense, f *format, workers int) (*Params, error) {
	p := newParams(m, f)
	p.Col = make([]float32, m.Cols)
	fill(p.Col, 1)
	plain := sinqKurtosisOf(m) > sinqKurtosis
	err := each(ctx, f.groups, min(workers, sinqTileWorkers), func(g int) {
		lo, hi := f.bounds(g)
		t := newTile(m.Rows, hi-lo)
		for r := range m.Rows {
			copy(t.w[r*t.cols:][:t.cols], m.Data[r*m.Cols+lo:r*m.Cols+hi])
		}
		if plain {
			fill(t.bestRow, 1)
			fill(t.bestCol, 1)
		} else if t.normalise(ctx) != nil {
			return // each reports it
		}
		copy(p.Col[lo:hi], t.bestCol)
		for r := range m.Rows {
			t.roundRow(r, f, p, g)
		}
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// roundRow rounds one row of a normalised tile, the group g of p.
func (t *tile) roundRow(r int, f *format, p *Params, g int) {
	row := t.cur[r*t.cols:][:t.cols]
	for c, x := range t.w[r*t.cols:][:t.cols] {
		row[c] = x / t.bestCol[c] / t.bestRow[r]
	}
	lo, hi, _ := rangeOf(row)
	scale := max(hi-lo, sinqLeastWidth) / float32(f.top)
	zero := -float32(math.RoundToEven(float64(lo / scale)))
	first, last := f.bounds(g)
	nearestCodes(p.Codes[r*p.Cols+first:r*p.Cols+last], row, scale, zero, f.top)
	p.Scale[r*f.groups+g], p.Zero[r*f.groups+g] = scale*t.bestRow[r], zero
}

// sinqKurtosisOf is the kurtosis that SINQ decides by.
func sinqKurtosisOf(m *Dense) float64 {
	n := float64(len(m.Data))
	if n == 0 {
		return math.NaN()
	}
	sum, _ := sumPlain(m.Data)
	s := sumMoments(m.Data, float64(float32(sum/n)))
	variance := max(s[1]/n, sinqLeastVar)
	return s[3] / n / (variance * variance)
}
