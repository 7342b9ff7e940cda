package app

import (
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/variant"
	"github.com/mmtui/mmtui/ui/msg"
)

// askingRig is a rig with the Run view on screen and a runner that answers.
func askingRig(t *testing.T, text string) (*rig, *fakeRunner) {
	t.Helper()
	r := openedRig(t, 3)
	one := r.canRun(text)
	r.press("4")
	r.untilSeen("Ask · idefics3")
	return r, one
}

// canRun gives the open model a runner that answers with a text.
func (r *rig) canRun(text string) *fakeRunner {
	one := &fakeRunner{path: "made-up.safetensors", words: words(text)}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.runners = map[string]*fakeRunner{"made-up.safetensors": one}
	return one
}

// canAlso gives another source a runner.
func (r *rig) canAlso(name, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.runners[name] = &fakeRunner{path: "made-up.safetensors", words: words(text), info: infer.Info{Variant: "int2"}}
}

// pickFirst chooses the first picture of the folder.
func (r *rig) pickFirst() {
	r.t.Helper()
	r.press("p")
	r.untilSeen("folder above")
	r.press("enter")
	r.until("the choice", func() bool { return len(r.shell.overlays) == 0 })
	r.untilSeen("cat.png")
	r.until("the preview", func() bool { return strings.Contains(r.screen(), "▓▓") || r.shell.width < 70 })
}

// pick chooses the first picture, and waits for the estimate.
func (r *rig) pick() {
	r.t.Helper()
	r.pickFirst()
	r.untilSeen("1,115 prompt tokens")
}

// token lets a runner go on by one token.
func (r *rig) token(one *fakeRunner) {
	r.t.Helper()
	r.until("the runner's step", func() bool {
		select {
		case one.step <- struct{}{}:
			return true
		default:
			return false
		}
	})
}

func TestPickRunAndRead(t *testing.T) {
	r, one := askingRig(t, "A cat sits on a wooden table beside a blue cup.")
	r.pick()
	r.press("r")
	r.untilSeen("✓ end of text")
	for _, want := range []string{"A cat sits on a wooden table", "first 1.23 s", "25.0 tokens/s", "peak 1.0", "cpu float32 (test)", "cat.png", "3×4", "54 GFLOP"} {
		if !strings.Contains(unwrapped(r.screen()), want) {
			t.Errorf("the screen lacks %q:\n%s", want, r.screen())
		}
	}
	if len(one.asked) != 1 || !slices.Equal(one.asked[0].Images, []string{"/pictures/cat.png"}) || one.asked[0].Prompt != "" {
		t.Errorf("asked %+v", one.asked)
	}
	r.press("tab", "g") // the first token
	r.untilSeen("Token 1 of 11")
	r.untilSeen("id 100")
	r.untilSeen("p 0.900")
	r.press("l")
	r.untilSeen("Token 2 of 11")
}

func TestEscStopsTheRunAndKeepsTheAnswer(t *testing.T) {
	r, one := askingRig(t, "one two three four five")
	one.step = make(chan struct{})
	r.pick()
	r.press("enter")
	r.token(one)
	r.token(one)
	r.untilSeen("one two")
	r.press("esc")
	r.untilSeen("▲ stopped")
	if s := r.screen(); !strings.Contains(s, "one two") || strings.Contains(s, "three") {
		t.Errorf("after Esc the screen is\n%s", s)
	}
	if r.shell.active != msg.Run {
		t.Error("Esc left the view")
	}
	close(one.step)
	r.press("r")
	r.untilSeen("one two three four five")
	r.untilSeen("run 2/2")
	r.press("[")
	r.untilSeen("run 1/2")
	r.untilSeen("▲ stopped")
	r.press("esc")
	if r.shell.active != msg.Layers {
		t.Error("Esc without a run does not go back")
	}
}

// Columns are asked together: what differs is marked in both, and a column that
// is taken away is closed.
func TestColumnsRunSideBySide(t *testing.T) {
	r, _ := askingRig(t, "a red car on the road")
	second := &fakeRunner{path: "other", words: words("a red bus on the road")}
	r.mu.Lock()
	r.runners["other"] = second
	r.mu.Unlock()
	r.pick()
	r.press("c")
	r.untilSeen("Add a column")
	r.press("another", "enter")
	r.untilSeen("Enter do it")
	r.press("other", "enter")
	r.untilSeen("2 other")
	r.press("r")
	r.untilSeen("a red bus on the road")
	r.untilSeen("differs at token 3")
	r.untilSeen("KL mean 0.233")
	r.untilSeen("sum 0.700 nats")
	r.press("tab", "tab", "g")
	r.untilSeen("KL 0 nats")
	r.press("l", "l")
	r.untilSeen("differs from column 1")
	r.untilSeen("KL 0.700 nats")
	r.press("C")
	r.until("the end of the second", func() bool { second.mu.Lock(); defer second.mu.Unlock(); return second.closed })
}

// One key puts the INT2 twin beside the model: it says how far the quantizing
// is and where the weights came from, answers too, and goes again.
func TestINT2Column(t *testing.T) {
	r, _ := askingRig(t, "a red car")
	twin := &fakeRunner{path: "made-up.safetensors", words: words("a red car"), info: infer.Info{
		Variant: "int2", WeightBytes: 45e6, Quantized: []variant.Layer{{Name: "a", Origin: variant.FromCache}, {Name: "b", Origin: variant.FromCache}}}}
	r.mu.Lock()
	r.runners["made-up.safetensors int2"] = twin
	r.packing = make(chan struct{})
	r.mu.Unlock()
	r.pick()
	r.press("I")
	r.untilSeen("quantizing 3/12 layers.2.weight")
	close(r.packing)
	r.untilSeen("2 tensors quantized, from the cache, 45.0 MB")
	r.press("r")
	r.untilSeen("the same tokens as column 1")
	r.untilSeen("KL mean 0")
	r.untilSeen("2 int2")
	r.press("I")
	r.until("the end of the twin", func() bool { twin.mu.Lock(); defer twin.mu.Unlock(); return twin.closed })
}

// A column that is taken away while it is quantized calls the quantizing off,
// and comes back when it is asked for again.
func TestTakingAColumnAwayEndsItsQuantizing(t *testing.T) {
	r, _ := askingRig(t, "a red car")
	r.canAlso("made-up.safetensors int2", "a red bus")
	r.packing = make(chan struct{})
	r.pick()
	r.press("I")
	r.untilSeen("quantizing 3/12")
	r.press("I") // the rig's quantizing would never end by itself
	r.until("the end of the opening", func() bool {
		_, opening := r.shell.runners.progress(msg.Source{Path: "made-up.safetensors", Variant: variant.INT2()})
		return !opening
	})
	r.press("I")
	r.untilSeen("quantizing 3/12")
	close(r.packing)
	r.untilSeen("2 int2 ready")
}

// A column that cannot be opened says why; the others answer.
func TestAColumnThatFailsLeavesTheOthersAlone(t *testing.T) {
	r, _ := askingRig(t, "a red car")
	r.pick()
	r.press("I")
	r.untilSeen("cannot be run")
	r.press("r")
	r.untilSeen("a red car")
	r.untilSeen("no answer")
}

// Scans stop for a run and go on after it, so that its times are its own.
func TestScansWaitForRuns(t *testing.T) {
	r, one := askingRig(t, "one two")
	one.step = make(chan struct{})
	r.pick()
	r.press("r")
	r.token(one)
	r.untilSeen("running")
	r.startEdit("layers.1.weight")
	r.untilSeen("waits for the run")
	if r.shell.open.scanning {
		t.Error("it scans beside the run")
	}
	r.press("R")
	r.untilSeen("the scan goes on after it")
	r.token(one)
	r.until("the scan's end", func() bool { return !r.shell.open.scanning && r.shell.pending() == 0 })
}

func TestAModelThatCannotBeRunSaysWhy(t *testing.T) {
	r := openedRig(t, 2)
	r.press("4")
	r.untilSeen("This model cannot be run; its weights can be looked at in the other views.")
	r.untilSeen("config.json names the architecture Made")
	r.press("r")
	r.untilSeen("run: this model cannot be run")
	r.press("1")
	r.untilSeen("layers.0.weight")
}

func TestRecordARun(t *testing.T) {
	r, _ := askingRig(t, "a cat")
	r.pick()
	r.press("T")
	r.untilSeen("Record the activations")
	r.press("ctrl+u", "mine.safetensors", "enter")
	r.untilSeen("wrote the activations to mine.safetensors")
	if !slices.Equal(r.wrote, []string{"mine.safetensors: text.h0"}) {
		t.Errorf("wrote %q", r.wrote)
	}
	r.press("5")
	r.untilSeen("A mine.safetensors")
	r.press("B")
	r.untilSeen("Trace B")
	r.press("reference.safetensors", "enter")
	r.untilSeen("the first layer that leaves below 60.00 dB: layers.1")
	r.untilSeen("the layer that amplifies most: layers.1")
	r.press("enter") // its weights
	r.until("the tensor view", func() bool { return r.shell.active == msg.Tensor && r.shell.selection.Name == "layers.1.weight" })
}

// Runs go on behind the screen, and end when their model is closed.
func TestRunBehindTheScreen(t *testing.T) {
	r, one := askingRig(t, "one two three")
	one.step = make(chan struct{})
	r.pick()
	r.press("r")
	r.token(one)
	r.untilSeen("running")
	r.session = newFake(2)
	r.send(msg.OpenPath{Path: "other.safetensors"})
	r.untilSeen("2 tensors")
	r.token(one)
	r.token(one)
	r.press("ctrl+n", "4")
	r.untilSeen("one two three")
	r.untilSeen("end of text")
	r.press("r")
	r.untilSeen("running")
	r.press("O", "x")
	r.until("the end of the runner", func() bool { one.mu.Lock(); defer one.mu.Unlock(); return one.closed })
}

func TestPicker(t *testing.T) {
	r, _ := askingRig(t, "a cat")
	r.press("p")
	r.untilSeen("640×480")
	r.untilSeen("cannot be read")
	r.press("space", "space")
	r.untilSeen("2 marked")
	r.press("enter")
	r.untilSeen("1/2 cat.png")
	r.press("p")
	r.untilSeen("folder above")
	r.press("i", "ctrl+u", "/elsewhere/dog.png", "enter")
	r.untilSeen("dog.png")
	r.until("the end of the picker", func() bool { return len(r.shell.overlays) == 0 })
	r.press("P")
	r.untilSeen("Pick a folder")
	r.untilSeen("folder above")
	r.press("P")
	r.untilSeen("1/2 cat.png")
	r.press("p")
	r.untilSeen("folder above")
	for _, key := range []string{"j", "G", "g", "k", ".", "*", "/"} {
		r.press(key)
		exact(t, "the picker after "+key, r.shell.View(), 160, 45)
	}
	r.press("/pictures/c", "tab")
	r.untilSeen("/pictures/cat.png")
	r.press("esc", "esc")
	r.until("the end of the picker", func() bool { return len(r.shell.overlays) == 0 })
}
