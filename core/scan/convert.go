package scan

import (
	"cmp"
	"slices"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
)

// VerdictScope says what a verdict is.
const VerdictScope = "describes this tensor's weights under this scheme; it does not predict what quantizing them does to the task"

// newDetail turns what was found into the report's form.
func newDetail(q *question, e *examined) *report.TensorDetail {
	d, m := e.detail, &e.measured.metrics
	out := &report.TensorDetail{
		SchemaVersion: report.SchemaVersion, Tensor: q.base, Note: q.note,
		Rows: d.Rows, Cols: d.Cols, Scheme: q.scheme,
		Min: report.Number(m.Min), Max: report.Number(m.Max), Mean: report.Number(m.Mean),
		Histogram:      histogram(d.Histogram),
		CodeHistograms: []report.Histogram{},
		Verdict: report.Verdict{
			Cause: string(d.Verdict.Cause), Summary: d.Verdict.Summary,
			Why: append([]string{}, d.Verdict.Why...), Try: append([]string{}, d.Verdict.Try...),
			Scope: VerdictScope,
		},
		Outliers: []report.Outlier{},
		Groups:   &report.GroupsGrid{PerRow: d.Groups, SQNRdB: make([]report.Number, len(d.GroupSQNRdB))},
	}
	for _, h := range d.LevelHistogram {
		out.CodeHistograms = append(out.CodeHistograms, histogram(h))
	}
	for _, o := range d.Outliers {
		out.Outliers = append(out.Outliers, report.Outlier{Axis: o.Axis, Index: o.Index, Ratio: report.Number(o.Ratio), Share: report.Number(o.Share)})
	}
	for i, v := range d.RowSQNRdB {
		out.Channels = append(out.Channels, report.Channel{Index: i, SQNRdB: report.Number(v), MaxAbs: report.Number(d.RowMaxAbs[i])})
	}
	for i, v := range d.GroupSQNRdB {
		out.Groups.SQNRdB[i] = report.Number(v)
	}
	out.LevelsMedian, out.ClipLow, out.ClipHigh = medianLevels(e.packed)
	return out
}

// degenerateDetail is the detail of a tensor that holds NaN or Inf.
func degenerateDetail(q *question, bad *notFinite) *report.TensorDetail {
	na := report.NA()
	return &report.TensorDetail{
		SchemaVersion: report.SchemaVersion, Tensor: withNotFinite(q.base, q.source, bad),
		Note: "stays as it is: " + bad.Error(),
		Rows: q.source.subject.Rows, Cols: q.source.subject.Cols, Scheme: q.scheme,
		Min: na, Max: na, Mean: na, ClipLow: na, ClipHigh: na,
		Histogram:      report.Histogram{Lo: na, Hi: na, Counts: []int64{}},
		CodeHistograms: []report.Histogram{}, LevelsMedian: []report.Number{}, Outliers: []report.Outlier{},
		Verdict: report.Verdict{
			Cause:   string(int2.CauseDegenerate),
			Summary: "The tensor " + bad.Error() + ", so no scale fits it and it stays as it is.",
			Why:     []string{bad.Error()}, Try: []string{},
			Scope: VerdictScope,
		},
	}
}

func histogram(h int2.Histogram) report.Histogram {
	return report.Histogram{Lo: report.Number(h.Lo), Hi: report.Number(h.Hi), Counts: slices.Clone(h.Counts)}
}

// medianLevels is what the codes stand for in the group with the median scale,
// and the ends of the range within half a step of them. On the affine grid,
// where every group has its own offset, code 0 stands for the median of theirs.
// A scale per input channel enters with its median. Groups of scale zero, which
// hold nothing but zeros, do not count.
func medianLevels(p *int2.Packed) (levels []report.Number, low, high report.Number) {
	type group struct{ scale, lowest float32 }
	var groups []group
	for r := range p.Rows {
		for g := range p.Scheme.Groups(p.Cols) {
			if scale, lowest := p.GroupScale(r, g); scale > 0 {
				groups = append(groups, group{scale, lowest})
			}
		}
	}
	if len(groups) == 0 {
		return []report.Number{}, report.NA(), report.NA()
	}
	slices.SortFunc(groups, func(a, b group) int { return cmp.Compare(a.scale, b.scale) })
	mid := groups[len(groups)/2]
	if p.Scheme.Grid == int2.Affine {
		slices.SortFunc(groups, func(a, b group) int { return cmp.Compare(a.lowest, b.lowest) })
		mid.lowest = groups[len(groups)/2].lowest
	}
	scale, lowest := float64(mid.scale), float64(mid.lowest)
	if p.Col != nil {
		cols := slices.Sorted(slices.Values(p.Col))
		col := float64(cols[len(cols)/2])
		scale, lowest = scale*col, lowest*col
	}
	for c := range p.Scheme.Levels() {
		levels = append(levels, report.Number(lowest+scale*float64(c)))
	}
	last := float64(levels[len(levels)-1])
	return levels, report.Number(lowest - scale/2), report.Number(last + scale/2)
}

// newGroupValues takes one group out of a packed matrix and its original row.
func newGroupValues(p *int2.Packed, original []float32, row, group int) *report.GroupValues {
	codes, restored := make([]uint8, p.Cols), make([]float32, p.Cols)
	p.CodesRow(codes, row)
	p.DequantizeRow(restored, row)
	width := p.Scheme.GroupLen(p.Cols)
	lo, hi := group*width, min((group+1)*width, p.Cols)
	scale, lowest := p.GroupScale(row, group)
	out := &report.GroupValues{
		Row: row, Group: group, FirstCol: lo, Scale: report.Number(scale), Min: report.Number(lowest), Codes: codes[lo:hi],
	}
	var signal, noise float64
	for i := lo; i < hi; i++ {
		w, q := float64(original[i]), float64(restored[i])
		out.Original = append(out.Original, report.Number(w))
		out.Restored = append(out.Restored, report.Number(q))
		signal += w * w
		noise += (q - w) * (q - w)
	}
	out.SQNRdB = report.PooledSQNR(signal, noise)
	return out
}
