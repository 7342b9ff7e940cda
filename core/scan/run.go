package scan

import (
	"context"
	"errors"
	"slices"

	"github.com/mmtui/mmtui/int2"
)

// weightsPerWorker is how many weights are worth a goroutine of their own: a
// tensor gets as many as it can use, and smaller ones run beside each other.
const weightsPerWorker = 1 << 20

// queue holds the rows that need work, first ones first.
type queue struct {
	visible []int
	rows    []*row
	stale   bool // rows must be gathered again
}

// job is one piece of work for a row.
type job struct {
	ctx     context.Context
	stop    context.CancelFunc
	row     *row
	source  *source
	scheme  int2.Scheme
	work    work
	workers int
}

// outcome of a job.
type outcome struct {
	*job
	measured *measured
	err      error
}

// Run measures what is pending and returns when nothing is, or ctx ends. It
// calls event from one goroutine at a time. A row that fails is an event, not an error.
//
// A row is reported once with its figures and once more with below_ideal_db and
// its cause, which are looked for when all rows have their other figures. A
// second Run waits for the first.
func (s *Session) Run(ctx context.Context, event func(Event)) error {
	select {
	case s.running <- struct{}{}:
		defer func() { <-s.running }()
	case <-ctx.Done():
		return ctx.Err()
	}
	ctx, cancel := context.WithCancel(ctx)
	outcomes := make(chan outcome, s.workers)
	free, under := s.workers, 0
	// No goroutine outlives Run, whatever event does.
	defer func() {
		cancel()
		for ; under > 0; under-- {
			s.abandon(<-outcomes)
		}
	}()
	for {
		for ctx.Err() == nil {
			j := s.next(ctx, free)
			if j == nil {
				break
			}
			free -= j.workers
			under++
			go func() {
				m, err := s.measure(j.ctx, j.source, j.scheme, j.work == ideal, j.workers)
				outcomes <- outcome{j, m, err}
			}()
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if under == 0 {
			return nil
		}
		select {
		case o := <-outcomes:
			free += o.workers
			under--
			if e, ok := s.finish(o); ok && event != nil {
				event(e)
			}
		case <-s.changed:
		case <-ctx.Done():
		}
	}
}

// next takes the first row that needs work off the queue when there are enough
// free goroutines for it, else nil. A large tensor is not overtaken: it waits
// for its goroutines, so that memory stays bounded by a few tensors at a time.
func (s *Session) next(ctx context.Context, free int) *job {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queue.stale || len(s.queue.rows) == 0 {
		s.gather()
	}
	for len(s.queue.rows) > 0 {
		r := s.queue.rows[0]
		if r.need == nothing || r.under != nil {
			s.queue.rows = s.queue.rows[1:]
			continue
		}
		workers := int(min(max(r.out.Parameters/weightsPerWorker, 1), int64(s.workers)))
		if workers > free {
			return nil
		}
		s.queue.rows = s.queue.rows[1:]
		j := &job{row: r, source: r.source, scheme: *r.decision.Scheme, work: r.need, workers: workers}
		j.ctx, j.stop = context.WithCancel(ctx)
		r.under = j
		return j
	}
	return nil
}

// gather lists the rows that need work: the figures of visible rows, of the
// others in file order, then below_ideal_db in the same order. The caller holds
// the lock.
func (s *Session) gather() {
	s.queue.stale = false
	var lists [2][]*row
	seen := make(map[*row]bool, len(s.queue.visible))
	add := func(r *row) {
		switch {
		case r.under != nil:
		case r.need == measuring:
			lists[0] = append(lists[0], r)
		case r.need == ideal:
			lists[1] = append(lists[1], r)
		}
	}
	for _, i := range s.queue.visible {
		if i >= 0 && i < len(s.rows) && !seen[s.rows[i]] {
			seen[s.rows[i]] = true
			add(s.rows[i])
		}
	}
	for _, r := range s.rows {
		if !seen[r] {
			add(r)
		}
	}
	s.queue.rows = slices.Concat(lists[:]...)
}

// abandon takes in the outcome of a job that Run no longer wants.
func (s *Session) abandon(o outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o.stop()
	if o.row.under == o.job {
		o.row.under = nil
		s.queue.stale = true
	}
}

// finish takes in what a job found; ok is false when the row wants something
// else by now, or the job was called off.
func (s *Session) finish(o outcome) (e Event, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	calledOff := o.ctx.Err() != nil
	o.stop()
	r := o.row
	if r.under != o.job {
		return Event{}, false
	}
	r.under = nil
	if calledOff {
		s.queue.stale = true // it is still to do
		return Event{}, false
	}
	var bad *notFinite
	switch {
	case errors.As(o.err, &bad):
		r.need = nothing
		s.set(r, withNotFinite(unmeasured(r.source, r.decision), r.source, bad))
	case o.err != nil && o.work == ideal:
		r.need = nothing
		out := r.out
		out.IdealPending = false
		out.Reason = "below_ideal_db is missing: " + o.err.Error()
		s.set(r, out)
	case o.err != nil:
		r.need = nothing
		s.set(r, withFailure(unmeasured(r.source, r.decision), o.err))
	default:
		s.settle(r, o.measured)
	}
	return s.event(r), true
}

// event describes a row as it is now. The caller holds the lock.
func (s *Session) event(r *row) Event {
	e := Event{Index: r.index, Tensor: r.out.Clone()}
	e.Tensor.Rank = s.tally.rank(r.out.SQNRdB, r.index)
	e.Total, e.Done, e.Of = s.tally.total(s.rows, s.budget)
	return e
}
