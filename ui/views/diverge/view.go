// Package diverge is the view that shows where inside a network a quantized run
// leaves the float run, layer by layer, for what the Run view asks; a layer can
// be lifted to more bits and the answer watched.
package diverge

import (
	"context"
	"errors"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/diverge"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/table"
	"github.com/mmtui/mmtui/ui/theme"
)

// View is the Diverge view.
type View struct {
	theme theme.Theme
	keys  keys.Map
	table table.Table

	width, height int
	focused       bool

	model   string          // path that the open model is opened by, "" for none
	tensors []string        // names of its weights, in file order
	named   map[string]bool // the same
	next    msg.RequestChanged
	known   bool // next is there

	asked    msg.NeedDivergence // what was asked last; its ID counts
	running  bool
	stopping bool
	progress msg.DivergenceProgress
	err      error // why the last one failed
	stopped  bool  // the user ended the last one

	history history
	report  *diverge.Report // on screen, nil before the first; that of the history's present once it is there

	list   list
	scroll table.Scroll
	filter filterBar
	parts  bool // the combinations are on screen in place of the layers
}

var (
	_ component.View       = (*View)(nil)
	_ component.Typist     = (*View)(nil)
	_ component.Cancelling = (*View)(nil)
)

// New is a view without a report.
func New(t theme.Theme, m keys.Map) *View {
	return &View{theme: t, keys: m, table: table.New(t)}
}

// Title is the name on the tab.
func (v *View) Title() string { return "Diverge" }

// Typing is true while the filter is typed.
func (v *View) Typing() bool { return v.filter.editing }

// Cancels is true while Esc has something to end or to close here.
func (v *View) Cancels() bool { return v.running || v.parts || v.filter.shows() }

// Update takes in a message.
func (v *View) Update(m tea.Msg) (component.View, tea.Cmd) {
	switch m := m.(type) {
	case msg.ModelOpened:
		v.forget()
		v.model = m.Path
	case msg.ReportChanged:
		v.setTensors(m)
	case msg.RequestChanged:
		v.next, v.known = m, true
	case msg.DivergenceProgress:
		if m.ID == v.asked.ID && v.running {
			v.progress = m
		}
	case msg.DivergenceReady:
		v.ready(m)
	case msg.Resized:
		v.width, v.height = m.Width, m.Height
		v.place()
	case msg.Focus:
		v.focused = m.On
	case msg.ThemeChanged:
		v.theme, v.table = m.Theme, table.New(m.Theme)
	case msg.Mouse:
		v.mouse(m)
	case tea.KeyMsg:
		v.typed(m)
	}
	return v, nil
}

// forget drops what belongs to another model.
func (v *View) forget() {
	v.running, v.stopping, v.stopped, v.err = false, false, false, nil
	v.history, v.known = history{}, false
	v.setReport(nil)
}

func (v *View) setTensors(m msg.ReportChanged) {
	v.tensors, v.named = nil, map[string]bool{}
	if m.Report == nil {
		return
	}
	for i := range m.Report.Tensors {
		name := m.Report.Tensors[i].Name
		v.tensors, v.named[name] = append(v.tensors, name), true
	}
}

// whyNoRun is the reason that nothing can be compared now, "" when it can.
func (v *View) whyNoRun() string {
	switch {
	case v.model == "":
		return "no model is open; o opens one"
	case v.running:
		return "a comparison is under way; Esc stops it"
	case !v.known:
		return "the Run view has not asked anything yet; 4 shows it"
	}
	return v.next.Why
}

// start compares what the Run view asks now.
func (v *View) start() tea.Cmd {
	if v.whyNoRun() != "" {
		return nil
	}
	same := v.report != nil && v.asked.Variant.Key() == v.next.Variant.Key()
	v.history = v.history.again(same)
	v.asked.Request, v.asked.Variant = v.next.Request, v.next.Variant
	return v.ask(false)
}

// ask compares with the present lifts; a comparison under way gives way.
func (v *View) ask(combinations bool) tea.Cmd {
	v.asked.ID++
	v.asked.Lifts, v.asked.Combinations = v.history.present.lifts, combinations
	v.running, v.stopping, v.stopped, v.err = true, false, false, nil
	v.progress = msg.DivergenceProgress{}
	return send(v.asked)
}

// stop ends the comparison under way.
func (v *View) stop() tea.Cmd {
	v.stopping = true
	return send(msg.StopDivergence{ID: v.asked.ID})
}

// ready takes in a report, or why there is none.
func (v *View) ready(m msg.DivergenceReady) {
	if m.ID != v.asked.ID || !v.running {
		return
	}
	v.running, v.stopping = false, false
	switch {
	case errors.Is(m.Err, context.Canceled):
		v.stopped = true
	case m.Err != nil:
		v.err = m.Err
	default:
		v.history.present.report = m.Report
		v.setReport(m.Report)
	}
}

// setReport puts a report on screen. The cursor stays on its layer; before the
// first report it goes to where it breaks.
func (v *View) setReport(r *diverge.Report) {
	first, at := v.report == nil, v.row()
	name := ""
	if at != nil {
		name = at.Name
	}
	v.report = r
	v.list.set(r)
	if first {
		name = ""
		if r != nil && r.FirstBreak != nil {
			name = r.FirstBreak.Name
		}
	}
	v.place()
	v.goTo(name)
}

// row is the layer under the cursor, nil without one.
func (v *View) row() *diverge.Row {
	if v.report == nil || v.scroll.Cursor >= len(v.list.shown) {
		return nil
	}
	return &v.report.Rows[v.list.shown[v.scroll.Cursor]]
}

// goTo puts the cursor on a layer, where it is shown.
func (v *View) goTo(name string) {
	for i, at := range v.list.shown {
		if v.report.Rows[at].Name == name {
			v.scroll = v.scroll.To(i, len(v.list.shown))
			return
		}
	}
	v.scroll = v.scroll.Clamp(len(v.list.shown))
}

// place fits the table to its room.
func (v *View) place() {
	v.scroll = v.scroll.Resize(v.placesOf(v.width, v.height).rows, len(v.list.shown))
}

func (v *View) mouse(m msg.Mouse) {
	n, at := len(v.list.shown), v.placesOf(v.width, v.height)
	switch m.Kind {
	case msg.WheelUp:
		v.scroll = v.scroll.Wheel(-3, n)
	case msg.WheelDown:
		v.scroll = v.scroll.Wheel(3, n)
	case msg.Click:
		y := m.Y - at.table
		lo, hi := v.scroll.Window(n)
		switch {
		case y == 0:
			if id, ok := table.ColumnAt(table.Place(v.columns(v.width), v.width), m.X); ok {
				v.sortBy(id)
			}
		case y > 0 && lo+y-1 < hi:
			v.scroll = v.scroll.To(lo+y-1, n)
		}
	}
}

func send(m tea.Msg) tea.Cmd { return func() tea.Msg { return m } }
