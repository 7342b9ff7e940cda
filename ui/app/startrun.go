package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/ui/msg"
)

// runReady is a frame's worth of a run.
type runReady struct {
	from *opened
	id   int
	pump *runPump
	what msg.RunProgress
}

// startRun asks every column; scans wait meanwhile.
func (s *shell) startRun(m msg.StartRun) tea.Cmd {
	o := s.open
	if o == nil {
		return nil
	}
	if s.occupied(func(o *opened) bool { return o.diverging }) {
		refused := msg.RunProgress{ID: m.ID, Last: true}
		for i := range m.Columns {
			refused.Parts = append(refused.Parts, msg.RunPart{Column: i, Ended: true, Err: errOccupied})
		}
		return s.to(msg.Run, refused)
	}
	ctx := o.replace(&o.stopRun)
	o.runID, o.running = m.ID, true
	p, a, quiet := newRunPump(s.services.now), asker{s.runners, s.services.record, s.services.compare}, s.hush()
	p.feeds = s.services.live.feeds(m.Columns, len(m.Columns) > 1 && m.Trace == "")
	work := o.tasks.cmd(func(context.Context) tea.Msg {
		defer p.close()
		quiet(ctx)
		if len(m.Columns) > 1 && m.Trace == "" {
			a.together(ctx, m, p)
		} else {
			a.inTurn(ctx, m, p)
		}
		return nil
	})
	return tea.Batch(work, o.nextOfRun(m.ID, p))
}

// asker answers a run of the Run view.
type asker struct {
	runners *runners
	record  recordFunc
	compare compareFunc
}

// inTurn asks one column after the other, and records the first where a file is given.
func (a asker) inTurn(ctx context.Context, m msg.StartRun, p *runPump) {
	for i, from := range m.Columns {
		trace := ""
		if i == 0 {
			trace = m.Trace
		}
		p.begin(i)
		result, err := a.one(ctx, from, m.Request, trace, func(e infer.Event) { p.add(i, e) })
		if err != nil {
			trace = ""
		}
		p.end(i, msg.RunPart{Result: result, Err: err, Trace: trace})
	}
}

// one asks one column, and records its activations where a file is given.
func (a asker) one(ctx context.Context, from msg.Source, q infer.Request, trace string, emit func(infer.Event)) (*infer.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	one, err := a.runners.get(ctx, from)
	if err != nil {
		return nil, err
	}
	if trace == "" {
		return one.Run(ctx, q, emit)
	}
	tape, err := a.record(trace, one.Info(), q)
	if err != nil {
		return nil, err
	}
	q.Observer = tape
	result, err := one.Run(ctx, q, emit)
	return result, errors.Join(err, tape.finish(result, err))
}

// together asks all columns, a token of each in turn. A column that cannot be
// opened, or does not know the task, says why and leaves the others alone.
func (a asker) together(ctx context.Context, m msg.StartRun, p *runPump) {
	var all []runner
	var at []int // their columns
	for i, from := range m.Columns {
		one, err := a.runners.get(ctx, from)
		if tasks := oneTasks(one, err); err == nil && !slices.Contains(tasks, m.Request.Task) {
			err = fmt.Errorf("this model does not do %s", m.Request.Task)
		}
		if err != nil {
			p.end(i, msg.RunPart{Err: err})
			continue
		}
		all, at = append(all, one), append(at, i)
	}
	for _, i := range at {
		p.begin(i)
	}
	if len(all) == 0 {
		return
	}
	found, err := a.compare(ctx, all, m.Request, func(k int, e infer.Event) { p.add(at[k], e) })
	for k, i := range at {
		p.end(i, partOf(found, k, err))
	}
}

func oneTasks(one runner, err error) []infer.Task {
	if err != nil {
		return nil
	}
	return one.Info().Tasks
}

// partOf is a column of a comparison, which may be of a run that was stopped or broke off.
func partOf(c *infer.Comparison, k int, err error) msg.RunPart {
	if c == nil || k >= len(c.Variants) {
		return msg.RunPart{Err: err}
	}
	one := c.Variants[k]
	part := msg.RunPart{Result: one.Result, Compared: &one}
	switch {
	case one.Error != "":
		part.Err = errors.New(one.Error)
	case one.Result != nil && one.Result.StopReason == infer.StopCancelled:
		part.Err = context.Canceled
	case errors.Is(err, context.Canceled) && (one.Result == nil || one.Result.StopReason == ""):
		part.Err = context.Canceled
	}
	return part
}

func (o *opened) nextOfRun(id int, p *runPump) tea.Cmd {
	return o.tasks.cmd(func(ctx context.Context) tea.Msg {
		what, ok := p.next(ctx)
		if !ok {
			return nil
		}
		what.ID = id
		return runReady{from: o, id: id, pump: p, what: what}
	})
}

// takeRun hands a frame of a run to the views.
func (s *shell) takeRun(m runReady) tea.Cmd {
	if m.from != s.open {
		return nil
	}
	cmds := []tea.Cmd{s.to(msg.Run, m.what)}
	for _, part := range m.what.Parts {
		if part.Trace != "" && part.Err == nil {
			cmds = append(cmds, s.to(msg.Trace, msg.TraceWritten{Path: part.Trace}), s.say("wrote the activations to "+part.Trace))
		}
	}
	if !m.what.Last {
		return tea.Batch(append(cmds, s.open.nextOfRun(m.id, m.pump))...)
	}
	if m.id == s.open.runID {
		s.open.running = false
		cmds = append(cmds, s.resumeScans())
	}
	return tea.Batch(cmds...)
}
