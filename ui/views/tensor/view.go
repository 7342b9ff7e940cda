// Package tensor is the view of one tensor: the distribution of its weights
// with the levels that stand for them, a map of the error that can be walked,
// the values of the group under the cursor, and what all of it says in words.
package tensor

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/chart"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

// View shows the tensor that is selected in the Layers view. It is a value;
// what it points to is never changed once it is there.
type View struct {
	theme theme.Theme
	keys  keys.Map
	paint *chart.Painter

	width, height int
	shown         bool // the shell has given it the focus since another screen was shown

	report *report.Model
	index  int // of the tensor in the report, -1: none is selected
	row    report.Tensor
	marked bool

	facts  *facts // nil: not here yet
	err    error  // why there is no detail
	asked  bool   // a NeedDetail is under way
	values *report.GroupValues
	valErr error
	cursor place

	walked, walkWorst bool // the cursor was put at walkAt on a walk through the worst or the best groups
	walkAt            place

	focus           panelID
	scroll          [panelCount]int
	pool            chart.Pool
	zoom            int
	log             bool
	metrics         bool // the definitions are shown
	definitionsFrom int
	memo            *mapMemo
}

// place is a group of the matrix.
type place struct{ row, group int }

// New returns an empty view.
func New(t theme.Theme, m keys.Map) View {
	return View{theme: t, keys: m, paint: chart.NewPainter(t), index: -1, focus: panelMap, memo: &mapMemo{}}
}

// Title is the name on the tab.
func (v View) Title() string { return "Tensor" }

// Cancels reports whether Esc closes something of this view.
func (v View) Cancels() bool { return v.metrics }

// Update handles what the shell tells.
func (v View) Update(m tea.Msg) (component.View, tea.Cmd) {
	switch m := m.(type) {
	case msg.ThemeChanged:
		v.theme, v.paint, v.memo = m.Theme, chart.NewPainter(m.Theme), &mapMemo{}
	case msg.Resized:
		v.width, v.height = m.Width, m.Height
	case msg.Focus:
		if m.On {
			v.shown = true
			return v.ask()
		}
	case msg.Show:
		v.shown = m.View == msg.Tensor
		return v.ask()
	case msg.ReportChanged:
		return v.withReport(m.Report)
	case msg.RowsScanned:
		if row, ok := m.Rows[v.index]; ok && row.Name == v.row.Name {
			if !sameScheme(row, v.row) {
				v.asked = false
			}
			v.row = row
			return v.ask()
		}
	case msg.OpenTensor:
		return v.selected(msg.SelectionChanged{Name: m.Name})
	case msg.SelectionChanged:
		return v.selected(m)
	case msg.DetailReady:
		return v.withDetail(m)
	case msg.GroupReady:
		return v.withGroup(m)
	case msg.Mouse:
		return v.mouse(m)
	}
	return v, nil
}

func sameScheme(a, b report.Tensor) bool {
	if a.Scheme == nil || b.Scheme == nil {
		return a.Scheme == b.Scheme
	}
	return *a.Scheme == *b.Scheme
}

// withReport takes in a new snapshot: another model, another plan, or other bytes.
func (v View) withReport(r *report.Model) (component.View, tea.Cmd) {
	name := v.row.Name
	v.report = r
	if r == nil {
		return v.forget(), nil
	}
	for i := range r.Tensors {
		if r.Tensors[i].Name == name && v.index >= 0 {
			v.index, v.row, v.asked = i, r.Tensors[i], false
			return v.ask()
		}
	}
	return v.forget(), nil
}

// forget empties the view.
func (v View) forget() View {
	v.index, v.row, v.marked = -1, report.Tensor{}, false
	v.facts, v.err, v.asked, v.values, v.valErr = nil, nil, false, nil, nil
	v.cursor, v.zoom, v.scroll = place{}, 0, [panelCount]int{}
	return v
}

// selected follows the cursor of the Layers view.
func (v View) selected(m msg.SelectionChanged) (component.View, tea.Cmd) {
	marked := false
	for _, name := range m.Marked {
		marked = marked || name == m.Name
	}
	if v.index >= 0 && m.Name == v.row.Name {
		v.marked = marked
		return v, nil
	}
	v = v.forget()
	v.marked = marked
	if v.report == nil || m.Name == "" {
		return v, nil
	}
	for i := range v.report.Tensors {
		if v.report.Tensors[i].Name == m.Name {
			v.index, v.row = i, v.report.Tensors[i]
			break
		}
	}
	return v.ask()
}

// ask asks for the detail while the view is on screen and the detail is not.
func (v View) ask() (component.View, tea.Cmd) {
	if !v.shown || v.asked || v.index < 0 {
		return v, nil
	}
	v.asked = true
	name := v.row.Name
	return v, func() tea.Msg { return msg.NeedDetail{Name: name} }
}

func (v View) withDetail(m msg.DetailReady) (component.View, tea.Cmd) {
	if v.index >= 0 && m.Name != v.row.Name && v.facts == nil && v.err == nil {
		// Questions may overtake each other, and the shell answers the last one only: ask again.
		v.asked = false
		return v.ask()
	}
	if v.index < 0 || m.Name != v.row.Name {
		return v, nil
	}
	if m.Err != nil || m.Detail == nil {
		v.facts, v.err, v.values = nil, m.Err, nil
		return v, nil
	}
	if v.row.Scheme != nil && m.Detail.Scheme != *v.row.Scheme {
		return v, nil // the plan has changed since; the answer to that is on its way
	}
	first := v.facts == nil
	v.facts, v.err = newFacts(m.Detail), nil
	v.values, v.valErr = nil, nil
	v.memo = &mapMemo{}
	if first {
		v.cursor = v.facts.worst()
	}
	v.cursor = v.facts.clamp(v.cursor)
	return v, v.needGroup()
}

// needGroup asks for the values under the cursor.
func (v View) needGroup() tea.Cmd {
	if v.facts == nil || v.facts.perRow == 0 {
		return nil
	}
	scheme := v.facts.detail.Scheme
	need := msg.NeedGroup{Name: v.row.Name, Scheme: &scheme, Row: v.cursor.row, Group: v.cursor.group}
	return func() tea.Msg { return need }
}

// withGroup takes in the values of the group under the cursor. Those of another
// group mean that a question was overtaken by the one before it: it is asked again.
func (v View) withGroup(m msg.GroupReady) (component.View, tea.Cmd) {
	switch {
	case m.Name == v.row.Name && m.Row == v.cursor.row && m.Group == v.cursor.group:
		v.values, v.valErr = m.Values, m.Err
	case v.values == nil && v.valErr == nil:
		return v, v.needGroup()
	}
	return v, nil
}

// moveTo puts the cursor on a group and asks for its values.
func (v View) moveTo(p place) (View, tea.Cmd) {
	p = v.facts.clamp(p)
	if p == v.cursor {
		return v, nil
	}
	v.cursor, v.values, v.valErr = p, nil, nil
	v.scroll[panelValues] = 0
	return v, v.needGroup()
}
