package app

import (
	"reflect"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
	benchview "github.com/mmtui/mmtui/ui/views/bench"
	"github.com/mmtui/mmtui/ui/views/compare"
	"github.com/mmtui/mmtui/ui/views/diverge"
	"github.com/mmtui/mmtui/ui/views/layers"
	liveview "github.com/mmtui/mmtui/ui/views/live"
	runview "github.com/mmtui/mmtui/ui/views/run"
	"github.com/mmtui/mmtui/ui/views/tensor"
	"github.com/mmtui/mmtui/ui/views/trace"
	"github.com/mmtui/mmtui/ui/views/whatif"
)

// desk is the views of one model and what they show. Every open model has its
// own, so that switching between models only puts another desk on screen.
type desk struct {
	views     map[msg.ViewID]component.View // all but the Home view, which belongs to no model
	side      component.View
	report    report.Model // what the screen shows; a copy of the session's
	selection msg.SelectionChanged
	pins      msg.PinsChanged
}

func newDesk(t theme.Theme, m keys.Map) *desk {
	return &desk{
		views: map[msg.ViewID]component.View{
			msg.Layers:  layers.New(t, m),
			msg.Tensor:  tensor.New(t, m),
			msg.Compare: compare.New(t, m),
			msg.Run:     runview.New(t, m),
			msg.Trace:   trace.New(t, m),
			msg.Diverge: diverge.New(t, m),
			msg.Bench:   benchview.New(t, m),
			msg.Live:    liveview.New(t, m),
		},
		side: whatif.New(t, m),
	}
}

// owned is a message of one model's views or tasks. It is dealt with on behalf
// of that model, whichever is on screen by then.
type owned struct {
	by *opened
	m  tea.Msg
}

// ownedBy makes the messages of a command a model's own; nil is no model.
func ownedBy(o *opened, cmd tea.Cmd) tea.Cmd {
	if cmd == nil || o == nil {
		return cmd
	}
	return func() tea.Msg { return o.own(cmd()) }
}

// own marks a message, or the messages of every command in a batch or a
// sequence; bubbletea keeps the type of a sequence to itself.
func (o *opened) own(m tea.Msg) tea.Msg {
	switch m.(type) {
	case nil, owned:
		return m
	}
	v := reflect.ValueOf(m)
	if v.Kind() != reflect.Slice || v.Type().Elem() != reflect.TypeFor[tea.Cmd]() {
		return owned{o, m}
	}
	parts := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	for i := range v.Len() {
		part, _ := v.Index(i).Interface().(tea.Cmd)
		parts.Index(i).Set(reflect.ValueOf(ownedBy(o, part)))
	}
	return parts.Interface()
}

// on carries something out on behalf of a model, which need not be on screen.
func (s *shell) on(o *opened, f func() tea.Cmd) tea.Cmd {
	if o == s.open {
		return f()
	}
	open, before := s.open, s.desk
	s.open, s.desk = o, o.desk
	shown := s.shown
	defer func() {
		if s.open, s.desk = open, before; s.shown != shown { // another one was put on screen meanwhile
			s.putOnScreen(s.shown)
		}
	}()
	return f()
}

// onEvery carries something out on behalf of every open model in turn.
func (s *shell) onEvery(f func() tea.Cmd) tea.Cmd {
	var cmds []tea.Cmd
	for _, o := range s.models {
		cmds = append(cmds, s.on(o, f))
	}
	return tea.Batch(cmds...)
}

// behindTheScreen reports whether the model at hand is not the one on screen.
func (s *shell) behindTheScreen() bool { return s.open != s.shown }

// view is a screen of the model at hand, or the Home view.
func (s *shell) view(id msg.ViewID) component.View {
	if id == msg.Home {
		return s.home
	}
	return s.views[id]
}

func (s *shell) setView(id msg.ViewID, v component.View) {
	if id == msg.Home {
		s.home = v
		return
	}
	s.views[id] = v
}

// to hands a message to a view of the model at hand.
func (s *shell) to(id msg.ViewID, m tea.Msg) tea.Cmd {
	next, cmd := s.view(id).Update(m)
	s.setView(id, next)
	if id == msg.Home {
		return cmd
	}
	return ownedBy(s.open, cmd)
}

func (s *shell) toSide(m tea.Msg) tea.Cmd {
	next, cmd := s.side.Update(m)
	s.side = next
	return ownedBy(s.open, cmd)
}

// toAll hands a message to every view of the model at hand, and to the Home
// view when that model is on screen.
func (s *shell) toAll(m tea.Msg) tea.Cmd {
	if s.behindTheScreen() {
		return s.toDesk(m)
	}
	return tea.Batch(s.toDesk(m), s.to(msg.Home, m))
}

// toDesk hands a message to every view of the model at hand and not to the Home view.
func (s *shell) toDesk(m tea.Msg) tea.Cmd {
	cmds := []tea.Cmd{s.toSide(m)}
	for _, id := range tabs() {
		if id != msg.Home {
			cmds = append(cmds, s.to(id, m))
		}
	}
	return tea.Batch(cmds...)
}
