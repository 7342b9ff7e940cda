// Package compare is the view of two plans of one model side by side: the pins
// A and B, or one of them beside the plan as it is now.
package compare

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/table"
	"github.com/mmtui/mmtui/ui/theme"
)

// View is the comparison.
type View struct {
	theme theme.Theme
	keys  keys.Map
	table table.Table
	inks  inks

	width, height int
	focused       bool

	pins    msg.PinsChanged
	now     *present // the plan as it is now, nil without a model
	swapped bool

	lines  []line // what is shown, in order
	differ int    // tensors that differ, whatever is shown
	of     int

	figure int // index in figures()
	order  table.Sort
	only   bool // only what differs
	filter report.Filter
	typing bool
	input  component.Input
	wrong  string
	scroll table.Scroll
}

// present is the report with what has been measured since; the view owns it.
type present struct {
	rows  []report.Tensor
	total report.Total
}

// New returns an empty comparison.
func New(t theme.Theme, m keys.Map) View {
	return View{theme: t, keys: m, table: table.New(t), inks: newInks(t), order: table.Sort{ID: colDelta, Descending: true}}
}

// Title is the name on the tab.
func (v View) Title() string { return "Compare" }

// Typing reports whether a filter is being typed.
func (v View) Typing() bool { return v.typing }

// Cancels reports whether Esc takes a filter away.
func (v View) Cancels() bool { return !v.filter.Empty() }

// Update handles what the shell tells.
func (v View) Update(m tea.Msg) (component.View, tea.Cmd) {
	switch m := m.(type) {
	case msg.ThemeChanged:
		v.theme, v.table, v.inks = m.Theme, table.New(m.Theme), newInks(m.Theme)
	case msg.Resized:
		v.width, v.height = m.Width, m.Height
		v.scroll = v.scroll.Resize(v.tableRows(m.Height), len(v.lines))
	case msg.Focus:
		v.focused = m.On
	case msg.PinsChanged:
		v.pins = m
		return v.rebuilt(), nil
	case msg.ReportChanged:
		v.now = nil
		if m.Report != nil {
			v.now = &present{append([]report.Tensor(nil), m.Report.Tensors...), m.Report.Total}
		}
		return v.rebuilt(), nil
	case msg.RowsScanned:
		return v.scanned(m), nil
	case msg.Mouse:
		return v.mouse(m)
	case tea.KeyMsg:
		return v.typed(m), nil
	}
	return v, nil
}

// scanned takes in measured rows; they matter while the plan of now is a side.
func (v View) scanned(m msg.RowsScanned) View {
	if v.now == nil {
		return v
	}
	for i, row := range m.Rows {
		if i >= 0 && i < len(v.now.rows) && v.now.rows[i].Name == row.Name {
			v.now.rows[i] = row
		}
	}
	v.now.total = m.Total
	if v.pins.A != nil && v.pins.B != nil {
		return v
	}
	return v.rebuilt()
}

// side is one column of the comparison.
type side struct {
	letter, label string
	rows          []report.Tensor
	total         report.Total
}

// sides are what is compared; ok is false with nothing pinned.
func (v View) sides() (a, b side, ok bool) {
	if v.pins.A == nil && v.pins.B == nil {
		return a, b, false
	}
	a, okA := v.pinned("A", v.pins.A)
	b, okB := v.pinned("B", v.pins.B)
	if v.swapped {
		a, b = b, a
	}
	return a, b, okA && okB
}

// pinned is a pin as a side; without one the plan of now takes its place.
func (v View) pinned(letter string, p *msg.Pin) (side, bool) {
	if p != nil {
		return side{letter, p.Label, p.Report.Tensors, p.Report.Total}, true
	}
	if v.now == nil {
		return side{}, false
	}
	return side{"now", "the plan as it is, not pinned", v.now.rows, v.now.total}, true
}

// mouse moves the cursor and sorts.
func (v View) mouse(m msg.Mouse) (component.View, tea.Cmd) {
	n := len(v.lines)
	switch m.Kind {
	case msg.WheelUp:
		v.scroll = v.scroll.Wheel(-3, n)
	case msg.WheelDown:
		v.scroll = v.scroll.Wheel(3, n)
	case msg.Click:
		row := m.Y - v.headRows() - 1
		if row == -1 {
			if id, ok := table.ColumnAt(table.Place(v.columns(), v.width), m.X); ok {
				return v.sortBy(id), nil
			}
		}
		if lo, hi := v.scroll.Window(n); row >= 0 && lo+row < hi {
			v.scroll = v.scroll.To(lo+row, n)
			if m.Double {
				return v, v.open()
			}
		}
	}
	return v, nil
}

// typed handles a key while the filter is typed; the rows follow every letter.
func (v View) typed(k tea.KeyMsg) View {
	if !v.typing {
		return v
	}
	switch a, _ := v.keys.In(k.String(), keys.Text); a {
	case keys.Cancel:
		v.typing, v.wrong, v.filter = false, "", report.Filter{}
		return v.rebuilt()
	case keys.Accept:
		if v.wrong == "" {
			v.typing = false
		}
		return v
	}
	v.input, _ = v.input.Key(k)
	f, err := report.ParseFilter(strings.TrimSpace(v.input.Value()))
	if err != nil {
		v.wrong = err.Error()
		return v
	}
	v.wrong, v.filter = "", f
	return v.rebuilt()
}
