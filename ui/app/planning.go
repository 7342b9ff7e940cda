package app

import (
	"context"
	"errors"
	"strconv"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/msg"
)

// planApplied is the report under a plan that the session has taken.
type planApplied struct {
	from   *opened
	edit   int
	report report.Model
}

// editPlan changes the plan; undo takes it back.
func (s *shell) editPlan(m msg.EditPlan) tea.Cmd {
	if s.open == nil {
		return nil
	}
	next, err := editedPlan(s.open.history.present, m)
	if err != nil {
		return s.complain(err)
	}
	if next.Equal(s.open.history.present) {
		return s.say("the plan says so already")
	}
	s.open.history = s.open.history.push(m.Label, next)
	return tea.Batch(s.applyPlan(), s.say(m.Label))
}

// editedPlan adds a rule for each name, or one for the pattern; "*" changes the default.
func editedPlan(p plan.Plan, m msg.EditPlan) (plan.Plan, error) {
	var rules []plan.Rule
	switch {
	case len(m.Names) > 0:
		for _, name := range m.Names {
			rules = append(rules, plan.Rule{Match: plan.Exact(name), Choice: m.Choice})
		}
	case m.Pattern == "*":
		next := p.WithDefault(m.Choice)
		return next, next.Validate()
	case m.Pattern != "":
		pattern, err := plan.ParsePattern(m.Pattern)
		if err != nil {
			return p, err
		}
		rules = append(rules, plan.Rule{Match: pattern, Choice: m.Choice})
	default:
		return p, errors.New("no tensor is chosen for the change")
	}
	next := p.WithRule(rules...)
	return next, next.Validate()
}

func (s *shell) undo() tea.Cmd { return s.walkHistory(history.undo, "undone: ") }

func (s *shell) redo() tea.Cmd { return s.walkHistory(history.redo, "redone: ") }

func (s *shell) walkHistory(step func(history) (history, string, bool), word string) tea.Cmd {
	if s.open == nil {
		return nil
	}
	next, label, ok := step(s.open.history)
	if !ok {
		return nil
	}
	s.open.history = next
	return tea.Batch(s.applyPlan(), s.say(word+label))
}

// applyPlan hands the present plan and budget to the session. Only one is under way at a
// time, so that they cannot overtake each other; the last one wins.
func (s *shell) applyPlan() tea.Cmd {
	o := s.open
	o.planEdit++
	if o.applying {
		return nil
	}
	return o.apply()
}

func (o *opened) apply() tea.Cmd {
	o.applying = true
	edit, present, budget, session := o.planEdit, o.history.present, o.budget, o.session
	return o.tasks.cmd(func(context.Context) tea.Msg {
		session.SetBudget(budget)
		session.SetPlan(present)
		return planApplied{from: o, edit: edit, report: session.Report()}
	})
}

func (s *shell) planIsApplied(m planApplied) tea.Cmd {
	if m.from != s.open {
		return nil
	}
	o := s.open
	o.applying = false
	if m.edit != o.planEdit {
		return o.apply()
	}
	return tea.Batch(s.setReport(m.report), s.continueScan())
}

// pin keeps the present plan and its figures as a side of the Compare view.
func (s *shell) pin(side string) tea.Cmd {
	if s.open == nil {
		return nil
	}
	kept := &msg.Pin{Label: planLabel(s.open.history.present), Report: s.report}
	kept.Report.Tensors = append([]report.Tensor(nil), s.report.Tensors...)
	if side == "A" {
		s.pins.A = kept
	} else {
		s.pins.B = kept
	}
	text := "side " + side + " is " + kept.Label
	if n := s.pending(); n > 0 {
		text += ", with " + strconv.Itoa(n) + " tensors still to be measured"
	}
	return tea.Batch(s.toAll(s.pins), s.say(text))
}

// planLabel is a plan in a few words: "2b half g64 search + 3 rules".
func planLabel(p plan.Plan) string {
	label := p.Default.String()
	if scheme, err := p.Default.Scheme(); err == nil && scheme != nil {
		label = scheme.String()
	} else if err == nil {
		label = "float"
	}
	switch n := len(p.Rules); n {
	case 0:
	case 1:
		label += " + 1 rule"
	default:
		label += " + " + strconv.Itoa(n) + " rules"
	}
	return label
}
