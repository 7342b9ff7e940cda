package home

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/ui/msg"
)

// mouse puts the cursor where it was clicked; a second click opens.
func (v *View) mouse(m msg.Mouse) tea.Cmd {
	if m.Kind != msg.Click {
		for i, r := range rects(v.width, v.height) {
			if r.Contains(m.X, m.Y) {
				p := &v.panel[i]
				p.scroll = wheel(p.scroll, m.Kind, len(p.entries))
			}
		}
		return nil
	}
	if v.pick(m.X, m.Y) && m.Double {
		return v.open()
	}
	return nil
}
