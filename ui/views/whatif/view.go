// Package whatif is the panel that tries another scheme on a tensor, on the
// marked ones or on all that a pattern matches, and shows what it would change
// before it goes into the plan.
package whatif

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/ui/chart"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

// View is the panel.
type View struct {
	theme theme.Theme
	keys  keys.Map
	paint *chart.Painter

	width, height int
	shown         bool // on screen: figures are asked for
	focused       bool

	report *report.Model
	rows   []report.Tensor // the report's, with what has been measured since; owned by the view
	total  report.Total

	name    string // under the cursor of the Layers view
	marked  []string
	target  target
	pattern string
	typing  bool
	input   component.Input
	wrong   string // what is wrong with the pattern being typed

	choice  choice
	touched bool // the user has changed the choice
	field   field
	names   []string // of the target, in file order
	indexes []int    // of names in rows

	tries  *tries
	ladder bool // every solver is shown
	pins   msg.PinsChanged
}

// target is which tensors a choice is for.
type target int

const (
	thisTensor target = iota
	markedSet
	byPattern
	targets
)

func (t target) String() string { return [...]string{"this tensor", "marked", "pattern"}[t] }

// New returns the panel without a model.
func New(t theme.Theme, m keys.Map) View {
	return View{theme: t, keys: m, paint: chart.NewPainter(t), choice: choiceOf(nil), field: fieldBits, pattern: "*", tries: newTries()}
}

// Title is the name of the panel.
func (v View) Title() string { return "What-if" }

// Typing reports whether a pattern is being typed.
func (v View) Typing() bool { return v.typing }

// Update handles what the shell tells.
func (v View) Update(m tea.Msg) (component.View, tea.Cmd) {
	switch m := m.(type) {
	case msg.ThemeChanged:
		v.theme, v.paint = m.Theme, chart.NewPainter(m.Theme)
	case msg.Resized:
		v.width, v.height = m.Width, m.Height
	case msg.SideShown:
		was := v.shown
		v.shown = m.On
		if m.On != was {
			return v.retry()
		}
	case msg.Aim:
		switch {
		case m.Marked:
			return v.aim(markedSet)
		case v.target == markedSet:
			return v.aim(thisTensor)
		}
	case msg.Focus:
		v.focused = m.On
	case msg.ReportChanged:
		return v.withReport(m.Report)
	case msg.RowsScanned:
		for i, row := range m.Rows {
			if i >= 0 && i < len(v.rows) && v.rows[i].Name == row.Name {
				v.rows[i] = row
			}
		}
		v.total = m.Total
	case msg.SelectionChanged:
		return v.selected(m)
	case msg.Tried:
		return v, v.tries.answer(m)
	case dropped:
		return v, v.tries.goOn()
	case msg.PinsChanged:
		v.pins = m
	case msg.Mouse:
		return v.mouse(m)
	case tea.KeyMsg:
		return v.typed(m)
	}
	return v, nil
}

// withReport takes in a new snapshot. What was tried on the old one is forgotten.
func (v View) withReport(r *report.Model) (component.View, tea.Cmd) {
	v.report, v.rows, v.total = r, nil, report.Total{}
	if r != nil {
		v.rows, v.total = append([]report.Tensor(nil), r.Tensors...), r.Total
	}
	v.tries = v.tries.renewed()
	return v.follow()
}

func (v View) selected(m msg.SelectionChanged) (component.View, tea.Cmd) {
	same := m.Name == v.name && equal(m.Marked, v.marked)
	if m.Name != v.name && v.target == thisTensor {
		v.touched = false
	}
	v.name, v.marked = m.Name, append([]string(nil), m.Marked...)
	if same {
		return v, nil
	}
	return v.follow()
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// follow works the target out again, and takes over the plan's scheme while
// the user has not chosen another.
func (v View) follow() (component.View, tea.Cmd) {
	v = v.resolve()
	if !v.touched {
		v.choice = v.planned()
	}
	return v.retry()
}

// planned is the scheme that the plan has for the target's first tensor.
func (v View) planned() choice {
	for _, i := range v.indexes {
		if v.rows[i].Scheme != nil {
			return choiceOf(v.rows[i].Scheme)
		}
	}
	if len(v.indexes) > 0 {
		return choiceOf(nil)
	}
	return v.choice
}

// resolve finds the tensors of the target.
func (v View) resolve() View {
	v.names, v.indexes = nil, nil
	var match func(name string) bool
	switch v.target {
	case thisTensor:
		match = func(name string) bool { return name == v.name }
	case markedSet:
		set := make(map[string]bool, len(v.marked))
		for _, n := range v.marked {
			set[n] = true
		}
		match = func(name string) bool { return set[name] }
	default:
		p, err := plan.ParsePattern(v.pattern)
		if err != nil {
			return v
		}
		match = p.Match
	}
	for i := range v.rows {
		if match(v.rows[i].Name) {
			v.names = append(v.names, v.rows[i].Name)
			v.indexes = append(v.indexes, i)
		}
	}
	return v
}

// retry asks for the target's figures under the choice, those that are not known yet.
func (v View) retry() (component.View, tea.Cmd) {
	if !v.shown {
		return v, v.tries.start(nil, nil)
	}
	if v.typing {
		return v, nil
	}
	var schemes []*int2.Scheme
	if scheme, problem := v.choice.scheme(); problem == "" {
		schemes = append(schemes, scheme)
	}
	if v.ladder && v.target == thisTensor && len(v.names) == 1 {
		schemes = append(schemes, v.choice.ladder()...)
	}
	return v, v.tries.start(v.names, schemes)
}
