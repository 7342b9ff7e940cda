package sample

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
)

// quantized is a matrix and what it becomes.
type quantized struct {
	rows, cols, groupLen, perRow int
	weights, restored            []float64
	codes                        []uint8
	scales                       []float64 // [rows, perRow]
}

func (q *quantized) groupOf(i int) int { return i/q.cols*q.perRow + i%q.cols/q.groupLen }

// spread is the largest scale over the median one.
func (q *quantized) spread() float64 {
	sorted := slices.Sorted(slices.Values(q.scales))
	return sorted[len(sorted)-1] / sorted[len(sorted)/2]
}

// drawn are the matrices that were asked for before, by drawing; they are only
// read. Every test of a view asks for the same few.
var drawn sync.Map

// drawing is what a matrix comes from.
type drawing struct {
	spec   spec
	scheme int2.Scheme
}

// quantize draws the weights of a tensor and rounds them to the half grid,
// whatever grid and solver the scheme names.
func quantize(sp spec, s int2.Scheme) *quantized {
	key := drawing{sp, s}
	if q, ok := drawn.Load(key); ok {
		return q.(*quantized)
	}
	q, _ := drawn.LoadOrStore(key, draw(sp, s))
	return q.(*quantized)
}

func draw(sp spec, s int2.Scheme) *quantized {
	h := fnv.New64a()
	h.Write([]byte(sp.name))
	r := rand.New(rand.NewPCG(h.Sum64(), 1))
	q := &quantized{rows: sp.rows, cols: sp.cols, groupLen: s.GroupLen(sp.cols), perRow: s.Groups(sp.cols)}
	q.weights = make([]float64, sp.rows*sp.cols)
	for i := range q.weights {
		row := i / sp.cols
		q.weights[i] = 0.04 * r.NormFloat64() * (1 + 0.5*math.Sin(float64(row)/25))
		if sp.outlier > 0 && i%sp.cols == sp.outlier {
			q.weights[i] *= 9
		}
	}
	q.restored, q.codes = make([]float64, len(q.weights)), make([]uint8, len(q.weights))
	q.scales = make([]float64, sp.rows*q.perRow)
	top := float64(s.Levels()-1) / 2
	for i, w := range q.weights {
		g := q.groupOf(i)
		q.scales[g] = math.Max(q.scales[g], math.Abs(w)/(top+0.5))
	}
	for i, w := range q.weights {
		scale := q.scales[q.groupOf(i)]
		c := math.Min(math.Max(math.Round(w/scale+top), 0), 2*top)
		q.codes[i], q.restored[i] = uint8(c), scale*(c-top)
	}
	return q
}

// Detail is what the tensor view shows of one tensor, nil for the sample's scheme.
func Detail(name string, s *int2.Scheme) (*report.TensorDetail, error) {
	scheme := Scheme()
	if s != nil {
		scheme = *s
	}
	sp, err := find(name)
	if err != nil {
		return nil, err
	}
	d := &report.TensorDetail{SchemaVersion: report.SchemaVersion, Rows: sp.rows, Cols: sp.cols, Scheme: scheme, Tensor: row(sp, scheme)}
	d.Verdict.Scope = "This describes the tensor's own error; it does not predict what it does to the task."
	if name == Integer {
		d.Note = sp.kept
		d.Min, d.Max, d.Mean = 0, 511, 255.5
		d.Histogram = report.Histogram{Lo: 0, Hi: 511, Counts: []int64{128, 128, 128, 128}}
		d.ClipLow, d.ClipHigh = report.NA(), report.NA()
		d.Verdict.Summary = "The tensor holds whole numbers and is not quantized."
		return d, nil
	}
	if sp.kept != "" {
		d.Note = "the plan keeps this tensor (" + sp.kept + "); the figures are those of " + scheme.String()
		sp.kept = ""
		d.Tensor = row(sp, scheme)
	}
	sp.state = ""
	fill(d, quantize(sp, scheme), sp)
	return d, nil
}

func find(name string) (spec, error) {
	for _, sp := range specs() {
		if sp.name == name {
			if sp.state == report.Failed {
				return sp, errors.New("sample.safetensors: bytes 4096 to 20480 cannot be read: input/output error")
			}
			return sp, nil
		}
	}
	return spec{}, fmt.Errorf("no tensor %q", name)
}

func fill(d *report.TensorDetail, q *quantized, sp spec) {
	lo, hi := slices.Min(q.weights), slices.Max(q.weights)
	const bins = 128
	empty := func() report.Histogram {
		return report.Histogram{Lo: report.Number(lo), Hi: report.Number(hi), Counts: make([]int64, bins)}
	}
	d.Min, d.Max, d.Mean = report.Number(lo), report.Number(hi), 0
	d.Histogram = empty()
	median := slices.Sorted(slices.Values(q.scales))[len(q.scales)/2]
	top := float64(d.Scheme.Levels()-1) / 2
	for c := range d.Scheme.Levels() {
		d.CodeHistograms = append(d.CodeHistograms, empty())
		d.LevelsMedian = append(d.LevelsMedian, report.Number(median*(float64(c)-top)))
	}
	for i, w := range q.weights {
		bin := min(int((w-lo)/(hi-lo)*bins), bins-1)
		d.Histogram.Counts[bin]++
		d.CodeHistograms[q.codes[i]].Counts[bin]++
	}
	d.ClipLow, d.ClipHigh = report.Number(-median*(top+0.5)), report.Number(median*(top+0.5))
	d.Groups = &report.GroupsGrid{PerRow: q.perRow, SQNRdB: make([]report.Number, len(q.scales))}
	signal, noise := make([]float64, len(q.scales)), make([]float64, len(q.scales))
	for i, w := range q.weights {
		e := q.restored[i] - w
		signal[q.groupOf(i)] += w * w
		noise[q.groupOf(i)] += e * e
	}
	for r := range q.rows {
		rowSignal, rowNoise := 0.0, 0.0
		for g := r * q.perRow; g < (r+1)*q.perRow; g++ {
			d.Groups.SQNRdB[g] = report.PooledSQNR(signal[g], noise[g])
			rowSignal, rowNoise = rowSignal+signal[g], rowNoise+noise[g]
		}
		d.Channels = append(d.Channels, report.Channel{Index: r, SQNRdB: report.PooledSQNR(rowSignal, rowNoise), MaxAbs: 0.1})
	}
	judge(d, sp)
}

func judge(d *report.TensorDetail, sp spec) {
	if sp.outlier <= 0 {
		d.Verdict.Summary = "The weights are spread like a Gauss curve and the levels fit them."
		d.Verdict.Why = []string{"kurtosis 3.1, near the 3 of a Gauss curve", "all four codes are in use: 1.61 of 2 bits"}
		d.Verdict.Try = []string{"solver search: about 1.2 dB more at the same size"}
		return
	}
	d.Verdict.Cause = string(int2.CauseOutlierChannel)
	d.Verdict.Summary = fmt.Sprintf("Input channel %d is 9 times as large as its peers and takes the scale of every group it lies in.", sp.outlier)
	d.Verdict.Why = []string{"9.1 times the median channel's RMS", "48% of the error lies in its groups"}
	d.Verdict.Try = []string{"solver sinq: a scale for every input channel", "group 32: fewer weights share a scale with it"}
	d.Outliers = []report.Outlier{{Axis: "input", Index: sp.outlier, Ratio: 9.1, Share: 0.48}, {Axis: "output", Index: 40, Ratio: 3.2, Share: 0.021}}
}

// Group is the values of one group.
func Group(name string, s int2.Scheme, row, group int) (*report.GroupValues, error) {
	sp, err := find(name)
	if err != nil {
		return nil, err
	}
	q := quantize(sp, s)
	if row < 0 || row >= q.rows || group < 0 || group >= q.perRow {
		return nil, fmt.Errorf("%s: no group %d in row %d", name, group, row)
	}
	scale := q.scales[row*q.perRow+group]
	g := &report.GroupValues{Row: row, Group: group, FirstCol: group * q.groupLen, Scale: report.Number(scale),
		Min: report.Number(-scale * float64(s.Levels()-1) / 2)}
	signal, noise := 0.0, 0.0
	for c := g.FirstCol; c < min(g.FirstCol+q.groupLen, q.cols); c++ {
		i := row*q.cols + c
		g.Codes = append(g.Codes, q.codes[i])
		g.Original = append(g.Original, report.Number(q.weights[i]))
		g.Restored = append(g.Restored, report.Number(q.restored[i]))
		signal += q.weights[i] * q.weights[i]
		noise += (q.restored[i] - q.weights[i]) * (q.restored[i] - q.weights[i])
	}
	g.SQNRdB = report.PooledSQNR(signal, noise)
	return g, nil
}
