package app

import (
	"context"
	"errors"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
)

// fromRun deals with what the Run view and the picture picker ask for, and with the answers.
func (s *shell) fromRun(m tea.Msg) (tea.Cmd, bool) {
	switch m := m.(type) {
	case msg.NeedRunner:
		return s.needRunner(m), true
	case msg.NeedEstimate:
		return s.needEstimate(m), true
	case msg.StartRun:
		return s.startRun(m), true
	case msg.StopRun:
		if o := s.open; o != nil && o.runID == m.ID && o.stopRun != nil {
			o.stopRun()
		}
		return nil, true
	case runReady:
		return s.takeRun(m), true
	case msg.DropRunner:
		return s.dropRunner(m.Path), true
	case msg.AskColumn:
		return s.askColumn(), true
	case askColumnPath:
		return s.askColumnPath(), true
	case msg.AskPictures:
		return s.askPictures(m), true
	case msg.AskTrace:
		return s.askTrace(m), true
	case msg.NeedPreview:
		return s.needPreview(m), true
	case msg.PreviewReady:
		return tea.Batch(s.toOverlays(m), s.to(msg.Run, m)), true
	case msg.NeedPictures:
		return s.needPictures(m), true
	case msg.PicturesListed:
		return s.toOverlays(m), true
	case msg.NeedTraces:
		return s.needTraces(m), true
	case msg.AskTraceFile:
		return s.askTraceFile(m), true
	}
	return nil, false
}

// needRunner opens a folder for running and says what it can do.
func (s *shell) needRunner(m msg.NeedRunner) tea.Cmd {
	o, runners := s.open, s.runners
	if o == nil {
		return nil
	}
	return o.tasks.cmd(func(ctx context.Context) tea.Msg {
		one, err := runners.get(ctx, m.Path)
		if err != nil {
			return msg.RunnerReady{Path: m.Path, Err: err}
		}
		return msg.RunnerReady{Path: m.Path, Info: one.Info()}
	})
}

// needEstimate works out what a request costs.
func (s *shell) needEstimate(m msg.NeedEstimate) tea.Cmd {
	o, runners := s.open, s.runners
	if o == nil {
		return nil
	}
	ctx := o.replace(&o.stopEstimate)
	return o.tasks.cmd(func(context.Context) tea.Msg {
		one, err := runners.get(ctx, m.Path)
		out := msg.EstimateReady{Seq: m.Seq, Err: err}
		if err == nil {
			out.Estimate, out.Err = one.Estimate(ctx, m.Request)
		}
		if ctx.Err() != nil {
			return nil
		}
		return out
	})
}

// runReady is a frame's worth of a run.
type runReady struct {
	from *opened
	id   int
	pump *runPump
	what msg.RunProgress
}

// startRun asks every column in turn, so that no column's figures are spoilt by another's work.
func (s *shell) startRun(m msg.StartRun) tea.Cmd {
	o := s.open
	if o == nil {
		return nil
	}
	ctx := o.replace(&o.stopRun)
	o.runID = m.ID
	p, runners, record := newRunPump(s.services.now), s.runners, s.services.record
	work := o.tasks.cmd(func(context.Context) tea.Msg {
		defer p.close()
		for i, path := range m.Columns {
			q, trace := m.Request, ""
			if i == 0 {
				trace = m.Trace
			}
			p.begin(i)
			result, err := runOne(ctx, runners, path, q, trace, record, func(e infer.Event) { p.add(i, e) })
			if err != nil {
				trace = ""
			}
			p.end(i, result, err, trace)
		}
		return nil
	})
	return tea.Batch(work, o.nextOfRun(m.ID, p))
}

// runOne asks one column, and records its activations where a file is given.
func runOne(ctx context.Context, all *runners, path string, q infer.Request, trace string, record recordFunc, emit func(infer.Event)) (*infer.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	one, err := all.get(ctx, path)
	if err != nil {
		return nil, err
	}
	if trace == "" {
		return one.Run(ctx, q, emit)
	}
	tape, err := record(trace, one.Info(), q)
	if err != nil {
		return nil, err
	}
	q.Observer = tape
	result, err := one.Run(ctx, q, emit)
	return result, errors.Join(err, tape.finish(result, err))
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
		cmds = append(cmds, s.open.nextOfRun(m.id, m.pump))
	}
	return tea.Batch(cmds...)
}

// dropRunner closes the runner of a column, unless an open model has the same path.
func (s *shell) dropRunner(path string) tea.Cmd {
	for _, o := range s.models {
		if samePath(o.model, path) {
			return nil
		}
	}
	return s.closeRunner(path)
}

func (s *shell) closeRunner(path string) tea.Cmd {
	runners := s.runners
	return s.tasks.cmd(func(context.Context) tea.Msg {
		if err := runners.drop(path); err != nil {
			return said{text: err.Error(), isErr: true}
		}
		return nil
	})
}

// askColumn offers the open models and a path for another column.
func (s *shell) askColumn() tea.Cmd {
	if s.open == nil {
		return nil
	}
	var all []choice
	for _, o := range s.models {
		help := "the open model, again"
		if o != s.open {
			help = component.Clean(o.model)
		}
		all = append(all, choice{name: o.label(), help: help, does: msg.ColumnChosen{Path: o.model, Label: o.label()}})
	}
	all = append(all, choice{name: "another path", help: "a model folder, or a name in the Hugging Face cache", does: askColumnPath{}})
	s.push(newChoices("Add a column", s.keys, keys.Palette, all))
	return nil
}

// askColumnPath asks for the path of a column's model.
type askColumnPath struct{}

func (s *shell) askColumnPath() tea.Cmd {
	s.push(prompt{
		keymap: s.keys, title: "Add a column", about: "a model folder, or a name in the Hugging Face cache",
		input: component.NewInput(""),
		does: func(text string) tea.Msg {
			text = expandHome(text)
			return msg.ColumnChosen{Path: text, Label: suggestedName(text)}
		},
	})
	return nil
}

// askTrace asks where the activations of the next run go.
func (s *shell) askTrace(m msg.AskTrace) tea.Cmd {
	s.push(prompt{
		keymap: s.keys, title: "Record the activations of a run", about: "safetensors file to write; it is replaced when it exists",
		input: component.NewInput(m.Suggested),
		does:  func(text string) tea.Msg { return msg.TraceChosen{Path: expandHome(text)} },
	})
	return nil
}
