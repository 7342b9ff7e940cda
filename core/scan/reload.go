package scan

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/report"
)

// SetModel swaps in the model as it is now on disk. Tensors whose bytes are
// the same (by fingerprint) keep their results; the names of the others that
// the plan quantizes are returned: they are new, changed, or were not measured
// before. The session does not close the model that it had.
//
// The present model stays in use until the fingerprints of the new one are
// read; when ctx ends before that, nothing changes. A tensor that cannot be
// read counts as changed: its row will say why.
func (s *Session) SetModel(ctx context.Context, m *model.Model) (changed []string, err error) {
	rows, byName := s.newRows(m)
	if err := s.fingerprintAgain(ctx, rows); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old, decider := s.byName, s.plan.Decider()
	for _, r := range s.rows {
		r.halt()
	}
	s.model, s.rows, s.byName, s.tally = m, rows, byName, newTally(len(rows))
	for _, r := range s.rows {
		before, ok := old[r.source.tensor.Name]
		if ok && sameBytes(before.source, r.source) {
			if _, _, bad := before.source.learned(); bad != nil {
				r.source.learnNotFinite(bad)
			}
			s.decide(r, decider)
			s.keepFigures(r, before)
		} else {
			s.decide(r, decider)
		}
		if r.need == measuring {
			changed = append(changed, r.source.tensor.Name)
		}
	}
	s.wake()
	return changed, nil
}

// keepFigures takes over the figures of a row whose bytes and scheme are the
// same, though the cache may have dropped them. The caller holds the lock.
func (s *Session) keepFigures(r, before *row) {
	if r.need != measuring || before.need == measuring || !sameScheme(r.decision.Scheme, before.decision.Scheme) ||
		before.out.State == report.Failed {
		return
	}
	out := before.out.Clone()
	out.Rule, out.SizeBytes = r.out.Rule, r.out.SizeBytes
	r.need = before.need
	s.set(r, out)
}

// fingerprintAgain reads the fingerprints of the rows whose tensors had one in
// the present model.
func (s *Session) fingerprintAgain(ctx context.Context, rows []*row) error {
	s.mu.Lock()
	old := s.byName
	s.mu.Unlock()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.workers)
	for _, r := range rows {
		before, ok := old[r.source.tensor.Name]
		if !ok || !sameForm(before.source, r.source) {
			continue
		}
		if _, known, _ := before.source.learned(); !known {
			continue
		}
		group.Go(func() error {
			if _, err := s.fingerprintOf(ctx, r.source); err != nil && ctx.Err() != nil {
				return ctx.Err()
			}
			return nil // the row will say what is wrong when it is measured
		})
	}
	return group.Wait()
}

// sameForm reports whether two tensors look the same from their headers.
func sameForm(a, b *source) bool {
	return a.tensor.DType == b.tensor.DType && a.tensor.Transposed == b.tensor.Transposed && slices.Equal(a.tensor.Shape, b.tensor.Shape)
}

// sameBytes reports whether two tensors are known to hold the same values.
func sameBytes(a, b *source) bool {
	x, knownX, _ := a.learned()
	y, knownY, _ := b.learned()
	return knownX && knownY && x == y
}
