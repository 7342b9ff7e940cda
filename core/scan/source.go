package scan

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/int2"
)

// weights is what the session reads of a tensor.
type weights interface {
	Fingerprint(ctx context.Context) (uint64, error)
	Rows(ctx context.Context) (model.Rows, error)
	Values(ctx context.Context, first int64, dst []float32) error
}

// engine is what does the work; tests put their own in its place.
type engine struct {
	weights  func(*model.Tensor) weights
	quantize func(context.Context, int2.RowReader, int2.Scheme, int2.Options) (*int2.Result, error)
}

func productionEngine() engine {
	return engine{
		weights:  func(t *model.Tensor) weights { return t },
		quantize: int2.Quantize,
	}
}

// source is a tensor of one opening of the model, with what was learned of its bytes.
type source struct {
	tensor  *model.Tensor
	weights weights
	subject plan.Subject

	mu          sync.Mutex
	known       bool // fingerprint is set
	fingerprint uint64
	notFinite   *notFinite
}

// notFinite counts what keeps a tensor from being quantized; it is the error of
// measuring such a tensor.
type notFinite struct{ nans, infs int64 }

func (n *notFinite) Error() string {
	var parts []string
	if n.nans > 0 {
		parts = append(parts, fmt.Sprintf("%d NaN", n.nans))
	}
	if n.infs > 0 {
		parts = append(parts, fmt.Sprintf("%d Inf", n.infs))
	}
	return "holds " + strings.Join(parts, " and ")
}

func newSource(t *model.Tensor, w weights) *source {
	return &source{tensor: t, weights: w, subject: Subject(t)}
}

// learned returns what is known without reading.
func (s *source) learned() (fingerprint uint64, known bool, bad *notFinite) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fingerprint, s.known, s.notFinite
}

func (s *source) learn(fingerprint uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fingerprint, s.known = fingerprint, true
}

func (s *source) learnNotFinite(bad *notFinite) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notFinite = bad
}

// fingerprintKey is the flight of reading a tensor's fingerprint.
type fingerprintKey struct{ of *source }

// fingerprintOf reads the tensor's fingerprint, once.
func (s *Session) fingerprintOf(ctx context.Context, src *source) (uint64, error) {
	if f, known, _ := src.learned(); known {
		return f, nil
	}
	v, err := s.flights.do(ctx, fingerprintKey{src}, func(ctx context.Context) (any, error) {
		f, err := src.weights.Fingerprint(ctx)
		if err == nil {
			src.learn(f)
		}
		return f, err
	})
	if err != nil {
		return 0, err
	}
	return v.(uint64), nil
}
