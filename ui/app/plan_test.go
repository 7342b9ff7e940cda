package app

import (
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/projects"
	"github.com/mmtui/mmtui/ui/msg"
)

func TestUndoRedo(t *testing.T) {
	r := openedRig(t, 4)
	r.edit("layers.1.weight")
	if r.bitsOf(1) != 4 || r.bitsOf(0) != 2 {
		t.Fatalf("after the edit: %d and %d bits", r.bitsOf(1), r.bitsOf(0))
	}
	r.edit("layers.2.weight")
	r.press("u")
	r.settled()
	if r.bitsOf(2) != 2 || r.bitsOf(1) != 4 {
		t.Errorf("after undo: %d and %d bits", r.bitsOf(2), r.bitsOf(1))
	}
	r.press("ctrl+r")
	r.settled()
	if r.bitsOf(2) != 4 {
		t.Errorf("after redo: %d bits", r.bitsOf(2))
	}
	r.press("u", "u")
	r.settled()
	if r.bitsOf(1) != 2 || r.bitsOf(2) != 2 || r.shell.open.history.dirty() {
		t.Errorf("after two undos: %d and %d bits, dirty=%v", r.bitsOf(1), r.bitsOf(2), r.shell.open.history.dirty())
	}
	r.press("u")
	if !strings.Contains(r.screen(), "has not been changed") {
		t.Errorf("a third undo does not say why not:\n%s", r.screen())
	}
}

// Rows that were measured for the plan of a moment ago must not show under the new one.
func TestRowsOfAnOldPlanAreDropped(t *testing.T) {
	r := openedRig(t, 2)
	old := r.session.row(0, r.shell.report.Tensors[0].Scheme, true)
	r.edit("layers.0.weight")
	want := r.shell.report.Tensors[0]
	p := newPump()
	r.shell.open.pump = p
	r.send(rowsReady{from: r.shell.open, pump: p, batch: batch{rows: map[int]report.Tensor{0: old}}})
	if got := r.shell.report.Tensors[0]; got.SQNRdB != want.SQNRdB || got.Scheme.Bits != 4 {
		t.Errorf("an old row came in: %+v", got)
	}
	r.send(reportReady{from: r.shell.open, edit: r.shell.open.planEdit - 1, report: report.Model{}})
	if len(r.shell.report.Tensors) != 2 {
		t.Error("an old report came in")
	}
}

func TestEditedPlan(t *testing.T) {
	bits := 8
	choice := plan.Choice{Bits: &bits}
	for _, c := range []struct {
		what  string
		edit  msg.EditPlan
		rules []string
		bits  int // of the default
		err   string
	}{
		{"one name", msg.EditPlan{Names: []string{"a"}, Choice: choice}, []string{"a"}, 0, ""},
		{"names with wildcards in them", msg.EditPlan{Names: []string{"a*[0]"}, Choice: choice}, []string{"a[*][[]0]"}, 0, ""},
		{"a pattern", msg.EditPlan{Pattern: "*.mlp.*", Choice: choice}, []string{"*.mlp.*"}, 0, ""},
		{"the whole model", msg.EditPlan{Pattern: "*", Choice: choice}, nil, 8, ""},
		{"nothing", msg.EditPlan{Choice: choice}, nil, 0, "no tensor"},
		{"a bad pattern", msg.EditPlan{Pattern: "re:(", Choice: choice}, nil, 0, "regular expression"},
	} {
		got, err := editedPlan(plan.Plan{}, c.edit)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: error %v, want %q", c.what, err, c.err)
			}
			continue
		}
		var rules []string
		for _, rule := range got.Rules {
			rules = append(rules, rule.Match.String())
		}
		if err != nil || !slices.Equal(rules, c.rules) || (c.bits != 0) != (got.Default.Bits != nil) {
			t.Errorf("%s: rules %q, default %v, error %v", c.what, rules, got.Default, err)
		}
	}
}

func TestSaveAsksForAPathOnce(t *testing.T) {
	r := openedRig(t, 2)
	r.edit("layers.0.weight")
	r.press("ctrl+s")
	r.untilSeen("Save the plan")
	r.press("ctrl+u", "mine", "enter")
	r.untilSeen("saved mine.toml")
	if r.shell.open.history.dirty() || r.shell.open.project == nil {
		t.Errorf("dirty=%v project=%v", r.shell.open.history.dirty(), r.shell.open.project)
	}
	r.until("the project under watch", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return slices.Contains(r.watched, "mine.toml") })
	r.edit("layers.1.weight")
	r.press("ctrl+s")
	r.until("the second save", func() bool { return !r.shell.open.history.dirty() })
	if !slices.Equal(r.saves, []string{"mine.toml", "mine.toml"}) {
		t.Errorf("saved %q", r.saves)
	}
}

func TestSaveConflictAsks(t *testing.T) {
	r := openedRig(t, 2)
	r.edit("layers.0.weight")
	r.saveErr = &projects.ConflictError{Path: "p.toml"}
	r.send(msg.Save{Path: "p.toml"})
	r.untilSeen("changed on disk since")
	r.press("esc")
	if len(r.saves) != 0 || !r.shell.open.history.dirty() {
		t.Errorf("after Esc: saved %q", r.saves)
	}
	r.send(msg.Save{Path: "p.toml"})
	r.untilSeen("changed on disk since")
	r.press("y")
	r.untilSeen("saved p.toml")
}

func TestQuitAsksWhenThePlanIsNotSaved(t *testing.T) {
	r := openedRig(t, 2)
	r.edit("layers.0.weight")
	r.press("q")
	r.untilSeen("not saved")
	r.press("esc")
	if r.shell.quitting {
		t.Fatal("Esc quits")
	}
	r.press("q", "s")
	r.untilSeen("Save the plan")
	r.press("ctrl+u", "kept.toml", "enter")
	r.until("the end", func() bool { return r.quit })
	if !slices.Equal(r.saves, []string{"kept.toml"}) {
		t.Errorf("saved %q", r.saves)
	}
}

// A save that was given up must not make a later one quit.
func TestGivenUpSaveDoesNotQuitLater(t *testing.T) {
	r := openedRig(t, 2)
	r.edit("layers.0.weight")
	r.press("q", "s")
	r.untilSeen("Save the plan")
	r.press("esc", "ctrl+s")
	r.press("ctrl+u", "later.toml", "enter")
	r.untilSeen("saved later.toml")
	if r.shell.quitting {
		t.Error("the later save quits")
	}
}

func TestExport(t *testing.T) {
	r := openedRig(t, 3)
	r.press("e")
	r.untilSeen("Export 3 rows")
	r.press("enter")
	r.untilSeen("wrote 3 rows to made-up-layers.csv")
	r.press("e")
	r.untilSeen("Export 3 rows")
	r.press("ctrl+u", "there.json", "enter")
	r.untilSeen("exists already")
	r.press("y")
	r.untilSeen("wrote 3 rows to there.json")
	if want := []string{"made-up-layers.csv: 3 rows", "there.json: 3 rows"}; !slices.Equal(r.wrote, want) {
		t.Errorf("wrote %q", r.wrote)
	}
}

func TestPins(t *testing.T) {
	r := openedRig(t, 3)
	r.press("a")
	r.edit("layers.0.weight")
	r.press("b")
	if r.shell.pins.A == nil || r.shell.pins.B == nil {
		t.Fatal("no pins")
	}
	a, b := r.shell.pins.A.Report, r.shell.pins.B.Report
	if a.Tensors[0].Scheme.Bits != 2 || b.Tensors[0].Scheme.Bits != 4 {
		t.Errorf("A has %d bits, B %d", a.Tensors[0].Scheme.Bits, b.Tensors[0].Scheme.Bits)
	}
	if got := r.shell.pins.B.Label; got != "2b half g64 search + 1 rule" {
		t.Errorf("B is called %q", got)
	}
	r.press("3")
	if r.shell.active != msg.Compare {
		t.Errorf("3 shows %s", r.shell.active)
	}
}
