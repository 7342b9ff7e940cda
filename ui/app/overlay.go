package app

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/layout"
	"github.com/mmtui/mmtui/ui/theme"
)

// overlay is a box over the screen that takes every key: the palette, the
// help, a question, a line to type. The shell keeps them on a stack; what one
// decides comes back as a message.
type overlay interface {
	// key handles a key. A nil overlay closes the box; a message that is not
	// nil is carried out by the shell.
	key(k tea.KeyMsg) (overlay, tea.Msg)
	// rect is where the box goes on a screen.
	rect(screen layout.Rect) layout.Rect
	// render draws exactly width × height cells.
	render(t theme.Theme, width, height int) string
	// click handles a click inside the box.
	click(x, y int) (overlay, tea.Msg)
}

// layer is an overlay on the stack, with the model that it is about: its
// answer goes to that one.
type layer struct {
	overlay
	by *opened
}

func (s *shell) push(o overlay) { s.overlays = append(s.overlays, layer{o, s.open}) }

// topKey hands a key to the uppermost overlay.
func (s *shell) topKey(k tea.KeyMsg) tea.Cmd {
	next, m := s.overlays[len(s.overlays)-1].key(k)
	return s.settle(next, m)
}

// settle keeps or drops the uppermost overlay and carries out what it decided.
func (s *shell) settle(next overlay, m tea.Msg) tea.Cmd {
	last := len(s.overlays) - 1
	by := s.overlays[last].by
	if next == nil {
		s.overlays = s.overlays[:last:last]
	} else {
		s.overlays[last] = layer{next, by}
	}
	if m == nil {
		return nil
	}
	return ownedBy(by, func() tea.Msg { return m })
}

func (s *shell) renderOverlays(base string) string {
	screen := layout.Rect{W: s.width, H: s.height}
	for _, o := range s.overlays {
		at := o.rect(screen)
		base = component.Over(base, o.render(s.theme, at.W, at.H), at)
	}
	return base
}
