package live

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/mmtui/mmtui/core/report"
)

// DefaultInterval is the time between two rounds of readings.
const DefaultInterval = time.Second

// deadline is how long a round waits for its sources. A sensor that takes longer
// is not asked again before it has answered; the others are not held up.
const deadline = 250 * time.Millisecond

// Sampler asks sources for readings and records them.
type Sampler struct {
	recorder *Recorder
	desks    []*desk
	patience time.Duration
	wait     sync.WaitGroup
}

// desk is a source and what is known of it.
type desk struct {
	source Source
	answer chan reading // of the reading under way; nil: none is
	known  []Sample     // as last read
}

type reading struct {
	at      time.Time
	samples []Sample
	broke   string
}

// NewSampler prepares the sampling of sources; nothing runs yet.
func NewSampler(r *Recorder, sources ...Source) *Sampler {
	s := &Sampler{recorder: r, patience: deadline}
	for _, one := range sources {
		s.desks = append(s.desks, &desk{source: one})
	}
	return s
}

// Step takes one round of readings. It returns when all sources have answered,
// at the deadline, or when ctx ends; what comes later is recorded by the next
// Step. Only one Step may be under way at a time.
func (s *Sampler) Step(ctx context.Context) {
	timer := time.NewTimer(s.patience)
	defer timer.Stop()
	for _, d := range s.desks {
		if d.answer == nil {
			s.ask(ctx, d)
		}
	}
	late := false
	for _, d := range s.desks {
		if late { // the deadline has passed: only what is there already
			select {
			case got := <-d.answer:
				s.take(d, got)
			default:
				s.miss(d)
			}
			continue
		}
		select {
		case got := <-d.answer:
			s.take(d, got)
		case <-timer.C:
			late = true
			s.miss(d)
		case <-ctx.Done():
			return
		}
	}
}

// ask starts a reading.
func (s *Sampler) ask(ctx context.Context, d *desk) {
	answer := make(chan reading, 1) // so that an answer nobody waits for ends the goroutine
	d.answer = answer
	now := s.recorder.now
	s.wait.Go(func() {
		var got reading
		defer func() {
			// Sensors are read by libraries too, and an odd file must not end the program.
			if fault := recover(); fault != nil {
				got = reading{broke: fmt.Sprintf("the reading failed: %v", fault)}
			}
			got.at = now()
			answer <- got
		}()
		got.samples = d.source.Read(ctx)
	})
}

func (s *Sampler) take(d *desk, got reading) {
	d.answer = nil
	if got.broke != "" {
		s.missing(d, got.broke)
		return
	}
	s.recorder.Silence(d.source.Name(), "")
	if len(got.samples) > 0 {
		d.known = got.samples
	}
	s.recorder.Record(got.at, got.samples...)
}

func (s *Sampler) miss(d *desk) {
	s.missing(d, fmt.Sprintf("%s did not answer within %v", d.source.Name(), s.patience))
}

// missing says of every metric of a source why it has no value now.
func (s *Sampler) missing(d *desk, why string) {
	why = report.Printable(why)
	s.recorder.Silence(d.source.Name(), why)
	var out []Sample
	for _, one := range d.known {
		out = append(out, one.missing(one.Source, why))
	}
	s.recorder.Record(s.recorder.now(), out...)
}

// Run takes a round now and one every interval, until ctx ends, and tells round
// after each; an error of it ends the sampling. The error is that one, or ctx's.
// When Run returns, every reading has ended.
func (s *Sampler) Run(ctx context.Context, interval time.Duration, round func() error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer s.Close()
	defer cancel()
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		s.Step(ctx)
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := round(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// Close waits for the readings that are under way.
func (s *Sampler) Close() { s.wait.Wait() }
