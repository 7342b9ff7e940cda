package app

import "github.com/mmtui/mmtui/core/plan"

// history is the plans of a session with what led to each. It is a value:
// every change returns another one.
type history struct {
	past    []edit // oldest first; the last is what undo takes back
	present plan.Plan
	future  []edit // the last is what redo brings back
	saved   plan.Plan
}

// edit is a change of the plan, with the plan on its other side.
type edit struct {
	label string
	plan  plan.Plan
}

// maxHistory bounds how many edits can be undone.
const maxHistory = 200

func newHistory(p plan.Plan) history { return history{present: p, saved: p} }

// push makes a plan the present one.
func (h history) push(label string, p plan.Plan) history {
	past := append(h.past[:len(h.past):len(h.past)], edit{label, h.present})
	if len(past) > maxHistory {
		past = past[len(past)-maxHistory:]
	}
	h.past, h.present, h.future = past, p, nil
	return h
}

// undo goes back one edit; ok is false when there is none.
func (h history) undo() (out history, label string, ok bool) {
	if len(h.past) == 0 {
		return h, "", false
	}
	last := h.past[len(h.past)-1]
	h.future = append(h.future[:len(h.future):len(h.future)], edit{last.label, h.present})
	h.past, h.present = h.past[:len(h.past)-1], last.plan
	return h, last.label, true
}

// redo goes forward again.
func (h history) redo() (out history, label string, ok bool) {
	if len(h.future) == 0 {
		return h, "", false
	}
	next := h.future[len(h.future)-1]
	h.past = append(h.past[:len(h.past):len(h.past)], edit{next.label, h.present})
	h.future, h.present = h.future[:len(h.future)-1], next.plan
	return h, next.label, true
}

// dirty reports whether the present plan is not the one in the project file.
func (h history) dirty() bool { return !h.present.Equal(h.saved) }

func (h history) markSaved(p plan.Plan) history {
	h.saved = p
	return h
}
