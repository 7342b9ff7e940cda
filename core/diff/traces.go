package diff

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/report"
)

// Two traces are compared in network order. A layer leaves the other run when
// its SQNR falls below a threshold; it amplifies by the ratio of the relative
// error of its output to that of its input.

// DefaultLeavesBelowDB is an error of a thousandth: float32 on another machine
// or in another order of sums stays above 80 dB, bfloat16 near 40 dB.
const DefaultLeavesBelowDB = 60

// noiseFloor is the relative error below which a difference is rounding of
// float32: an input that is better counts as this one.
const noiseFloor = 1e-6

// TraceFindings are what two traces tell as a whole.
type TraceFindings struct {
	LeavesBelowDB report.Number `json:"leaves_below_db"`
	FirstToLeave  *Finding      `json:"first_to_leave"` // the first activation, in network order, whose SQNR is below that; null when none is
	AmplifiesMost *Finding      `json:"amplifies_most"` // the largest growth of relative error; null when nothing grew
	Words         []string      `json:"findings"`       // both, in words, and what else is to be known
}

// Finding is an activation that was found.
type Finding struct {
	Name         string        `json:"name"`
	Input        string        `json:"input,omitempty"` // what it is computed from
	SQNRdB       report.Number `json:"sqnr_db"`
	RelativeRMSE report.Number `json:"relative_rmse"`
	Growth       report.Number `json:"growth"` // relative error of the output over that of the input
}

// AreTraces says whether both sides hold activations: the metadata say so, or
// names that only a trace has.
func AreTraces(a, b *model.Model, opt Options) bool {
	return isTrace(a, opt.StripA) && isTrace(b, opt.StripB)
}

func isTrace(m *model.Model, strip string) bool {
	if m.Metadata["mmtui.kind"] == "trace" {
		return true
	}
	return slices.ContainsFunc(m.Tensors, func(t *model.Tensor) bool { return isActivation(strings.TrimPrefix(t.Name, strip)) })
}

// CompareTraces compares the activations of two runs, matched by name. Shapes
// may differ in leading ones: [1, T, d] and [T, d] are the same values.
func CompareTraces(ctx context.Context, a, b *model.Model, opt Options) (*Report, error) {
	out, err := compareAll(Traces, a, b, opt, func(name string, a, b *model.Tensor) (Row, error) {
		return compareActivation(ctx, name, a, b)
	})
	if err != nil {
		return nil, err
	}
	leftA := out.leaveOut(OnlyA, opt.StripA, func(r Row) *Side { return r.A })
	leftB := out.leaveOut(OnlyB, opt.StripB, func(r Row) *Side { return r.B })
	inNetworkOrder(out.Tensors)
	out.Total = total(out.Tensors)
	out.Suggestions = suggest(out.Tensors)
	below := opt.LeavesBelowDB
	if below == 0 {
		below = DefaultLeavesBelowDB
	}
	out.Trace = findings(out.Tensors, below)
	for _, left := range []struct {
		side, prefix string
		n            int
	}{{"A", opt.StripA, leftA}, {"B", opt.StripB, leftB}} {
		if left.n > 0 {
			out.Trace.Words = append(out.Trace.Words, fmt.Sprintf("only in %s and not under the prefix %q: %s, not listed",
				left.side, report.Printable(left.prefix), report.Plural(int64(left.n), "tensor")))
		}
	}
	return out, nil
}

// leaveOut drops the rows of one side that do not have the prefix which was
// asked for: a file may hold further cases under other ones. It counts them.
func (r *Report) leaveOut(only Status, prefix string, of func(Row) *Side) int {
	all := len(r.Tensors)
	r.Tensors = slices.DeleteFunc(r.Tensors, func(row Row) bool {
		return prefix != "" && row.Status == only && of(row).Name == "" // a name that was not shortened
	})
	return all - len(r.Tensors)
}

// compareActivation measures one pair; the error is ctx's.
func compareActivation(ctx context.Context, name string, a, b *model.Tensor) (Row, error) {
	row := newRow(name, Same, side(name, a), side(name, b))
	switch {
	case b == nil:
		row.Status = OnlyA
		return row, ctx.Err()
	case a == nil:
		row.Status = OnlyB
		return row, ctx.Err()
	case !slices.Equal(trimOnes(a.Shape), trimOnes(b.Shape)):
		row.Status = Shape
		row.Reason = fmt.Sprintf("%s in A, %s in B", report.ShapeString(a.Shape), report.ShapeString(b.Shape))
		return row, ctx.Err()
	case !readable(a) || !readable(b):
		row.Status, row.Reason = Failed, fmt.Sprintf("values of %s and %s cannot be read", a.DType, b.DType)
		return row, ctx.Err()
	}
	s, err := sumPair(ctx, a, b)
	switch {
	case ctx.Err() != nil:
		return row, ctx.Err()
	case err != nil:
		row.Status, row.Reason = Failed, err.Error()
		return row, nil
	}
	s.fill(&row)
	row.pooled = isFloat(a) && isFloat(b) && row.Status == Changed
	row.activation = isFloat(a) && isFloat(b)
	return row, nil
}

// trimOnes takes leading dimensions of one off.
func trimOnes(shape []int) []int {
	for len(shape) > 0 && shape[0] == 1 {
		shape = shape[1:]
	}
	return shape
}

// pairSums are the sums over two tensors, in float64.
type pairSums struct {
	n              int64
	aa, bb, ab, ee float64
	largest        float64
	bothBroken     int64 // not finite, and the same on both sides
	oneBroken      int64 // not finite, and not the same
}

func sumPair(ctx context.Context, a, b *model.Tensor) (pairSums, error) {
	const step = 64 << 10
	var s pairSums
	n := int64(1)
	for _, d := range a.Shape {
		n *= int64(d)
	}
	x, y := make([]float32, min(n, step)), make([]float32, min(n, step))
	for at := int64(0); at < n; at += step {
		size := min(n-at, step)
		if err := a.Values(ctx, at, x[:size]); err != nil {
			return s, err
		}
		if err := b.Values(ctx, at, y[:size]); err != nil {
			return s, err
		}
		s.add(x[:size], y[:size])
	}
	return s, nil
}

func (s *pairSums) add(x, y []float32) {
	for i, f := range x {
		a, b := float64(f), float64(y[i])
		if broken(a) || broken(b) {
			if a == b || math.IsNaN(a) && math.IsNaN(b) {
				s.bothBroken++
			} else {
				s.oneBroken++
			}
			continue
		}
		s.n++
		e := b - a
		s.aa += a * a
		s.bb += b * b
		s.ab += a * b
		s.ee += e * e
		s.largest = max(s.largest, math.Abs(e))
	}
}

func broken(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }

// fill writes status and figures. Where a value is a number on one side only
// there are no figures: any would hide it.
func (s pairSums) fill(row *Row) {
	if s.ee != 0 || s.oneBroken > 0 {
		row.Status = Changed
	}
	if s.bothBroken > 0 {
		row.Reason = "not finite on both sides and left out: " + report.Plural(s.bothBroken, "value")
	}
	if s.oneBroken > 0 {
		row.Reason = "no figures: not finite, or differently so, on one side: " + report.Plural(s.oneBroken, "value")
		return
	}
	if s.n == 0 {
		return
	}
	row.SignalEnergy, row.ErrorEnergy, row.MaxAbsError = report.Number(s.aa), report.Number(s.ee), report.Number(s.largest)
	if s.aa > 0 {
		row.SQNRdB = report.Number(10 * math.Log10(s.aa/s.ee)) // +Inf, and so null, for equal values
		row.RelativeRMSE = report.Number(math.Sqrt(s.ee / s.aa))
	}
	if s.aa > 0 && s.bb > 0 {
		row.Cosine = report.Number(min(1, max(-1, s.ab/(math.Sqrt(s.aa)*math.Sqrt(s.bb)))))
	}
}

// findings looks for the layer that leaves and for the one that amplifies.
func findings(rows []Row, below float64) *TraceFindings {
	at := make(map[string]*Row, len(rows))
	for i := range rows {
		if r := &rows[i]; r.activation && (r.Status == Same || r.Status == Changed) {
			at[r.Name] = r
		}
	}
	has := func(name string) bool { return at[name] != nil }
	out := &TraceFindings{LeavesBelowDB: report.Number(below), Words: []string{}}
	for i := range rows {
		r := &rows[i]
		if !has(r.Name) {
			continue
		}
		r.grow(at, inputsOf(r.Name, has))
		if out.FirstToLeave == nil && r.leaves(below) {
			out.FirstToLeave = r.finding()
		}
		if r.Growth != nil && *r.Growth > 1 && (out.AmplifiesMost == nil || *r.Growth > out.AmplifiesMost.Growth) {
			out.AmplifiesMost = r.finding()
		}
	}
	out.word(rows, len(at))
	return out
}

// grow sets the input and the growth of a row; of two inputs the worse counts.
func (r *Row) grow(at map[string]*Row, inputs []string) {
	worst := -1.0
	for _, name := range inputs {
		in := at[name]
		if !in.RelativeRMSE.Valid() {
			continue
		}
		if e := float64(in.RelativeRMSE); e > worst {
			worst, r.Input = e, name
		}
	}
	if worst < 0 || !r.RelativeRMSE.Valid() {
		return
	}
	growth := report.Number(float64(r.RelativeRMSE) / max(worst, noiseFloor))
	r.Growth = &growth
}

// leaves says whether a row is further from the other run than allowed.
func (r *Row) leaves(below float64) bool {
	switch {
	case r.Status != Changed:
		return false
	case r.SQNRdB.Valid():
		return float64(r.SQNRdB) < below
	}
	return true // values that are no numbers on one side, or an error where there is no signal
}

func (r *Row) finding() *Finding {
	f := &Finding{Name: r.Name, Input: r.Input, SQNRdB: r.SQNRdB, RelativeRMSE: r.RelativeRMSE, Growth: report.NA()}
	if r.Growth != nil {
		f.Growth = *r.Growth
	}
	return f
}

// word says the findings.
func (f *TraceFindings) word(rows []Row, compared int) {
	say := func(format string, args ...any) { f.Words = append(f.Words, fmt.Sprintf(format, args...)) }
	for _, r := range rows {
		if r.Name == "input_ids" && (r.Status == Changed || r.Status == Shape) {
			say("input_ids differ: the two runs were not asked the same, so what follows says little")
		}
	}
	if compared == 0 {
		say("no activation is on both sides in one shape")
		return
	}
	db := number(f.LeavesBelowDB, report.Decibel)
	switch first := f.FirstToLeave; {
	case first == nil:
		say("no layer leaves: every SQNR is at least %s dB", db)
	case !first.SQNRdB.Valid():
		say("the first layer that leaves is %s: it has values that are no numbers, or where the other side has none", report.Printable(first.Name))
	default:
		say("the first layer that leaves is %s: SQNR %s dB, below %s dB", report.Printable(first.Name), number(first.SQNRdB, report.Decibel), db)
	}
	if most := f.AmplifiesMost; most == nil {
		say("no layer amplifies the error of its input")
	} else {
		say("the layer that amplifies most is %s: the relative error grows %s times from %s", report.Printable(most.Name), number(most.Growth, report.Plain), report.Printable(most.Input))
	}
}
