package app

import (
	"strings"

	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/layout"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/picture"
)

// View draws the whole screen, exactly width × height cells.
func (s *shell) View() string {
	if s.width <= 0 || s.height <= 0 || s.quitting {
		return ""
	}
	if s.frame.Class == layout.TooSmall {
		return component.SizeNotice(s.width, s.height)
	}
	f := s.frame
	parts := []string{s.renderHeader(f.Header.W), s.renderSummary(f.Summary.W)}
	if !f.Rule.Empty() {
		parts = append(parts, s.renderRule(f.Rule.W))
	}
	body := s.view(s.active).Render(f.Body.W, f.Body.H)
	if s.sideOn && !f.Over {
		body = component.Beside(body, s.renderSide())
	}
	screen := strings.Join(append(parts, body, s.renderFooter(f.Footer.W)), "\n")
	if len(s.overlays)+len(s.toasts) > 0 || s.sideOn && f.Over {
		screen = picture.Strip(screen)
	}
	if s.sideOn && f.Over {
		screen = component.Over(screen, s.renderSide(), f.Side)
	}
	area := f.Body
	area.W = s.width
	return picture.Settle(s.renderOverlays(renderToasts(screen, s.toasts, s.theme, area)))
}

func (s *shell) renderSide() string {
	at := s.frame.Side
	inner := layout.Inner(at)
	return component.Box(s.theme, s.side.Title(), s.side.Render(inner.W, inner.H), at.W, at.H, s.sideHas)
}

// tab is a name in the header and where it stands.
type tab struct {
	id   msg.ViewID
	text string
	x, w int
}

// namedTabs is the width from which on every tab has its name.
const namedTabs = 120

// roomyTabs is the width from which on the names stand two cells apart.
const roomyTabs = 140

// placeTabs puts the tabs at the right end of the header; a narrow one shows
// their keys and the name of the active one only.
func (s *shell) placeTabs(width int) []tab {
	var out []tab
	total := 0
	for i, id := range tabs() {
		text := string(rune('1' + i))
		if width >= namedTabs || id == s.active {
			text += " " + s.view(id).Title()
		}
		if id == s.active {
			text = s.theme.Glyphs.Active + " " + text
		}
		text = " " + text
		if width < namedTabs || width >= roomyTabs {
			text += " "
		}
		w := component.Width(text)
		out = append(out, tab{id: id, text: text, w: w})
		total += w
	}
	x := width - total
	for i := range out {
		out[i].x = x
		x += out[i].w
	}
	return out
}
