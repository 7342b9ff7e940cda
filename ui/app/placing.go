package app

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/ui/layout"
	"github.com/mmtui/mmtui/ui/msg"
)

// arrange works out where everything goes and tells the views their sizes.
func (s *shell) arrange() tea.Cmd {
	s.frame = layout.Compute(s.width, s.height, layout.Want{Side: s.sideOn})
	if s.frame.Class == layout.TooSmall {
		return nil
	}
	cmds := []tea.Cmd{s.toOverlays(tea.WindowSizeMsg{Width: s.width, Height: s.height})}
	for _, id := range tabs() {
		cmds = append(cmds, s.to(id, msg.Resized{Width: s.frame.Body.W, Height: s.frame.Body.H}))
	}
	if s.sideOn {
		inner := layout.Inner(s.frame.Side)
		cmds = append(cmds, s.toSide(msg.Resized{Width: inner.W, Height: inner.H}))
	}
	return tea.Batch(cmds...)
}

// show switches to a view.
func (s *shell) show(id msg.ViewID) tea.Cmd {
	if s.behindTheScreen() || s.view(id) == nil {
		return nil
	}
	if id != s.active {
		s.previous, s.active = s.active, id
	}
	if id == msg.Home {
		s.sideOn, s.sideHas = false, false
	}
	cmds := []tea.Cmd{s.arrange(), s.toAll(msg.Show{View: id}), s.tellFocus()}
	if id == msg.Live {
		cmds = append(cmds, s.lookLive())
	}
	return tea.Batch(cmds...)
}

// tellFocus tells every view whether keys reach it first.
func (s *shell) tellFocus() tea.Cmd {
	side := s.sideOn && s.sideHas
	var cmds []tea.Cmd
	for _, id := range tabs() {
		cmds = append(cmds, s.to(id, msg.Focus{On: id == s.active && !side}))
	}
	return tea.Batch(append(cmds, s.toSide(msg.SideShown{On: s.sideOn}), s.toSide(msg.Focus{On: side}))...)
}

// openTensor shows a tensor's view, with the cursor of the Layers view on it.
func (s *shell) openTensor(m msg.OpenTensor) tea.Cmd {
	return tea.Batch(s.to(msg.Layers, msg.SelectTensor(m)), s.to(msg.Tensor, m), s.show(msg.Tensor))
}

// toggleSide opens the what-if panel, gives it the focus, or closes it.
func (s *shell) toggleSide() tea.Cmd {
	var aim tea.Cmd
	switch {
	case s.sideOn && s.sideHas:
		return s.closeSide()
	case !s.sideOn:
		s.sideOn = true
		aim = s.toSide(msg.Aim{Marked: s.active == msg.Layers && len(s.selection.Marked) > 0})
	}
	s.sideHas = true
	return tea.Batch(aim, s.arrange(), s.toSide(s.selection), s.toSide(msg.Show{View: s.active}), s.tellFocus())
}

func (s *shell) closeSide() tea.Cmd {
	s.sideOn, s.sideHas = false, false
	return tea.Batch(s.arrange(), s.tellFocus())
}

// moveFocus goes from the body to the side panel and back.
func (s *shell) moveFocus() tea.Cmd {
	s.sideHas = !s.sideHas
	return s.tellFocus()
}
