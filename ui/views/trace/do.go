package trace

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/diff"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
)

// Actions lists what the view takes now, in footer order.
func (v View) Actions() []keys.Offer {
	rows, swap := "", ""
	if v.rows() == 0 {
		rows = "no traces are compared"
	}
	if v.a == "" && v.b == "" {
		swap = "no trace is chosen"
	}
	leaves, grows, open := rows, rows, rows
	if rows == "" {
		if v.leaves < 0 {
			leaves = "no layer leaves"
		}
		if v.grows < 0 {
			grows = "no layer amplifies"
		}
		if name := v.current().Name; v.weights(name) == "" {
			open = "no tensor of the open model belongs to " + component.Clean(name)
		}
	}
	return []keys.Offer{
		{Action: keys.TraceA}, {Action: keys.TraceB}, {Action: keys.FirstLeaves, Off: leaves}, {Action: keys.Amplifies, Off: grows},
		{Action: keys.Open, Off: open}, {Action: keys.Right, Off: rows}, {Action: keys.SwapSides, Off: swap}, {Action: keys.Copy, Off: rows},
		{Action: keys.Left, Off: rows}, {Action: keys.Up, Off: rows}, {Action: keys.Down, Off: rows}, {Action: keys.Top, Off: rows},
		{Action: keys.Bottom, Off: rows}, {Action: keys.PageUp, Off: rows}, {Action: keys.PageDown, Off: rows},
		{Action: keys.HalfUp, Off: rows}, {Action: keys.HalfDown, Off: rows},
	}
}

// current is the layer under the cursor, the zero row without one.
func (v View) current() diff.Row {
	if v.scroll.Cursor >= len(v.shown) {
		return diff.Row{}
	}
	return v.shown[v.scroll.Cursor]
}

// Do carries out an action.
func (v View) Do(a keys.Action) (component.View, tea.Cmd, bool) {
	if next, ok := v.move(a); ok {
		return next, nil, true
	}
	n := len(figures())
	switch a {
	case keys.TraceA:
		return v, send(msg.AskTraceFile{Side: "A", Suggested: v.a}), true
	case keys.TraceB:
		return v, send(msg.AskTraceFile{Side: "B", Suggested: v.b}), true
	case keys.FirstLeaves:
		v.scroll = v.scroll.To(max(v.leaves, 0), v.rows())
	case keys.Amplifies:
		v.scroll = v.scroll.To(max(v.grows, 0), v.rows())
	case keys.SwapSides:
		v.a, v.b = v.b, v.a
		next, cmd := v.compare()
		return next, cmd, true
	case keys.Left:
		v.figure = (v.figure + n - 1) % n
	case keys.Right:
		v.figure = (v.figure + 1) % n
	case keys.Open:
		if name := v.weights(v.current().Name); name != "" {
			return v, send(msg.OpenTensor{Name: name}), true
		}
	case keys.Copy:
		return v, tea.Batch(send(msg.Copy{Text: v.copied()}), send(msg.Toast{Text: "copied the table"})), true
	default:
		return v, nil, false
	}
	return v, nil, true
}

func (v View) move(a keys.Action) (_ View, moved bool) {
	v.scroll, moved = v.scroll.Do(a, v.rows())
	return v, moved
}

// copied is the table as tab-separated text with full precision.
func (v View) copied() string {
	var b strings.Builder
	b.WriteString("name\tsqnr_db\tcosine\trelative_rmse\tmax_abs_error\n")
	number := func(n report.Number) string {
		if !n.Valid() {
			return "n/a"
		}
		return fmt.Sprint(float64(n))
	}
	for _, r := range v.shown {
		fmt.Fprintf(&b, "%s\t%s\t%s\t%s\t%s\n", component.Clean(r.Name), number(r.SQNRdB), number(r.Cosine), number(r.RelativeRMSE), number(r.MaxAbsError))
	}
	return b.String()
}
