package variant

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/int2/kernel"
)

// job is a tensor that is to be packed.
type job struct {
	tensor *model.Tensor
	way    way
	scheme int2.Scheme
}

// prepare packs tensors, several at a time, the largest first. Those that stay
// as they are are noted, too.
func (s *Set) prepare(ctx context.Context, names []string) error {
	jobs := s.jobs(names)
	slices.SortStableFunc(jobs, func(a, b job) int { return cmp.Compare(b.tensor.Parameters, a.tensor.Parameters) })
	parent := ctx
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan job)
	var running sync.WaitGroup
	var telling sync.Mutex
	done := 0
	// Each tensor is quantized by one goroutine, and a lone one by all.
	within := max(1, s.opt.workers()/max(1, len(jobs)))
	for range min(s.opt.workers(), len(jobs)) {
		running.Go(func() {
			for j := range next {
				if err := s.make(ctx, j, within); err != nil {
					cancel(err)
				}
				telling.Lock()
				done++
				if s.opt.Progress != nil && ctx.Err() == nil {
					s.opt.Progress(done, len(jobs), j.tensor.Name)
				}
				telling.Unlock()
			}
		})
	}
	for _, j := range jobs {
		if ctx.Err() != nil {
			break
		}
		next <- j
	}
	close(next)
	running.Wait()
	if err := parent.Err(); err != nil {
		return err
	}
	return context.Cause(ctx)
}

// jobs decides on tensors that were not decided on yet.
func (s *Set) jobs(names []string) []job {
	s.mu.Lock()
	defer s.mu.Unlock()
	var jobs []job
	for _, name := range names {
		if _, ok := s.made[name]; ok {
			continue
		}
		s.order = append(s.order, name)
		t, ok := s.model.Lookup(name)
		if !ok {
			continue
		}
		w, scheme := s.choose.of(t, s.weights.has(name))
		if w == asFloat {
			s.made[name] = made{}
			continue
		}
		jobs = append(jobs, job{t, w, scheme})
	}
	return jobs
}

// make packs one tensor and keeps it.
func (s *Set) make(ctx context.Context, j job, workers int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m, err := s.pack(ctx, j, workers)
	switch {
	case errors.Is(err, int2.ErrNotFinite):
		s.warn("%s: tensor %s stays in float: %v; `mmtui inspect` shows the tensor", safetensors.Printable(s.model.Path), safetensors.Printable(j.tensor.Name), err)
		m = made{}
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return s.failure(j.tensor.Name, err)
	}
	s.mu.Lock()
	s.made[j.tensor.Name] = m
	s.mu.Unlock()
	return nil
}

func (s *Set) pack(ctx context.Context, j job, workers int) (made, error) {
	switch j.way {
	case fromFile:
		p, measured, err := s.weights.packed(ctx, j.tensor.Name)
		if err != nil {
			return made{}, err
		}
		return s.finish(j, p, measured, FromFile), nil
	case asPacked:
		p, err := j.tensor.Packed(ctx)
		if err != nil {
			return made{}, err
		}
		return s.finish(j, p, recorded(j.tensor), FromFile), nil
	}
	return s.quantized(ctx, j, workers)
}

// quantized takes a tensor from the cache, or quantizes it and puts it there.
func (s *Set) quantized(ctx context.Context, j job, workers int) (made, error) {
	e, err := s.cache.entry(ctx, j.tensor, j.scheme)
	if err != nil {
		return made{}, err
	}
	if m, ok := s.shared(j, e.name); ok {
		return m, nil
	}
	p, sqnr, ok := s.cache.load(ctx, e)
	origin := FromCache
	if !ok {
		if p, sqnr, err = quantize(ctx, j, workers); err != nil {
			return made{}, err
		}
		origin = FromQuantizing
		if err := s.cache.store(ctx, e, p, sqnr); err != nil {
			return made{}, err
		}
	}
	m := s.finish(j, p, sqnr, origin)
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.matrices[e.name]; w != nil {
		m.weights = w // an equal tensor was packed at the same time
	}
	s.matrices[e.name] = m.weights
	return m, nil
}

// shared is a tensor that is equal to one that is packed already.
func (s *Set) shared(j job, content string) (made, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.matrices[content]
	if w == nil {
		return made{}, false
	}
	for _, m := range s.made {
		if m.weights == w {
			m.layer.Name = j.tensor.Name
			return m, true
		}
	}
	return made{}, false
}

// finish lays a matrix out for the kernels; p is let go.
func (s *Set) finish(j job, p *int2.Packed, sqnr report.Number, origin Origin) made {
	w := kernel.Pack(p)
	return made{w, Layer{
		Name: j.tensor.Name, Scheme: p.Scheme, Rows: p.Rows, Cols: p.Cols, Bytes: w.SizeBytes(), SQNRdB: sqnr, Origin: origin,
	}}
}

func quantize(ctx context.Context, j job, workers int) (*int2.Packed, report.Number, error) {
	rows, err := j.tensor.Rows(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	r, err := int2.Quantize(ctx, rows, j.scheme, int2.Options{Workers: workers, Keep: true})
	if err != nil {
		return nil, 0, err
	}
	return r.Packed, report.Number(r.Metrics.SQNRdB), nil
}

// recorded is the SQNR that `mmtui quantize` measured.
func recorded(t *model.Tensor) report.Number {
	if t.Recorded == nil {
		return report.NA()
	}
	return t.Recorded.SQNRdB
}
