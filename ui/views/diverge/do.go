package diverge

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
)

// eightBits is what a layer is lifted to.
const eightBits = 8

// Actions lists what the view takes now, in footer order.
func (v *View) Actions() []keys.Offer {
	rows, parts, undo, redo, keep := v.rowsOff(), "", "", "", ""
	if v.report == nil {
		parts = "nothing is compared yet; r runs"
	}
	if v.running && !v.parts {
		parts = firstOf(parts, "a comparison is under way; Esc stops it")
	}
	if len(v.history.past) == 0 {
		undo = "no layer was lifted"
	}
	if len(v.history.future) == 0 {
		redo = "nothing was undone"
	}
	if keep = rows; v.report != nil && v.asked.Variant.Plan == nil {
		keep = "the variant is a file, not a plan"
	}
	marks := rows
	if marks == "" && len(v.findingsShown()) == 0 {
		marks = "no layer stands out"
	}
	clear := ""
	if !v.filter.shows() {
		clear = "no filter is set"
	}
	out := []keys.Offer{
		{Action: keys.RunNow, Off: v.whyNoRun()}, {Action: keys.NextFinding, Off: marks},
		{Action: keys.LiftEight, Off: v.liftOff(eightBits)}, {Action: keys.LiftFloat, Off: v.liftOff(plan.Float)},
		{Action: keys.Undo, Off: undo}, {Action: keys.Open, Off: v.openOff()}, {Action: keys.Combinations, Off: parts},
		{Action: keys.KeepPlan, Off: keep}, {Action: keys.AddColumn, Off: rows}, {Action: keys.DropLift, Off: v.dropOff()}, {Action: keys.Redo, Off: redo},
		{Action: keys.PrevFinding, Off: marks}, {Action: keys.Filter, Off: rows}, {Action: keys.ClearFilter, Off: clear},
		{Action: keys.SortNext, Off: rows}, {Action: keys.SortPrev, Off: rows}, {Action: keys.SortReverse, Off: rows}, {Action: keys.Copy, Off: rows},
	}
	if v.running {
		out = append([]keys.Offer{{Action: keys.Back}}, out...)
	}
	for _, a := range []keys.Action{keys.Up, keys.Down, keys.Top, keys.Bottom, keys.PageUp, keys.PageDown, keys.HalfUp, keys.HalfDown} {
		out = append(out, keys.Offer{Action: a, Off: rows})
	}
	return out
}

// rowsOff says why there are no layers on screen.
func (v *View) rowsOff() string {
	switch {
	case v.report == nil:
		return "nothing is compared yet; r runs"
	case v.parts:
		return "x shows the layers again"
	}
	return ""
}

func (v *View) openOff() string {
	row := v.row()
	switch {
	case v.rowsOff() != "":
		return v.rowsOff()
	case row == nil:
		return "the filter shows no layer"
	case !v.named[row.Name]:
		return "it is an activation; the layers around it have weights"
	}
	return ""
}

func firstOf(reasons ...string) string {
	for _, r := range reasons {
		if r != "" {
			return r
		}
	}
	return ""
}

// Do carries out an action.
func (v *View) Do(a keys.Action) (component.View, tea.Cmd, bool) {
	if next, ok := v.scroll.Do(a, len(v.list.shown)); ok {
		v.scroll = next
		return v, nil, true
	}
	switch a {
	case keys.Back:
		cmd, ok := v.back()
		return v, cmd, ok
	case keys.RunNow:
		return v, v.start(), true
	case keys.LiftEight:
		return v, v.lift(eightBits), true
	case keys.LiftFloat:
		return v, v.lift(plan.Float), true
	case keys.DropLift:
		return v, v.dropLift(), true
	case keys.Undo, keys.Redo:
		return v, v.walk(a), true
	case keys.Combinations:
		return v, v.showParts(), true
	case keys.Open:
		if v.openOff() != "" {
			return v, nil, true
		}
		return v, send(msg.OpenTensor{Name: v.row().Name}), true
	case keys.KeepPlan:
		return v, v.keepPlan(), true
	case keys.AddColumn:
		return v, v.addColumn(), true
	case keys.Copy:
		return v, tea.Batch(send(msg.Copy{Text: v.copied()}), send(msg.Toast{Text: "copied the table"})), true
	}
	return v, nil, v.arrange(a)
}

// arrange carries out what only changes the picture.
func (v *View) arrange(a keys.Action) bool {
	switch a {
	case keys.NextFinding:
		v.stepFinding(1)
	case keys.PrevFinding:
		v.stepFinding(-1)
	case keys.Filter:
		v.editFilter()
	case keys.ClearFilter:
		v.setFilter("")
	case keys.SortNext:
		v.stepOrder(1)
	case keys.SortPrev:
		v.stepOrder(-1)
	case keys.SortReverse:
		v.reorder(func() { v.list.order.Descending = !v.list.order.Descending })
	default:
		return false
	}
	return true
}

// back ends the comparison, or closes the combinations or the filter.
func (v *View) back() (tea.Cmd, bool) {
	switch {
	case v.running:
		return v.stop(), true
	case v.parts:
		v.parts = false
	case v.filter.shows():
		v.setFilter("")
	default:
		return nil, false
	}
	return nil, true
}

func (v *View) stepOrder(by int) {
	ids := orderIDs()
	i := max(slices.Index(ids, v.list.order.ID), 0)
	v.reorder(func() { v.list.order.ID = ids[(i+by+len(ids))%len(ids)] })
}

// sortBy orders by a column, and the other way round when it does already.
func (v *View) sortBy(id string) {
	if !slices.Contains(orderIDs(), id) {
		return
	}
	v.reorder(func() {
		if v.list.order.ID == id {
			v.list.order.Descending = !v.list.order.Descending
		}
		v.list.order.ID = id
	})
}

// lift keeps the layer under the cursor at so many bits and runs again.
func (v *View) lift(bits int) tea.Cmd {
	if v.liftOff(bits) != "" {
		return nil
	}
	v.history = v.history.push(with(v.history.present.lifts, v.row().Name, bits))
	return v.ask(false)
}

func (v *View) dropLift() tea.Cmd {
	if v.dropOff() != "" {
		return nil
	}
	v.history = v.history.push(without(v.history.present.lifts, v.row().Name))
	return v.ask(false)
}

// walk undoes or redoes a lift; a report that is there needs no run.
func (v *View) walk(a keys.Action) tea.Cmd {
	switch {
	case a == keys.Undo && len(v.history.past) > 0:
		v.history = v.history.undo()
	case a == keys.Redo && len(v.history.future) > 0:
		v.history = v.history.redo()
	default:
		return nil
	}
	if v.history.present.report == nil {
		return v.ask(false)
	}
	var cmd tea.Cmd
	if v.running {
		cmd = v.stop()
		v.running, v.stopping = false, false // its answer is not waited for
	}
	v.err, v.stopped = nil, false
	v.setReport(v.history.present.report)
	return cmd
}

// showParts shows the combinations, and has them run when they are not there.
func (v *View) showParts() tea.Cmd {
	v.parts = !v.parts
	if !v.parts || v.report == nil || v.report.Combinations != nil || v.running {
		return nil
	}
	return v.ask(true)
}

// keepPlan makes variant and lifts the plan of the session.
func (v *View) keepPlan() tea.Cmd {
	if v.report == nil || v.asked.Variant.Plan == nil {
		return nil
	}
	label := v.asked.Variant.Name
	if words := liftWords(v.history.present.lifts, "…"); words != "" {
		label += ": " + words
	}
	return send(msg.KeepPlan{Plan: v.spec().PlanFor(v.tensors), Label: label})
}

// addColumn puts the variant with its lifts into the Run view.
func (v *View) addColumn() tea.Cmd {
	if v.report == nil {
		return nil
	}
	return send(msg.ColumnChosen{Source: msg.Source{Path: v.model, Variant: v.spec()}, Label: baseName(v.model)})
}

// copied is the table as tab-separated text with full precision.
func (v *View) copied() string {
	var b strings.Builder
	b.WriteString("name\tpart\tkind\tscheme\tlocal_sqnr_db\tcumulative_sqnr_db\tcosine\tamplification_db\n")
	number := func(n report.Number) string {
		if !n.Valid() {
			return "n/a"
		}
		return fmt.Sprint(float64(n))
	}
	if v.report == nil {
		return b.String()
	}
	for _, i := range v.list.shown {
		r := &v.report.Rows[i]
		fmt.Fprintf(&b, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", component.Clean(r.Name), r.Part, r.Kind, component.Clean(r.Scheme),
			number(r.LocalSQNRdB), number(r.CumulativeSQNRdB), number(r.Cosine), number(r.AmplificationDB))
	}
	return b.String()
}
