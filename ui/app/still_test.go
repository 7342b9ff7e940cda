package app

import (
	"context"
	"path/filepath"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

// settled carries out commands in order until none is left.
func settled(s *Still, cmd tea.Cmd) {
	for queue := []tea.Cmd{cmd}; len(queue) > 0; {
		next := queue[0]
		queue = queue[1:]
		if next == nil {
			continue
		}
		switch m := next().(type) {
		case nil:
		case tea.BatchMsg:
			queue = append(m, queue...)
		default:
			queue = append(queue, s.Update(m))
		}
	}
}

func stillOf(t *testing.T, path string) *Still {
	t.Helper()
	s := NewStill(context.Background(), Options{Path: path, Theme: theme.New(theme.Dark, termenv.Ascii, theme.Braille)})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	settled(s, tea.Batch(s.Update(tea.WindowSizeMsg{Width: 120, Height: 36}), s.Init()))
	return s
}

// No command of a still waits for time to pass or files to change: the test would not end otherwise.
func TestStillComesToRest(t *testing.T) {
	file := filepath.Join(t.TempDir(), "m.safetensors")
	writeModel(t, file, 3)
	s := stillOf(t, file)
	if s.Err() != nil || s.Busy() || s.Active() != msg.Layers || len(s.Tensors()) == 0 {
		t.Fatalf("error %v, busy %v, view %s, %d tensors", s.Err(), s.Busy(), s.Active(), len(s.Tensors()))
	}
	settled(s, s.shell.say("a note"))
	if len(s.shell.toasts) != 0 {
		t.Error("a still shows a note")
	}
	if s := stillOf(t, filepath.Join(t.TempDir(), "none.safetensors")); s.Err() == nil {
		t.Error("a file that is not there is no error")
	}
}

// Commands may overtake each other; the selection is what the Layers view says now.
func TestLateSelectionDoesNotWin(t *testing.T) {
	file := filepath.Join(t.TempDir(), "m.safetensors")
	writeModel(t, file, 3)
	s := stillOf(t, file)
	want := s.shell.selection.Name
	settled(s, s.Update(msg.SelectionChanged{Name: "an older one"}))
	if got := s.shell.selection.Name; got != want {
		t.Errorf("a late message made the selection %q; the cursor is on %q", got, want)
	}
	settled(s, s.Update(msg.PinsChanged{A: &msg.Pin{Label: "x"}}))
	settled(s, s.Update(msg.PinsChanged{}))
	if s.shell.pins.A != nil {
		t.Error("unpinning left a pin")
	}
}
