package app

import (
	"context"
	"errors"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/ui/component"
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
	case packing:
		return s.takePacking(m), true
	case msg.DropRunner:
		return s.dropRunner(m.Source), true
	case msg.AskColumn:
		return s.askColumn(), true
	case askColumnPath:
		return s.askColumnPath(), true
	case columnPath:
		return s.columnAt(m.text), true
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

// needRunner opens a source for running and says what it can do.
func (s *shell) needRunner(m msg.NeedRunner) tea.Cmd {
	o, runners := s.open, s.runners
	if o == nil {
		return nil
	}
	return tea.Batch(o.tasks.cmd(func(ctx context.Context) tea.Msg {
		one, err := runners.get(ctx, m.Source)
		if errors.Is(err, errDropped) {
			return nil
		}
		if err != nil {
			return msg.RunnerReady{Source: m.Source, Err: err}
		}
		return msg.RunnerReady{Source: m.Source, Info: one.Info()}
	}), o.packing(runners, msg.RunnerPacks{Source: m.Source}))
}

// packing waits until the quantizing of a source has gone on, or ended.
func (o *opened) packing(all *runners, last msg.RunnerPacks) tea.Cmd {
	return o.tasks.cmd(func(ctx context.Context) tea.Msg {
		for {
			frame := time.NewTimer(packInterval)
			select {
			case <-ctx.Done():
				frame.Stop()
				return nil
			case <-frame.C:
			}
			packs, opening := all.progress(last.Source)
			if !opening {
				return nil
			}
			if packs.Done != last.Done || packs.Name != last.Name {
				return packing{from: o, what: packs}
			}
		}
	})
}

// packInterval is how often the screen asks how far the quantizing is.
const packInterval = 50 * time.Millisecond

// packing is how far the quantizing of a column is.
type packing struct {
	from *opened
	what msg.RunnerPacks
}

func (s *shell) takePacking(m packing) tea.Cmd {
	if m.from != s.open {
		return nil
	}
	return tea.Batch(s.to(msg.Run, m.what), m.from.packing(s.runners, m.what))
}

// needEstimate works out what a request costs.
func (s *shell) needEstimate(m msg.NeedEstimate) tea.Cmd {
	o, runners := s.open, s.runners
	if o == nil {
		return nil
	}
	ctx := o.replace(&o.stopEstimate)
	return o.tasks.cmd(func(context.Context) tea.Msg {
		one, err := runners.get(ctx, m.Source)
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

// askTrace asks where the activations of the next run go.
func (s *shell) askTrace(m msg.AskTrace) tea.Cmd {
	s.push(prompt{
		keymap: s.keys, title: "Record the activations of a run", about: "safetensors file to write; it is replaced when it exists",
		input: component.NewInput(m.Suggested),
		does:  func(text string) tea.Msg { return msg.TraceChosen{Path: expandHome(text)} },
	})
	return nil
}
