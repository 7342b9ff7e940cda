package app

import (
	"errors"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/internal/watch"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

// twoModels is a rig with two models open, of 3 and of 5 tensors; the second is on screen.
func twoModels(t *testing.T) (r *rig, first, second *fake) {
	t.Helper()
	r = openedRig(t, 3)
	first = r.session
	second = newFake(5)
	r.session = second
	r.send(msg.OpenPath{Path: "other.safetensors"})
	r.untilSeen("5 tensors")
	r.settled()
	return r, first, second
}

func TestSeveralModelsStayOpen(t *testing.T) {
	r, first, _ := twoModels(t)
	if !strings.Contains(r.screen(), "2/2 other.safetensors") {
		t.Errorf("the header does not say which of two is shown:\n%s", r.screen())
	}
	r.press("O")
	r.untilSeen("Open models")
	r.press("1")
	r.untilSeen("1/2 made-up.safetensors")
	r.untilSeen("3 tensors")
	r.send(msg.OpenPath{Path: "other.safetensors"}) // open already
	r.untilSeen("2/2 other.safetensors")
	if n := len(r.shell.models); n != 2 {
		t.Errorf("%d models are open", n)
	}
	first.mu.Lock()
	defer first.mu.Unlock()
	if first.closed {
		t.Error("opening another closed the first")
	}
}

// Each model keeps its own plan, history, marks and pins.
func TestModelsKeepTheirOwnState(t *testing.T) {
	r, _, _ := twoModels(t)
	r.edit("layers.1.weight")
	r.press("a")
	r.press("ctrl+n")
	r.untilSeen("1/2 made-up")
	if r.bitsOf(1) != 2 || r.shell.open.history.dirty() || r.shell.pins.A != nil {
		t.Error("the plan of one model shows in the other")
	}
	r.press("t", "j")
	r.until("the cursor", func() bool { return r.shell.selection.Name == "layers.1.weight" })
	r.press("ctrl+n")
	r.untilSeen("2/2 other")
	if r.bitsOf(1) != 4 || !r.shell.open.history.dirty() || r.shell.pins.A == nil {
		t.Error("switching lost the plan or the pin")
	}
	if r.shell.selection.Name == "layers.1.weight" {
		t.Error("the selection of one model shows in the other")
	}
}

// A model that is not on screen goes on being measured and followed.
func TestModelsWorkBehindTheScreen(t *testing.T) {
	r := newRig(t, 6)
	first := r.session
	first.step = make(chan struct{})
	r.send(msg.OpenPath{Path: "made-up.safetensors"})
	r.until("the start of the scan", func() bool { return r.shell.open != nil && r.shell.open.scanning })
	one := r.shell.open
	r.session = newFake(2)
	r.send(msg.OpenPath{Path: "other.safetensors"})
	r.untilSeen("2 tensors")
	close(first.step)
	r.until("the end of the first scan", func() bool { return !one.scanning && one.done == 6 })
	if n := len(r.shell.report.Tensors); n != 2 {
		t.Errorf("the screen shows %d tensors of the wrong model", n)
	}
	first.mu.Lock()
	first.changed = []string{"layers.2.weight"}
	first.mu.Unlock()
	r.events <- watch.Event{Path: "made-up.safetensors"} // one of the two watches takes it
	r.until("the reload", func() bool {
		return strings.Contains(unwrapped(r.screen()), "made-up.safetensors: the model changed on disk") || r.shell.open.planEdit > 0
	})
	r.press("O", "1")
	r.untilSeen("scan 6/6")
}

func TestCloseAModel(t *testing.T) {
	r, first, second := twoModels(t)
	r.edit("layers.0.weight")
	r.press("O", "x")
	r.untilSeen("changes that are not saved")
	r.press("esc")
	if len(r.shell.models) != 2 {
		t.Fatal("Esc closes the model")
	}
	r.press("O", "x")
	r.untilSeen("close without saving")
	r.press("y")
	r.untilSeen("made-up.safetensors")
	r.until("the end of the second", func() bool { second.mu.Lock(); defer second.mu.Unlock(); return second.closed })
	r.press("O", "x")
	r.until("the home view", func() bool { return r.shell.active == msg.Home && r.shell.open == nil })
	r.until("the end of the first", func() bool { first.mu.Lock(); defer first.mu.Unlock(); return first.closed })
	r.untilSeen("no model open")
	r.press("1")
	r.press("O")
	r.untilSeen("no model is open; o opens one")
}

func TestModelsAreBounded(t *testing.T) {
	r := openedRig(t, 1)
	for i := range maxModels {
		r.session = newFake(1)
		r.send(msg.OpenPath{Path: strings.Repeat("m", i+1) + ".safetensors"})
		r.until("an answer", func() bool { return r.shell.opening == "" })
	}
	if n := len(r.shell.models); n != maxModels {
		t.Errorf("%d models are open, at most %d may be", n, maxModels)
	}
	r.untilSeen("close one in the list")
}

func TestThemeReachesEveryModel(t *testing.T) {
	r, _, _ := twoModels(t)
	r.press("ctrl+t")
	if r.shell.theme.Name != theme.Light {
		t.Fatalf("theme %s", r.shell.theme.Name)
	}
	r.press("ctrl+n")
	exact(t, "after the switch", r.shell.View(), 160, 45)
}

func TestQuitNamesThePlansThatWouldBeLost(t *testing.T) {
	r, _, _ := twoModels(t)
	r.edit("layers.0.weight")
	r.press("ctrl+n")
	r.press("q")
	r.untilSeen("not saved: other.safetensors")
	r.press("y")
	r.until("the end", func() bool { return r.quit })
}

// A failed reload of a model behind the screen says which model it is about.
func TestErrorsBehindTheScreenAreNamed(t *testing.T) {
	r, first, _ := twoModels(t)
	first.mu.Lock()
	first.reopen = errors.New("the header is cut short")
	first.mu.Unlock()
	one := r.shell.models[0]
	r.start(r.shell.on(one, r.shell.reloadModel))
	r.untilSeen("made-up.safetensors: the model changed on disk and cannot be read now")
}

// Projects have one file name, so the folder's tells them apart.
func TestLabel(t *testing.T) {
	for path, want := range map[string]string{
		"models/a.safetensors": "a.safetensors", "models/SmolVLM": "SmolVLM", "owner/name@main": "name@main",
		"work/first/project.toml": "first", "work/other.toml": "other.toml",
	} {
		if got := (&opened{path: path}).label(); got != want {
			t.Errorf("%s is called %q, want %q", path, got, want)
		}
	}
}
