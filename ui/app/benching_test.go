package app

import (
	"context"
	"sync"
	"testing"

	"github.com/mmtui/mmtui/core/bench"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/msg"
)

// fakeBench measures a case for every token in step.
type fakeBench struct {
	step chan struct{}

	mu     sync.Mutex
	at     int // how many are under way
	most   int
	models []string
}

func (f *fakeBench) begin(model string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at++
	f.most = max(f.most, f.at)
	f.models = append(f.models, model)
}

func (f *fakeBench) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at--
}

func (f *fakeBench) kernels(ctx context.Context, opt bench.KernelOptions) (bench.Kernels, error) {
	f.begin("")
	defer f.end()
	var k bench.Kernels
	for i, shape := range bench.DefaultShapes()[:3] {
		opt.Progress(i, 3, shape.String())
		select {
		case <-ctx.Done():
			return k, ctx.Err()
		case <-f.step:
		}
		k.Cases = append(k.Cases, bench.KernelCase{Kernel: "w2a8", Tier: "avx2", Threads: 1, Shape: shape, ShareOfPeak: 0.5, ShareOfRead: report.NA()})
		opt.Show(k)
	}
	k.Complete = true
	return k, nil
}

func (f *fakeBench) model(_ context.Context, path string, _ bench.ModelOptions) (bench.Model, error) {
	f.begin(path)
	defer f.end()
	return bench.Model{Peak: bench.Peak{Threads: 1}, Variants: []bench.Variant{{Name: "float", Phases: []bench.Phase{{Name: "decode", Unit: "token", MS: 3}}}}}, nil
}

func openModel(r *rig) {
	r.t.Helper()
	r.send(msg.OpenPath{Path: "made-up.safetensors"})
	r.until("the model", func() bool { return r.shell.open != nil })
}

func benchRig(t *testing.T) (*rig, *fakeBench) {
	r := newRig(t, 3)
	f := &fakeBench{step: make(chan struct{})}
	r.shell.services.bench = benchFuncs{kernels: f.kernels, model: f.model}
	return r, f
}

// The kernels are measured without a model; what there is shows as it comes.
func TestBenchKernels(t *testing.T) {
	r, f := benchRig(t)
	r.press("8")
	r.untilSeen("Time the kernels of this machine")
	r.press("r")
	r.untilSeen("measuring 1 of 3")
	f.step <- struct{}{}
	r.untilSeen("1x768x192")
	f.step <- struct{}{}
	f.step <- struct{}{}
	r.untilSeen("shares of the peaks that the same run measured")
	r.untilSeen("1x768x3072")
	if r.shell.bench != nil || r.shell.hushed() {
		t.Error("it goes on after its end")
	}
}

// Esc stops a measurement; what was measured until then stays, and scans wait
// only as long.
func TestEscStopsABenchmark(t *testing.T) {
	r, f := benchRig(t)
	openModel(r)
	r.settled()
	r.press("8", "r")
	r.untilSeen("measuring 1 of 3")
	f.step <- struct{}{}
	r.untilSeen("1x768x192")
	r.startEdit("layers.2.weight")
	r.untilSeen("waits for the run")
	r.press("8", "esc")
	r.untilSeen("stopped; what was measured until then stays")
	r.untilSeen("1x768x192")
	r.settled()
	if r.shell.bench != nil || r.shell.hushed() {
		t.Error("it goes on after it was stopped")
	}
}

// The model on screen is measured by its path, and one measurement follows the
// other, not beside it.
func TestBenchOneAtATime(t *testing.T) {
	r, f := benchRig(t)
	r.press("8", "r") // of no model
	r.untilSeen("measuring 1 of 3")
	openModel(r)
	path := r.shell.open.model
	r.press("8", "t", "r")
	r.untilSeen("decode, a token")
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.most != 1 || len(f.models) != 2 || f.models[1] != path {
		t.Errorf("%d at a time, of %q", f.most, f.models)
	}
}

// A workbench that is driven for a picture measures nothing.
func TestNoBenchForAPicture(t *testing.T) {
	r, _ := benchRig(t)
	r.shell.services.bench = benchFuncs{}
	r.press("8", "r")
	r.untilSeen(errNoBench.Error())
}
