package app

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/projects"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/layout"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/table"
	"github.com/mmtui/mmtui/ui/theme"
)

// maxModels bounds how many models are open at once: each holds its files, its
// scan and its views.
const maxModels = 8

// errTooMany says that another model cannot be opened.
func errTooMany() error {
	return errors.New(strconv.Itoa(maxModels) + " models are open already; close one in the list of open models (O) first")
}

type (
	// useModel puts an open model on screen.
	useModel struct{ which *opened }
	// closeOpen closes a model; sure means that its plan may be lost.
	closeOpen struct {
		which *opened
		sure  bool
	}
)

// label is the name of a model for people: the last part of its path. Every
// project has the same file name, so of one that is the folder's.
func (o *opened) label() string {
	path := filepath.ToSlash(o.path)
	if filepath.Base(path) == projects.FileName {
		if full, err := filepath.Abs(path); err == nil {
			path = filepath.Dir(full)
		}
	}
	return component.Clean(filepath.Base(path))
}

// modelAt finds the open model that a path was opened by.
func (s *shell) modelAt(path string) *opened {
	for _, o := range s.models {
		if samePath(expandHome(path), o.path) {
			return o
		}
	}
	return nil
}

// putOnScreen makes an open model, or none, the one on screen.
func (s *shell) putOnScreen(o *opened) {
	s.open, s.shown, s.desk = o, o, s.blank
	if o != nil {
		s.desk = o.desk
	}
}

// useModel switches to an open model, in the view that is shown.
func (s *shell) useModel(o *opened) tea.Cmd {
	if !slices.Contains(s.models, o) {
		return nil
	}
	s.putOnScreen(o)
	view := s.active
	if view == msg.Home {
		view = msg.Layers
	}
	return s.show(view)
}

// nextModel switches to the model after the one on screen.
func (s *shell) nextModel() tea.Cmd {
	i := slices.Index(s.models, s.shown)
	return s.useModel(s.models[(i+1)%len(s.models)])
}

// closeOne closes an open model, after a question when its plan would be lost.
func (s *shell) closeOne(m closeOpen) tea.Cmd {
	i := slices.Index(s.models, m.which)
	if i < 0 {
		return nil
	}
	if m.which.history.dirty() && !m.sure {
		s.push(question{
			keymap: s.keys, title: "Close " + m.which.label(), text: "The plan of this model has changes that are not saved.",
			yes: answer{"close without saving", closeOpen{m.which, true}},
		})
		return nil
	}
	s.models = slices.Delete(slices.Clone(s.models), i, i+1)
	end := s.closeModel(m.which)
	if m.which != s.shown {
		return end
	}
	if len(s.models) == 0 {
		s.putOnScreen(nil)
		return tea.Batch(end, s.show(msg.Home))
	}
	return tea.Batch(end, s.useModel(s.models[min(i, len(s.models)-1)]))
}

// modelsOffer says why the list of models cannot be used.
func (s *shell) modelsOffer() (list, next string) {
	switch len(s.models) {
	case 0:
		return "no model is open; o opens one", "no model is open; o opens one"
	case 1:
		return "", "one model is open; o opens another"
	}
	return "", ""
}

// modelList is the overlay that lists the open models.
type modelList struct {
	keymap keys.Map
	rows   []modelRow
	scroll table.Scroll
}

type modelRow struct {
	model         *opened
	title, detail string
}

func (s *shell) modelList() overlay {
	l := modelList{keymap: s.keys}
	for i, o := range s.models {
		title := o.label()
		if o.history.dirty() {
			title += s.theme.Glyphs.Mark
		}
		l.rows = append(l.rows, modelRow{o, title, o.detail()})
		if o == s.shown {
			l.scroll.Cursor = i
		}
	}
	l.scroll.Height = len(l.rows)
	return l
}

// detail is a model in a few figures.
func (o *opened) detail() string {
	m := o.report.Model
	parts := []string{report.HumanCount(m.Parameters) + " params", report.HumanBytes(m.SizeBytes)}
	if m.Architecture != "" {
		parts = append(parts, component.Clean(m.Architecture))
	}
	if o.scanning {
		parts = append(parts, fmt.Sprintf("scan %d/%d", o.done, o.of))
	}
	return strings.Join(parts, ", ")
}

func (l modelList) key(k tea.KeyMsg) (overlay, tea.Msg) {
	n := len(l.rows)
	if d := k.String(); len(d) == 1 && d[0] >= '1' && d[0] <= '9' && int(d[0]-'0') <= n {
		return nil, useModel{l.rows[d[0]-'1'].model}
	}
	switch a, _ := l.keymap.In(k.String(), keys.Models); a {
	case keys.Cancel:
		return nil, nil
	case keys.NextItem:
		l.scroll = l.scroll.Move(1, n)
	case keys.PrevItem:
		l.scroll = l.scroll.Move(-1, n)
	case keys.Accept:
		return nil, useModel{l.rows[l.scroll.Cursor].model}
	case keys.CloseModel:
		return nil, closeOpen{which: l.rows[l.scroll.Cursor].model}
	case keys.OpenHome:
		return nil, msg.Show{View: msg.Home}
	}
	return l, nil
}

func (l modelList) rect(screen layout.Rect) layout.Rect {
	return layout.Center(screen, min(screen.W-4, 90), len(l.rows)+4)
}

func (l modelList) render(t theme.Theme, width, height int) string {
	inner := max(0, width-2)
	var lines []string
	for i, r := range l.rows {
		title := component.Line(strconv.Itoa(i+1)+" "+r.title, inner*2/5, t.Glyphs.Ellipsis)
		rest := component.Line(r.detail, inner-inner*2/5-2, t.Glyphs.Ellipsis)
		if i == l.scroll.Cursor {
			lines = append(lines, t.Selected.Render(component.Line(t.Glyphs.Cursor+title+" "+rest, inner, "")))
			continue
		}
		lines = append(lines, " "+t.Text.Render(title)+" "+t.Dim.Render(rest))
	}
	hint := ""
	for i, a := range []keys.Action{keys.Accept, keys.CloseModel, keys.OpenHome, keys.Cancel} {
		if b, ok := l.keymap.Binding(a, keys.Models); ok {
			if i > 0 {
				hint += "  "
			}
			hint += t.Key.Render(b.First()) + " " + t.Dim.Render(b.Short)
		}
	}
	lines = append(lines, "", " "+hint)
	return component.Box(t, "Open models", strings.Join(lines, "\n"), width, height, true)
}

func (l modelList) click(_, y int) (overlay, tea.Msg) {
	if i := y - 1; i >= 0 && i < len(l.rows) {
		return nil, useModel{l.rows[i].model}
	}
	return l, nil
}

// closeAll ends every task and closes every model. It returns when all have ended.
func (s *shell) closeAll() error {
	s.tasks.cancel()
	var errs []error
	for _, o := range s.models {
		o.tasks.close()
		errs = append(errs, o.session.Close())
	}
	s.tasks.close()
	return errors.Join(append(errs, s.runners.close())...)
}
