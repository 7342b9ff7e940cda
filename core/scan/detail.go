package scan

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
)

// detailBytes bounds what is kept of tensors that were looked at: their packed
// form and their figures by row and group.
const detailBytes = 256 << 20

// detailKey is the flight, and with a fingerprint the cache entry, of a detail.
type detailKey struct {
	of     *source
	scheme int2.Scheme
}

// examined is a tensor with everything that the tensor view shows.
type examined struct {
	measured *measured
	detail   *int2.Detail
	packed   *int2.Packed
}

type detailCache = lru[resultKey, *examined]

func newDetailCache() *detailCache { return newLRU[resultKey, *examined](detailBytes) }

// cost of keeping it in bytes, about.
func (e *examined) cost() int64 {
	d := e.detail
	floats := len(d.RowSQNRdB) + len(d.RowMaxAbs) + len(d.GroupSQNRdB) + len(d.ColRMS) + len(d.ColErrorRMS)
	counts := len(d.Histogram.Counts) * (1 + len(d.LevelHistogram))
	return e.packed.SizeBytes() + 4*int64(floats) + 8*int64(counts)
}

// Detail is what the tensor view shows of one tensor under a scheme (nil: the
// plan's; for a tensor without one, the default scheme, said in Detail.Note).
// A tensor that has no matrix view is shown as one row; of one that holds NaN or
// Inf there is nothing but the row and the verdict.
func (s *Session) Detail(ctx context.Context, name string, scheme *int2.Scheme) (*report.TensorDetail, error) {
	q, err := s.question(name, scheme)
	if err != nil {
		return nil, err
	}
	e, err := s.examine(ctx, q)
	var bad *notFinite
	switch {
	case errors.As(err, &bad):
		return degenerateDetail(q, bad), nil
	case err != nil:
		return nil, fmt.Errorf("tensor %s: %w", report.Printable(name), err)
	}
	out := newDetail(q, e)
	if q.decided { // the figures are those of the row
		out.Tensor = withFigures(out.Tensor, e.measured)
		s.mu.Lock()
		defer s.mu.Unlock()
		out.Tensor.Rank = s.tally.rank(out.Tensor.SQNRdB, q.row.index)
	}
	return out, nil
}

// question is a tensor and the scheme to look at it under.
type question struct {
	row     *row
	source  *source
	base    report.Tensor // the row without figures
	scheme  int2.Scheme
	decided bool   // the tensor can be quantized like that
	note    string // what the reader must know
}

// question chooses the scheme for a look at a tensor.
func (s *Session) question(name string, scheme *int2.Scheme) (*question, error) {
	if scheme != nil {
		if err := scheme.Validate(); err != nil {
			return nil, err
		}
	}
	r, err := s.lookup(name)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q := &question{row: r, source: r.source, base: r.out.Clone()}
	d := r.decision
	if scheme != nil {
		d = r.source.subject.Under(scheme)
		q.base = unmeasured(r.source, d)
	} else if d.Scheme != nil {
		q.base = unmeasured(r.source, d)
	}
	if d.Scheme != nil {
		q.scheme, q.decided = *d.Scheme, true
		return q, nil
	}
	switch def, err := s.plan.Default.Scheme(); {
	case scheme != nil:
		q.scheme = *scheme
	case err == nil && def != nil:
		q.scheme = *def
	default:
		q.scheme = int2.DefaultScheme()
	}
	q.base.Rank = s.tally.rank(r.out.SQNRdB, r.index)
	q.note = fmt.Sprintf("stays as it is: %s. The view shows what %s would do to it", d.Reason, q.scheme)
	if r.source.subject.AlreadyQuantized {
		q.note += ", measured against the values that it is stored with"
	}
	return q, nil
}

// examine quantizes a tensor and keeps all there is to see.
func (s *Session) examine(ctx context.Context, q *question) (*examined, error) {
	v, err := s.flights.do(ctx, detailKey{q.source, q.scheme}, func(ctx context.Context) (any, error) {
		fingerprint, err := s.fingerprintOf(ctx, q.source)
		if err != nil {
			return nil, err
		}
		key := resultKey{fingerprint, q.scheme}
		if e := s.details.get(key); e != nil {
			return e, nil
		}
		// The verdict rests on the exact optima, so below_ideal_db costs nothing more.
		withIdeal := !s.noIdeal
		res, err := s.quantize(ctx, q.source, q.scheme, int2.Options{Workers: s.workers, Keep: true, Detail: true, Ideal: withIdeal})
		if err != nil {
			return nil, err
		}
		if !withIdeal {
			res.Metrics.BelowIdealDB = math.NaN()
		}
		e := &examined{measured: newMeasured(res, q.source, q.scheme, withIdeal), detail: res.Detail, packed: res.Packed}
		if q.decided {
			s.results.put(key, e.measured, e.measured.cost())
		}
		s.details.put(key, e, e.cost())
		return e, nil
	})
	if err != nil {
		return nil, err
	}
	return v.(*examined), nil
}

// GroupValues gives original and dequantized weights of one group under a
// scheme, for the values panel: the codes and both rows of numbers.
func (s *Session) GroupValues(ctx context.Context, name string, scheme *int2.Scheme, row, group int) (*report.GroupValues, error) {
	q, err := s.question(name, scheme)
	if err != nil {
		return nil, err
	}
	e, err := s.examine(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("tensor %s: %w", report.Printable(name), err)
	}
	p := e.packed
	if groups := p.Scheme.Groups(p.Cols); row < 0 || row >= p.Rows || group < 0 || group >= groups {
		return nil, fmt.Errorf("tensor %s has %d rows of %d groups; there is no group %d in row %d",
			report.Printable(name), p.Rows, groups, group, row)
	}
	original := make([]float32, p.Cols)
	rows, err := s.open(ctx, q.source)
	if err != nil {
		return nil, err
	}
	err = errors.Join(rows.ReadRows(ctx, row, row+1, original), rows.Close())
	if err != nil {
		return nil, fmt.Errorf("tensor %s: %w", report.Printable(name), err)
	}
	return newGroupValues(p, original, row, group), nil
}
