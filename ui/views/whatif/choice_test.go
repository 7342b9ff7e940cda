package whatif

import (
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/ui/internal/sample"
	"github.com/mmtui/mmtui/ui/internal/viewtest"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

func TestDisabledCombinationsSayWhy(t *testing.T) {
	d := opened(sample.Plain, viewtest.Plain(theme.Braille)).Do(t, keys.Bottom, keys.Right, keys.Right, keys.Right) // hqq on half
	v := of(d)
	if v.choice.solver != int2.HQQ {
		t.Fatalf("the solver is %s", v.choice.solver)
	}
	if off := d.Offer(t, keys.Apply).Off; !strings.Contains(off, "hqq needs the affine grid") {
		t.Errorf("apply is off because %q", off)
	}
	if frame := d.View.Render(42, 30); !strings.Contains(frame, "hqq needs the affine grid") {
		t.Error("the panel does not say what hqq needs")
	}
	sent := len(d.Sent)
	d.Do(t, keys.Apply)
	if toast, ok := viewtest.Last[msg.Toast](d); !ok || !toast.Error || len(d.Sent) != sent+1 {
		t.Error("applying a choice that does not work was not refused")
	}
	d.Do(t, keys.Up, keys.Up, keys.Right, keys.Right) // grid → affine
	if _, problem := of(d).choice.scheme(); problem != "" {
		t.Errorf("on the affine grid: %s", problem)
	}
	for _, o := range of(d).choice.options(fieldGrid) {
		if o.text == "half" && o.off == "" {
			t.Error("half is offered to hqq without a word")
		}
	}
}

// Whatever the fields say, either the scheme is valid or the panel says why not.
func TestEveryChoiceIsValidOrExplained(t *testing.T) {
	for _, bits := range append(int2.BitWidths(), plan.Float) {
		for _, grid := range int2.Grids() {
			for _, group := range int2.GroupSizes() {
				for _, solver := range int2.Solvers() {
					c := choice{bits: bits, grid: grid, group: group, solver: solver, integerZero: true}
					s, problem := c.scheme()
					switch {
					case bits == plan.Float:
						if s != nil || problem != "" {
							t.Errorf("%+v: %v, %q", c, s, problem)
						}
					case problem == "" && (s == nil || s.Validate() != nil):
						t.Errorf("%+v gives %v", c, s)
					case (problem == "") != solver.Fits(grid):
						t.Errorf("%+v: %q", c, problem)
					}
				}
			}
		}
	}
}

func TestApplyAndLabel(t *testing.T) {
	d := opened(sample.Plain, viewtest.Plain(theme.Braille))
	if off := d.Offer(t, keys.Apply).Off; off != "the plan says this already" {
		t.Errorf("apply without a change is off because %q", off)
	}
	d.Do(t, keys.Right, keys.Apply)
	edit, ok := viewtest.Last[msg.EditPlan](d)
	if !ok || len(edit.Names) != 1 || edit.Names[0] != sample.Plain || edit.Pattern != "" {
		t.Fatalf("sent %+v", edit)
	}
	s, err := edit.Choice.Scheme()
	if err != nil || s.Bits != 3 || s.Grid != int2.Half || s.Group != 64 || s.Solver != int2.RTN {
		t.Errorf("the choice is %v, %v", s, err)
	}
	if edit.Label != sample.Plain+" → 3b half g64 rtn" {
		t.Errorf("the label is %q", edit.Label)
	}
	d.Do(t, keys.NextTarget, keys.Right, keys.Apply)
	if edit, _ := viewtest.Last[msg.EditPlan](d); len(edit.Names) != 2 || !strings.HasPrefix(edit.Label, "2 tensors → ") {
		t.Errorf("for the marked ones: %+v", edit)
	}
}

func TestFloat(t *testing.T) {
	d := opened(sample.Plain, viewtest.Plain(theme.Braille)).Do(t, keys.Right, keys.Right, keys.Right, keys.Right, keys.Right)
	v := of(d)
	if v.choice.bits != plan.Float {
		t.Fatalf("the last width is %d", v.choice.bits)
	}
	c := v.compare()
	if c.then.bytes != 4*384*128 || c.then.sqnr().Valid() {
		t.Errorf("in float: %d bytes, SQNR %v", c.then.bytes, c.then.sqnr())
	}
	d.Do(t, keys.Apply)
	if edit, _ := viewtest.Last[msg.EditPlan](d); edit.Choice.Bits == nil || *edit.Choice.Bits != plan.Float {
		t.Errorf("sent %+v", edit)
	}
}

func TestTensorThatStays(t *testing.T) {
	d := opened(sample.Kept, viewtest.Plain(theme.Braille)).Do(t, keys.Left) // from float to 8 bits
	if of(d).choice.bits != 8 {
		t.Fatalf("left of float is %d bits", of(d).choice.bits)
	}
	if off := d.Offer(t, keys.Apply).Off; !strings.Contains(off, "rank 1") {
		t.Errorf("apply is off because %q; want the reason that the tensor stays", off)
	}
	if frame := d.View.Render(60, 30); !strings.Contains(frame, "stays as it is: rank 1: not a matrix") {
		t.Error("the panel does not say that the tensor stays, and why")
	}
}

func TestFailure(t *testing.T) {
	d := opened(sample.Plain, viewtest.Plain(theme.Braille))
	d.Hold = true
	d.Do(t, keys.Right)
	need, _ := viewtest.Last[msg.NeedTry](d)
	d.Send(msg.Tried{Name: need.Name, Scheme: need.Scheme, Err: fmt.Errorf("file\x1b[2J vanished")})
	frame := d.View.Render(60, 30)
	if !strings.Contains(frame, "vanished") || strings.Contains(frame, "\x1b[2J") {
		t.Error("the failure is not shown, or not made safe")
	}
}

func TestPattern(t *testing.T) {
	d := opened(sample.Plain, viewtest.Plain(theme.Braille)).Do(t, keys.EditPattern)
	if !of(d).Typing() {
		t.Fatal("the pattern is not being typed")
	}
	typed := func(text string) {
		for _, r := range text {
			d.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
		}
	}
	d.Send(tea.KeyMsg{Type: tea.KeyBackspace})
	typed("re:(")
	d.Send(tea.KeyMsg{Type: tea.KeyEnter})
	if !of(d).Typing() || of(d).wrong == "" {
		t.Fatal("a pattern that cannot be read was taken")
	}
	for range 4 {
		d.Send(tea.KeyMsg{Type: tea.KeyBackspace})
	}
	typed("*mlp*")
	if frame := d.View.Render(60, 30); !strings.Contains(frame, "matches 6 tensors") {
		t.Error("nothing says how many tensors match")
	}
	d.Send(tea.KeyMsg{Type: tea.KeyEnter})
	if v := of(d); v.Typing() || v.target != byPattern || len(v.names) != 6 {
		t.Fatalf("the target is %s with %v", v.target, v.names)
	}
	d.Do(t, keys.Right, keys.Apply)
	if edit, _ := viewtest.Last[msg.EditPlan](d); edit.Pattern != "*mlp*" || len(edit.Names) != 0 || edit.Label != "*mlp* (6 tensors) → 3b half g64 rtn" {
		t.Errorf("sent %+v", edit)
	}
	d.Do(t, keys.EditPattern)
	typed("xx")
	d.Send(tea.KeyMsg{Type: tea.KeyEsc})
	if v := of(d); v.Typing() || v.pattern != "*mlp*" {
		t.Errorf("Esc left the pattern %q", v.pattern)
	}
}

func TestAsksForAFewAtATime(t *testing.T) {
	d := opened(sample.Plain, viewtest.Plain(theme.Braille))
	d.Hold = true
	d.Do(t, keys.NextTarget, keys.NextTarget, keys.Right)
	asked := func() (n int) {
		for _, m := range d.Sent {
			if need, ok := m.(msg.NeedTry); ok && need.Scheme != nil && need.Scheme.Bits == 3 {
				n++
			}
		}
		return n
	}
	if got := asked(); got != inFlight {
		t.Fatalf("asked for %d tensors at once, want %d", got, inFlight)
	}
	need, _ := viewtest.Last[msg.NeedTry](d)
	d.Send(msg.Tried{Name: need.Name, Scheme: need.Scheme, Row: report.Unmeasured()})
	if got := asked(); got != inFlight+1 {
		t.Errorf("after an answer %d were asked for, want %d", got, inFlight+1)
	}
}

func TestFollowsTheCursorUntilTouched(t *testing.T) {
	d := opened(sample.Plain, viewtest.Plain(theme.Braille)).Do(t, keys.Right)
	d.Send(msg.SelectionChanged{Name: sample.Outlier})
	if v := of(d); v.choice.bits != 2 || v.names[0] != sample.Outlier {
		t.Errorf("on another tensor the choice is %+v for %v; want the plan's", v.choice, v.names)
	}
	d.Do(t, keys.Right, keys.Right)
	d.Send(msg.RowsScanned{}, msg.ReportChanged{Report: sample.Report(sample.Scheme())})
	if got := of(d).choice.bits; got != 4 {
		t.Errorf("a new report took the choice back to %d bits", got)
	}
	d.Do(t, keys.ResetChoice)
	if got := of(d).choice.bits; got != 2 {
		t.Errorf("reset gives %d bits", got)
	}
}

func TestRanking(t *testing.T) {
	d := opened(sample.Plain, viewtest.Plain(theme.Braille)).Do(t, keys.TryEverySolv)
	ranking := of(d).ranking()
	if len(ranking) != len(int2.Solvers()) {
		t.Fatalf("%d solvers, want %d", len(ranking), len(int2.Solvers()))
	}
	for i, r := range ranking {
		if !r.row.SQNRdB.Valid() {
			t.Errorf("%s was not measured", r.scheme)
		}
		if i > 0 && r.row.SQNRdB > ranking[i-1].row.SQNRdB {
			t.Errorf("%s, %.2f dB, stands below %.2f dB", r.scheme, r.row.SQNRdB, ranking[i-1].row.SQNRdB)
		}
		if !r.scheme.Solver.Fits(r.scheme.Grid) {
			t.Errorf("%s does not fit its grid", r.scheme)
		}
	}
}

func TestMouse(t *testing.T) {
	d := opened(sample.Plain, viewtest.Plain(theme.Braille))
	for _, h := range of(d).form(42).hits {
		if h.field == fieldBits {
			d.Send(msg.Mouse{X: h.x + 1, Y: h.y, Kind: msg.Click})
		}
	}
	if got := of(d).choice.bits; got != plan.Float {
		t.Errorf("a click on the last width chose %d", got)
	}
	lines := strings.Split(d.View.Render(42, 30), "\n")
	for _, h := range of(d).form(42).hits {
		text := []rune(lines[h.y])
		if got := string(text[h.x+1 : h.x+h.w-1]); strings.TrimSpace(got) != got || got == "" {
			t.Errorf("the place of a value of %s holds %q", h.field, got)
		}
	}
}
