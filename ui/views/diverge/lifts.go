package diverge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/diverge"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/variant"
	"github.com/mmtui/mmtui/ui/component"
)

// state is a choice of lifts with what it gave; the report is nil until it is there.
type state struct {
	lifts  []diverge.Lift
	report *diverge.Report
}

// history is the states of a session. It is a value: every change returns another one.
type history struct {
	past    []state // oldest first
	present state
	future  []state // the last is what redo brings back
}

// maxHistory bounds how many lifts can be undone.
const maxHistory = 100

// push makes other lifts the present ones.
func (h history) push(lifts []diverge.Lift) history {
	past := append(h.past[:len(h.past):len(h.past)], h.present)
	if len(past) > maxHistory {
		past = past[len(past)-maxHistory:]
	}
	return history{past: past, present: state{lifts: lifts}}
}

func (h history) undo() history {
	last := len(h.past) - 1
	return history{past: h.past[:last], present: h.past[last], future: append(h.future[:len(h.future):len(h.future)], h.present)}
}

func (h history) redo() history {
	last := len(h.future) - 1
	return history{past: append(h.past[:len(h.past):len(h.past)], h.present), present: h.future[last], future: h.future[:last]}
}

// again is the history for another request: reports are forgotten, and lifts too
// unless the variant is the same.
func (h history) again(same bool) history {
	if !same {
		return history{}
	}
	bare := func(list []state) []state {
		out := slices.Clone(list)
		for i := range out {
			out[i].report = nil
		}
		return out
	}
	return history{past: bare(h.past), present: state{lifts: h.present.lifts}, future: bare(h.future)}
}

// lifted is the bits that a layer is lifted to, 0 when it is not.
func lifted(lifts []diverge.Lift, name string) int {
	for _, one := range lifts {
		if one.Name == name {
			return one.Bits
		}
	}
	return 0
}

// without is lifts without those of a layer.
func without(lifts []diverge.Lift, name string) []diverge.Lift {
	return slices.DeleteFunc(slices.Clone(lifts), func(l diverge.Lift) bool { return l.Name == name })
}

// with is lifts with a layer at so many bits.
func with(lifts []diverge.Lift, name string, bits int) []diverge.Lift {
	return append(without(lifts, name), diverge.Lift{Name: name, Bits: bits})
}

// spec is the variant with its lifts, named for a column.
func (v *View) spec() variant.Spec {
	out, lifts := v.asked.Variant, v.history.present.lifts
	for _, one := range lifts {
		out = out.Lift(one.Name, one.Bits)
	}
	if n := len(lifts); n > 0 {
		out.Name = fmt.Sprintf("%s + %s", v.asked.Variant.Name, counted(n, "lift"))
	}
	return out
}

// liftOff says why the layer under the cursor cannot be lifted, "" when it can.
func (v *View) liftOff(bits int) string {
	row := v.row()
	switch {
	case v.rowsOff() != "":
		return v.rowsOff()
	case row == nil:
		return "the filter shows no layer"
	case row.Kind == diverge.Stage:
		return "it is an activation; the layers around it have weights"
	case lifted(v.history.present.lifts, row.Name) == bits:
		return "it is lifted to that already"
	case !row.Quantized:
		return component.Clean(row.Name) + " is in float already"
	}
	return ""
}

// dropOff says why there is no lift to take away.
func (v *View) dropOff() string {
	row := v.row()
	if why := v.rowsOff(); why != "" {
		return why
	}
	if row == nil || lifted(v.history.present.lifts, row.Name) == 0 {
		return "this layer is not lifted"
	}
	return ""
}

// liftWords are lifts in a few words.
func liftWords(lifts []diverge.Lift, ellipsis string) string {
	if len(lifts) == 0 {
		return ""
	}
	last := lifts[len(lifts)-1]
	words := component.CutLeft(strings.TrimSuffix(component.Clean(last.Name), ".weight"), liftName, ellipsis) + " at " + bitsText(last.Bits)
	if n := len(lifts) - 1; n > 0 {
		words += fmt.Sprintf(" and %d more", n)
	}
	return words
}

// liftName is the room of a layer's name.
const liftName = 28

func bitsText(bits int) string {
	if bits == plan.Float {
		return "float"
	}
	return fmt.Sprintf("%d bits", bits)
}
