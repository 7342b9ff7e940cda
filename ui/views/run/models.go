package run

import (
	"fmt"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/variant"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/msg"
)

// model is what a column asks: a folder under a variant.
type model struct {
	label string // of the folder
	from  msg.Source
	known bool // info or err is there
	asked bool
	packs msg.RunnerPacks // how far the quantizing is, while it is not known
	info  infer.Info
	err   error
}

// variantName is what the model's variant is called.
func (m model) variantName() string {
	switch {
	case m.info.Variant != "":
		return m.info.Variant
	case m.from.Variant.Name != "":
		return m.from.Variant.Name
	}
	return "as stored"
}

// columnNames are the names of columns: the folder's of a single one, the
// variants' of one folder, both where folders differ.
func columnNames(models []model) []string {
	out := make([]string, len(models))
	same := !slices.ContainsFunc(models, func(m model) bool { return m.from.Path != models[0].from.Path })
	for i, m := range models {
		switch {
		case len(models) == 1:
			out[i] = m.label
		case same:
			out[i] = m.variantName()
		case m.from.Variant.Key() == (variant.Spec{}).Key():
			out[i] = m.label
		default:
			out[i] = m.label + " " + m.variantName()
		}
	}
	return out
}

// ask opens the runner of every column that is not known yet.
func (v *View) ask() tea.Cmd {
	cmds := []tea.Cmd{v.wantPreview()}
	for i := range v.models {
		if one := &v.models[i]; one.from.Path != "" && !one.known && !one.asked {
			one.asked = true
			cmds = append(cmds, send(msg.NeedRunner{Source: one.from}))
		}
	}
	return tea.Batch(cmds...)
}

func (v *View) runnerIsReady(m msg.RunnerReady) tea.Cmd {
	key := m.Key()
	for i := range v.models {
		if one := &v.models[i]; one.from.Key() == key {
			one.known, one.asked, one.info, one.err = true, m.Err == nil, m.Info, m.Err
		}
	}
	first := &v.models[0]
	if key != first.from.Key() {
		return nil
	}
	if first.err == nil {
		v.form.offer(first.info)
	}
	return v.changed()
}

// packs notes how far the quantizing of a column is.
func (v *View) packs(m msg.RunnerPacks) {
	key := m.Key()
	for i := range v.models {
		if one := &v.models[i]; one.from.Key() == key {
			one.packs = m
		}
	}
}

// addColumn puts another model or variant beside the others.
func (v *View) addColumn(m msg.ColumnChosen) tea.Cmd {
	if len(v.models) >= maxColumns {
		return send(msg.Toast{Text: fmt.Sprintf("there are %d columns already; C takes one away", maxColumns), Error: true})
	}
	v.models = append(v.models, model{label: m.Label, from: m.Source})
	name := columnNames(v.models)[len(v.models)-1]
	text := fmt.Sprintf("column %d is %s; the next run asks it too", len(v.models), component.Clean(name))
	return tea.Batch(v.ask(), v.announce(), send(msg.Toast{Text: text}))
}

// removeColumn takes the column in focus away, or the last one.
func (v *View) removeColumn() tea.Cmd {
	i := len(v.models) - 1
	if v.pane > 1 {
		i = v.pane - 1
	}
	return v.remove(i)
}

func (v *View) remove(i int) tea.Cmd {
	gone := v.models[i].from
	v.models = append(v.models[:i:i], v.models[i+1:]...)
	v.pane = min(v.pane, len(v.models))
	told := v.announce()
	if slices.ContainsFunc(v.models, func(m model) bool { return m.from.Key() == gone.Key() }) {
		return told
	}
	return tea.Batch(told, send(msg.DropRunner{Source: gone}))
}

// toggleINT2 puts the column of the first look at 2 bits beside the others, or
// takes it away.
func (v *View) toggleINT2() tea.Cmd {
	first := v.models[0]
	twin := msg.Source{Path: first.from.Path, Variant: variant.INT2()}
	if i := slices.IndexFunc(v.models, func(m model) bool { return m.from.Key() == twin.Key() }); i > 0 {
		return v.remove(i)
	}
	return v.addColumn(msg.ColumnChosen{Source: twin, Label: first.label})
}

// announce tells that what the form asks may be something else.
func (v *View) announce() tea.Cmd { return send(v.Asks()) }

// Asks is what the form asks, and of which variant beside the first column.
func (v *View) Asks() msg.RequestChanged {
	m := msg.RequestChanged{Request: v.form.request(), Why: v.whyNotAsked(), Variant: variant.INT2()}
	for _, one := range v.models[1:] {
		if one.from.Path == v.models[0].from.Path && one.from.Variant.Key() != variant.Float().Key() {
			m.Variant = one.from.Variant
			break
		}
	}
	return m
}

// whyNotAsked is the reason that the form makes no request, "" when it does.
func (v *View) whyNotAsked() string {
	first := v.models[0]
	switch {
	case first.from.Path == "":
		return "no model is open; o opens one"
	case !first.known:
		return "the model is being prepared"
	case first.err != nil:
		return "this model cannot be run: " + component.Clean(first.err.Error())
	}
	return v.form.incomplete()
}

// modelState says how far a column's model is: quantizing, ready, or why not.
func (v *View) modelState(m model) string {
	g := v.theme.Glyphs
	switch {
	case m.err != nil:
		return g.Cross + " " + component.Clean(m.err.Error())
	case !m.known && m.packs.Of > 0:
		return fmt.Sprintf("quantizing %d/%d %s", m.packs.Done, m.packs.Of, component.Clean(m.packs.Name))
	case !m.known:
		return "preparing " + g.Pending
	case len(m.info.Quantized) == 0:
		return "ready, " + bytesText(positive(float64(m.info.WeightBytes)))
	}
	return "ready, " + quantizedWords(m.info)
}

// quantizedWords say what was quantized, where it came from and what it takes.
func quantizedWords(info infer.Info) string {
	from := map[variant.Origin]int{}
	for _, l := range info.Quantized {
		from[l.Origin]++
	}
	words := counted(len(info.Quantized), "tensor") + " quantized"
	switch n := len(info.Quantized); n {
	case from[variant.FromCache]:
		words += ", from the cache"
	case from[variant.FromFile]:
		words = counted(n, "tensor") + " from the file"
	default:
		if c := from[variant.FromCache]; c > 0 {
			words += fmt.Sprintf(", %s of them from the cache", report.GroupDigits(int64(c)))
		}
	}
	return words + ", " + bytesText(positive(float64(info.WeightBytes)))
}
