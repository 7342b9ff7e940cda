package app

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/msg"
)

// recordFunc begins to record the activations of a run in a file.
type recordFunc func(path string, info infer.Info, q infer.Request) (tape, error)

// tape records a run. finish writes the file when the run ended well, and
// leaves nothing behind when it did not.
type tape interface {
	nn.Observer
	finish(result *infer.Result, err error) error
}

// needTraces compares two files of activations.
func (s *shell) needTraces(m msg.NeedTraces) tea.Cmd {
	o := s.open
	if o == nil {
		return nil
	}
	ctx, compare := o.replace(&o.stopTraces), s.services.traces
	return o.tasks.cmd(func(context.Context) tea.Msg {
		r, err := compare(ctx, m.A, m.B)
		if ctx.Err() != nil {
			return nil
		}
		return msg.TracesCompared{A: m.A, B: m.B, Report: r, Err: err}
	})
}

// askTraceFile asks for the file of a side.
func (s *shell) askTraceFile(m msg.AskTraceFile) tea.Cmd {
	about := "safetensors file with activations: the reference"
	if m.Side == "B" {
		about = "safetensors file with activations: what is measured against A"
	}
	s.push(prompt{
		keymap: s.keys, title: "Trace " + m.Side, about: about, input: component.NewInput(m.Suggested),
		does: func(text string) tea.Msg { return msg.TraceFileChosen{Side: m.Side, Path: expandHome(text)} },
	})
	return nil
}
