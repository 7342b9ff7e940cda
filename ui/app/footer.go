package app

import (
	"slices"

	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
)

// footItem is a key in the footer and where it stands.
type footItem struct {
	action    keys.Action
	key, text string
	off       bool
	x, w      int
}

// firstActions is how many of a view's actions come before the shell's in the footer.
const firstActions = 7

// placeFooter chooses what the footer shows: the view's first actions, then
// the shell's, then the rest as far as there is room; what cannot be done now
// comes last, help and quit are always there.
func (s *shell) placeFooter(width int) []footItem {
	tail := []footItem{s.footItem(keys.ShowHelp, false), s.footItem(keys.Quit, false)}
	room := width - 1
	for _, one := range tail {
		room -= one.w
	}
	view := s.focused().Actions()
	n := min(firstActions, len(view))
	offers := slices.Concat(view[:n], s.offers(), view[n:])
	out := s.fill(offers, 1, room)
	x := width
	for i := len(tail) - 1; i >= 0; i-- {
		x -= tail[i].w
		tail[i].x = x
	}
	return append(out, tail...)
}

// fill places offers one after the other while they fit.
func (s *shell) fill(offers []keys.Offer, x, room int) []footItem {
	var out []footItem
	seen := map[keys.Action]bool{keys.Back: !s.viewOffersBack()} // it leads back everywhere
	for _, off := range []bool{false, true} {
		for _, o := range offers {
			one := s.footItem(o.Action, o.Off != "")
			if one.off != off || one.key == "" || seen[o.Action] || x+one.w > room {
				continue
			}
			seen[o.Action] = true
			one.x = x
			x += one.w
			out = append(out, one)
		}
	}
	return out
}

// viewOffersBack is true while Esc does something of the view's own that people look for.
func (s *shell) viewOffersBack() bool {
	return slices.ContainsFunc(s.focused().Actions(), func(o keys.Offer) bool { return o.Action == keys.Back })
}

func (s *shell) footItem(a keys.Action, off bool) footItem {
	b, ok := s.keys.Binding(a, s.context())
	if !ok || len(b.Keys) == 0 {
		return footItem{}
	}
	one := footItem{action: a, key: b.First(), text: b.Short, off: off}
	one.w = component.Width(one.key) + 1 + component.Width(one.text) + 2
	return one
}

func (s *shell) renderFooter(width int) string {
	t := s.theme
	line, at := "", 0
	for _, one := range s.placeFooter(width) {
		line += component.Spaces(one.x - at)
		style, key := t.Dim, t.Key
		if one.off {
			key = t.Dim
			style = t.Border
		}
		line += key.Render(one.key) + " " + style.Render(one.text) + "  "
		at = one.x + one.w
	}
	return component.Line(line, width, "")
}
