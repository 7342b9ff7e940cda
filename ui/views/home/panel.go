package home

import (
	"strings"

	"github.com/sahilm/fuzzy"

	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/table"
	"github.com/mmtui/mmtui/ui/theme"
)

// panel is one list of things to open.
type panel struct {
	title   string
	empty   string // why nothing is listed, when nothing is
	problem string // why the list could not be read
	all     []msg.HomeEntry
	entries []msg.HomeEntry // those that the filter lets through
	listed  bool
	scroll  table.Scroll
}

func (p *panel) set(entries []msg.HomeEntry, problem string) {
	p.all, p.entries, p.problem, p.listed = entries, entries, problem, true
	p.scroll = table.Scroll{Height: p.scroll.Height}.Clamp(len(entries))
}

// narrow keeps the entries in which the letters of text appear in order.
func (p *panel) narrow(text string) {
	text = strings.TrimSpace(text)
	p.entries = p.all
	if text != "" {
		p.entries = nil
		labels := make([]string, len(p.all))
		for i, e := range p.all {
			labels[i] = e.Label
		}
		for _, m := range fuzzy.Find(text, labels) {
			p.entries = append(p.entries, p.all[m.Index])
		}
	}
	p.scroll = p.scroll.To(0, len(p.entries))
}

func (p *panel) to(i int) { p.scroll = p.scroll.To(i, len(p.entries)) }

func (p *panel) current() (msg.HomeEntry, bool) {
	if p.scroll.Cursor < len(p.entries) {
		return p.entries[p.scroll.Cursor], true
	}
	return msg.HomeEntry{}, false
}

// motion moves the cursor.
func (p *panel) motion(a keys.Action) (moved bool) {
	p.scroll, moved = p.scroll.Do(a, len(p.entries))
	return moved
}

// render draws the panel in its frame, exactly width × height cells.
func (p *panel) render(t theme.Theme, width, height int, focused bool) string {
	inner := max(0, width-2)
	scroll := p.scroll.Resize(max(0, height-2), len(p.entries))
	var lines []string
	switch {
	case p.problem != "":
		lines = []string{t.Bad.Render(t.Glyphs.Cross + " " + component.Cut(component.Clean(p.problem), inner-2, t.Glyphs.Ellipsis))}
	case !p.listed:
		lines = []string{t.Dim.Render(" looking" + t.Glyphs.Pending)}
	case len(p.all) == 0:
		lines = []string{t.Dim.Render(" " + component.Cut(p.empty, inner-1, t.Glyphs.Ellipsis))}
	case len(p.entries) == 0:
		lines = []string{t.Dim.Render(" nothing matches the filter")}
	}
	lo, hi := scroll.Window(len(p.entries))
	for i := lo; i < hi; i++ {
		lines = append(lines, p.line(t, p.entries[i], inner, i == scroll.Cursor, focused))
	}
	title := p.title
	if len(p.entries) > scroll.Height && scroll.Height > 0 {
		title += " " + t.Glyphs.Dot + " " + position(scroll.Cursor+1, len(p.entries))
	}
	return component.Box(t, title, strings.Join(lines, "\n"), width, height, focused)
}

func (p *panel) line(t theme.Theme, e msg.HomeEntry, width int, cursor, focused bool) string {
	mark := " "
	if cursor {
		mark = t.Glyphs.Cursor
	}
	label := component.Clean(e.Label)
	if e.Folder {
		label += "/"
	}
	detail := component.Cut(component.Clean(e.Detail), max(0, width/2), t.Glyphs.Ellipsis)
	room := max(0, width-component.Width(detail)-3)
	label = component.Line(component.CutLeft(label, room, t.Glyphs.Ellipsis), room, "")
	switch {
	case cursor && focused:
		return t.Selected.Render(component.Line(mark+label+" "+detail+" ", width, ""))
	case cursor:
		return t.Inactive.Render(component.Line(mark+label+" "+detail+" ", width, ""))
	case e.Folder:
		return component.Line(mark+t.Accent.Render(label)+" "+t.Dim.Render(detail), width, "")
	}
	return component.Line(mark+t.Text.Render(label)+" "+t.Dim.Render(detail), width, "")
}
