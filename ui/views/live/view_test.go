package live

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"github.com/mmtui/mmtui/core/infer"
	core "github.com/mmtui/mmtui/core/live"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/internal/viewtest"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

// machine is a recorder whose time a test moves.
type machine struct {
	*core.Recorder
	at time.Time
}

func newMachine() *machine {
	m := &machine{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	m.Recorder = core.NewRecorder(core.Options{Now: func() time.Time { return m.at }})
	return m
}

func (m *machine) sample(id string, v float64, source string, c core.Confidence, note string) {
	for _, one := range core.Metrics() {
		if one.ID == id {
			m.Record(m.at, core.Sample{Metric: one, Value: report.Number(v), Source: source, Confidence: c, Note: note})
		}
	}
}

func (m *machine) missing(id, why string) {
	for _, one := range core.Metrics() {
		if one.ID == id {
			m.Record(m.at, core.Sample{Metric: one, Value: report.NA(), Source: "sensor", Why: why})
		}
	}
}

// answer runs a model that takes so many ms a token.
func (m *machine) answer(label string, ms int, err error) {
	f := m.Begin(label, nil, false)
	own := time.Duration(0)
	for i := range 20 {
		step := time.Duration(ms*(1+i%3)) * time.Millisecond
		own += step
		m.at = m.at.Add(step)
		f.Event(infer.Event{Kind: infer.Token}, own)
	}
	na := report.NA()
	f.End(&infer.Result{TokensPerSecond: report.Number(1000 / float64(2*ms)), TotalMS: na, PeakMemoryBytes: 9e7, WeightBytes: int64(ms) * 1e6, ActivationBytes: 3e6}, err, own)
}

// full is a machine that has been watched for five minutes, with two runs.
func full() *machine {
	m := newMachine()
	for i := range 300 {
		m.at = m.at.Add(time.Second)
		x := float64(i)
		m.sample(core.ProcessMemory, 2e8+1e6*math.Abs(x-150), "resident set, mapped weights included", core.Measured, "")
		m.sample(core.GoHeap, 3e7, "runtime/metrics", core.Measured, "")
		m.sample(core.MemoryUsed, 4e9, "the operating system", core.Measured, "")
		m.sample(core.MemoryAvailable, 8e9, "the operating system", core.Measured, "")
		m.sample(core.ProcessCPU, 50+40*math.Sin(x/20), "processor time of the process, of all processors", core.Measured, "")
		m.sample(core.MachineCPU, 60+30*math.Sin(x/20), "processor time of the machine, of all processors", core.Measured, "")
		m.sample(core.LoadAverage, 1.5, "the operating system", core.Measured, "")
		m.sample(core.BatteryPower, -7-math.Sin(x/30), "the battery's firmware", core.Reported, "discharging")
		m.sample(core.BatteryLevel, 81, "the battery's firmware", core.Reported, "discharging")
		m.sample(core.Temperature, 55+x/60, "hwmon coretemp Package id 0", core.Measured, "")
		m.missing(core.Clock, "the kernel shows no clock of a processor here")
		m.missing(core.PackagePower, "/sys/class/powercap/intel-rapl:0/energy_uj is not readable by this user")
		if i == 100 {
			m.answer("tiny-vlm · float", 40, nil)
			_ = m.Pin("A")
		}
	}
	m.answer("tiny-vlm · int2", 20, nil)
	return m
}

func desk(m *machine, t theme.Theme, w, h int) *viewtest.Desk {
	d := &viewtest.Desk{View: New(t, keys.Default())}
	d.Send(msg.Resized{Width: w, Height: h}, msg.Focus{On: true})
	if m != nil {
		d.Send(sampled(m, t, w))
	}
	return d
}

func sampled(m *machine, t theme.Theme, w int) msg.LiveSampled {
	return msg.LiveSampled{Snapshot: m.Snapshot(HistoryColumns(w, t.Graph))}
}

func TestGolden(t *testing.T) {
	for _, size := range [][2]int{{60, 20}, {100, 30}, {160, 45}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			frame := desk(full(), viewtest.Plain(theme.Braille), size[0], size[1]).View.Render(size[0], size[1])
			viewtest.Exact(t, frame, size[0], size[1])
			golden.RequireEqual(t, frame)
		})
	}
	t.Run("end", func(t *testing.T) {
		golden.RequireEqual(t, desk(full(), viewtest.Plain(theme.Braille), 100, 30).Do(t, keys.Bottom, keys.Right).View.Render(100, 30))
	})
	t.Run("empty", func(t *testing.T) {
		golden.RequireEqual(t, desk(newMachine(), viewtest.Plain(theme.Braille), 120, 30).View.Render(120, 30))
	})
	t.Run("ascii", func(t *testing.T) {
		frame := desk(full(), viewtest.Plain(theme.ASCII), 120, 45).View.Render(120, 45)
		golden.RequireEqual(t, frame)
		for _, r := range strings.NewReplacer("°", "", "·", "", "–", "").Replace(frame) {
			if r > 126 {
				t.Fatalf("%q is not ASCII", r)
			}
		}
	})
}

func TestSweep(t *testing.T) {
	viewtest.Sweep(t, desk(full(), viewtest.Theme(theme.Dark, theme.Braille), 120, 36).Do(t, keys.Bottom))
	viewtest.Sweep(t, desk(full(), viewtest.Theme(theme.Mono, theme.ASCII), 120, 36))
	viewtest.Sweep(t, desk(nil, viewtest.Plain(theme.Block), 120, 36))
}

func TestKeysAskTheShell(t *testing.T) {
	d := desk(full(), viewtest.Plain(theme.Braille), 120, 36)
	d.Do(t, keys.Pause, keys.ShorterWindow, keys.LongerWindow, keys.PinA, keys.PinB, keys.ClearPins, keys.Export, keys.Copy)
	want := []any{msg.LivePause{}, msg.LiveWindow{By: -1}, msg.LiveWindow{By: 1}, msg.LivePin{Side: "A"}, msg.LivePin{Side: "B"}, msg.LiveUnpin{}, msg.LiveExport{}}
	for i, m := range want {
		if d.Sent[i] != m {
			t.Errorf("message %d is %#v, want %#v", i, d.Sent[i], m)
		}
	}
	text, _ := viewtest.Last[msg.Copy](d)
	if lines := strings.Split(strings.TrimSpace(text.Text), "\n"); len(lines) != 1+len(core.Metrics()) || !strings.HasPrefix(lines[1], "time_to_first_token_ms\t20\t") {
		t.Errorf("copied:\n%s", text.Text)
	}
}

// What cannot be done says why.
func TestOffers(t *testing.T) {
	d := desk(nil, viewtest.Plain(theme.Braille), 120, 36)
	for _, a := range []keys.Action{keys.Pause, keys.PinA, keys.Export, keys.ClearPins} {
		if d.Offer(t, a).Off == "" {
			t.Errorf("%s without figures", a)
		}
	}
	d.Send(sampled(full(), viewtest.Plain(theme.Braille), 120))
	for _, a := range []keys.Action{keys.Pause, keys.PinA, keys.Export, keys.ClearPins} {
		if off := d.Offer(t, a).Off; off != "" {
			t.Errorf("%s: %s", a, off)
		}
	}
}

func TestComparison(t *testing.T) {
	m := full()
	screen := desk(m, viewtest.Plain(theme.Braille), 160, 60).View.Render(160, 60)
	for _, want := range []string{
		"A  #1 tiny-vlm · float", "B  #2 tiny-vlm · int2", "per token, p50        80.0 ms     40.0 ms      -50.0%",
		"speed              12.5 tok/s  25.0 tok/s     +100.0%", "n/a: no meter of energy",
	} {
		if !strings.Contains(screen, want) {
			t.Errorf("the screen lacks %q:\n%s", want, screen)
		}
	}
	m.answer("tiny-vlm · int2", 30, errors.New("stopped\x1b[31m"))
	screen = desk(m, viewtest.Plain(theme.Braille), 160, 60).View.Render(160, 60)
	if !strings.Contains(screen, `#3 tiny-vlm · int2`) || !strings.Contains(screen, `stopped\x1b[31m`) {
		t.Errorf("a run that failed:\n%s", screen)
	}
}

func TestPausedAndSilent(t *testing.T) {
	m := full()
	m.TogglePause()
	m.Silence("battery", "battery did not answer within 250ms")
	screen := desk(m, viewtest.Plain(theme.Braille), 160, 40).View.Render(160, 40)
	for _, want := range []string{"paused at 12:0", "recording goes on", "battery did not answer within 250ms"} {
		if !strings.Contains(screen, want) {
			t.Errorf("the screen lacks %q:\n%s", want, screen)
		}
	}
}

// A source of another device has panels of its own.
func TestAnotherSource(t *testing.T) {
	m := newMachine()
	m.Record(m.at, core.Sample{Metric: core.Metric{ID: "phone_battery_percent", Title: "battery\x1b", Unit: core.Percent, Panel: "phone"}, Value: 70, Source: "dumpsys", Confidence: core.Reported})
	d := desk(m, viewtest.Plain(theme.Braille), 160, 60)
	if s := d.View.Render(160, 60); !strings.Contains(s, "PHONE") || !strings.Contains(s, `battery\x1b`) || !strings.Contains(s, "reported: dumpsys") {
		t.Errorf("the phone is not shown:\n%s", s)
	}
}

// Scrolling stops at both ends, by keys and by the wheel.
func TestScroll(t *testing.T) {
	d := desk(full(), viewtest.Plain(theme.Braille), 100, 20)
	of := func() View { return d.View.(View) }
	d.Do(t, keys.Down, keys.PageDown, keys.HalfDown, keys.Bottom)
	last := of().lineCount() - of().bodyRows(20)
	if of().top != last {
		t.Errorf("the bottom is %d, want %d", of().top, last)
	}
	d.Send(msg.Mouse{Kind: msg.WheelDown})
	if of().top != last {
		t.Error("the wheel goes past the end")
	}
	d.Do(t, keys.Up, keys.PageUp, keys.HalfUp, keys.Top).Send(msg.Mouse{Kind: msg.WheelUp})
	if of().top != 0 {
		t.Errorf("the top is %d", of().top)
	}
	if got, want := len(of().lines(100)), of().lineCount(); got != want {
		t.Errorf("%d lines are drawn, %d counted", got, want)
	}
}

// A frame of the view with a full window.
func BenchmarkRender(b *testing.B) {
	d := desk(full(), viewtest.Theme(theme.Dark, theme.Braille), 160, 45)
	for b.Loop() {
		d.View.Render(160, 45)
	}
}
