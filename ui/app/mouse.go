package app

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/ui/layout"
	"github.com/mmtui/mmtui/ui/msg"
)

// doubleClick is how far apart two clicks may be that count as one double click.
const doubleClick = 500 * time.Millisecond

// click is the last click, for telling double ones.
type click struct {
	x, y int
	at   time.Time
}

// mouse deals with clicks and the wheel: overlays first, then tabs and footer, then the panels.
func (s *shell) mouse(m tea.MouseMsg) tea.Cmd {
	kind, ok := mouseKind(m)
	if !ok || s.frame.Class == layout.TooSmall {
		return nil
	}
	if len(s.overlays) > 0 {
		return s.clickOverlay(m, kind)
	}
	if kind == msg.Click {
		if cmd, hit := s.clickFrame(m.X, m.Y); hit {
			return cmd
		}
	}
	return s.clickPanel(m, kind)
}

func mouseKind(m tea.MouseMsg) (msg.MouseKind, bool) {
	switch {
	case m.Button == tea.MouseButtonWheelUp:
		return msg.WheelUp, true
	case m.Button == tea.MouseButtonWheelDown:
		return msg.WheelDown, true
	case m.Button == tea.MouseButtonLeft && m.Action == tea.MouseActionPress:
		return msg.Click, true
	}
	return "", false
}

func (s *shell) clickOverlay(m tea.MouseMsg, kind msg.MouseKind) tea.Cmd {
	top := s.overlays[len(s.overlays)-1]
	at := top.rect(layout.Rect{W: s.width, H: s.height})
	switch {
	case kind == msg.WheelUp:
		return s.topKey(tea.KeyMsg{Type: tea.KeyUp})
	case kind == msg.WheelDown:
		return s.topKey(tea.KeyMsg{Type: tea.KeyDown})
	case !at.Contains(m.X, m.Y):
		return s.topKey(tea.KeyMsg{Type: tea.KeyEsc})
	}
	next, result := top.click(m.X-at.X, m.Y-at.Y)
	return s.settle(next, result)
}

// clickFrame deals with a click on a tab or a key of the footer.
func (s *shell) clickFrame(x, y int) (tea.Cmd, bool) {
	switch {
	case s.frame.Header.Contains(x, y):
		for _, one := range s.placeTabs(s.frame.Header.W) {
			if x >= one.x && x < one.x+one.w {
				return s.show(one.id), true
			}
		}
		return nil, true
	case s.frame.Footer.Contains(x, y):
		for _, one := range s.placeFooter(s.frame.Footer.W) {
			if one.key != "" && x >= one.x && x < one.x+one.w-1 {
				return s.dispatch(one.action), true
			}
		}
		return nil, true
	}
	return nil, false
}

// clickPanel hands the mouse to the panel under it, which gets the focus.
func (s *shell) clickPanel(m tea.MouseMsg, kind msg.MouseKind) tea.Cmd {
	out := msg.Mouse{Kind: kind}
	if kind == msg.Click {
		now := s.services.now()
		out.Double = m.X == s.lastClick.x && m.Y == s.lastClick.y && now.Sub(s.lastClick.at) < doubleClick
		s.lastClick = click{m.X, m.Y, now}
	}
	side := s.sideOn && s.frame.Side.Contains(m.X, m.Y)
	var cmds []tea.Cmd
	if kind == msg.Click && side != s.sideHas && (side || s.sideOn) {
		s.sideHas = side
		cmds = append(cmds, s.tellFocus())
	}
	if side {
		inner := layout.Inner(s.frame.Side)
		out.X, out.Y = m.X-inner.X, m.Y-inner.Y
		return tea.Batch(append(cmds, s.toSide(out))...)
	}
	if s.frame.Body.Contains(m.X, m.Y) {
		out.X, out.Y = m.X-s.frame.Body.X, m.Y-s.frame.Body.Y
		cmds = append(cmds, s.to(s.active, out))
	}
	return tea.Batch(cmds...)
}
