// Package trace is the view that compares the activations of two runs, layer by
// layer: where the second one leaves the first, and which layer amplifies most.
package trace

import (
	"fmt"
	"path/filepath"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/diff"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/table"
	"github.com/mmtui/mmtui/ui/theme"
)

// View is the Trace view.
type View struct {
	theme theme.Theme
	keys  keys.Map
	table table.Table

	width, height int
	focused       bool

	a, b    string // files; "" for none
	waiting bool
	err     error
	report  *diff.Report
	shown   []diff.Row // of report: what both sides have, in the order of the network
	leaves  int        // index in shown of the first layer that leaves, -1 for none
	grows   int        // index in shown of the layer that amplifies most, -1 for none
	tensors []string   // names of the model's weights, in file order
	figure  int        // index in figures()
	scroll  table.Scroll
}

// New is a view without traces.
func New(t theme.Theme, m keys.Map) View {
	return View{theme: t, keys: m, table: table.New(t), leaves: -1, grows: -1}
}

// Title is the name on the tab.
func (v View) Title() string { return "Trace" }

// Update handles what the shell tells.
func (v View) Update(m tea.Msg) (component.View, tea.Cmd) {
	switch m := m.(type) {
	case msg.ThemeChanged:
		v.theme, v.table = m.Theme, table.New(m.Theme)
	case msg.Resized:
		v.width, v.height = m.Width, m.Height
		v.scroll = v.scroll.Resize(v.tableRows(m.Height), v.rows())
	case msg.Focus:
		v.focused = m.On
	case msg.ReportChanged:
		v.tensors = nil
		if m.Report != nil {
			for i := range m.Report.Tensors {
				v.tensors = append(v.tensors, m.Report.Tensors[i].Name)
			}
		}
	case msg.TraceWritten:
		if v.a == "" || v.b != "" && v.a == m.Path {
			v.a = m.Path
		} else {
			v.b = m.Path
		}
		return v.compare()
	case msg.TraceFileChosen:
		if m.Side == "A" {
			v.a = m.Path
		} else {
			v.b = m.Path
		}
		return v.compare()
	case msg.TracesCompared:
		if m.A == v.a && m.B == v.b {
			v.waiting, v.err = false, m.Err
			v.setReport(m.Report)
		}
	case msg.Mouse:
		return v.mouse(m), nil
	}
	return v, nil
}

// compare asks for the comparison once both sides are there.
func (v View) compare() (component.View, tea.Cmd) {
	v.setReport(nil)
	v.err, v.waiting = nil, false
	if v.a == "" || v.b == "" {
		return v, nil
	}
	v.waiting = true
	return v, send(msg.NeedTraces{A: v.a, B: v.b})
}

// setReport takes in a comparison, nil for none, and puts the cursor on the
// first layer that leaves.
func (v *View) setReport(r *diff.Report) {
	v.report, v.shown, v.leaves, v.grows = r, nil, -1, -1
	if r == nil {
		return
	}
	for _, row := range r.Tensors {
		if row.Status == diff.OnlyA || row.Status == diff.OnlyB {
			continue
		}
		if t := r.Trace; t != nil {
			if t.FirstToLeave != nil && t.FirstToLeave.Name == row.Name {
				v.leaves = len(v.shown)
			}
			if t.AmplifiesMost != nil && t.AmplifiesMost.Name == row.Name {
				v.grows = len(v.shown)
			}
		}
		v.shown = append(v.shown, row)
	}
	v.scroll = v.scroll.To(max(v.leaves, 0), len(v.shown))
}

func (v View) rows() int { return len(v.shown) }

func (v View) mouse(m msg.Mouse) View {
	n := v.rows()
	switch m.Kind {
	case msg.WheelUp:
		v.scroll = v.scroll.Wheel(-3, n)
	case msg.WheelDown:
		v.scroll = v.scroll.Wheel(3, n)
	case msg.Click:
		row := m.Y - headRows - 1
		if lo, hi := v.scroll.Window(n); row >= 0 && lo+row < hi {
			v.scroll = v.scroll.To(lo+row, n)
		}
	}
	return v
}

// figure is a column that can be drawn as bars.
type figure struct {
	id, title string
	format    string // of fmt, for the figure
	of        func(diff.Row) report.Number
	good      func(float64) float64 // 0 bad … 1 good; nil: neither
	endless   bool                  // without a number where nothing differs
}

// exactDB is where the bar of an SQNR is full: float32 arithmetic in another order.
const exactDB = 120

// exact reports whether both sides of a layer hold the same numbers.
func exact(r diff.Row) bool { return r.Reason == "" && r.MaxAbsError == 0 }

// text writes the figure of a layer.
func (f figure) text(r diff.Row) string {
	n := f.of(r)
	switch {
	case f.endless && exact(r):
		return "exact"
	case !n.Valid():
		return "n/a"
	}
	return fmt.Sprintf(f.format, float64(n))
}

// figures lists what is measured, in the order that the key walks.
func figures() []figure {
	return []figure{
		{"sqnr", "SQNR dB", "%.2f", func(r diff.Row) report.Number { return r.SQNRdB },
			func(db float64) float64 { return min(max(db/exactDB, 0), 1) }, true},
		{"cosine", "COSINE", "%.6f", func(r diff.Row) report.Number { return r.Cosine },
			func(c float64) float64 { return min(max(c, 0), 1) }, false},
		{"rmse", "REL. RMSE", "%.2e", func(r diff.Row) report.Number { return r.RelativeRMSE },
			func(e float64) float64 { return 1 - min(max(e, 0), 1) }, false},
		{"max", "MAX|Δ|", "%.3g", func(r diff.Row) report.Number { return r.MaxAbsError }, nil, false},
	}
}

func baseName(path string) string { return component.Clean(filepath.Base(filepath.ToSlash(path))) }

func send(m tea.Msg) tea.Cmd { return func() tea.Msg { return m } }
