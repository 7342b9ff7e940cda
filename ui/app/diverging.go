package app

import (
	"context"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/diverge"
	"github.com/mmtui/mmtui/ui/msg"
)

// divergeFunc compares a model's float run with a variant, layer by layer.
type divergeFunc func(ctx context.Context, model string, q msg.NeedDivergence, progress func(diverge.Progress)) (*diverge.Report, error)

// findDivergence is diverge.Run.
func (w world) findDivergence(ctx context.Context, model string, q msg.NeedDivergence, progress func(diverge.Progress)) (*diverge.Report, error) {
	return diverge.Run(ctx, diverge.Options{
		Model: model, Request: q.Request, Variant: q.Variant, Lifts: q.Lifts, Combinations: q.Combinations,
		CacheDir: w.model.CacheDir, PackDir: w.packDir, Workers: w.scan.Workers, Progress: progress,
	})
}

// fromDiverge deals with what the Diverge view asks for, and with the answers.
func (s *shell) fromDiverge(m tea.Msg) (tea.Cmd, bool) {
	switch m := m.(type) {
	case msg.NeedDivergence:
		return s.startDivergence(m), true
	case msg.StopDivergence:
		if o := s.open; o != nil && o.divergeID == m.ID && o.stopDiverge != nil {
			o.stopDiverge()
		}
		return nil, true
	case divergenceMoved:
		return s.takeDivergence(m), true
	case msg.KeepPlan:
		return s.keepPlan(m), true
	case msg.RequestChanged:
		// Commands may overtake each other: the message says that something has changed, the view what holds now.
		if now, ok := s.views[msg.Run].(interface{ Asks() msg.RequestChanged }); ok {
			m = now.Asks()
		}
		return s.to(msg.Diverge, m), true
	}
	return nil, false
}

// divergenceMoved is how far a comparison is, or that it has ended.
type divergenceMoved struct {
	from  *opened
	gauge *gauge
	what  msg.DivergenceProgress
	ready *msg.DivergenceReady
}

// gauge holds how far a comparison is, so that the screen takes in one message a frame.
type gauge struct {
	mu    sync.Mutex
	what  msg.DivergenceProgress
	ready *msg.DivergenceReady // when it has ended
	moved chan struct{}        // holds a token while there is something new
}

func newGauge(id int) *gauge {
	return &gauge{what: msg.DivergenceProgress{ID: id}, moved: make(chan struct{}, 1)}
}

func (g *gauge) signal() {
	select {
	case g.moved <- struct{}{}:
	default:
	}
}

func (g *gauge) progress(p diverge.Progress) {
	g.mu.Lock()
	g.what.Stage, g.what.Done, g.what.Of = p.Stage, p.Done, p.Of
	g.mu.Unlock()
	g.signal()
}

func (g *gauge) end(r *diverge.Report, err error) {
	g.mu.Lock()
	g.ready = &msg.DivergenceReady{ID: g.what.ID, Report: r, Err: err}
	g.mu.Unlock()
	g.signal()
}

func (g *gauge) read() (msg.DivergenceProgress, *msg.DivergenceReady) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.what, g.ready
}

// startDivergence compares in a goroutine of its own; scans wait meanwhile.
func (s *shell) startDivergence(m msg.NeedDivergence) tea.Cmd {
	o := s.open
	if o == nil || m.ID < o.divergeID { // a later one has overtaken it
		return nil
	}
	if s.occupied(func(o *opened) bool { return o.running }) {
		return s.to(msg.Diverge, msg.DivergenceReady{ID: m.ID, Err: errOccupied})
	}
	ctx := o.replace(&o.stopDiverge)
	o.divergeID, o.diverging = m.ID, true
	g, find, model, quiet := newGauge(m.ID), s.services.diverge, o.model, s.hush()
	work := o.tasks.cmd(func(context.Context) tea.Msg {
		quiet(ctx)
		r, err := find(ctx, model, m, g.progress)
		g.end(r, err)
		return nil
	})
	return tea.Batch(work, o.nextOfDivergence(g))
}

// nextOfDivergence waits for news, and then for the rest of the frame.
func (o *opened) nextOfDivergence(g *gauge) tea.Cmd {
	return o.tasks.cmd(func(ctx context.Context) tea.Msg {
		select {
		case <-ctx.Done():
			return nil
		case <-g.moved:
		}
		if _, ready := g.read(); ready == nil {
			frame := time.NewTimer(frameInterval)
			defer frame.Stop()
			select {
			case <-ctx.Done():
				return nil
			case <-frame.C:
			}
		}
		what, ready := g.read()
		return divergenceMoved{from: o, gauge: g, what: what, ready: ready}
	})
}

func (s *shell) takeDivergence(m divergenceMoved) tea.Cmd {
	if m.from != s.open {
		return nil
	}
	if m.ready == nil {
		return tea.Batch(s.to(msg.Diverge, m.what), s.open.nextOfDivergence(m.gauge))
	}
	cmds := []tea.Cmd{s.to(msg.Diverge, *m.ready)}
	if m.what.ID == s.open.divergeID {
		s.open.diverging = false
		cmds = append(cmds, s.resumeScans())
	}
	return tea.Batch(cmds...)
}

// keepPlan makes a plan that of the session, which can be undone, and saves it.
func (s *shell) keepPlan(m msg.KeepPlan) tea.Cmd {
	if s.open == nil {
		return nil
	}
	if err := m.Plan.Validate(); err != nil {
		return s.complain(err)
	}
	var apply tea.Cmd
	if !m.Plan.Equal(s.open.history.present) {
		s.open.history = s.open.history.push(m.Label, m.Plan)
		apply = s.applyPlan()
	}
	return tea.Batch(apply, s.save("", nil))
}
