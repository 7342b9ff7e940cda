// Package viewtest drives one view in a test as the shell would: it hands over
// messages, carries out commands in order, and answers what the view asks for
// from the sample model.
package viewtest

import (
	"reflect"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/internal/race"
	"github.com/mmtui/mmtui/ui/internal/sample"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

// Desk is a view with what it has sent to the shell.
type Desk struct {
	View component.View
	Sent []tea.Msg // apart from questions that were answered
	Hold bool      // questions are kept in Sent and not answered
}

// Theme is a theme of 24-bit colours.
func Theme(name theme.Name, g theme.Graph) theme.Theme { return theme.New(name, termenv.TrueColor, g) }

// Plain is a theme without escape sequences, for goldens that people can read.
func Plain(g theme.Graph) theme.Theme { return theme.New(theme.Dark, termenv.Ascii, g) }

// Send hands messages to the view and carries out what follows.
func (d *Desk) Send(messages ...tea.Msg) *Desk {
	for _, m := range messages {
		next, cmd := d.View.Update(m)
		d.View = next
		d.run(cmd)
	}
	return d
}

// Do carries out actions; the test fails when the view does not know one.
func (d *Desk) Do(t *testing.T, actions ...keys.Action) *Desk {
	t.Helper()
	for _, a := range actions {
		next, cmd, handled := d.View.Do(a)
		if !handled {
			t.Fatalf("the view does not handle %q", a)
		}
		d.View = next
		d.run(cmd)
	}
	return d
}

// Offer is what the view says of an action; the test fails when it does not list it.
func (d *Desk) Offer(t *testing.T, a keys.Action) keys.Offer {
	t.Helper()
	for _, o := range d.View.Actions() {
		if o.Action == a {
			return o
		}
	}
	t.Fatalf("%q is not among the actions", a)
	return keys.Offer{}
}

// Last is the last message of a kind that the view sent.
func Last[M tea.Msg](d *Desk) (m M, ok bool) {
	for i := len(d.Sent) - 1; i >= 0; i-- {
		if m, ok = d.Sent[i].(M); ok {
			return m, true
		}
	}
	return m, false
}

func (d *Desk) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	m := cmd()
	if v := reflect.ValueOf(m); v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[tea.Cmd]() {
		for i := range v.Len() {
			part, _ := v.Index(i).Interface().(tea.Cmd)
			d.run(part)
		}
		return
	}
	if m != nil && strings.Contains(reflect.TypeOf(m).PkgPath(), "/ui/views/") { // the shell hands it back
		d.Send(m)
		return
	}
	if answer := d.answer(m); answer != nil {
		d.Send(answer)
	} else if m != nil {
		d.Sent = append(d.Sent, m)
	}
}

// answer is what the shell would bring back, nil for what is no question.
func (d *Desk) answer(m tea.Msg) tea.Msg {
	if d.Hold {
		return nil
	}
	switch m := m.(type) {
	case msg.NeedDetail:
		detail, err := sample.Detail(m.Name, m.Scheme)
		out := msg.DetailReady{Name: m.Name, Scheme: sample.Scheme(), Detail: detail, Err: err}
		if detail != nil {
			out.Scheme = detail.Scheme
		}
		return out
	case msg.NeedGroup:
		scheme := sample.Scheme()
		if m.Scheme != nil {
			scheme = *m.Scheme
		}
		values, err := sample.Group(m.Name, scheme, m.Row, m.Group)
		return msg.GroupReady{Name: m.Name, Row: m.Row, Group: m.Group, Values: values, Err: err}
	case msg.NeedTry:
		row, err := sample.Row(m.Name, m.Scheme)
		return msg.Tried{Name: m.Name, Scheme: m.Scheme, Row: row, Err: err}
	}
	return nil
}

// Exact fails the test unless a frame is exactly w × h cells.
func Exact(t *testing.T, frame string, w, h int) {
	t.Helper()
	lines := strings.Split(frame, "\n")
	if len(lines) != h {
		t.Fatalf("%dx%d: the frame has %d rows", w, h, len(lines))
	}
	for y, l := range lines {
		if got := ansi.StringWidth(l); got != w {
			t.Fatalf("%dx%d: row %d is %d cells wide: %q", w, h, y, got, ansi.Strip(l))
		}
	}
}

// Sweep renders a view at sizes from 20×5 to 250×80 and checks each.
func Sweep(t *testing.T, d *Desk) {
	t.Helper()
	for w := 20; w <= 250; w += race.Step(11) {
		for h := 5; h <= 80; h += race.Step(7) {
			d.Send(msg.Resized{Width: w, Height: h})
			Exact(t, d.View.Render(w, h), w, h)
		}
	}
	for _, size := range [][2]int{{1, 1}, {0, 0}, {20, 1}, {1, 20}, {250, 80}, {59, 19}, {60, 20}, {75, 20}, {76, 20}, {79, 20}, {80, 24}, {119, 30}, {120, 30}} {
		d.Send(msg.Resized{Width: size[0], Height: size[1]})
		if frame := d.View.Render(size[0], size[1]); size[0] > 0 {
			Exact(t, frame, size[0], size[1])
		}
	}
}
