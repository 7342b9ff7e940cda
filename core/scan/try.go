package scan

import (
	"context"
	"errors"
	"fmt"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
)

// Try measures one tensor under another scheme and leaves the plan alone; a
// nil scheme gives the row of a tensor that stays as it is. Results are cached.
// below_ideal_db is there when it was measured before. A tensor that cannot be
// quantized, or not with this scheme, gives its row with the reason.
func (s *Session) Try(ctx context.Context, name string, scheme *int2.Scheme) (report.Tensor, error) {
	if scheme != nil {
		if err := scheme.Validate(); err != nil {
			return report.Tensor{}, err
		}
	}
	r, err := s.lookup(name)
	if err != nil {
		return report.Tensor{}, err
	}
	src := r.source
	out := unmeasured(src, src.subject.Under(scheme))
	if out.Scheme != nil {
		var bad *notFinite
		m, err := s.measure(ctx, src, *out.Scheme, false, s.workers)
		switch {
		case errors.As(err, &bad):
			return withNotFinite(out, src, bad), nil
		case err != nil:
			return report.Tensor{}, fmt.Errorf("tensor %s: %w", report.Printable(name), err)
		}
		out = withFigures(out, m)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out.Rank = s.tally.rank(out.SQNRdB, r.index)
	return out, nil
}

// lookup finds a row by the tensor's name. Index and source of a row never change.
func (s *Session) lookup(name string) (*row, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.byName[name]; ok {
		return r, nil
	}
	names := make([]string, len(s.rows))
	for i, r := range s.rows {
		names[i] = r.source.tensor.Name
	}
	message := fmt.Sprintf("the model has no tensor %q", name)
	if near := plan.Nearest(plan.Exact(name), names, 1); len(near) > 0 {
		message += fmt.Sprintf("; did you mean %q?", near[0])
	}
	return nil, errors.New(message)
}
