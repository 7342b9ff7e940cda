package bench

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"

	"github.com/mmtui/mmtui/core/bench"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/ui/internal/viewtest"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

func machine() bench.Machine {
	return bench.Machine{OS: "linux", Arch: "amd64", CPU: "Test CPU", Cores: 2, FloatTier: "avx512", IntegerTier: "avx512-vnni-gfni", IntegerTiers: []string{"avx512-vnni-gfni", "avx2"}}
}

// measured is kernels whose shares are known.
func measured() *bench.Kernels {
	k := &bench.Kernels{Machine: machine(), Complete: true}
	scheme := int2.DefaultScheme()
	for i, tier := range []string{"avx512-vnni-gfni", "avx2"} {
		for j, shape := range bench.DefaultShapes() {
			peak := report.Number(0.8 - 0.1*float64(j) - 0.05*float64(i))
			k.Cases = append(k.Cases, bench.KernelCase{
				Kernel: "w2a8", Tier: tier, Scheme: &scheme, Threads: 1 + i, Shape: shape, Seconds: 1e-6, Ops: 5e11 * peak, Bytes: 2e10 * peak,
				PeakOps: 5e11, PeakRead: 2e10, ShareOfPeak: peak, ShareOfRead: report.NA(), Bound: "arithmetic",
			})
		}
	}
	k.Cases[1].Streamed, k.Cases[1].ShareOfRead, k.Cases[1].Bound = true, 0.75, "reading"
	k.Cases[2].ShareOfPeak = report.NA()
	k.Peaks = []bench.Peak{
		{Threads: 1, FMA: 2.2e11, Read: 2e10, Integer: []bench.IntegerPeak{{Tier: "avx512-vnni-gfni", Ops: 5e11}, {Tier: "avx2", Ops: report.NA()}}},
		{Threads: 2, FMA: 4.4e11, Read: 3e10, Integer: []bench.IntegerPeak{{Tier: "avx512-vnni-gfni", Ops: 1e12}}},
	}
	return k
}

// timed is a model in two variants.
func timed() *bench.Model {
	m := &bench.Model{Machine: machine(), Complete: true, Model: "/m/vlm", Family: "smolvlm", Threads: 2, Peak: measured().Peaks[1]}
	na := report.NA()
	for i, name := range []string{"float", "int2\x1b[31m"} {
		v := bench.Variant{Name: name, LoadMS: 120, WeightBytes: 326e6 / int64(1+6*i), PeakMemory: 5e8}
		for j, phase := range []string{"first token", "prompt", "decode"} {
			p := bench.Phase{
				Name: phase, Unit: []string{"run", "token", "token"}[j], MS: report.Number(900) / report.Number(1+2*i+j), PerSecond: 7,
				IntegerOps: 0, FloatOps: 1e10, WeightBytes: 4e7, ShareOfPeak: report.Number(0.6 / float64(1+j)), ShareOfRead: report.Number(0.2 * float64(1+j)),
				Kinds: []bench.LayerCost{{Kind: "linear", Calls: 9, MS: 8, ShareOfTime: 0.8, Ops: 1e9, Bytes: 1e6, ShareOfPeak: 0.7, ShareOfRead: 0.1},
					{Kind: "attention", Calls: 2, MS: 2, ShareOfTime: 0.2, Ops: na, Bytes: na, ShareOfPeak: na, ShareOfRead: na}},
				Layers: []bench.LayerCost{{Name: "text_model.layers.0.mlp.up_proj", Kind: "linear", Calls: 1, MS: 1, ShareOfTime: 0.1, Ops: 1e8, Bytes: 1e5, ShareOfPeak: 0.5, ShareOfRead: 0.05},
					{Name: "text_model.layers.1.mlp.up_proj", Kind: "linear", Calls: 1, MS: 3, ShareOfTime: 0.3, Ops: 1e8, Bytes: 1e5, ShareOfPeak: 0.2, ShareOfRead: 0.02}},
			}
			if j == 0 {
				p.Parts = []bench.Part{{Name: "encoder", MS: 700}, {Name: "connector", MS: 20}, {Name: "prompt", MS: 180}}
			}
			v.Phases = append(v.Phases, p)
		}
		m.Variants = append(m.Variants, v)
	}
	return m
}

func desk(th theme.Theme, w, h int) *viewtest.Desk {
	d := &viewtest.Desk{View: New(th, keys.Default())}
	return d.Send(msg.Resized{Width: w, Height: h}, msg.Focus{On: true})
}

func of(d *viewtest.Desk) View { return d.View.(View) }

// kernels has measured the kernels.
func kernels(t *testing.T, th theme.Theme, w, h int) *viewtest.Desk {
	t.Helper()
	return desk(th, w, h).Do(t, keys.RunNow).Send(msg.BenchProgress{ID: 1, Done: 12, Of: 12, Kernels: measured(), Last: true})
}

// model has measured a model.
func model(t *testing.T, th theme.Theme, w, h int) *viewtest.Desk {
	t.Helper()
	d := desk(th, w, h).Send(msg.ModelOpened{Path: "/m/vlm", Label: "vlm"}).Do(t, keys.NextTask, keys.RunNow)
	return d.Send(msg.BenchProgress{ID: 1, Done: 8, Of: 8, Model: timed(), Last: true})
}

func TestGolden(t *testing.T) {
	for _, size := range [][2]int{{60, 20}, {100, 30}, {160, 45}} {
		for name, d := range map[string]*viewtest.Desk{
			"kernels": kernels(t, viewtest.Plain(theme.Braille), size[0], size[1]),
			"model":   model(t, viewtest.Plain(theme.Braille), size[0], size[1]).Do(t, keys.Down, keys.Open),
		} {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), func(t *testing.T) {
				frame := d.View.Render(size[0], size[1])
				viewtest.Exact(t, frame, size[0], size[1])
				golden.RequireEqual(t, frame)
			})
		}
	}
	t.Run("empty", func(t *testing.T) {
		golden.RequireEqual(t, desk(viewtest.Plain(theme.Braille), 100, 20).View.Render(100, 20))
	})
}

func TestSweep(t *testing.T) {
	viewtest.Sweep(t, kernels(t, viewtest.Theme(theme.Dark, theme.Braille), 120, 36).Do(t, keys.Right, keys.Down))
	viewtest.Sweep(t, model(t, viewtest.Theme(theme.Mono, theme.ASCII), 120, 36).Do(t, keys.Down, keys.Open))
	viewtest.Sweep(t, desk(viewtest.Plain(theme.Braille), 120, 36))
}

func TestMeasurement(t *testing.T) {
	d := desk(viewtest.Plain(theme.Braille), 100, 30)
	d.Do(t, keys.NextTask)
	if off := d.Offer(t, keys.RunNow).Off; !strings.Contains(off, "no model") {
		t.Errorf("without a model: %q", off)
	}
	d.Do(t, keys.NextTask, keys.RunNow)
	if m, ok := viewtest.Last[msg.StartBench](d); !ok || m.Model != "" || m.ID != 1 {
		t.Errorf("asked for %+v", m)
	}
	d.Send(msg.BenchProgress{ID: 1, Done: 3, Of: 12, What: "avx2"})
	if s := d.View.Render(100, 30); !strings.Contains(s, "measuring 4 of 12") {
		t.Errorf("no progress:\n%s", s)
	}
	if !of(d).Cancels() || d.Offer(t, keys.RunNow).Off == "" {
		t.Error("a measurement under way cannot be stopped, or another can be begun")
	}
	d.Do(t, keys.Back)
	if m, ok := viewtest.Last[msg.StopBench](d); !ok || m.ID != 1 {
		t.Error("Esc does not stop")
	}
	some := measured()
	some.Cases = some.Cases[:2]
	d.Send(msg.BenchProgress{ID: 1, Kernels: some, Last: true, Err: errors.Join(context.Canceled)})
	if s := d.View.Render(100, 30); of(d).rows() != 2 || !strings.Contains(s, "stopped") || of(d).Cancels() {
		t.Errorf("what there was is gone:\n%s", s)
	}
	d.Do(t, keys.RunNow).Send(msg.BenchProgress{ID: 1, Kernels: measured()})
	if of(d).rows() != 2 {
		t.Error("news of an older measurement was taken in")
	}
	d.Send(msg.BenchProgress{ID: 2, Last: true, Err: errors.New("bad\x1b[31m")})
	if s := d.View.Render(100, 30); !strings.Contains(s, `bad\x1b[31m`) {
		t.Errorf("the error is not shown:\n%s", s)
	}
	if of(d).rows() != 2 {
		t.Error("a measurement that never began took away the figures of the one before")
	}
	d.Do(t, keys.RunNow).Send(msg.BenchProgress{ID: 3, Of: 12})
	if of(d).rows() != 0 {
		t.Error("the figures of the measurement before stay beside a new one")
	}
}

func TestLayersOfAPhase(t *testing.T) {
	d := model(t, viewtest.Plain(theme.Braille), 160, 45)
	if m, _ := viewtest.Last[msg.StartBench](d); m.Model != "/m/vlm" {
		t.Errorf("asked for %+v", m)
	}
	closed := of(d).rows()
	if d.Offer(t, keys.Open).Off == "" {
		t.Error("a variant's line can be opened")
	}
	before := of(d).open
	d.Do(t, keys.Down, keys.Open)
	if got := of(d).rows(); got != closed+7 || len(before) != 0 {
		t.Errorf("%d lines with layers, %d without; the old view has %d open", got, closed, len(before))
	}
	s := d.View.Render(160, 45)
	if slow, fast := strings.Index(s, "layers.1.mlp.up_proj"), strings.Index(s, "layers.0.mlp.up_proj"); slow < 0 || fast < slow {
		t.Errorf("the slowest layer is not first:\n%s", s)
	}
	d.Send(msg.Mouse{Kind: msg.Click, Double: true, X: 3, Y: headRows + 2})
	if got := of(d).rows(); got != closed {
		t.Errorf("%d lines after a double click, want %d", got, closed)
	}
}

func TestCopied(t *testing.T) {
	d := kernels(t, viewtest.Plain(theme.Braille), 100, 30).Do(t, keys.Copy)
	m, _ := viewtest.Last[msg.Copy](d)
	lines := strings.Split(strings.TrimSpace(m.Text), "\n")
	if len(lines) != 13 || !strings.HasPrefix(lines[0], "KERNEL × THREADS\t") || strings.Count(lines[1], "\t") != strings.Count(lines[0], "\t") {
		t.Errorf("copied %q", m.Text)
	}
}

// The bar of a share is as long as the share, rounded up, whichever is drawn.
func TestBars(t *testing.T) {
	d := kernels(t, viewtest.Plain(theme.ASCII), 160, 30)
	row := func(n int) string { return strings.Split(d.View.Render(160, 30), "\n")[headRows+1+n] }
	if full := strings.Count(row(0), "#"); full != 21 { // 0.8 of 26
		t.Errorf("a bar of %d cells:\n%s", full, row(0))
	}
	d.Do(t, keys.Right)
	if strings.Contains(row(0), "#") || strings.Count(row(1), "#") != 20 { // n/a, and 0.75 of 26
		t.Errorf("bars of reading:\n%s\n%s", row(0), row(1))
	}
}
