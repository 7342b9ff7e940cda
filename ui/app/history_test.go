package app

import (
	"fmt"
	"testing"

	"github.com/mmtui/mmtui/core/plan"
)

func planOf(bits int) plan.Plan { return plan.Plan{Default: plan.Choice{Bits: &bits}} }

func bitsIn(h history) int { return *h.present.Default.Bits }

func TestHistory(t *testing.T) {
	h := newHistory(planOf(2)).push("to 3", planOf(3)).push("to 4", planOf(4))
	if !h.dirty() || bitsIn(h) != 4 {
		t.Fatalf("dirty=%v bits=%d", h.dirty(), bitsIn(h))
	}
	h, label, ok := h.undo()
	if !ok || label != "to 4" || bitsIn(h) != 3 {
		t.Errorf("undo: %q, %v, %d bits", label, ok, bitsIn(h))
	}
	branch := h.push("to 8", planOf(8))
	if _, _, ok := branch.redo(); ok {
		t.Error("a new edit leaves something to redo")
	}
	h, label, _ = h.redo()
	if label != "to 4" || bitsIn(h) != 4 {
		t.Errorf("redo: %q, %d bits", label, bitsIn(h))
	}
	// The branch must not have written into the memory of the other one.
	if back, _, _ := branch.undo(); bitsIn(back) != 3 {
		t.Errorf("the branch went back to %d bits", bitsIn(back))
	}
	h = h.markSaved(planOf(4))
	if h.dirty() {
		t.Error("dirty right after a save")
	}
	h, _, _ = h.undo()
	if !h.dirty() {
		t.Error("clean after undoing what was saved")
	}
}

func TestHistoryIsBounded(t *testing.T) {
	h := newHistory(planOf(2))
	for i := range 3 * maxHistory {
		h = h.push(fmt.Sprint(i), planOf(2+i%7))
	}
	n := 0
	for ok := true; ok; n++ {
		h, _, ok = h.undo()
	}
	if n-1 != maxHistory {
		t.Errorf("%d undos, want %d", n-1, maxHistory)
	}
}

func TestPlanLabel(t *testing.T) {
	four, float := 4, plan.Float
	rule := plan.Rule{Match: plan.Exact("a"), Choice: plan.Choice{Bits: &four}}
	for want, p := range map[string]plan.Plan{
		"2b half g64 search":           {},
		"4b half g64 search":           {Default: plan.Choice{Bits: &four}},
		"float + 1 rule":               {Default: plan.Choice{Bits: &float}, Rules: []plan.Rule{rule}},
		"2b half g64 search + 2 rules": {Rules: []plan.Rule{rule, rule}},
	} {
		if got := planLabel(p); got != want {
			t.Errorf("label %q, want %q", got, want)
		}
	}
}
