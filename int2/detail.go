package int2

import (
	"cmp"
	"context"
	"math"
	"slices"
)

const (
	mostBins      = 1024
	mostBinCounts = 1 << 14 // over all codes
	outlierRatio  = 4       // a channel stands out from this many times the median channel's RMS on
	maxOutliers   = 32      // listed at most
)

// detailBuilder gathers a Detail during a pass. Rows write their own elements;
// columns and histograms are merged in row order.
type detailBuilder struct {
	f      *format
	levels int // histograms by code; 1 for a comparison, which has no codes
	d      *Detail
	rowErr []float64 // Σe² of a row
	rowSig []float64 // Σw² of a row
	total  *columnSums
}

// columnSums are one goroutine's sums over the columns of a block, and its histograms.
type columnSums struct {
	signal, err []float64 // Σw² and Σe² of a column
	bins        []int64   // [levels, histogramBins]
}

func newColumnSums(cols, levels int) *columnSums {
	return &columnSums{make([]float64, cols), make([]float64, cols), make([]int64, levels*histogramBins(levels))}
}

// histogramBins is the number of bins of a histogram with one count a code:
// many, because far outliers leave few of them inside the clip range, and
// fewer at 8 bits, where 256 codes would make them a burden.
func histogramBins(levels int) int {
	return min(mostBins, mostBinCounts/max(levels, 1))
}

func (c *columnSums) reset() {
	clear(c.signal)
	clear(c.err)
	clear(c.bins)
}

// newDetailBuilder reads the matrix once for the range of its histogram.
func newDetailBuilder(ctx context.Context, w RowReader, f *format, workers int) (*detailBuilder, error) {
	rows, cols := w.Dims()
	lo, hi, err := matrixRange(ctx, w, workers)
	if err != nil {
		return nil, err
	}
	b := &detailBuilder{
		f: f, levels: max(1, f.scheme.levelsOrNone()), rowErr: make([]float64, rows), rowSig: make([]float64, rows),
		d: &Detail{
			Rows: rows, Cols: cols, Groups: f.groups, RowSQNRdB: make([]float32, rows), RowMaxAbs: make([]float32, rows),
			ColRMS: make([]float32, cols), ColErrorRMS: make([]float32, cols),
			Histogram: Histogram{Lo: float64(lo), Hi: float64(hi), Counts: make([]int64, histogramBins(max(1, f.scheme.levelsOrNone())))},
		},
	}
	if f.groups > 0 {
		b.d.GroupSQNRdB = make([]float32, rows*f.groups)
	}
	b.total = newColumnSums(cols, b.levels)
	return b, nil
}

// levelsOrNone is the number of codes, 0 for the zero Scheme.
func (s Scheme) levelsOrNone() int {
	if s.Bits == 0 {
		return 0
	}
	return s.Levels()
}

// row adds one row. Without codes all weights count as one level.
func (b *detailBuilder) row(c *columnSums, r int, w []float32, row *encodedRow, sums errorSums, peak float32) {
	b.rowSig[r], b.rowErr[r] = sums.signal, sums.err
	b.d.RowSQNRdB[r] = float32(ratioDB(sums.signal, sums.err))
	b.d.RowMaxAbs[r] = peak
	for g := range b.d.Groups {
		lo, hi := b.f.bounds(g)
		s := sumErrors(w[lo:hi], row.q[lo:hi])
		b.d.GroupSQNRdB[r*b.d.Groups+g] = float32(ratioDB(s.signal, s.err))
	}
	h := &b.d.Histogram
	bins := len(h.Counts)
	perUnit := 0.0
	if h.Hi > h.Lo {
		perUnit = float64(bins) / (h.Hi - h.Lo)
	}
	for k, x := range w {
		v := float64(x)
		e := float64(row.q[k]) - v
		c.signal[k] += float64(v * v)
		c.err[k] += float64(e * e)
		bin := min(max(int((v-h.Lo)*perUnit), 0), bins-1)
		if row.codes != nil {
			bin += int(row.codes[k]) * bins
		}
		c.bins[bin]++
	}
}

// merge adds the block that follows.
func (b *detailBuilder) merge(c *columnSums) {
	for k := range c.signal {
		b.total.signal[k] += c.signal[k]
		b.total.err[k] += c.err[k]
	}
	for i, n := range c.bins {
		b.total.bins[i] += n
	}
}

// finish computes what needs all rows.
func (b *detailBuilder) finish(total *rowSums) *Detail {
	d := b.d
	rms := func(sum float64, n int) float32 { return float32(math.Sqrt(sum / float64(max(n, 1)))) }
	for k := range d.ColRMS {
		d.ColRMS[k] = rms(b.total.signal[k], d.Rows)
		d.ColErrorRMS[k] = rms(b.total.err[k], d.Rows)
	}
	for i, n := range b.total.bins {
		d.Histogram.Counts[i%len(d.Histogram.Counts)] += n
	}
	if b.f.groups > 0 {
		for l := range b.levels {
			bins := len(d.Histogram.Counts)
			counts := b.total.bins[l*bins : (l+1)*bins]
			d.LevelHistogram = append(d.LevelHistogram, Histogram{d.Histogram.Lo, d.Histogram.Hi, counts})
		}
	}
	rowRMS := make([]float32, d.Rows)
	for r, s := range b.rowSig {
		rowRMS[r] = rms(s, d.Cols)
	}
	out := outliers("output", rowRMS, func(r int) float64 { return b.rowErr[r] / total.err })
	out = append(out, outliers("input", d.ColRMS, func(k int) float64 { return b.groupColumnError(k) / total.err })...)
	slices.SortStableFunc(out, func(a, b Outlier) int { return cmp.Compare(b.Ratio, a.Ratio) })
	d.Outliers = out[:min(len(out), maxOutliers)]
	return d
}

// groupColumnError is Σe² of the groups that column k touches: of the columns
// it shares groups with. A comparison has no groups: of the column alone.
func (b *detailBuilder) groupColumnError(k int) float64 {
	if b.f.groups == 0 {
		return b.total.err[k]
	}
	lo, hi := b.f.bounds(k / b.f.groupLen)
	var sum float64
	for _, e := range b.total.err[lo:hi] {
		sum += e
	}
	return sum
}

// outliers lists the channels whose RMS is many times the median channel's.
func outliers(axis string, rms []float32, share func(i int) float64) []Outlier {
	sorted := slices.Clone(rms)
	slices.Sort(sorted)
	if len(sorted) == 0 || sorted[len(sorted)/2] == 0 {
		return nil
	}
	median := float64(sorted[len(sorted)/2])
	var out []Outlier
	for i, v := range rms {
		if ratio := float64(v) / median; ratio >= outlierRatio {
			s := share(i)
			if math.IsNaN(s) {
				s = 0 // no error at all
			}
			out = append(out, Outlier{Axis: axis, Index: i, Ratio: ratio, Share: s})
		}
	}
	return out
}

// matrixRange is the range of the finite rows of a matrix; rows with NaN or
// Inf are left to the pass that counts them.
func matrixRange(ctx context.Context, w RowReader, workers int) (lo, hi float32, err error) {
	rows, cols := w.Dims()
	if cols == 0 {
		return 0, 0, ctx.Err()
	}
	all := &rangeSums{}
	err = inOrder(ctx, rows, blockRows(cols), workers, func() blockTask {
		return &rangeTask{w: w, cols: cols, all: all, block: make([]float32, min(blockRows(cols), rows)*cols)}
	})
	return all.lo, all.hi, err
}

type rangeSums struct {
	lo, hi float32
	seen   bool
}

// rangeTask is one goroutine's part of matrixRange.
type rangeTask struct {
	w     RowReader
	cols  int
	block []float32
	sums  rangeSums
	all   *rangeSums
}

func (t *rangeTask) run(ctx context.Context, lo, hi int) error {
	block := t.block[:(hi-lo)*t.cols]
	if err := readRows(ctx, t.w, lo, hi, block); err != nil {
		return err
	}
	var finite bool
	t.sums.lo, t.sums.hi, finite = rangeOf(block)
	t.sums.seen = finite
	return nil
}

func (t *rangeTask) merge(int) {
	switch {
	case !t.sums.seen:
	case !t.all.seen:
		*t.all = t.sums
	default:
		t.all.lo, t.all.hi = min(t.all.lo, t.sums.lo), max(t.all.hi, t.sums.hi)
	}
}
