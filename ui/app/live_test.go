package app

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/live"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/internal/viewtest"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
)

// gauges is a source with three figures, one of them missing.
type gauges struct{}

func (gauges) Name() string { return "gauges" }

func (gauges) Read(context.Context) []live.Sample {
	var out []live.Sample
	for _, m := range live.Metrics() {
		one := live.Sample{Metric: m, Source: "gauges", Value: report.NA()}
		switch m.ID {
		case live.ProcessMemory:
			one.Value, one.Confidence = 312e6, live.Measured
		case live.ProcessCPU:
			one.Value, one.Confidence = 43, live.Measured
		case live.BatteryLevel:
			one.Why = "no battery in this machine"
		default:
			continue
		}
		out = append(out, one)
	}
	return out
}

// liveRig is a rig whose live figures come from gauges.
func liveRig(t *testing.T) *rig {
	t.Helper()
	r := openedRig(t, 4)
	recorder := live.NewRecorder(live.Options{})
	r.shell.services.live = &liveFigures{recorder: recorder, sampler: live.NewSampler(recorder, gauges{}), interval: 5 * time.Millisecond}
	t.Cleanup(r.shell.services.live.close)
	r.start(r.shell.startLive())
	r.untilSeen("memory 312 MB")
	return r
}

// showLive puts the Live view on screen, whatever its number is.
func (r *rig) showLive() {
	r.send(msg.Show{View: msg.Live})
	r.untilSeen("MEMORY")
}

// The strip lies in every view, keeps the frame exact, and is left out where there is little room.
func TestStripInEveryView(t *testing.T) {
	r := liveRig(t)
	for _, id := range tabs() {
		r.send(msg.Show{View: id})
		screen := r.screen()
		viewtest.Exact(t, screen, 160, 45)
		if line := strings.Split(screen, "\n")[2]; !strings.HasPrefix(line, "── memory 312 MB · CPU 43% ──") || strings.Contains(line, "n/a") || strings.Contains(line, "battery") {
			t.Errorf("%s: the strip is %q", id, line)
		}
	}
	for _, size := range [][2]int{{80, 23}, {60, 20}, {79, 40}} {
		r.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		screen := r.screen()
		viewtest.Exact(t, screen, size[0], size[1])
		if strings.Contains(screen, "312 MB") && r.shell.active != msg.Live {
			t.Errorf("%v: a strip", size)
		}
	}
	for w := 80; w < 200; w += 7 {
		r.send(tea.WindowSizeMsg{Width: w, Height: 30})
		viewtest.Exact(t, r.screen(), w, 30)
	}
}

func TestLiveView(t *testing.T) {
	r := liveRig(t)
	r.showLive()
	r.untilSeen("n/a: no battery in this machine")
	r.press("]")
	r.untilSeen("window 15 min")
	r.press("[", "[")
	r.untilSeen("window 1 min")
	r.press("space")
	r.untilSeen("recording goes on")
	r.press("space")
	r.untilSeen("▪ live")
	r.press("a")
	r.untilSeen("no run has ended yet")
}

// A run of the Run view is measured and can be pinned.
func TestRunsAreMeasured(t *testing.T) {
	r := liveRig(t)
	l := r.shell.services.live
	p := newRunPump(time.Now)
	p.feeds = l.feeds([]msg.Source{{Path: "/models/tiny"}}, false)
	for range 2 {
		p.begin(0)
		p.add(0, infer.Event{Kind: infer.Started})
		for range 3 {
			p.add(0, infer.Event{Kind: infer.Token})
		}
		p.end(0, msg.RunPart{Result: &infer.Result{TokensPerSecond: 20, TotalMS: report.NA(), PeakMemoryBytes: report.NA(), WeightBytes: 5e6}})
	}
	p.end(1, msg.RunPart{}) // a column that never began
	r.showLive()
	r.untilSeen("#2 tiny · as it is")
	r.press("a")
	r.until("a pin", func() bool { return l.recorder.Snapshot(1).A == 2 })
	if n := len(l.recorder.Snapshot(1).Runs); n != 2 {
		t.Errorf("%d runs", n)
	}
	r.untilSeen("20.0 tok/s")
}

func TestLiveExport(t *testing.T) {
	r := liveRig(t)
	dir := t.TempDir()
	r.showLive()
	for _, name := range []string{"a.csv", "a.jsonl", "a.json", "a.csv"} {
		path := filepath.Join(dir, name)
		_, err := os.Stat(path)
		exists := err == nil
		r.press("e")
		r.untilSeen("Export live figures")
		r.press("ctrl+u")
		r.press(path)
		r.press("enter")
		if exists {
			r.untilSeen("exists already")
			r.press("y")
		}
		r.until(name, func() bool {
			text, _ := os.ReadFile(path)
			return strings.Contains(string(text), live.ProcessMemory)
		})
		r.untilSeen("wrote the live figures to")
		r.press("esc")
	}
	r.press("e")
	r.untilSeen("Export live figures")
	r.press("ctrl+u")
	r.press(filepath.Join(dir, "a.txt"))
	r.press("enter")
	r.untilSeen("none of .csv, .jsonl and .json")
}

// Without live figures the screen is as it was: a line and no numbers.
func TestStillHasNoStrip(t *testing.T) {
	file := filepath.Join(t.TempDir(), "m.safetensors")
	writeModel(t, file, 3)
	s := stillOf(t, file)
	if line := strings.Split(s.View(), "\n")[2]; strings.Trim(line, "─") != "" {
		t.Errorf("the strip is in a picture: %q", line)
	}
	settled(s, s.Update(msg.Show{View: msg.Live}))
	if !strings.Contains(s.View(), "No reading has been taken.") {
		t.Errorf("the Live view of a picture:\n%s", s.View())
	}
}

// No key of the Live view is dead, with figures and without.
func TestEveryLiveBinding(t *testing.T) {
	for _, r := range []*rig{liveRig(t), openedRig(t, 4)} {
		r.send(msg.Show{View: msg.Live})
		for _, b := range keys.Default().Of(keys.Live) {
			r.shell.toasts, r.shell.overlays = nil, nil
			r.shell.dispatch(b.Action)
			for _, one := range r.shell.toasts {
				if strings.Contains(one.text, "has no use") {
					t.Errorf("%s (%s) has no use", b.Action, b.KeyList())
				}
			}
		}
	}
}
