package whatif

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
)

// Actions lists what the panel takes now, in footer order.
func (v View) Actions() []keys.Offer {
	none := ""
	if len(v.rows) == 0 {
		none = "no model is open"
	}
	solvers := none
	if solvers == "" && v.target != thisTensor {
		solvers = "every solver is shown for a single tensor only"
	}
	reset := none
	if reset == "" && !v.touched {
		reset = "the choice is what the plan says"
	}
	return []keys.Offer{
		{Action: keys.Left, Off: none}, {Action: keys.Right, Off: none}, {Action: keys.Up}, {Action: keys.Down},
		{Action: keys.Apply, Off: v.cannotApply()}, {Action: keys.NextTarget, Off: none}, {Action: keys.EditPattern, Off: none},
		{Action: keys.TryEverySolv, Off: solvers}, {Action: keys.ResetChoice, Off: reset},
		{Action: keys.Copy, Off: none}, {Action: keys.Top}, {Action: keys.Bottom},
	}
}

// cannotApply says why the choice cannot go into the plan, "" when it can.
func (v View) cannotApply() string {
	if len(v.rows) == 0 {
		return "no model is open"
	}
	if reason := v.emptyTarget(); reason != "" {
		return reason
	}
	scheme, problem := v.choice.scheme()
	if problem != "" {
		return problem
	}
	for _, i := range v.indexes {
		row := &v.rows[i]
		if o, known := v.tries.of(row.Name, scheme); known && (o.err != nil || scheme != nil && o.row.Scheme == nil) {
			continue // stays as it is whatever the plan says
		}
		now := row.Scheme
		if (now == nil) != (scheme == nil) || now != nil && *now != *scheme {
			return ""
		}
	}
	if c := v.compare(); c.stay == c.of && c.of > 0 {
		return "stays as it is: " + c.stayReason
	}
	return "the plan says this already"
}

// emptyTarget says why there is nothing to try.
func (v View) emptyTarget() string {
	switch {
	case len(v.indexes) > 0:
		return ""
	case v.target == markedSet:
		return "no tensor is marked: mark some with Space in the Layers view"
	case v.target == byPattern:
		if _, err := plan.ParsePattern(v.pattern); err != nil {
			return err.Error()
		}
		return "the pattern matches no tensor"
	}
	return "no tensor is selected"
}

func send(m tea.Msg) tea.Cmd { return func() tea.Msg { return m } }

// Do carries out an action.
func (v View) Do(a keys.Action) (component.View, tea.Cmd, bool) {
	switch a {
	case keys.Up:
		v.field = max(v.field-1, 0)
	case keys.Down:
		v.field = min(v.field+1, fields-1)
	case keys.Top:
		v.field = 0
	case keys.Bottom:
		v.field = fields - 1
	case keys.Left, keys.Right:
		by := 1
		if a == keys.Left {
			by = -1
		}
		return v.change(by)
	case keys.NextTarget:
		next, cmd := v.aim((v.target + 1) % targets)
		return next, cmd, true
	case keys.EditPattern:
		v.typing, v.wrong = true, ""
		v.input = component.NewInput(v.pattern)
	case keys.TryEverySolv:
		v.ladder = !v.ladder
		next, cmd := v.retry()
		return next, cmd, true
	case keys.ResetChoice:
		v.touched = false
		next, cmd := v.follow()
		return next, cmd, true
	case keys.Apply:
		return v.apply()
	case keys.Copy:
		return v, send(msg.Copy{Text: v.copied()}), true
	default:
		return v, nil, false
	}
	return v, nil, true
}

// change moves the value of the field under the cursor.
func (v View) change(by int) (component.View, tea.Cmd, bool) {
	if v.field == fieldTarget {
		to := min(max(int(v.target)+by, 0), int(targets)-1)
		next, cmd := v.aim(target(to))
		return next, cmd, true
	}
	next, cmd := v.choose(v.choice.step(v.field, by))
	return next, cmd, true
}

// choose takes a new choice and asks for its figures.
func (v View) choose(c choice) (component.View, tea.Cmd) {
	if c == v.choice {
		return v, nil
	}
	v.choice, v.touched = c, true
	return v.retry()
}

// aim changes the target.
func (v View) aim(t target) (component.View, tea.Cmd) {
	if t == v.target {
		return v, nil
	}
	v.target = t
	return v.follow()
}

// apply puts the choice into the plan.
func (v View) apply() (component.View, tea.Cmd, bool) {
	if reason := v.cannotApply(); reason != "" {
		return v, send(msg.Toast{Text: "nothing to apply: " + reason, Error: true}), true
	}
	scheme, _ := v.choice.scheme()
	c := plan.FromScheme(scheme)
	edit := msg.EditPlan{Choice: c, Label: v.subject() + " " + v.theme.Glyphs.Arrow + " " + c.String()}
	if v.target == byPattern {
		edit.Pattern = v.pattern
	} else {
		edit.Names = append([]string(nil), v.names...)
	}
	v.touched = false
	return v, send(edit), true
}

// subject names the target in a few words.
func (v View) subject() string {
	switch {
	case v.target == byPattern:
		return fmt.Sprintf("%s (%s)", component.Clean(v.pattern), counted(len(v.names)))
	case len(v.names) == 1:
		return component.Clean(v.names[0])
	}
	return counted(len(v.names))
}

func counted(n int) string {
	if n == 1 {
		return "1 tensor"
	}
	return fmt.Sprintf("%d tensors", n)
}

// typed handles a key while the pattern is typed.
func (v View) typed(k tea.KeyMsg) (component.View, tea.Cmd) {
	if !v.typing {
		return v, nil
	}
	switch a, _ := v.keys.In(k.String(), keys.Text); a {
	case keys.Cancel:
		v.typing, v.wrong = false, ""
		return v, nil
	case keys.Accept:
		text := strings.TrimSpace(v.input.Value())
		if _, err := plan.ParsePattern(text); err != nil {
			v.wrong = err.Error()
			return v, nil
		}
		v.typing, v.wrong = false, ""
		v.pattern, v.target, v.field = text, byPattern, fieldBits
		return v.follow()
	}
	v.input, _ = v.input.Key(k)
	v.wrong = ""
	if text := strings.TrimSpace(v.input.Value()); text != "" {
		if _, err := plan.ParsePattern(text); err != nil {
			v.wrong = err.Error()
		}
	}
	return v, nil
}

// mouse takes the value that is clicked on.
func (v View) mouse(m msg.Mouse) (component.View, tea.Cmd) {
	if m.Kind != msg.Click || v.typing {
		return v, nil
	}
	for _, h := range v.form(v.width).hits {
		if m.Y != h.y || m.X < h.x || m.X >= h.x+h.w {
			continue
		}
		v.field = h.field
		if h.field == fieldTarget {
			return v.aim(h.target)
		}
		return v.choose(h.set(v.choice))
	}
	return v, nil
}
