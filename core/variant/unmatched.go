package variant

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/safetensors"
)

// nearMost is how many names an error offers.
const nearMost = 3

// UnmatchedError is rules of a plan that match no tensor of the model: most
// often a spelling mistake.
type UnmatchedError struct {
	File  string // that the plan was read from, "" for none
	Rules []plan.Rule
	Near  [][]string // names of the model near each rule's pattern; may be empty
}

// Error is one line a rule.
func (e *UnmatchedError) Error() string { return errors.Join(e.Unwrap()...).Error() }

// Unwrap gives an error a rule.
func (e *UnmatchedError) Unwrap() []error {
	out := make([]error, len(e.Rules))
	for i, r := range e.Rules {
		where := ""
		if e.File != "" {
			where = safetensors.Printable(e.File) + ": "
			if r.Line > 0 {
				where = safetensors.Printable(e.File) + ":" + strconv.Itoa(r.Line) + ": "
			}
		}
		out[i] = fmt.Errorf("%spattern %q matches no tensor of the model; %s", where, r.Match.String(), e.Advice(i))
	}
	return out
}

// Advice says what to do about rule i.
func (e *UnmatchedError) Advice(i int) string { return advice(e.Near[i]) }

// advice is what to do about a name that is not there.
func advice(near []string) string {
	if len(near) == 0 {
		return "`mmtui inspect --list` shows the names"
	}
	shown := make([]string, len(near))
	for i, n := range near {
		shown[i] = safetensors.Printable(n)
	}
	return "near it are " + strings.Join(shown, ", ")
}

// checkRules finds rules that match nothing.
func checkRules(m *model.Model, s Spec) error {
	names := namesOf(m)
	e := &UnmatchedError{}
	if s.Plan != nil && !s.Loose {
		e.File, e.Rules = s.PlanFile, s.Plan.Unmatched(names)
	}
	if s.over != nil {
		for _, r := range (plan.Plan{Rules: s.over.rules}).Unmatched(names) {
			if _, exact := r.Match.Literal(); exact { // a part that the network lacks is no mistake
				e.Rules = append(e.Rules, r)
			}
		}
	}
	if len(e.Rules) == 0 {
		return nil
	}
	for _, r := range e.Rules {
		e.Near = append(e.Near, plan.Nearest(r.Match, names, nearMost))
	}
	return e
}

func namesOf(m *model.Model) []string {
	names := make([]string, len(m.Tensors))
	for i, t := range m.Tensors {
		names[i] = t.Name
	}
	return names
}
