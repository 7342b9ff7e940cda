package app

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/projects"
	"github.com/mmtui/mmtui/ui/component"
)

// saveTo writes the plan to a project file; force overwrites what someone else wrote there.
type saveTo struct {
	path  string
	force bool
	then  tea.Msg // what follows a save that worked, nil for nothing
}

// saveThen saves, and carries out what follows.
type saveThen struct{ then tea.Msg }

// saved answers it.
type saved struct {
	from    *opened
	to      saveTo
	project *projects.Project
	plan    plan.Plan
	err     error
}

// save writes the plan to a path, to the open project's file, or asks for one.
func (s *shell) save(path string, then tea.Msg) tea.Cmd {
	switch {
	case s.open == nil:
		return nil
	case path != "":
		return s.write(saveTo{path: path, then: then})
	case s.open.project != nil:
		return s.write(saveTo{path: s.open.project.Path, then: then})
	}
	return s.askPath(then)
}

// askPath asks where to save.
func (s *shell) askPath(then tea.Msg) tea.Cmd {
	if s.open == nil {
		return nil
	}
	suggested := suggestedName(s.open.model) + ".toml"
	if s.open.project != nil {
		suggested = s.open.project.Path
	}
	s.push(prompt{
		keymap: s.keys, title: "Save the plan", about: "path of the project file, a TOML",
		input: component.NewInput(suggested),
		does: func(text string) tea.Msg {
			if !strings.EqualFold(filepath.Ext(text), ".toml") {
				text += ".toml"
			}
			return saveTo{path: text, then: then}
		},
	})
	return nil
}

// suggestedName makes a file's name, without extension, of what was opened.
func suggestedName(path string) string {
	base := filepath.Base(filepath.ToSlash(path))
	base, _, _ = strings.Cut(base, "@")
	base = strings.TrimSuffix(base, ".safetensors")
	base = strings.TrimSuffix(base, ".safetensors.index.json")
	base = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '-'
		}
		return r
	}, base)
	if strings.Trim(base, ". -") == "" {
		return "project"
	}
	return base
}

// saving deals with the messages of a save.
func (s *shell) saving(m tea.Msg) tea.Cmd {
	switch m := m.(type) {
	case saveTo:
		return s.write(m)
	case saveThen:
		return s.save("", m.then)
	case saved:
		return s.isSaved(m)
	}
	return nil
}

func (s *shell) write(m saveTo) tea.Cmd {
	o, save, fresh := s.open, s.services.save, s.services.fresh
	if o == nil {
		return nil
	}
	present, project := o.history.present, o.project
	return o.tasks.cmd(func(context.Context) tea.Msg {
		p := project
		if p == nil {
			p = fresh(m.path, o.model)
		}
		written, err := save(m.path, p.WithPlan(present), m.force)
		return saved{from: o, to: m, project: written, plan: present, err: err}
	})
}

func (s *shell) isSaved(m saved) tea.Cmd {
	if m.from != s.open {
		return nil
	}
	var conflict *projects.ConflictError
	switch {
	case errors.As(m.err, &conflict):
		text := component.Clean(m.to.path) + " has changed on disk since it was opened."
		if conflict.Exists {
			text = component.Clean(m.to.path) + " exists already."
		}
		s.push(question{
			keymap: s.keys, title: "Save", text: text + " Overwrite it with the plan on screen?",
			yes: answer{"overwrite", saveTo{path: m.to.path, force: true, then: m.to.then}},
		})
		return nil
	case m.err != nil:
		return s.complain(m.err)
	}
	o := s.open
	first := o.project == nil || !samePath(o.project.Path, m.to.path)
	o.project = m.project
	o.history = o.history.markSaved(m.plan)
	if o.live == nil {
		o.live = projects.NewLive(m.project)
	} else {
		o.live.Saved(m.project)
	}
	cmds := []tea.Cmd{s.say("saved " + m.to.path)}
	if first {
		o.path = m.to.path
		cmds = append(cmds, s.watchFiles(), s.rememberOpen())
	}
	if m.to.then != nil {
		cmds = append(cmds, send(m.to.then))
	}
	return tea.Batch(cmds...)
}
