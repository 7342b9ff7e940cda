package app

import (
	"context"
	"errors"
	"slices"

	tea "github.com/charmbracelet/bubbletea"
)

// busy reports whether a model answers something whose times are shown.
func (o *opened) busy() bool { return o.running || o.diverging }

// hushed reports whether scans wait, so that they do not spoil the times of a run.
func (s *shell) hushed() bool {
	for _, o := range s.models {
		if o.busy() {
			return true
		}
	}
	return s.timing()
}

var errOccupied = errors.New("something else works on this machine now: wait for its end, or stop it with Esc in its view (4 Run, 7 Diverge, 8 Bench)")

// occupied reports whether a run of any model, a comparison of any model or a
// benchmark is under way: two of them would spoil each other's times.
func (s *shell) occupied(by func(*opened) bool) bool {
	return s.timing() || slices.ContainsFunc(s.models, by)
}

// hush stops the scans of every open model; resumeScans goes on with them. What
// it returns waits until they have ended.
func (s *shell) hush() (wait func(context.Context)) {
	var ends []chan struct{}
	for _, o := range s.models {
		if o.scanning {
			o.stopScan()
			ends = append(ends, o.scanDone)
		}
	}
	return func(ctx context.Context) {
		for _, end := range ends {
			select {
			case <-end:
			case <-ctx.Done():
				return
			}
		}
	}
}

// resumeScans goes on with the scans that wait, once nothing is answered any more.
func (s *shell) resumeScans() tea.Cmd {
	if s.hushed() {
		return nil
	}
	return s.onEvery(s.continueScan)
}
