package infer

import "time"

// stopwatch is the time that one answer takes: its own steps, not those of
// another answer that is made in between.
type stopwatch struct {
	now     func() time.Time
	since   time.Time
	running bool
	sum     time.Duration // of what is over
}

func (s *stopwatch) start() { s.since, s.running = s.now(), true }

func (s *stopwatch) pause() { s.sum, s.running = s.elapsed(), false }

// add counts time that was spent elsewhere for this answer, or takes some off.
func (s *stopwatch) add(d time.Duration) { s.sum += d }

func (s *stopwatch) elapsed() time.Duration {
	if !s.running {
		return s.sum
	}
	return s.sum + s.now().Sub(s.since)
}
