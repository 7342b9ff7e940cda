package app

import (
	"context"
	"path/filepath"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/variant"
	"github.com/mmtui/mmtui/projects"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
)

// askColumn offers what another column may be: the open model under a plan, an
// open model, or a path.
func (s *shell) askColumn() tea.Cmd {
	if s.open == nil {
		return nil
	}
	present, label := s.open.history.present, s.open.label()
	ofModel := func(spec variant.Spec) msg.ColumnChosen {
		return msg.ColumnChosen{Source: msg.Source{Path: s.open.model, Variant: spec}, Label: label}
	}
	all := []choice{
		{name: "INT2", help: "this model at 2 bits, quantized on loading", does: ofModel(variant.INT2())},
		{name: "the plan of this session", help: planLabel(present),
			does: ofModel(variant.Spec{Name: planLabel(present), Plan: &present, Loose: true})},
		{name: "float", help: "this model with every layer in float", does: ofModel(variant.Float())},
	}
	for _, o := range s.models {
		help := "the open model as it is, again"
		if o != s.open {
			help = component.Clean(o.model)
		}
		all = append(all, choice{name: o.label(), help: help, does: msg.ColumnChosen{Source: msg.Source{Path: o.model}, Label: o.label()}})
	}
	all = append(all, choice{name: "another path", help: "a project's TOML, a file of mmtui quantize, another model folder or cache name", does: askColumnPath{}})
	s.push(newChoices("Add a column", s.keys, keys.Palette, all))
	return nil
}

// askColumnPath asks for the path of a column.
type askColumnPath struct{}

// columnPath is what was typed.
type columnPath struct{ text string }

func (s *shell) askColumnPath() tea.Cmd {
	s.push(prompt{
		keymap: s.keys, title: "Add a column", about: "a project's TOML, a file of mmtui quantize, a model folder or cache name",
		input: component.NewInput(""),
		does:  func(text string) tea.Msg { return columnPath{expandHome(text)} },
	})
	return nil
}

// columnAt finds what a path stands for: the plan of a project for the open
// model, a file of quantized weights for it, or another model.
func (s *shell) columnAt(text string) tea.Cmd {
	o := s.open
	if o == nil {
		return nil
	}
	label := o.label()
	return o.tasks.cmd(func(context.Context) tea.Msg {
		switch {
		case projects.IsProject(text):
			p, err := projects.Load(text)
			if err != nil {
				return said{text: err.Error(), isErr: true}
			}
			rules := p.Plan
			spec := variant.Spec{Name: suggestedName(strings.TrimSuffix(p.Path, filepath.Ext(p.Path))), Plan: &rules, PlanFile: p.Path}
			return msg.ColumnChosen{Source: msg.Source{Path: o.model, Variant: spec}, Label: label}
		case strings.EqualFold(filepath.Ext(text), ".safetensors"):
			return msg.ColumnChosen{Source: msg.Source{Path: o.model, Variant: variant.Spec{Name: suggestedName(text), Weights: text}}, Label: label}
		case text == "":
			return said{text: "no path is given", isErr: true}
		}
		return msg.ColumnChosen{Source: msg.Source{Path: text}, Label: suggestedName(text)}
	})
}

// dropRunner closes the runner of a column. That of an open model as it is
// stays: it is used again.
func (s *shell) dropRunner(from msg.Source) tea.Cmd {
	for _, o := range s.models {
		if (msg.Source{Path: o.model}).Key() == from.Key() {
			return nil
		}
	}
	return s.closing(func(all *runners) error { return all.drop(from) })
}

// closeRunner closes the runners of a model that is closed, whatever their variant.
func (s *shell) closeRunner(path string) tea.Cmd {
	return s.closing(func(all *runners) error { return all.dropFolder(path) })
}

func (s *shell) closing(what func(*runners) error) tea.Cmd {
	runners := s.runners
	return s.tasks.cmd(func(context.Context) tea.Msg {
		if err := what(runners); err != nil {
			return said{text: err.Error(), isErr: true}
		}
		return nil
	})
}
