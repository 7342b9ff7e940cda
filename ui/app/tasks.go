package app

import (
	"context"
	"sync"

	tea "github.com/charmbracelet/bubbletea"
)

// tasks owns the goroutines of commands: they end with its context, and wait
// returns when all have. bubbletea itself does not wait for commands.
type tasks struct {
	ctx    context.Context
	cancel context.CancelFunc
	owner  *opened // whose messages they bring back, nil for none's

	mu      sync.Mutex
	running int
	closed  bool
	idle    chan struct{} // closed when closed and running is 0
}

func newTasks(parent context.Context) *tasks {
	t := &tasks{idle: make(chan struct{})}
	t.ctx, t.cancel = context.WithCancel(parent)
	return t
}

// cmd makes a command of f. Its message is dropped once the context has ended.
func (t *tasks) cmd(f func(ctx context.Context) tea.Msg) tea.Cmd {
	return func() tea.Msg {
		if !t.begin() {
			return nil
		}
		defer t.end()
		m := f(t.ctx)
		if t.ctx.Err() != nil {
			return nil
		}
		if t.owner != nil {
			return t.owner.own(m)
		}
		return m
	}
}

func (t *tasks) begin() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	t.running++
	return true
}

func (t *tasks) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.running--
	if t.closed && t.running == 0 {
		close(t.idle)
	}
}

// close cancels what runs, lets nothing new start, and waits for the rest.
func (t *tasks) close() {
	t.cancel()
	t.mu.Lock()
	if !t.closed {
		t.closed = true
		if t.running == 0 {
			close(t.idle)
		}
	}
	t.mu.Unlock()
	<-t.idle
}
