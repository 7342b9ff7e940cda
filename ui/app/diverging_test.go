package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mmtui/mmtui/core/diverge"
	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/variant"
	"github.com/mmtui/mmtui/ui/msg"
)

// What the Run view asks is compared layer by layer; a layer is lifted, the
// answer watched, the lift undone, and kept as the plan.
func TestDiverge(t *testing.T) {
	r, _ := askingRig(t, "a red car")
	r.press("7")
	r.untilSeen("no picture is chosen")
	r.press("4")
	r.pick()
	r.press("7")
	r.untilSeen("Compares float with int2 on caption of cat.png")
	r.press("r")
	r.untilSeen("first break: layers.1")
	r.untilSeen("a red bus")
	r.until("the cursor", func() bool { return strings.Contains(r.screen(), "▌ ▲") })
	r.press("+")
	r.untilSeen("layers.1 at 8 bits")
	r.untilSeen("no layer falls below")
	if r.shell.open.diverging {
		t.Error("it goes on after its end")
	}
	r.press("u")
	r.untilSeen("first break: layers.1")
	r.press("ctrl+r", "w") // saves too: there is no project yet, so it asks where
	r.untilSeen("Save the plan")
	r.press("ctrl+u", "mine", "enter")
	r.untilSeen("saved mine.toml")
	r.settled()
	if got := r.bitsOf(1); got != 8 || r.bitsOf(0) != 2 {
		t.Errorf("the plan of the session gives %d and %d bits", got, r.bitsOf(0))
	}
	r.press("x")
	r.untilSeen("Which part costs what")
	r.untilSeen("● int2")
	r.press("x", "enter")
	r.until("the tensor view", func() bool { return r.shell.active == msg.Tensor && r.shell.selection.Name == "layers.1.weight" })
	r.press("7", "c", "4")
	r.untilSeen("2 int2 + 1 lift")
	if n := len(r.diverged); n != 3 || !slices.Equal(r.diverged[1].Lifts, []diverge.Lift{{Name: "layers.1.weight", Bits: 8}}) || !r.diverged[2].Combinations {
		t.Errorf("%d comparisons were asked for: %+v", n, r.diverged)
	}
}

// Esc stops a comparison and stays in the view; scans wait for it.
func TestEscStopsAComparison(t *testing.T) {
	r, _ := askingRig(t, "a red car")
	r.divergeStep = make(chan struct{})
	r.pick()
	r.press("7")
	r.untilSeen("Compares float with int2")
	r.press("r")
	r.untilSeen("layers 2/9")
	r.startEdit("layers.2.weight")
	r.untilSeen("waits for the run")
	r.press("esc")
	r.untilSeen("stopped")
	r.settled()
	if r.shell.active != msg.Diverge {
		t.Error("Esc leaves the view")
	}
	r.press("r")
	r.untilSeen("layers 2/9")
	close(r.divergeStep)
	r.untilSeen("first break")
}

// A run and a comparison do not spoil each other's times: the second one says why not.
func TestOneThingAtATime(t *testing.T) {
	r, one := askingRig(t, "a red car")
	r.divergeStep = make(chan struct{})
	r.pick()
	r.press("7")
	r.untilSeen("Compares float with int2")
	r.press("r")
	r.untilSeen("layers 2/9")
	r.press("4", "r")
	r.untilSeen("something else works on this machine now")
	close(r.divergeStep)
	r.until("the end of the comparison", func() bool { return !r.shell.hushed() })
	one.step = make(chan struct{})
	r.press("r")
	r.token(one)
	r.untilSeen("running")
	r.press("7", "r")
	r.untilSeen("something else works on this machine now")
	f := &fakeBench{step: make(chan struct{})}
	r.shell.services.bench = benchFuncs{kernels: f.kernels, model: f.model}
	r.press("8", "r")
	r.untilSeen("8 Bench)") // the end of the same words
	if f.most != 0 || r.shell.bench != nil {
		t.Error("kernels are timed beside a run")
	}
	r.press("4", "esc")
	r.untilSeen("stopped")
}

// A model that is closed takes its comparison along.
func TestClosingAModelEndsItsComparison(t *testing.T) {
	r, _ := askingRig(t, "a red car")
	r.divergeStep = make(chan struct{})
	r.pick()
	r.press("7")
	r.untilSeen("Compares float with int2")
	r.press("r")
	r.untilSeen("layers 2/9")
	r.press("O", "x")
	r.until("the end of the model", func() bool { return len(r.shell.models) == 0 })
	if r.shell.hushed() {
		t.Error("scans wait for a comparison that is gone")
	}
}

// The services over a real folder: a comparison of the tiny model, a lift that
// repairs its layer, and columns side by side.
func TestDivergeAndColumnsOfATinyModel(t *testing.T) {
	dir, image := tinyFolder(t, "smolvlm-tiny")
	w := tinyWorld()
	w.packDir = t.TempDir()
	ctx := context.Background()
	q := msg.NeedDivergence{Request: infer.Request{Task: infer.Caption, Images: []string{image}, MaxNewTokens: 4}, Variant: variant.INT2()}
	moved := 0
	before, err := w.findDivergence(ctx, dir, q, func(diverge.Progress) { moved++ })
	if err != nil {
		t.Fatal(err)
	}
	if moved == 0 || len(before.Rows) == 0 || before.WorstLocal == nil {
		t.Fatalf("%d rows after %d steps", len(before.Rows), moved)
	}
	q.Lifts = []diverge.Lift{{Name: before.WorstLocal.Name, Bits: 8}}
	after, err := w.findDivergence(ctx, dir, q, func(diverge.Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(after.Rows, func(r diverge.Row) bool { return r.Name == before.WorstLocal.Name })
	if at < 0 || !(after.Rows[at].LocalSQNRdB > before.WorstLocal.LocalSQNRdB) {
		t.Errorf("the lift of %s changes %v dB to %+v", before.WorstLocal.Name, before.WorstLocal.LocalSQNRdB, after.Rows[at])
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := w.findDivergence(stopped, dir, q, func(diverge.Progress) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("a stopped comparison gives %v", err)
	}

	all := newRunners(w.openRunner)
	defer func() { _ = all.close() }()
	var opened []runner
	packed := 0
	for _, spec := range []variant.Spec{{}, variant.INT2(), {}} {
		one, err := w.openRunner(ctx, msg.Source{Path: dir, Variant: spec}, func(int, int, string) { packed++ })
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = one.Close() }()
		opened = append(opened, one)
	}
	tokens := make([]int, len(opened))
	c, err := compareRunners(ctx, opened, q.Request, func(column int, e infer.Event) {
		if e.Kind == infer.Token {
			tokens[column]++
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if packed == 0 || len(c.Variants) != 3 || tokens[0] == 0 || tokens[2] != tokens[0] || c.Variants[2].MeanKL != 0 || !(c.Variants[1].MeanKL > 0) {
		t.Errorf("the columns have %v tokens; %+v", tokens, c.Variants)
	}
	if _, err := compareRunners(ctx, []runner{&fakeRunner{}}, q.Request, nil); err == nil {
		t.Error("a runner that is none of infer is compared")
	}
}

// The same for a model that ranks pictures and texts.
func TestRetrievalSideBySide(t *testing.T) {
	dir, image := tinyFolder(t, "clip-tiny")
	w := tinyWorld()
	w.packDir = t.TempDir()
	ctx := context.Background()
	all := newRunners(w.openRunner)
	defer func() { _ = all.close() }()
	q := infer.Request{Task: infer.Retrieval, Images: []string{image}, Texts: []string{"a cat", "a dog"}}
	p := newRunPump(time.Now)
	columns := []msg.Source{{Path: dir}, {Path: dir, Variant: variant.INT2()}, {Path: dir + "-gone"}}
	asker{runners: all, compare: compareRunners}.together(ctx, msg.StartRun{Columns: columns, Request: q}, p)
	p.close()
	m, ok := p.next(ctx)
	if !ok || len(m.Parts) != 3 {
		t.Fatalf("%d parts", len(m.Parts))
	}
	for i, part := range m.Parts[:2] {
		if part.Err != nil || part.Result == nil || len(part.Result.Scores) != 1 || part.Compared == nil || part.Compared.WeightBytes <= 0 {
			t.Errorf("column %d: %+v", i, part)
		}
	}
	if m.Parts[2].Err == nil || m.Parts[2].Result != nil || !m.Parts[2].Ended {
		t.Errorf("a folder that is not there answers %+v", m.Parts[2])
	}
	if kl := m.Parts[1].Compared.KL; len(kl) != 1 || !kl[0].Valid() {
		t.Errorf("the KL of a picture is %v", kl)
	}
	r, err := w.findDivergence(ctx, dir, msg.NeedDivergence{Request: q, Variant: variant.INT2()}, func(diverge.Progress) {})
	if err != nil || len(r.Rows) == 0 || len(r.Positions) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}
