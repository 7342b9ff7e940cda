package scan

import (
	"fmt"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
)

// row is a tensor under the present plan. The session's lock guards it.
type row struct {
	index    int
	source   *source
	decision plan.Decision
	out      report.Tensor // without a rank
	figures  figures
	need     work
	under    *job // what is under way for the row; another job for it counts for nothing
}

// work is what a row still needs.
type work int

const (
	nothing work = iota
	measuring
	ideal // below_ideal_db and the cause, after the other figures
)

// decide applies the plan to a row and reports whether its scheme changed. A
// row whose scheme stays keeps its figures. The caller holds the lock.
func (s *Session) decide(r *row, decider *plan.Decider) (changed bool) {
	d := decider.Decide(r.source.subject)
	fresh := r.out.State == ""
	if !fresh && sameScheme(d.Scheme, r.decision.Scheme) {
		r.decision, r.out.Rule = d, d.Rule
		if d.Scheme == nil {
			s.set(r, unmeasured(r.source, d))
		}
		return false
	}
	r.halt()
	r.decision = d
	r.need = nothing
	s.set(r, unmeasured(r.source, d))
	if d.Scheme != nil {
		s.recall(r)
	}
	return !fresh
}

// recall fills a row from what is known, and notes what it still needs. The
// caller holds the lock.
func (s *Session) recall(r *row) {
	r.need = measuring
	fingerprint, known, bad := r.source.learned()
	if bad != nil {
		s.set(r, withNotFinite(r.out, r.source, bad))
		r.need = nothing
		return
	}
	if !known {
		return
	}
	if m := s.results.get(resultKey{fingerprint, *r.decision.Scheme}); m != nil {
		s.settle(r, m)
	}
}

// settle gives a row its figures. The caller holds the lock.
func (s *Session) settle(r *row, m *measured) {
	out := withFigures(unmeasured(r.source, r.decision), m)
	r.need = nothing
	if !m.hasIdeal && !s.noIdeal {
		r.need = ideal
		out.IdealPending = true
	}
	s.set(r, out)
}

// set stores a row's state and the figures that sums are made of. The caller
// holds the lock.
func (s *Session) set(r *row, t report.Tensor) {
	before := r.figures
	r.out = t
	r.figures = figures{
		size: t.QuantizedSizeBytes, parameters: t.Parameters,
		signal: t.SignalEnergy, noise: t.ErrorEnergy, sqnr: t.SQNRdB,
		toMeasure: r.decision.Scheme != nil, pending: t.State == report.Pending,
	}
	s.tally.replace(r.index, &before, &r.figures)
}

// halt ends the job that is under way for the row.
func (r *row) halt() {
	if r.under != nil {
		r.under.stop()
		r.under = nil
	}
}

func sameScheme(a, b *int2.Scheme) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// unmeasured is the row of a tensor before anything is measured: pending, or
// kept as it is.
func unmeasured(src *source, d plan.Decision) report.Tensor {
	t := src.tensor
	out := report.Unmeasured()
	out.Name, out.DType, out.Parameters, out.SizeBytes = t.Name, t.DType, t.Parameters, t.SizeBytes
	out.Shape = append([]int{}, t.Shape...)
	if t.Stored != nil {
		stored := *t.Stored
		out.Stored = &stored
	}
	out.Rule = d.Rule
	if d.Scheme == nil {
		return kept(out, src, d.Reason)
	}
	scheme := *d.Scheme
	out.Scheme = &scheme
	out.State = report.Pending
	size := scheme.SizeBytes(src.subject.Rows, src.subject.Cols, scheme.Solver == int2.SINQ)
	return withSize(out, size)
}

// kept is the row of a tensor that stays as it is. The figures that a file of
// ours carries are those of the original.
func kept(out report.Tensor, src *source, reason string) report.Tensor {
	out.State = report.Kept
	out.Scheme = nil
	out.Reason = reason
	out = withSize(out, out.SizeBytes)
	rec := src.tensor.Recorded
	if rec == nil {
		return out
	}
	c := rec.Clone()
	out.SQNRdB, out.RelativeRMSE, out.Cosine, out.MaxAbsError = c.SQNRdB, c.RelativeRMSE, c.Cosine, c.MaxAbsError
	out.BelowIdealDB, out.ClippedRatio = c.BelowIdealDB, c.ClippedRatio
	out.CodeOccupancy, out.CodeEntropyBits = c.CodeOccupancy, c.CodeEntropyBits
	out.Kurtosis, out.ScaleSpread, out.Cause = c.Kurtosis, c.ScaleSpread, c.Cause
	out.SolverUsed, out.FallbackRows = c.SolverUsed, c.FallbackRows
	out.SignalEnergy, out.ErrorEnergy = c.SignalEnergy, c.ErrorEnergy
	if rec.Scheme != nil {
		against := ""
		if rec.Stored != nil {
			against = ", against values that were quantized already"
		}
		out.Reason += fmt.Sprintf(" (%s; the figures are those recorded when it was written%s)", rec.Scheme, against)
	}
	return out
}

func withSize(out report.Tensor, size int64) report.Tensor {
	out.QuantizedSizeBytes = size
	out.BitsPerWeight = report.BitsPerWeight(size, out.Parameters)
	return out
}

// withNotFinite is the row of a tensor that holds NaN or Inf.
func withNotFinite(out report.Tensor, src *source, bad *notFinite) report.Tensor {
	out = kept(out, src, bad.Error())
	cause := string(int2.CauseDegenerate)
	out.Cause = &cause
	return out
}

// withFailure is the row of a tensor that could not be read or quantized.
func withFailure(out report.Tensor, err error) report.Tensor {
	out.State = report.Failed
	out.Reason = err.Error()
	return withSize(out, out.SizeBytes)
}

// withFigures is the row of a measured tensor.
func withFigures(out report.Tensor, m *measured) report.Tensor {
	f := &m.metrics
	out.State = report.Done
	out.SQNRdB, out.RelativeRMSE, out.Cosine = report.Number(f.SQNRdB), report.Number(f.RelativeRMSE), report.Number(f.Cosine)
	out.MaxAbsError, out.BelowIdealDB = report.Number(f.MaxAbsError), report.Number(f.BelowIdealDB)
	out.ClippedRatio, out.CodeEntropyBits = report.Number(f.ClippedRatio), report.Number(f.CodeEntropyBits)
	out.Kurtosis, out.ScaleSpread = report.Number(f.Kurtosis), report.Number(f.ScaleSpread)
	out.SignalEnergy, out.ErrorEnergy = report.Number(f.Signal), report.Number(f.Error)
	out.CodeOccupancy = numbers(f.CodeOccupancy)
	if f.Cause != int2.CauseNone {
		cause := string(f.Cause)
		out.Cause = &cause
	}
	if m.solver != out.Scheme.Solver {
		out.SolverUsed = string(m.solver)
	}
	out.FallbackRows = m.fallbackRows
	return withSize(out, m.sizeBytes)
}

func numbers(list []float64) []report.Number {
	if list == nil {
		return nil
	}
	out := make([]report.Number, len(list))
	for i, v := range list {
		out[i] = report.Number(v)
	}
	return out
}
