package snapshot

import (
	"context"
	"errors"
	"fmt"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

// counter notes what it is told and answers "again" three times.
type counter struct {
	seen []string
	left int
}

func (c *counter) Init() tea.Cmd { return say("init") }

func (c *counter) Update(m tea.Msg) tea.Cmd {
	c.seen = append(c.seen, fmt.Sprint(m))
	if m == tea.Msg("again") && c.left > 0 {
		c.left--
		return say("again")
	}
	return nil
}

func say(m tea.Msg) tea.Cmd { return func() tea.Msg { return m } }

func TestDriveCarriesOutEverythingInOrder(t *testing.T) {
	c := &counter{left: 2}
	first := tea.Batch(say("a"), tea.Sequence(say("b"), tea.Batch(say("c"), say("d")), nil), say("again"), say(nil), say("e"))
	if err := drive(context.Background(), c, first); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(c.seen), "[a b c d again e again again]"; got != want {
		t.Errorf("the model saw %s, want %s", got, want)
	}
}

func TestDriveEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c := &counter{left: 1 << 30}
	stop := func() tea.Msg { cancel(); return "again" }
	if err := drive(ctx, c, stop); !errors.Is(err, context.Canceled) {
		t.Errorf("after the context ended: %v", err)
	}
	c = &counter{}
	if err := drive(context.Background(), c, tea.Sequence(say("a"), tea.Quit, say("b"))); err != nil || fmt.Sprint(c.seen) != "[a]" {
		t.Errorf("after quit the model saw %v, %v", c.seen, err)
	}
	if err := drive(context.Background(), &counter{left: 1 << 30}, say("again")); err == nil {
		t.Error("a model that never settles is no error")
	}
}

func TestPresses(t *testing.T) {
	for _, name := range []string{"j", "G", "enter", "esc", "tab", "shift+tab", "up", "down", "left", "right", "pgup", "pgdown",
		"home", "end", "backspace", "ctrl+c", "ctrl+d", "ctrl+p", "ctrl+r", "alt+b", "/", "?", ":", "é", "f5"} {
		got, err := presses(name)
		if err != nil || len(got) != 1 || got[0].String() != name {
			t.Errorf("presses(%q) is %v, %v", name, got, err)
		}
	}
	if got, err := presses("space"); err != nil || got[0].String() != " " {
		t.Errorf("space is %v, %v", got, err)
	}
	got, err := presses("type:sqnr<8 x")
	text := ""
	for _, k := range got {
		text += string(k.Runes)
	}
	if err != nil || text != "sqnr<8 x" {
		t.Errorf("typed %q, %v", text, err)
	}
	if _, err := presses("hyper+q"); err == nil {
		t.Error("an unknown key is no error")
	}
}
