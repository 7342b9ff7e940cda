// Package live is the view of live figures: what answers, memory, processor and
// power have done over a while, and two runs beside each other.
package live

import (
	tea "github.com/charmbracelet/bubbletea"

	core "github.com/mmtui/mmtui/core/live"
	"github.com/mmtui/mmtui/ui/chart"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

// View is the Live view.
type View struct {
	theme theme.Theme
	keys  keys.Map
	paint *chart.Painter

	width, height int
	focused       bool

	shown    core.Snapshot
	have     bool     // shown holds something
	quantile int      // index in quantiles()
	top      int      // the first line on screen
	drawn    []string // the lines of shown at width: they change once a second, frames come more often
}

// New is a view without figures.
func New(t theme.Theme, m keys.Map) View { return View{theme: t, keys: m, paint: chart.NewPainter(t)} }

// Title is the name on the tab.
func (v View) Title() string { return "Live" }

// Update handles what the shell tells.
func (v View) Update(m tea.Msg) (component.View, tea.Cmd) {
	switch m := m.(type) {
	case msg.ThemeChanged:
		v.theme, v.paint = m.Theme, chart.NewPainter(m.Theme)
		v.drawn = v.lines(v.width)
	case msg.Resized:
		if m.Width != v.width {
			v.drawn = v.lines(m.Width)
		}
		v.width, v.height = m.Width, m.Height
		v.top = v.clamped(v.top)
	case msg.Focus:
		v.focused = m.On
	case msg.LiveSampled:
		v.shown, v.have = m.Snapshot, true
		v.drawn = v.lines(v.width)
		v.top = v.clamped(v.top)
	case msg.Mouse:
		switch m.Kind {
		case msg.WheelUp:
			v.top = v.clamped(v.top - 3)
		case msg.WheelDown:
			v.top = v.clamped(v.top + 3)
		}
	}
	return v, nil
}

// quantile is a percentile whose history is drawn.
type quantile struct {
	name string
	of   func(core.Bucket) float64
}

func quantiles() []quantile {
	return []quantile{
		{"p50", func(b core.Bucket) float64 { return b.P50 }},
		{"p95", func(b core.Bucket) float64 { return b.P95 }},
		{"p99", func(b core.Bucket) float64 { return b.P99 }},
	}
}

// Actions lists what the view takes now, in footer order.
func (v View) Actions() []keys.Offer {
	none, noRun, noPin := "", "", ""
	if !v.have {
		none = "no reading has been taken"
	}
	if v.lastEnded() == nil {
		noRun = "no run has ended yet; 4 shows the Run view"
	}
	if v.shown.A == 0 && v.shown.B == 0 {
		noPin = "nothing is pinned"
	}
	return []keys.Offer{
		{Action: keys.Pause, Off: none}, {Action: keys.ShorterWindow, Off: none}, {Action: keys.LongerWindow, Off: none},
		{Action: keys.PinA, Off: noRun}, {Action: keys.PinB, Off: noRun}, {Action: keys.Right, Off: none}, {Action: keys.Export, Off: none},
		{Action: keys.ClearPins, Off: noPin}, {Action: keys.Copy, Off: none}, {Action: keys.Left, Off: none},
		{Action: keys.Up, Off: none}, {Action: keys.Down, Off: none}, {Action: keys.Top, Off: none}, {Action: keys.Bottom, Off: none},
		{Action: keys.PageUp, Off: none}, {Action: keys.PageDown, Off: none}, {Action: keys.HalfUp, Off: none}, {Action: keys.HalfDown, Off: none},
	}
}

// lastEnded is the last run that has ended, nil for none.
func (v View) lastEnded() *core.Run {
	for i := len(v.shown.Runs) - 1; i >= 0; i-- {
		if !v.shown.Runs[i].Under() {
			return &v.shown.Runs[i]
		}
	}
	return nil
}

// Do carries out an action.
func (v View) Do(a keys.Action) (component.View, tea.Cmd, bool) {
	if next, moved := v.move(a); moved {
		return next, nil, true
	}
	n := len(quantiles())
	switch a {
	case keys.Pause:
		return v, send(msg.LivePause{}), true
	case keys.ShorterWindow:
		return v, send(msg.LiveWindow{By: -1}), true
	case keys.LongerWindow:
		return v, send(msg.LiveWindow{By: 1}), true
	case keys.PinA:
		return v, send(msg.LivePin{Side: "A"}), true
	case keys.PinB:
		return v, send(msg.LivePin{Side: "B"}), true
	case keys.ClearPins:
		return v, send(msg.LiveUnpin{}), true
	case keys.Export:
		return v, send(msg.LiveExport{}), true
	case keys.Copy:
		return v, tea.Batch(send(msg.Copy{Text: v.copied()}), send(msg.Toast{Text: "copied the figures"})), true
	case keys.Right:
		v.quantile = (v.quantile + 1) % n
	case keys.Left:
		v.quantile = (v.quantile + n - 1) % n
	default:
		return v, nil, false
	}
	v.drawn = v.lines(v.width)
	return v, nil, true
}

// move scrolls.
func (v View) move(a keys.Action) (View, bool) {
	page := max(v.bodyRows(v.height)-1, 1)
	by := map[keys.Action]int{
		keys.Up: -1, keys.Down: 1, keys.PageUp: -page, keys.PageDown: page, keys.HalfUp: -page / 2, keys.HalfDown: page / 2,
		keys.Top: -1 << 20, keys.Bottom: 1 << 20,
	}
	step, ok := by[a]
	if ok {
		v.top = v.clamped(v.top + step)
	}
	return v, ok
}

// clamped keeps the first line where the last page is full.
func (v View) clamped(top int) int {
	return max(min(top, v.lineCount()-v.bodyRows(v.height)), 0)
}

func send(m tea.Msg) tea.Cmd { return func() tea.Msg { return m } }
