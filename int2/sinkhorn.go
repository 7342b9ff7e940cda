package int2

import (
	"context"
	"math"
)

// Settings of SINQ's normalisation (huawei-csl/SINQ, sinq/sinkhorn.py, sinkhorn_log).
const (
	sinkhornSteps  = 16
	sinkhornStdMin = 1e-3
	sinkhornStdMax = 1e3
	sinkhornEps    = 1e-6
	sinkhornLeast  = 1e-12 // smallest standard deviation in the imbalance
	sinkhornDown   = 0.7   // bounds of one step's factor
	sinkhornUp     = 2.0
	sinkhornLogMin = -0.3 // bounds of the log of a scale
	sinkhornLogMax = 10.0

	// A rise of the imbalance by less than a few float32 steps is rounding. The
	// published code stops at any rise, so that where it has converged the last
	// bit of the vectorised exp and log of its library decides how far it goes
	// on: there, rows and columns trade a common factor, and the product of
	// their scales stays the same.
	sinkhornNoise = 1 + 4*0x1p-23
)

// tile is a block of columns of a matrix [rows, cols], row-major, with what
// the normalisation keeps of it.
type tile struct {
	rows, cols       int
	w                []float32 // the weights
	cur              []float32 // the weights over both scales
	logRow, logCol   []float32
	rowStd, colStd   []float32
	colMean, colVar  []float64
	bestRow, bestCol []float32 // the scales with the least imbalance so far
}

func newTile(rows, cols int) *tile {
	return &tile{
		rows: rows, cols: cols, w: make([]float32, rows*cols), cur: make([]float32, rows*cols),
		logRow: make([]float32, rows), logCol: make([]float32, cols),
		rowStd: make([]float32, rows), colStd: make([]float32, cols),
		colMean: make([]float64, cols), colVar: make([]float64, cols),
		bestRow: make([]float32, rows), bestCol: make([]float32, cols),
	}
}

// normalise finds row and column scales that bring the standard deviations of
// rows and columns together, and leaves them in bestRow and bestCol. It stops
// when the imbalance (largest standard deviation over smallest) rises above the
// least one met.
func (t *tile) normalise(ctx context.Context) error {
	fill(t.bestRow, 1)
	fill(t.bestCol, 1)
	fill(t.logRow, 0)
	fill(t.logCol, 0)
	copy(t.cur, t.w)
	if t.rows < 2 || t.cols < 2 {
		return nil // one value has no standard deviation
	}
	t.deviations()
	target := min(clampStd(smallest(t.rowStd)), clampStd(smallest(t.colStd))) + sinkhornEps
	least := t.imbalance()
	for range sinkhornSteps {
		if err := ctx.Err(); err != nil {
			return err
		}
		t.rescale()
		t.deviations()
		imbalance := t.imbalance()
		if !(imbalance <= least*sinkhornNoise) {
			return nil
		}
		least = min(least, imbalance)
		expAll(t.bestRow, t.logRow)
		expAll(t.bestCol, t.logCol)
		advance(t.logRow, t.rowStd, target)
		advance(t.logCol, t.colStd, target)
	}
	return nil
}

// rescale sets cur to (w / column scale) / row scale.
func (t *tile) rescale() {
	col := make([]float32, t.cols)
	expAll(col, t.logCol)
	for r := range t.rows {
		row := exp32(t.logRow[r])
		w, cur := t.w[r*t.cols:][:t.cols], t.cur[r*t.cols:][:t.cols]
		for c, x := range w {
			cur[c] = x / col[c] / row
		}
	}
}

// deviations measures the unbiased standard deviation of every row and column of cur.
func (t *tile) deviations() {
	clear(t.colMean)
	clear(t.colVar)
	for r := range t.rows {
		row := t.cur[r*t.cols:][:t.cols]
		sum, _ := sumPlain(row)
		mean, squares := sum/float64(t.cols), 0.0
		for c, x := range row {
			d := float64(x) - mean
			squares += float64(d * d)
			t.colMean[c] += float64(x)
		}
		t.rowStd[r] = float32(math.Sqrt(squares / float64(t.cols-1)))
	}
	for c := range t.colMean {
		t.colMean[c] /= float64(t.rows)
	}
	for r := range t.rows {
		for c, x := range t.cur[r*t.cols:][:t.cols] {
			d := float64(x) - t.colMean[c]
			t.colVar[c] += float64(d * d)
		}
	}
	for c, v := range t.colVar {
		t.colStd[c] = float32(math.Sqrt(v / float64(t.rows-1)))
	}
}

func (t *tile) imbalance() float32 {
	least := max(min(smallest(t.rowStd), smallest(t.colStd)), sinkhornLeast)
	return max(largest(t.rowStd), largest(t.colStd)) / least
}

// advance adds the log of the clamped factor std/target to every log scale.
func advance(logs, std []float32, target float32) {
	for i, s := range std {
		factor := min(max(clampStd(s)/target, sinkhornDown), sinkhornUp)
		logs[i] = min(max(logs[i]+float32(math.Log(float64(factor))), sinkhornLogMin), sinkhornLogMax)
	}
}

func clampStd(s float32) float32 { return min(max(s, sinkhornStdMin), sinkhornStdMax) }

func exp32(x float32) float32 { return float32(math.Exp(float64(x))) }

func expAll(dst, logs []float32) {
	for i, x := range logs {
		dst[i] = exp32(x)
	}
}

func fill(s []float32, v float32) {
	for i := range s {
		s[i] = v
	}
}

func smallest(s []float32) float32 { lo, _, _ := rangeOf(s); return lo }

func largest(s []float32) float32 { _, hi, _ := rangeOf(s); return hi }
