package app

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/layout"
	"github.com/mmtui/mmtui/ui/theme"
)

// question asks before something is lost.
type question struct {
	keymap keys.Map
	title  string
	text   string
	yes    answer
	save   answer // also offered when its label is set
}

// answer is a way out of a question.
type answer struct {
	label string
	does  tea.Msg
}

func (q question) key(k tea.KeyMsg) (overlay, tea.Msg) {
	a, _ := q.keymap.In(k.String(), keys.Confirm)
	switch {
	case a == keys.Yes:
		return nil, q.yes.does
	case a == keys.Save && q.save.label != "":
		return nil, q.save.does
	case a == keys.No, a == keys.Cancel:
		return nil, nil
	}
	return q, nil
}

func (q question) click(int, int) (overlay, tea.Msg) { return q, nil }

func (q question) lines(t theme.Theme, width int) []string {
	lines := strings.Split(ansi.Wrap(component.Clean(q.text), max(10, width-4), "/"), "\n")
	for i := range lines {
		lines[i] = " " + t.Text.Render(lines[i])
	}
	ways := t.Key.Render(" y") + " " + q.yes.label
	if q.save.label != "" {
		ways += "   " + t.Key.Render("s") + " " + q.save.label
	}
	return append(append([]string{""}, lines...), "", ways+"   "+t.Key.Render("Esc")+" back")
}

func (q question) rect(screen layout.Rect) layout.Rect {
	w := min(screen.W-4, 72)
	lines := strings.Count(ansi.Wrap(component.Clean(q.text), max(10, w-4), "/"), "\n") + 1
	return layout.Center(screen, w, lines+6)
}

func (q question) render(t theme.Theme, width, height int) string {
	return component.Box(t, q.title, strings.Join(q.lines(t, width), "\n"), width, height, true)
}

// prompt asks for a line of text, a file's name.
type prompt struct {
	keymap keys.Map
	title  string
	about  string
	input  component.Input
	does   func(text string) tea.Msg
}

func (p prompt) key(k tea.KeyMsg) (overlay, tea.Msg) {
	switch a, _ := p.keymap.In(k.String(), keys.Text); a {
	case keys.Cancel:
		return nil, nil
	case keys.Accept:
		text := strings.TrimSpace(p.input.Value())
		if text == "" {
			return p, nil
		}
		return nil, p.does(text)
	case "":
		p.input, _ = p.input.Key(k)
	}
	return p, nil
}

func (p prompt) click(int, int) (overlay, tea.Msg) { return p, nil }

func (p prompt) rect(screen layout.Rect) layout.Rect {
	return layout.Center(screen, min(screen.W-4, 84), 7)
}

func (p prompt) render(t theme.Theme, width, height int) string {
	lines := []string{
		" " + t.Dim.Render(component.Cut(p.about, width-4, t.Glyphs.Ellipsis)), "",
		p.input.Render(t, " ", width-2, true), "",
		" " + t.Key.Render("Enter") + " do it   " + t.Key.Render("Esc") + " back",
	}
	return component.Box(t, p.title, strings.Join(lines, "\n"), width, height, true)
}
