package app

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/ui/msg"
)

// answer asks the session for what a view needs. A new question about a tensor
// or a group takes the place of the last one; tries queue up until dropped.
func (s *shell) answer(m tea.Msg) tea.Cmd {
	o := s.open
	if o == nil {
		return nil
	}
	switch m := m.(type) {
	case msg.NeedDetail:
		ctx := o.replace(&o.stopDetail)
		return o.tasks.cmd(func(context.Context) tea.Msg {
			detail, err := o.session.Detail(ctx, m.Name, m.Scheme)
			if ctx.Err() != nil {
				return nil
			}
			out := msg.DetailReady{Name: m.Name, Detail: detail, Err: err}
			switch {
			case detail != nil:
				out.Scheme = detail.Scheme
			case m.Scheme != nil:
				out.Scheme = *m.Scheme
			default:
				out.Scheme = int2.DefaultScheme()
			}
			return out
		})
	case msg.NeedGroup:
		ctx := o.replace(&o.stopGroup)
		return o.tasks.cmd(func(context.Context) tea.Msg {
			values, err := o.session.GroupValues(ctx, m.Name, m.Scheme, m.Row, m.Group)
			if ctx.Err() != nil {
				return nil
			}
			return msg.GroupReady{Name: m.Name, Row: m.Row, Group: m.Group, Values: values, Err: err}
		})
	case msg.NeedTry:
		return o.try(m)
	case msg.DropTries:
		o.tries.drop()
	}
	return nil
}

// replace cancels what is under way and returns the context of what takes its place.
func (o *opened) replace(stop *context.CancelFunc) context.Context {
	if *stop != nil {
		(*stop)()
	}
	ctx, cancel := context.WithCancel(o.tasks.ctx)
	*stop = cancel
	return ctx
}

// tries are the measurements that the what-if panel asks for. One runs at a
// time, because each uses all cores; dropping ends it and those that wait.
type tries struct {
	parent context.Context
	ctx    context.Context
	cancel context.CancelFunc
	turn   chan struct{} // holds a token while nothing is measured
}

func newTries(parent context.Context) *tries {
	t := &tries{parent: parent, turn: make(chan struct{}, 1)}
	t.turn <- struct{}{}
	t.ctx, t.cancel = context.WithCancel(parent)
	return t
}

func (t *tries) drop() {
	t.cancel()
	t.ctx, t.cancel = context.WithCancel(t.parent)
}

func (o *opened) try(m msg.NeedTry) tea.Cmd {
	ctx, turn := o.tries.ctx, o.tries.turn
	return o.tasks.cmd(func(context.Context) tea.Msg {
		select {
		case <-ctx.Done():
			return nil
		case <-turn:
		}
		defer func() { turn <- struct{}{} }()
		row, err := o.session.Try(ctx, m.Name, m.Scheme)
		if ctx.Err() != nil {
			return nil
		}
		return msg.Tried{Name: m.Name, Scheme: m.Scheme, Row: row, Err: err}
	})
}
