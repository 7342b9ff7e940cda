package app

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/ui/msg"
)

// runPump gathers what happens in a run, so that the screen takes in one
// message a frame however fast tokens come.
type runPump struct {
	now   func() time.Time
	feeds runFeeds // of the live figures

	mu     sync.Mutex
	began  map[int]time.Time
	own    map[int]time.Duration // the time of a column's own work
	last   time.Time             // when something happened last, in any column
	clocks map[int]msg.RunClock
	parts  map[int]*msg.RunPart
	closed bool
	ready  chan struct{} // holds a token while there is something, or the pump is closed
}

func newRunPump(now func() time.Time) *runPump {
	return &runPump{
		now: now, began: map[int]time.Time{}, own: map[int]time.Duration{}, clocks: map[int]msg.RunClock{}, parts: map[int]*msg.RunPart{},
		ready: make(chan struct{}, 1),
	}
}

// part is what is gathered of a column; the caller holds the lock.
func (p *runPump) part(column int) *msg.RunPart {
	one := p.parts[column]
	if one == nil {
		one = &msg.RunPart{Column: column}
		p.parts[column] = one
	}
	return one
}

// begin starts a column's clock.
func (p *runPump) begin(column int) {
	p.mu.Lock()
	p.last = p.now()
	p.began[column] = p.last
	p.part(column)
	p.feeds.begin(column)
	p.mu.Unlock()
	p.signal()
}

// add takes in an event; the run's goroutine calls it. Columns work in turns, so
// that the time since the last event, whosever it was, is this column's own.
func (p *runPump) add(column int, e infer.Event) {
	p.mu.Lock()
	clock, now := p.clocks[column], p.now()
	clock.Elapsed = now.Sub(p.began[column])
	p.own[column] += now.Sub(p.last)
	p.last = now
	if e.Kind == infer.Token {
		clock.LastToken = p.own[column]
		if clock.FirstToken == 0 {
			clock.FirstToken = clock.LastToken
		}
	}
	p.clocks[column] = clock
	p.feeds.add(column, e, p.own[column])
	one := p.part(column)
	one.Events, one.Clock = append(one.Events, e), clock
	p.mu.Unlock()
	p.signal()
}

// end takes in a column's answer.
func (p *runPump) end(column int, what msg.RunPart) {
	p.mu.Lock()
	one := p.part(column)
	events := one.Events
	*one = what
	one.Column, one.Ended, one.Events, one.Clock = column, true, events, p.clocks[column]
	delete(p.began, column)
	p.feeds.end(column, what, p.own[column]+p.now().Sub(p.last))
	p.mu.Unlock()
	p.signal()
}

// close says that nothing more comes.
func (p *runPump) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.signal()
}

func (p *runPump) signal() {
	select {
	case p.ready <- struct{}{}:
	default:
	}
}

// clockInterval is how often the clock of a run is told while nothing happens in it.
const clockInterval = 200 * time.Millisecond

// tick puts the time into the parts of the columns that are under way.
func (p *runPump) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for column, began := range p.began {
		clock := p.clocks[column]
		clock.Elapsed = p.now().Sub(began)
		p.clocks[column], p.part(column).Clock = clock, clock
	}
}

// next waits for something, if only that time has passed, and then for the rest
// of the frame. ok is false when ctx ended.
func (p *runPump) next(ctx context.Context) (m msg.RunProgress, ok bool) {
	idle := time.NewTimer(clockInterval)
	defer idle.Stop()
	select {
	case <-ctx.Done():
		return m, false
	case <-p.ready:
	case <-idle.C:
		p.tick()
	}
	if !p.finished() {
		frame := time.NewTimer(frameInterval)
		defer frame.Stop()
		select {
		case <-ctx.Done():
			return m, false
		case <-frame.C:
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range p.parts {
		m.Parts = append(m.Parts, *one)
	}
	slices.SortFunc(m.Parts, func(a, b msg.RunPart) int { return a.Column - b.Column })
	p.parts = map[int]*msg.RunPart{}
	if m.Last = p.closed; m.Last {
		p.signal() // a later call must not wait either
	}
	return m, true
}

func (p *runPump) finished() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}
