package run

import (
	"fmt"
	"path/filepath"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
)

// Actions lists what the view takes now, in footer order.
func (v *View) Actions() []keys.Offer {
	run := v.whyNoRun()
	none := ""
	if v.models[0].from.Path == "" {
		none = "no model is open; o opens one"
	}
	shown := v.shown()
	answer, older, newer := "", "", ""
	if shown == nil {
		answer = "nothing has been asked yet"
	}
	if v.at == 0 {
		older = "there is no older run"
	}
	if v.at >= len(v.runs)-1 {
		newer = "there is no newer run"
	}
	edit := none
	if _, ok := v.form.editable(); !ok && edit == "" && v.form.row().field != fieldPictures && v.form.row().field != fieldTask {
		edit = "h and l change it"
	}
	texts := none
	if v.form.task != infer.Retrieval && texts == "" {
		texts = "only retrieval has texts"
	}
	var out []keys.Offer
	if v.running {
		out = []keys.Offer{{Action: keys.Back}}
	}
	first := []keys.Offer{
		{Action: keys.RunNow, Off: run}, {Action: keys.PickPictures, Off: none}, {Action: keys.AddText, Off: texts},
		{Action: keys.PickFolder, Off: none}, {Action: keys.NextTask, Off: v.taskOff(none)},
		{Action: keys.EditField, Off: edit}, {Action: keys.NextFocus, Off: none}, {Action: keys.OlderRun, Off: firstOf(answer, older)},
		{Action: keys.NewerRun, Off: firstOf(answer, newer)}, {Action: keys.AddINT2, Off: v.int2Off(none)}, {Action: keys.AddColumn, Off: v.addOff(none)}, {Action: keys.RecordRun, Off: run},
		{Action: keys.RemoveItem, Off: v.removeOff(none)}, {Action: keys.RemoveColumn, Off: v.dropOff()},
	}
	for _, off := range []bool{false, true} { // the footer takes what stands first
		for _, o := range first {
			if (o.Off != "") == off {
				out = append(out, o)
			}
		}
	}
	return append(out, []keys.Offer{
		{Action: keys.ShowStrip, Off: answer}, {Action: keys.ShowKL, Off: answer}, {Action: keys.Copy, Off: answer}, {Action: keys.PrevFocus, Off: none},
		{Action: keys.Up, Off: none}, {Action: keys.Down, Off: none}, {Action: keys.Left, Off: none}, {Action: keys.Right, Off: none},
		{Action: keys.Top, Off: none}, {Action: keys.Bottom, Off: none}, {Action: keys.PageUp, Off: none}, {Action: keys.PageDown, Off: none},
		{Action: keys.HalfUp, Off: none}, {Action: keys.HalfDown, Off: none},
	}...)
}

func firstOf(reasons ...string) string {
	for _, r := range reasons {
		if r != "" {
			return r
		}
	}
	return ""
}

func (v *View) taskOff(none string) string {
	switch tasks := v.form.offered; {
	case none != "":
		return none
	case v.models[0].err != nil:
		return "this model cannot be run"
	case len(tasks) < 2:
		return "this model does one task only"
	}
	return ""
}

func (v *View) addOff(none string) string {
	switch {
	case none != "":
		return none
	case v.running:
		return "a run is under way; Esc stops it"
	case len(v.models) >= maxColumns:
		return fmt.Sprintf("there are %d columns already", maxColumns)
	}
	return ""
}

// int2Off says why the INT2 column can neither come nor go.
func (v *View) int2Off(none string) string {
	switch first := v.models[0]; {
	case none != "":
		return none
	case first.err != nil:
		return "this model cannot be run"
	case v.running:
		return "a run is under way; Esc stops it"
	}
	return ""
}

func (v *View) dropOff() string {
	switch {
	case len(v.models) < 2:
		return "there is one column only; c adds one"
	case v.running:
		return "a run is under way; Esc stops it"
	}
	return ""
}

func (v *View) removeOff(none string) string {
	switch r := v.form.row(); {
	case none != "":
		return none
	case r.field == fieldText && len(v.form.texts) == 0:
		return "there is no text"
	case r.field != fieldText && len(v.form.pictures) == 0:
		return "no picture is chosen"
	}
	return ""
}

// Do carries out an action.
func (v *View) Do(a keys.Action) (component.View, tea.Cmd, bool) {
	if v.pane == 0 && v.moveForm(a) {
		return v, v.wantPreview(), true
	}
	if cmd, ok := v.stepForm(a); ok {
		return v, cmd, true
	}
	if v.pane > 0 && v.moveAnswer(a) {
		return v, v.wantPreview(), true
	}
	switch a {
	case keys.RunNow:
		return v, v.start(), true
	case keys.Back:
		if !v.running {
			return v, nil, false
		}
		return v, v.stop(), true
	case keys.NextFocus:
		v.pane = (v.pane + 1) % (len(v.models) + 1)
		return v, v.wantPreview(), true
	case keys.PrevFocus:
		v.pane = (v.pane + len(v.models)) % (len(v.models) + 1)
		return v, v.wantPreview(), true
	case keys.NextTask:
		v.form.nextTask(1)
		return v, v.changed(), true
	case keys.PickPictures, keys.PickFolder:
		return v, send(msg.AskPictures{Chosen: v.form.pictures, Folder: a == keys.PickFolder}), true
	case keys.EditField:
		return v, v.edit(), true
	case keys.AddText:
		v.form.addText()
		return v, v.edit(), true
	case keys.RemoveItem:
		if v.form.row().field == fieldText {
			v.form.removeText()
		} else {
			v.form.removePicture()
		}
		return v, v.changed(), true
	case keys.AddColumn:
		return v, send(msg.AskColumn{}), true
	case keys.RemoveColumn:
		return v, v.removeColumn(), true
	case keys.AddINT2:
		return v, v.toggleINT2(), true
	case keys.OlderRun:
		v.at = max(v.at-1, 0)
	case keys.NewerRun:
		v.at = min(v.at+1, max(len(v.runs)-1, 0))
	case keys.RecordRun:
		return v, send(msg.AskTrace{Suggested: v.traceName()}), true
	case keys.ShowStrip:
		v.strip = !v.strip
	case keys.ShowKL:
		v.noKL = !v.noKL
	case keys.Copy:
		return v, v.copy(), true
	default:
		return v, nil, false
	}
	return v, nil, true
}

// traceName suggests a file for the activations of a run.
func (v *View) traceName() string {
	name := v.models[0].label
	if i := strings.IndexAny(name, "@ "); i > 0 {
		name = name[:i]
	}
	return strings.TrimSuffix(name, ".safetensors") + "-" + string(v.form.task) + "-trace.safetensors"
}

// edit begins to type, or does what stands for it.
func (v *View) edit() tea.Cmd {
	v.pane = 0
	text, ok := v.form.editable()
	switch {
	case ok:
		v.line, v.typing, v.wrong = component.NewInput(text), true, ""
	case v.form.row().field == fieldPictures:
		return send(msg.AskPictures{Chosen: v.form.pictures})
	case v.form.row().field == fieldTask:
		// The field that is typed most often.
		v.form.moveTo(fieldPrompt)
		v.form.clamp()
		if text, ok := v.form.editable(); ok {
			v.line, v.typing, v.wrong = component.NewInput(text), true, ""
		}
	}
	return nil
}

// moveForm moves over the form and changes its values.
func (v *View) moveForm(a keys.Action) bool {
	n := len(v.form.rows())
	switch a {
	case keys.Up:
		v.form.cursor = max(v.form.cursor-1, 0)
	case keys.Down:
		v.form.cursor = min(v.form.cursor+1, n-1)
	case keys.Top, keys.PageUp, keys.HalfUp:
		v.form.cursor = 0
	case keys.Bottom, keys.PageDown, keys.HalfDown:
		v.form.cursor = n - 1
	default:
		return false
	}
	return true
}

// stepForm changes the value under the cursor.
func (v *View) stepForm(a keys.Action) (tea.Cmd, bool) {
	if v.pane != 0 {
		return nil, false
	}
	by := 1
	switch a {
	case keys.Left:
		by = -1
	case keys.Right:
	default:
		return nil, false
	}
	picture := v.form.row().field == fieldPictures
	v.form.step(by)
	if picture {
		return v.wantPreview(), true
	}
	return v.changed(), true
}

// moveAnswer moves the cursor over the tokens, or over the scores.
func (v *View) moveAnswer(a keys.Action) bool {
	one, c := v.shown(), v.current()
	if one == nil {
		return false
	}
	if one.request.Task == infer.Retrieval {
		return v.moveScores(one, c, a)
	}
	n := len(c.tokens)
	if n == 0 {
		return false
	}
	to := c.cursor
	switch a {
	case keys.Left:
		to--
	case keys.Right:
		to++
	case keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.HalfUp, keys.HalfDown:
		to = v.lineStep(c, a)
	case keys.Top:
		to = 0
	case keys.Bottom:
		to = n - 1
	default:
		return false
	}
	c.cursor = min(max(to, 0), n-1)
	c.follow = c.cursor == n-1
	return true
}

// lineStep is the token so many lines away from the one under the cursor.
func (v *View) lineStep(c *column, a keys.Action) int {
	at := v.places()
	lines := c.flow(at.answer.W - 2*textMargin)
	y := lineOf(lines, c.cursor)
	by := map[keys.Action]int{
		keys.Up: -1, keys.Down: 1, keys.PageUp: -at.answer.H, keys.PageDown: at.answer.H,
		keys.HalfUp: -at.answer.H / 2, keys.HalfDown: at.answer.H / 2,
	}[a]
	if len(lines) == 0 {
		return c.cursor
	}
	y = min(max(y+by, 0), len(lines)-1)
	for _, s := range lines[y] {
		return s.token
	}
	return c.cursor
}

// moveScores moves over the matrix of a retrieval: rows are pictures, columns texts.
func (v *View) moveScores(one *answers, c *column, a keys.Action) bool {
	if c.result == nil {
		return false
	}
	pictures, texts := len(c.result.Images), len(c.result.Texts)
	switch a {
	case keys.Up:
		one.row--
	case keys.Down:
		one.row++
	case keys.Left:
		one.col--
	case keys.Right:
		one.col++
	case keys.Top:
		one.row = 0
	case keys.Bottom:
		one.row = pictures - 1
	case keys.PageUp, keys.HalfUp:
		one.row -= 10
	case keys.PageDown, keys.HalfDown:
		one.row += 10
	default:
		return false
	}
	one.row, one.col = min(max(one.row, 0), max(pictures-1, 0)), min(max(one.col, 0), max(texts-1, 0))
	return true
}

// copy puts the answer in focus on the clipboard.
func (v *View) copy() tea.Cmd {
	c := v.current()
	if c == nil {
		return nil
	}
	text := c.text()
	if c.result != nil && len(c.result.Scores) > 0 {
		text = scoreTable(c.result)
	}
	return tea.Batch(send(msg.Copy{Text: text}), send(msg.Toast{Text: "copied the answer"}))
}

// scoreTable is a retrieval as tab-separated text: a line for each picture.
func scoreTable(r *infer.Result) string {
	var b strings.Builder
	b.WriteString("picture")
	for _, t := range r.Texts {
		b.WriteString("\t" + component.Clean(t))
	}
	b.WriteByte('\n')
	for i, scores := range r.Scores {
		b.WriteString(component.Clean(filepath.Base(r.Images[i])))
		for _, s := range scores {
			b.WriteString("\t" + number(s))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// mouse moves the focus, and the cursor of the form.
func (v *View) mouse(m msg.Mouse) tea.Cmd {
	at := v.places()
	switch {
	case at.form.Contains(m.X, m.Y):
		if m.Kind != msg.Click {
			v.moveForm(map[msg.MouseKind]keys.Action{msg.WheelUp: keys.Up, msg.WheelDown: keys.Down}[m.Kind])
			return nil
		}
		v.pane = 0
		if i := m.Y - at.form.Y - 1 + v.formOffset(at.form.H-2); i >= 0 && i < len(v.form.rows()) {
			v.form.cursor = i
			if m.Double {
				return v.edit()
			}
		}
	case at.answers.Contains(m.X, m.Y):
		if m.Kind != msg.Click {
			v.moveAnswer(map[msg.MouseKind]keys.Action{msg.WheelUp: keys.Up, msg.WheelDown: keys.Down}[m.Kind])
			return nil
		}
		v.pane = min(1+(m.X-at.answers.X)/max(at.column, 1)+v.firstColumn(at), len(v.models))
	}
	return nil
}
