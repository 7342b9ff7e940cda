package scan

import (
	"context"
	"errors"
	"fmt"

	"github.com/mmtui/mmtui/int2"
)

// measureKey is the flight of a measurement.
type measureKey struct {
	of     *source
	scheme int2.Scheme
	ideal  bool
}

// measure returns the figures of a tensor under a scheme, from what is known or
// by quantizing it with so many goroutines. A tensor with NaN or Inf gives a
// *notFinite error.
func (s *Session) measure(ctx context.Context, src *source, scheme int2.Scheme, withIdeal bool, workers int) (*measured, error) {
	v, err := s.flights.do(ctx, measureKey{src, scheme, withIdeal}, func(ctx context.Context) (any, error) {
		fingerprint, err := s.fingerprintOf(ctx, src)
		if err != nil {
			return nil, err
		}
		key := resultKey{fingerprint, scheme}
		if m := s.results.get(key); m != nil && (m.hasIdeal || !withIdeal) {
			return m, nil
		}
		keep := s.packed != nil && !withIdeal
		res, err := s.quantize(ctx, src, scheme, int2.Options{Workers: workers, Ideal: withIdeal, Keep: keep})
		if err != nil {
			return nil, err
		}
		if keep {
			s.packed(src.tensor, res.Packed)
		}
		m := newMeasured(res, src, scheme, withIdeal)
		s.results.put(key, m, m.cost())
		return m, nil
	})
	if err != nil {
		return nil, err
	}
	return v.(*measured), nil
}

// quantize opens a tensor and runs the quantizer over it.
func (s *Session) quantize(ctx context.Context, src *source, scheme int2.Scheme, opt int2.Options) (*int2.Result, error) {
	if _, _, bad := src.learned(); bad != nil {
		return nil, bad
	}
	rows, err := s.open(ctx, src)
	if err != nil {
		return nil, err
	}
	res, err := s.engine.quantize(ctx, rows, scheme, opt)
	closeErr := rows.Close()
	switch {
	case errors.Is(err, int2.ErrNotFinite):
		bad := &notFinite{}
		if res != nil {
			bad.nans, bad.infs = res.Metrics.NaNs, res.Metrics.Infs
		}
		src.learnNotFinite(bad)
		return nil, bad
	case err != nil:
		return nil, err
	case closeErr != nil:
		return nil, fmt.Errorf("closing tensor %s: %w", src.tensor.Name, closeErr)
	}
	return res, nil
}

func newMeasured(res *int2.Result, src *source, scheme int2.Scheme, withIdeal bool) *measured {
	return &measured{
		metrics: res.Metrics, solver: res.Solver, fallbackRows: res.FallbackRows, hasIdeal: withIdeal,
		sizeBytes: scheme.SizeBytes(src.subject.Rows, src.subject.Cols, res.HasCol),
	}
}
