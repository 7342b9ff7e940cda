package app

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/layout"
	"github.com/mmtui/mmtui/ui/theme"
)

// How long a toast stays; an error has more to read.
const (
	noteTime  = 4 * time.Second
	errorTime = 12 * time.Second
	maxToasts = 3
)

// toast is a line shown for a while above the footer.
type toast struct {
	id   int
	text string
	kind toastKind
	file topic // the file that an error is about
}

type toastKind int

const (
	note    toastKind = iota
	refusal           // nothing happened, and why
	failure
)

// topic is a file that is followed: what was wrong with it goes away when it is read again.
type topic int

const (
	noFile topic = iota
	modelFile
	projectFile
)

// toastExpired takes a toast away.
type toastExpired struct{ id int }

// say shows a note.
func (s *shell) say(text string) tea.Cmd { return s.toast(text, false) }

// complain shows an error.
func (s *shell) complain(err error) tea.Cmd { return s.toast(err.Error(), true) }

// refuse says why nothing happened.
func (s *shell) refuse(text string) tea.Cmd { return s.raise(toast{text: text, kind: refusal}) }

// unreadable says what is wrong with a file that is followed, in place of what was wrong with it before.
func (s *shell) unreadable(file topic, text string) tea.Cmd {
	s.readable(file)
	return s.raise(toast{text: text, kind: failure, file: file})
}

// readable takes away what was said to be wrong with a file.
func (s *shell) readable(file topic) {
	s.toasts = slices.DeleteFunc(slices.Clone(s.toasts), func(t toast) bool { return t.file == file })
}

func (s *shell) toast(text string, isErr bool) tea.Cmd {
	one := toast{text: text}
	if isErr {
		one.kind = failure
	}
	return s.raise(one)
}

func (s *shell) raise(one toast) tea.Cmd {
	if s.still {
		return nil
	}
	if s.open != nil && s.behindTheScreen() {
		one.text = s.open.label() + ": " + one.text
	}
	s.toastID++
	id := s.toastID
	one.id = id
	s.toasts = append(s.toasts, one)
	if len(s.toasts) > maxToasts {
		s.toasts = s.toasts[len(s.toasts)-maxToasts:]
	}
	stay := noteTime
	if one.kind == failure {
		stay = errorTime
	}
	return s.tasks.cmd(func(ctx context.Context) tea.Msg {
		timer := time.NewTimer(stay)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
			return toastExpired{id}
		}
	})
}

func (s *shell) dropToast(id int) {
	for i, t := range s.toasts {
		if t.id == id {
			s.toasts = append(s.toasts[:i:i], s.toasts[i+1:]...)
			return
		}
	}
}

// renderToasts draws the toasts over the lower right of a screen.
func renderToasts(base string, toasts []toast, t theme.Theme, body layout.Rect) string {
	bottom := body.Y + body.H
	for i := len(toasts) - 1; i >= 0; i-- {
		block, w, h := renderToast(toasts[i], t, body)
		if bottom-h < body.Y {
			break
		}
		bottom -= h
		base = component.Over(base, block, layout.Rect{X: body.X + body.W - w, Y: bottom, W: w, H: h})
	}
	return base
}

func renderToast(one toast, t theme.Theme, body layout.Rect) (block string, w, h int) {
	glyph, style := t.Glyphs.Check, t.Badge
	switch one.kind {
	case refusal:
		glyph = t.Glyphs.Warning
	case failure:
		glyph, style = t.Glyphs.Cross, t.Badge.Inherit(t.Bad).Bold(true)
	}
	inner := min(body.W-4, 76)
	var lines []string
	for i, text := range strings.Split(one.text, "\n") {
		lead := glyph + " "
		if i > 0 {
			lead = "  "
		}
		for _, line := range strings.Split(ansi.Wrap(component.Clean(text), inner-2, "/,;"), "\n") {
			lines = append(lines, lead+line)
			lead = "  "
		}
	}
	if most := max(1, body.H/3); len(lines) > most {
		lines = lines[:most]
		lines[most-1] = component.Line(lines[most-1], inner-1, "") + t.Glyphs.Ellipsis
	}
	width := 0
	for _, l := range lines {
		width = max(width, component.Width(l))
	}
	for i, l := range lines {
		lines[i] = style.Render(" " + component.Line(l, width, "") + " ")
	}
	return strings.Join(lines, "\n"), width + 2, len(lines)
}
