// Package bench is the view that times the kernels or the open model, with bars
// of the share of the machine's peaks that each reaches.
package bench

import (
	"maps"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/bench"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/table"
	"github.com/mmtui/mmtui/ui/theme"
)

// subject is what is timed.
type subject int

const (
	ofKernels subject = iota
	ofModel
	subjects
)

// View is the Bench view.
type View struct {
	theme theme.Theme
	keys  keys.Map
	table table.Table

	width, height int
	focused       bool

	path, label string // of the open model; "" for none
	subject     subject
	reading     bool // bars are shares of reading, not of arithmetic

	id       int // of the last measurement
	running  bool
	measured subject // what is under way, or was last
	done, of int
	what     string
	errs     [subjects]error

	kernels *bench.Kernels
	model   *bench.Model
	open    map[string]bool // phases whose layers are shown; never changed once made
	lines   [subjects][]line
	scroll  [subjects]table.Scroll
}

// New is a view without figures.
func New(t theme.Theme, m keys.Map) View {
	return View{theme: t, keys: m, table: table.New(t)}
}

// Title is the name on the tab.
func (v View) Title() string { return "Bench" }

// Cancels reports whether Esc stops a measurement.
func (v View) Cancels() bool { return v.running }

// Update handles what the shell tells.
func (v View) Update(m tea.Msg) (component.View, tea.Cmd) {
	switch m := m.(type) {
	case msg.ThemeChanged:
		v.theme, v.table = m.Theme, table.New(m.Theme)
	case msg.Resized:
		v.width, v.height = m.Width, m.Height
		for i := range v.scroll {
			v.scroll[i] = v.scroll[i].Resize(v.tableRows(m.Height), len(v.lines[i]))
		}
	case msg.Focus:
		v.focused = m.On
	case msg.ModelOpened:
		v.path, v.label = m.Path, m.Label
	case msg.BenchProgress:
		if m.ID == v.id {
			v.take(m)
		}
	case msg.Mouse:
		v.mouse(m)
	}
	return v, nil
}

// take takes in how far a measurement is.
func (v *View) take(m msg.BenchProgress) {
	v.done, v.of, v.what, v.running = m.Done, m.Of, m.What, !m.Last
	v.errs[v.measured] = m.Err
	if m.Kernels != nil || !m.Last && v.measured == ofKernels {
		v.kernels = m.Kernels
	}
	if m.Model != nil || !m.Last && v.measured == ofModel {
		v.model = m.Model
	}
	v.fill()
}

// fill makes the lines of the table from what was measured.
func (v *View) fill() {
	v.lines = [subjects][]line{kernelLines(v.kernels), modelLines(v.model, v.open)}
	for i := range v.scroll {
		v.scroll[i] = v.scroll[i].Resize(v.tableRows(v.height), len(v.lines[i]))
	}
}

// rows is the number of lines on screen.
func (v View) rows() int { return len(v.lines[v.subject]) }

// current is the line under the cursor, the zero line without one.
func (v View) current() line {
	if at := v.scroll[v.subject].Cursor; at < v.rows() {
		return v.lines[v.subject][at]
	}
	return line{}
}

// toggle shows the layers of a phase, or hides them.
func (v *View) toggle(phase string) {
	open := maps.Clone(v.open)
	if open == nil {
		open = map[string]bool{}
	}
	open[phase] = !open[phase]
	v.open = open
	v.fill()
}

func (v *View) mouse(m msg.Mouse) {
	s, n := &v.scroll[v.subject], v.rows()
	switch m.Kind {
	case msg.WheelUp:
		*s = s.Wheel(-3, n)
	case msg.WheelDown:
		*s = s.Wheel(3, n)
	case msg.Click:
		row := m.Y - headRows - 1
		lo, hi := s.Window(n)
		if row < 0 || lo+row >= hi {
			return
		}
		*s = s.To(lo+row, n)
		if phase := v.current().phase; m.Double && phase != "" {
			v.toggle(phase)
		}
	}
}

func send(m tea.Msg) tea.Cmd { return func() tea.Msg { return m } }
