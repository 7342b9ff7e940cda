package app

import (
	"context"
	"sync"
	"time"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/scan"
)

// frameInterval keeps messages of a scan to 60 a second.
const frameInterval = time.Second / 60

// pump gathers the events of one scan, so that the screen takes in one message
// a frame however fast rows come.
type pump struct {
	mu     sync.Mutex
	rows   map[int]report.Tensor
	total  report.Total
	done   int
	of     int
	closed bool
	ready  chan struct{} // holds a token while there are rows, or the pump is closed
}

func newPump() *pump {
	return &pump{rows: map[int]report.Tensor{}, ready: make(chan struct{}, 1)}
}

// add takes in an event; the scan's goroutine calls it.
func (p *pump) add(e scan.Event) {
	p.mu.Lock()
	p.rows[e.Index] = e.Tensor
	p.total, p.done, p.of = e.Total, e.Done, e.Of
	p.mu.Unlock()
	p.signal()
}

// close says that no more events come.
func (p *pump) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.signal()
}

func (p *pump) signal() {
	select {
	case p.ready <- struct{}{}:
	default:
	}
}

// batch is the rows of a frame.
type batch struct {
	rows     map[int]report.Tensor
	total    report.Total
	done, of int
	last     bool // nothing comes after it
}

// next waits for rows, and then for the rest of the frame. ok is false when ctx ended.
func (p *pump) next(ctx context.Context) (b batch, ok bool) {
	select {
	case <-ctx.Done():
		return batch{}, false
	case <-p.ready:
	}
	if !p.finished() {
		frame := time.NewTimer(frameInterval)
		defer frame.Stop()
		select {
		case <-ctx.Done():
			return batch{}, false
		case <-frame.C:
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	b = batch{rows: p.rows, total: p.total, done: p.done, of: p.of, last: p.closed}
	p.rows = map[int]report.Tensor{}
	if p.closed {
		p.signal() // a later call must not wait either
	}
	return b, true
}

func (p *pump) finished() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}
