package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/internal/watch"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

func TestOpenShowsLayersAndScans(t *testing.T) {
	r := openedRig(t, 12)
	if r.shell.active != msg.Layers {
		t.Errorf("the view is %s", r.shell.active)
	}
	r.until("the ranks", func() bool { return r.shell.report.Tensors[0].Rank != nil })
	for _, want := range []string{"made-up.safetensors", "12 tensors", "scan 12/12", "2b half g64 search", "budget 35.0 MB"} {
		if !strings.Contains(r.screen(), want) {
			t.Errorf("the screen lacks %q:\n%s", want, r.screen())
		}
	}
	r.until("the recent list", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.recent) == 1 })
}

func TestOpenFailureIsOnScreen(t *testing.T) {
	r := newRig(t, 1)
	r.openErr = errors.New("x.safetensors: the header is cut short; copy the file again")
	r.send(msg.OpenPath{Path: "x.safetensors"})
	r.untilSeen("the header is cut short")
	if r.shell.active != msg.Home || r.shell.open != nil {
		t.Errorf("view %s, open %v", r.shell.active, r.shell.open)
	}
	r.openErr = nil
	r.send(msg.OpenPath{Path: "made-up.safetensors"})
	r.untilSeen("scan 1/1")
}

// What is open stays open when another path cannot be opened.
func TestOpenFailureKeepsTheModel(t *testing.T) {
	r := openedRig(t, 3)
	r.openErr = errors.New("no such file")
	r.send(msg.OpenPath{Path: "gone.safetensors"})
	r.untilSeen("no such file")
	if r.shell.open == nil || r.shell.active != msg.Layers {
		t.Errorf("open %v, view %s", r.shell.open, r.shell.active)
	}
}

func TestEscCancelsTheScan(t *testing.T) {
	r := newRig(t, 6)
	r.session.step = make(chan struct{})
	r.send(msg.OpenPath{Path: "made-up.safetensors"})
	r.until("the start of the scan", func() bool { return r.shell.open != nil && r.shell.open.scanning })
	r.session.step <- struct{}{}
	r.session.step <- struct{}{}
	r.untilSeen("scan 2/6")
	r.press("esc")
	r.until("the scan's end", func() bool { return !r.shell.open.scanning })
	r.untilSeen("stopped")
	if r.shell.pending() != 4 {
		t.Errorf("%d rows pending, want 4", r.shell.pending())
	}
	r.press("R")
	close(r.session.step)
	r.settled()
	r.untilSeen("scan 6/6")
}

// Letters that arrive together are keys one after the other.
func TestKeysInOneMessage(t *testing.T) {
	r := openedRig(t, 4)
	r.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("tjj/ers")})
	r.until("the filter", func() bool {
		return strings.Contains(r.screen(), "/ers") && r.shell.selection.Name == "layers.2.weight"
	})
	r.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(".1 ?q"), Paste: true})
	r.untilSeen("/ers.1 ?q")
	if r.shell.quitting || len(r.shell.overlays) > 0 {
		t.Error("a paste acts as keys")
	}
	r.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("?"), Alt: true}) // Esc and ?
	if len(r.shell.overlays) != 1 || strings.Contains(r.screen(), "/ers") {
		t.Errorf("Esc with a letter right after it:\n%s", r.screen())
	}
}

func TestQuit(t *testing.T) {
	r := openedRig(t, 2)
	r.press("q")
	r.until("the end", func() bool { return r.quit })
	if r.shell.err != nil {
		t.Errorf("error %v", r.shell.err)
	}
}

func TestCtrlCAlwaysQuits(t *testing.T) {
	for what, prepare := range map[string]func(*rig){
		"layers":        func(r *rig) {},
		"a dirty plan":  func(r *rig) { r.edit("layers.0.weight") },
		"the filter":    func(r *rig) { r.press("/", "abc") },
		"the help":      func(r *rig) { r.press("?") },
		"the palette":   func(r *rig) { r.press(":") },
		"a question":    func(r *rig) { r.edit("layers.0.weight"); r.press("q") },
		"a prompt":      func(r *rig) { r.press("ctrl+s") },
		"what-if":       func(r *rig) { r.press("w") },
		"a small frame": func(r *rig) { r.send(tea.WindowSizeMsg{Width: 20, Height: 5}) },
		"home, typing":  func(r *rig) { r.press("6", "i") },
	} {
		r := openedRig(t, 2)
		prepare(r)
		r.press("ctrl+c")
		if !r.shell.quitting || !errors.Is(r.shell.err, ErrInterrupted) {
			t.Errorf("%s: quitting=%v, error %v", what, r.shell.quitting, r.shell.err)
		}
	}
}

func TestCopy(t *testing.T) {
	r := openedRig(t, 3)
	r.press("t", "y")
	r.until("the copy", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.copied) == 1 })
	if r.copied[0] != "layers.0.weight" {
		t.Errorf("copied %q", r.copied)
	}
}

func TestModelChangeOnDisk(t *testing.T) {
	r := openedRig(t, 4)
	r.session.changed = []string{"layers.2.weight"}
	r.events <- watch.Event{Path: "made-up.safetensors"}
	r.untilSeen("layers.2.weight measured anew")
	r.settled()
	if got := r.shell.report.Tensors[2]; got.State != report.Done {
		t.Errorf("the changed row is %s", got.State)
	}
	r.session.mu.Lock()
	r.session.reopen = errors.New("made-up.safetensors: the header is cut short")
	r.session.mu.Unlock()
	r.events <- watch.Event{Path: "made-up.safetensors"}
	r.untilSeen("cannot be read now")
	r.untilSeen("the header is cut short")
	if len(r.shell.report.Tensors) != 4 || r.shell.report.Tensors[0].State != report.Done {
		t.Error("the last good state is gone")
	}
}

// A change that comes while the last one is still being read is not lost, and a
// scan under way goes on with the new bytes.
func TestModelChangesDuringTheScan(t *testing.T) {
	r := newRig(t, 5)
	r.session.step = make(chan struct{})
	r.send(msg.OpenPath{Path: "made-up.safetensors"})
	r.until("the scan", func() bool { return r.shell.open != nil && r.shell.open.scanning })
	r.session.step <- struct{}{}
	r.session.step <- struct{}{}
	r.untilSeen("scan 2/5")
	r.session.mu.Lock()
	r.session.changed = []string{"layers.0.weight"}
	r.session.mu.Unlock()
	r.send(msg.Toast{}) // something else in between
	r.start(r.shell.reloadModel())
	r.start(r.shell.reloadModel())
	if !r.shell.open.reloadAgain {
		t.Fatal("the second change is lost")
	}
	r.until("the reload", func() bool { return !r.shell.open.reloading && r.shell.open.scanning })
	close(r.session.step)
	r.settled()
	for i, row := range r.shell.report.Tensors {
		if row.State != report.Done {
			t.Errorf("row %d is %s", i, row.State)
		}
	}
}

func TestTooSmall(t *testing.T) {
	r := openedRig(t, 2)
	r.send(tea.WindowSizeMsg{Width: 40, Height: 5})
	if got := r.screen(); !strings.Contains(got, "needs 60x20") {
		t.Errorf("the screen is\n%s", got)
	}
	r.press("w", "/", "?")
	if r.shell.sideOn || len(r.shell.overlays) > 0 {
		t.Error("keys act on what cannot be seen")
	}
	r.send(tea.WindowSizeMsg{Width: 100, Height: 30})
	r.untilSeen("scan 2/2")
}

func TestDisabledKeySaysWhy(t *testing.T) {
	r := newRig(t, 2)
	r.press("w")
	if !strings.Contains(r.screen(), "no model is open; o opens one") {
		t.Errorf("the screen is\n%s", r.screen())
	}
}

func TestPalette(t *testing.T) {
	r := openedRig(t, 3)
	r.press(":")
	r.untilSeen("Commands")
	r.press("sortbysqnr", "enter")
	r.untilSeen("SQNR dB ▴")
	r.press("ctrl+p", "theme light", "enter")
	r.until("the theme", func() bool { return r.shell.theme.Name == theme.Light })
	r.press(":", "nothinglikethis")
	r.untilSeen("nothing matches")
	r.press("enter", "esc")
	if len(r.shell.overlays) != 0 {
		t.Error("Esc leaves the palette open")
	}
}

func TestHelpSearches(t *testing.T) {
	r := openedRig(t, 3)
	r.press("?")
	r.untilSeen("Keys: layers (here)")
	r.press("what-if")
	r.untilSeen("try another scheme")
	r.press("esc", "?", "?")
	if len(r.shell.overlays) != 0 {
		t.Error("? does not close the help")
	}
}

func TestBackLeadsHome(t *testing.T) {
	r := openedRig(t, 3)
	r.press("t", "enter")
	r.until("the tensor view", func() bool { return r.shell.active == msg.Tensor })
	r.untilSeen("the file was cut short")
	r.press("esc")
	if r.shell.active != msg.Layers {
		t.Errorf("Esc leads to %s", r.shell.active)
	}
	r.press("o")
	r.until("home", func() bool { return r.shell.active == msg.Home })
	r.press("esc")
	if r.shell.active != msg.Layers {
		t.Errorf("Esc leads from home to %s", r.shell.active)
	}
}

// The tensor view steps through the tensors of the Layers view, in its order.
func TestNextTensorFollowsTheLayers(t *testing.T) {
	r := openedRig(t, 3)
	r.press("t", "enter")
	r.until("the tensor view", func() bool { return r.shell.active == msg.Tensor && r.shell.selection.Name == "layers.0.weight" })
	r.press("]")
	r.until("the next tensor", func() bool { return r.shell.selection.Name == "layers.1.weight" })
	r.press("space")
	r.until("the mark", func() bool { return slices.Equal(r.shell.selection.Marked, []string{"layers.1.weight"}) })
}

func TestClicks(t *testing.T) {
	r := openedRig(t, 3)
	click := func(x, y int) {
		r.send(tea.MouseMsg{X: x, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
	}
	for _, one := range r.shell.placeTabs(160) {
		if one.id == msg.Compare {
			click(one.x+1, 0)
		}
	}
	if r.shell.active != msg.Compare {
		t.Errorf("a click on a tab shows %s", r.shell.active)
	}
	r.press("1")
	for _, one := range r.shell.placeFooter(160) {
		if one.key == "?" {
			click(one.x, 44)
		}
	}
	r.untilSeen("Keys: layers (here)")
	click(0, 0) // beside the box
	if len(r.shell.overlays) != 0 {
		t.Error("a click beside the help leaves it open")
	}
	r.press("w")
	click(5, 8)
	if r.shell.sideHas || !r.shell.sideOn {
		t.Error("a click on the layers does not give them the focus")
	}
}

// The program ends although a command is in the middle of something long.
func TestTasksEndWithTheProgram(t *testing.T) {
	tasks := newTasks(context.Background())
	began, ended := make(chan struct{}), make(chan struct{})
	cmd := tasks.cmd(func(ctx context.Context) tea.Msg {
		close(began)
		<-ctx.Done()
		close(ended)
		return said{text: "too late"}
	})
	result := make(chan tea.Msg, 1)
	go func() { result <- cmd() }()
	<-began
	tasks.close()
	select {
	case <-ended:
	default:
		t.Error("close returned while a task was running")
	}
	if m := <-result; m != nil {
		t.Errorf("a message after the end: %v", m)
	}
	if m := cmd(); m != nil {
		t.Error("a task started after the end")
	}
	tasks.close() // twice is harmless
}
