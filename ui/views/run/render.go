package run

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/layout"
)

// Render draws exactly width × height cells.
func (v *View) Render(width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	p := v.placesOf(width, height)
	if !p.showForm {
		return component.Fit(v.renderAnswers(p), width, height)
	}
	left := component.Fit(v.renderLeft(p), p.form.W, height)
	if p.alone {
		return component.Fit(left, width, height)
	}
	return component.Fit(component.Beside(left, component.Fit(v.renderAnswers(p), width-p.form.W, height)), width, height)
}

// renderLeft draws the form, what the request costs, and the picture.
func (v *View) renderLeft(p places) string {
	blocks := []string{component.Box(v.theme, v.formTitle(), v.renderForm(p.form.W-2, p.form.H-2), p.form.W, p.form.H, v.focused && v.pane == 0)}
	if p.estimate.H > 0 {
		blocks = append(blocks, component.Box(v.theme, "Estimate", v.renderEstimate(p.estimate.W-2), p.estimate.W, p.estimate.H, false))
	}
	if p.preview.H > 0 {
		content := strings.Join(v.preview.content(v.theme, p.preview.W, p.preview.H), "\n")
		blocks = append(blocks, component.Box(v.theme, v.preview.title(v.theme), content, p.preview.W+2, p.preview.H+2, false))
	}
	return strings.Join(blocks, "\n")
}

func (v *View) formTitle() string {
	one := v.models[0]
	if one.known && one.err == nil && one.info.Family != "" {
		return "Ask " + v.theme.Glyphs.Dot + " " + component.Clean(one.info.Family)
	}
	return "Ask"
}

// formOffset is the first line of the form that is drawn in height lines.
func (v *View) formOffset(height int) int {
	return max(0, min(v.form.cursor-height+1, len(v.form.rows())-height))
}

func (v *View) renderForm(width, height int) string {
	rows := v.form.rows()
	from := v.formOffset(height)
	var lines []string
	for i := from; i < min(from+height, len(rows)); i++ {
		lines = append(lines, v.formLine(i, rows[i], width))
	}
	return strings.Join(lines, "\n")
}

// labelWidth is the width of the names of the fields.
const labelWidth = 13

func (v *View) formLine(i int, r formRow, width int) string {
	t, g := v.theme, v.theme.Glyphs
	here := i == v.form.cursor
	label := fieldLabel(r)
	if r.field == fieldPictures && len(v.form.pictures) == 1 {
		label = "picture"
	}
	if v.typing && here {
		line := v.line.Render(t, component.Line(g.Cursor+label, labelWidth, ""), width, true)
		if v.wrong != "" {
			return component.Line(component.Cut(line, max(width-component.Width(v.wrong)-1, labelWidth+4), "")+" "+t.Bad.Render(v.wrong), width, g.Ellipsis)
		}
		return line
	}
	value, style := v.fieldValue(r)
	mark := " "
	if here {
		mark = g.Cursor
	}
	room := width - labelWidth
	if here && v.focused && v.pane == 0 {
		return t.Selected.Render(component.Line(component.Line(mark+label, labelWidth, "")+component.Cut(value, room, g.Ellipsis), width, ""))
	}
	return component.Line(component.Line(mark+t.Dim.Render(label), labelWidth, "")+style.Render(component.Cut(value, room, g.Ellipsis)), width, "")
}

func fieldLabel(r formRow) string {
	switch r.field {
	case fieldTask:
		return "task"
	case fieldPictures:
		return "pictures"
	case fieldPrompt:
		return "prompt"
	case fieldText:
		if r.text > 0 {
			return ""
		}
		return "texts"
	case fieldMaxTokens:
		return "max tokens"
	case fieldTemperature:
		return "temperature"
	case fieldSeed:
		return "seed"
	case fieldImageSize:
		return "image size"
	}
	return "split"
}

// fieldValue is what a field holds, and how it is drawn.
func (v *View) fieldValue(r formRow) (string, lipgloss.Style) {
	t, f := v.theme, &v.form
	switch r.field {
	case fieldTask:
		if v.models[0].err != nil {
			return "none: this model cannot be run", t.Dim
		}
		return v.taskText(), t.Text
	case fieldPictures:
		return v.pictureText()
	case fieldPrompt:
		return v.promptText()
	case fieldText:
		if r.text < len(f.texts) {
			return component.Clean(f.texts[r.text]), t.Text
		}
		return "none; + adds one", t.Dim
	case fieldMaxTokens:
		return fmt.Sprint(f.maxTokens), t.Text
	case fieldTemperature:
		if f.temperature == 0 {
			return "0, greedy", t.Text
		}
		return number(f.temperature), t.Text
	case fieldSeed:
		if f.temperature == 0 {
			return fmt.Sprintf("%d, not used by greedy", f.seed), t.Dim
		}
		return fmt.Sprint(f.seed), t.Text
	case fieldImageSize:
		return v.sizeLabel(), t.Text
	}
	switch {
	case f.split == nil:
		return "as the processor says", t.Text
	case *f.split:
		return "into tiles", t.Text
	}
	return "one tile", t.Text
}

func (v *View) sizeLabel() string {
	switch s := v.form.size; {
	case s.Auto:
		return "auto: one tile where the wait is long"
	case s.LongestEdge > 0:
		return fmt.Sprintf("longest edge %d", s.LongestEdge)
	}
	return "native"
}

// taskText lists the tasks: those that the model can do, then the others in
// parentheses, which a narrow form may cut.
func (v *View) taskText() string {
	var can, others []string
	for _, one := range allTasks() {
		switch {
		case v.form.taskOff(one) != "":
			others = append(others, "("+string(one)+")")
		case one == v.form.task:
			can = append(can, "["+string(one)+"]")
		default:
			can = append(can, string(one))
		}
	}
	return strings.Join(append(can, others...), " ")
}

func (v *View) pictureText() (string, lipgloss.Style) {
	f, t := &v.form, v.theme
	switch n := len(f.pictures); n {
	case 0:
		return "none; p picks", t.Dim
	case 1:
		return component.Clean(names(f.pictures)[0]), t.Text
	default:
		return fmt.Sprintf("%d/%d %s", f.picked+1, n, component.Clean(names(f.pictures[f.picked : f.picked+1])[0])), t.Text
	}
}

func (v *View) promptText() (string, lipgloss.Style) {
	f, t := &v.form, v.theme
	switch {
	case f.prompt != "":
		return component.Clean(f.prompt), t.Text
	case f.task == infer.VQA:
		return "none; i types the question", t.Dim
	case f.prompts[f.task] != "":
		return component.Clean(f.prompts[f.task]), t.Dim
	}
	return "the model's own", t.Dim
}

// renderAnswers draws the columns of the run on screen and what is under the cursor.
func (v *View) renderAnswers(p places) string {
	one := v.shown()
	if one == nil {
		return v.renderNothing(p)
	}
	all := len(one.columns)
	if v.at == len(v.runs)-1 { // the next run asks those that came since
		all = max(all, len(v.models))
	}
	first := min(v.firstColumn(p), max(all-1, 0))
	n := min(p.columns, all-first)
	widths := layout.SplitColumns(p.answers.W, weights(n)...)
	block := ""
	for i := range n {
		var box string
		if first+i < len(one.columns) {
			box = v.renderColumn(one, first+i, widths[i], p.answers.H, p.figureLines)
		} else {
			box = v.renderWaiting(first+i, widths[i], p.answers.H)
		}
		if i == 0 {
			block = box
			continue
		}
		block = component.Beside(block, box)
	}
	if p.inspector.H > 0 {
		block += "\n" + v.renderInspector(one, p.inspector.W, p.inspector.H)
	}
	return block
}

func weights(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = 1
	}
	return out
}

// renderNothing says what the view is for, or why the model cannot be run.
func (v *View) renderNothing(p places) string {
	t := v.theme
	key := func(a keys.Action) string {
		b, _ := v.keys.Binding(a, keys.Run)
		return t.Key.Render(b.First())
	}
	w, h := p.answers.W, p.answers.H+p.inspector.H
	inner := max(w-4, 1)
	var lines []string
	switch first := v.models[0]; {
	case first.from.Path == "":
		lines = append(lines, t.Strong.Render("No model is open."), "", t.Dim.Render("Open a model folder with ")+key(keys.OpenHome)+t.Dim.Render("."))
	case first.err != nil:
		lines = append(wrapped(t.Strong, "This model cannot be run; its weights can be looked at in the other views.", inner), "")
		lines = append(lines, wrapped(t.Bad, component.Clean(first.err.Error()), inner)...)
	case !first.known:
		lines = append(lines, t.Dim.Render("preparing "+component.Clean(first.label)+" "+t.Glyphs.Pending))
	default:
		dim := v.dimWords
		if len(v.models) > 1 {
			for i, name := range columnNames(v.models) {
				lines = append(lines, t.Text.Render(fmt.Sprintf("%d %s  ", i+1, component.Clean(name)))+v.stateStyle(v.models[i]).Render(v.modelState(v.models[i])))
			}
			lines = append(lines, "")
		}
		lines = append(lines, t.Strong.Render("Ask "+component.Clean(first.label)+"."), "")
		for _, hint := range []string{
			v.howToAsk(key),
			key(keys.AddINT2) + dim(" puts the same model at 2 bits beside it, token by token; ") + key(keys.AddColumn) + dim(" another plan, INT2 file or model."),
			key(keys.RecordRun) + dim(" runs and writes every activation to a file, for the Trace view."),
		} {
			lines = append(lines, strings.Split(ansi.Wrap(hint, inner, ""), "\n")...)
		}
		lines = append(lines, "", dim(component.Clean(first.info.Backend)))
		for _, text := range first.info.Warnings {
			lines = append(lines, wrapped(t.Warn, t.Glyphs.Warning+" "+component.Clean(text), inner)...)
		}
	}
	for i := range lines {
		lines[i] = " " + lines[i]
	}
	return component.Box(t, "Answer", "\n"+strings.Join(lines, "\n"), w, h, v.focused && v.pane > 0)
}

// dimWords styles every word for itself, so that a line may break between any two.
func (v *View) dimWords(text string) string {
	words := strings.Split(text, " ")
	for i, w := range words {
		if w != "" {
			words[i] = v.theme.Dim.Render(w)
		}
	}
	return strings.Join(words, " ")
}

// howToAsk names the keys that make up a request.
func (v *View) howToAsk(key func(keys.Action) string) string {
	dim := v.dimWords
	if v.form.task == infer.Retrieval {
		return key(keys.PickFolder) + dim(" picks a folder of pictures, ") + key(keys.AddText) + dim(" adds a text, ") + key(keys.RunNow) + dim(" ranks both ways.")
	}
	return key(keys.PickPictures) + dim(" picks pictures, ") + key(keys.NextTask) + dim(" the task, ") + key(keys.EditField) + dim(" types the prompt, ") + key(keys.RunNow) + dim(" runs.")
}

// stateStyle is how the state of a column's model is drawn.
func (v *View) stateStyle(m model) lipgloss.Style {
	switch {
	case m.err != nil:
		return v.theme.Bad
	case !m.known:
		return v.theme.Accent
	}
	return v.theme.Dim
}

// renderWaiting draws the box of a column that the next run asks.
func (v *View) renderWaiting(i, width, height int) string {
	t, m := v.theme, v.models[i]
	inner := max(width-2-2*textMargin, 0)
	lines := wrapped(v.stateStyle(m), v.modelState(m), inner)
	if m.known && m.err == nil {
		b, _ := v.keys.Binding(keys.RunNow, keys.Run)
		lines = append(lines, "", t.Key.Render(b.First())+t.Dim.Render(" asks it too"))
	} else if m.packs.Of > 0 && m.err == nil {
		lines = append(lines, v.bar(m.packs.Done, m.packs.Of, inner))
	}
	return component.Box(t, fmt.Sprintf("%d %s", i+1, component.Clean(columnNames(v.models)[i])), indented(lines), width, height, v.focused && v.pane == i+1)
}

// wrapped breaks a text into styled lines of at most width cells.
func wrapped(style lipgloss.Style, text string, width int) []string {
	lines := strings.Split(ansi.Wrap(text, max(width, 8), "/,;"), "\n")
	for i := range lines {
		lines[i] = style.Render(lines[i])
	}
	return lines
}
