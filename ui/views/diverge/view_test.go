package diverge

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/exp/golden"

	"github.com/mmtui/mmtui/core/diverge"
	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/variant"
	"github.com/mmtui/mmtui/ui/internal/viewtest"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

func TestGolden(t *testing.T) {
	plain := viewtest.Plain(theme.Braille)
	for _, size := range [][2]int{{120, 36}, {100, 30}, {62, 20}} {
		w, h := size[0], size[1]
		name := fmt.Sprintf("%dx%d", w, h)
		for what, d := range map[string]*viewtest.Desk{
			"layers": compared(t, plain, w, h, made()),
			"parts":  compared(t, plain, w, h, withCombinations()).Do(t, keys.Combinations),
			"empty":  desk(plain, w, h),
		} {
			t.Run(what+"-"+name, func(t *testing.T) {
				frame := d.View.Render(w, h)
				viewtest.Exact(t, frame, w, h)
				golden.RequireEqual(t, frame)
			})
		}
	}
	t.Run("ascii", func(t *testing.T) {
		frame := compared(t, viewtest.Plain(theme.ASCII), 120, 36, made()).View.Render(120, 36)
		golden.RequireEqual(t, frame)
		for _, r := range frame {
			if r > 126 {
				t.Fatalf("%q is not ASCII", r)
			}
		}
	})
	t.Run("retrieval", func(t *testing.T) {
		golden.RequireEqual(t, compared(t, plain, 120, 30, retrievalReport()).View.Render(120, 30))
	})
}

func retrievalReport() *diverge.Report {
	r := made()
	r.Task, r.Images, r.Texts, r.Prompt, r.Answer, r.VariantAnswer = retrieval, []string{"/p/a.png", "/p/b.png"}, []string{"a cat", "a dog"}, "", "", ""
	r.Positions = r.Positions[:2]
	r.KL.MaxAt, r.KL.Max = 1, 0.02
	return r
}

func TestSweep(t *testing.T) {
	dark, mono := viewtest.Theme(theme.Dark, theme.Braille), viewtest.Theme(theme.Mono, theme.ASCII)
	viewtest.Sweep(t, &viewtest.Desk{View: New(dark, keys.Default())})
	viewtest.Sweep(t, desk(dark, 120, 36))
	viewtest.Sweep(t, desk(dark, 120, 36).Do(t, keys.RunNow))
	viewtest.Sweep(t, compared(t, dark, 120, 36, made()))
	viewtest.Sweep(t, compared(t, mono, 120, 36, withCombinations()).Do(t, keys.Combinations))
	viewtest.Sweep(t, compared(t, mono, 120, 36, retrievalReport()))
	hostile := made()
	hostile.Variant, hostile.Answer, hostile.Rows[0].Name, hostile.Rows[1].Scheme = "\x1b[2Jint2", "漢字\n\x1b[31m", "漢\x1b[2J字", "\x07"
	viewtest.Sweep(t, compared(t, dark, 120, 36, hostile).Do(t, keys.Filter).Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("(")}))
	empty := &diverge.Report{Variant: "int2", KL: diverge.KL{Mean: report.NA(), Max: report.NA(), MaxAt: -1, Agreement: report.NA()}}
	viewtest.Sweep(t, compared(t, dark, 120, 36, empty))
}

// What keeps a comparison from being asked is said; what is asked is what the Run view says.
func TestAsks(t *testing.T) {
	d := &viewtest.Desk{View: New(viewtest.Plain(theme.Braille), keys.Default())}
	off := func() string { return d.Offer(t, keys.RunNow).Off }
	if !strings.Contains(off(), "no model") {
		t.Errorf("without a model: %q", off())
	}
	d.Send(msg.ModelOpened{Path: "/m/vlm"})
	if !strings.Contains(off(), "4 shows it") {
		t.Errorf("before the Run view has asked: %q", off())
	}
	d.Send(msg.RequestChanged{Why: "no picture is chosen; p picks one"})
	if !strings.Contains(off(), "no picture") {
		t.Errorf("without a picture: %q", off())
	}
	q := infer.Request{Task: infer.VQA, Prompt: "What is it?"}
	d.Send(msg.RequestChanged{Request: q, Variant: variant.INT2()}).Do(t, keys.RunNow)
	need, ok := viewtest.Last[msg.NeedDivergence](d)
	if !ok || need.Request.Prompt != q.Prompt || need.Variant.Name != "int2" || len(need.Lifts) != 0 || need.Combinations {
		t.Errorf("asked %+v", need)
	}
	if !strings.Contains(off(), "under way") || !of(d).Cancels() {
		t.Errorf("while it runs: %q", off())
	}
	d.Send(msg.DivergenceProgress{ID: need.ID, Stage: diverge.StageLayers, Done: 3, Of: 12})
	if s := d.View.Render(100, 30); !strings.Contains(s, "layers 3/12") {
		t.Errorf("how far it is:\n%s", s)
	}
	d.Do(t, keys.Back)
	if stop, ok := viewtest.Last[msg.StopDivergence](d); !ok || stop.ID != need.ID {
		t.Error("Esc does not stop it")
	}
	d.Send(msg.DivergenceReady{ID: need.ID, Err: context.Canceled})
	if s := d.View.Render(100, 30); !strings.Contains(s, "stopped") || of(d).Cancels() {
		t.Errorf("after the stop:\n%s", s)
	}
	d.Do(t, keys.RunNow)
	need, _ = viewtest.Last[msg.NeedDivergence](d)
	d.Send(msg.DivergenceReady{ID: need.ID, Err: errors.New("/m/vlm: a tensor is missing")})
	if s := d.View.Render(100, 30); !strings.Contains(s, "a tensor is missing") {
		t.Errorf("after an error:\n%s", s)
	}
	d.Send(msg.DivergenceReady{ID: need.ID - 1, Report: made()})
	if of(d).report != nil {
		t.Error("an old answer is taken")
	}
}

// The cursor starts where it breaks, and one key goes around what stands out.
func TestFindings(t *testing.T) {
	d := compared(t, viewtest.Plain(theme.Braille), 120, 36, made())
	if got := of(d).row().Name; got != broken {
		t.Errorf("the cursor begins on %s", got)
	}
	for i, want := range []string{worst, broken, worst} {
		if d.Do(t, keys.NextFinding); of(d).row().Name != want {
			t.Errorf("step %d leads to %s, want %s", i, of(d).row().Name, want)
		}
	}
	if d.Do(t, keys.PrevFinding); of(d).row().Name != broken {
		t.Errorf("back leads to %s", of(d).row().Name)
	}
	d.Do(t, keys.Open)
	if open, ok := viewtest.Last[msg.OpenTensor](d); !ok || open.Name != broken {
		t.Errorf("Enter opens %+v", open)
	}
	for of(d).row().Kind != diverge.Stage {
		d.Do(t, keys.Down)
	}
	if d.Offer(t, keys.Open).Off == "" || d.Offer(t, keys.LiftEight).Off == "" {
		t.Error("an activation has weights")
	}
	quiet := made()
	quiet.FirstBreak, quiet.MostAmplifying, quiet.WorstLocal = nil, nil, nil
	if compared(t, viewtest.Plain(theme.Braille), 120, 36, quiet).Offer(t, keys.NextFinding).Off == "" {
		t.Error("there is a next mark where nothing stands out")
	}
}

// A lift runs again with the layer lifted; undo brings the report before back
// without a run, redo that of the lift; the plan that is kept has the lift.
func TestLiftUndoKeep(t *testing.T) {
	d := compared(t, viewtest.Plain(theme.Braille), 120, 36, made())
	if d.Offer(t, keys.Undo).Off == "" || d.Offer(t, keys.DropLift).Off == "" {
		t.Error("there is something to undo before the first lift")
	}
	d.Do(t, keys.LiftEight)
	need, _ := viewtest.Last[msg.NeedDivergence](d)
	eight := []diverge.Lift{{Name: broken, Bits: 8}}
	if !slices.Equal(need.Lifts, eight) {
		t.Fatalf("asked with %+v", need.Lifts)
	}
	answer(t, d, liftedReport(eight))
	if s := d.View.Render(120, 36); !strings.Contains(s, "layers.1.self_attn.q_proj at 8 bits") || strings.Contains(s, "first break") || of(d).row().Name != broken {
		t.Errorf("after the lift:\n%s", s)
	}
	if d.Offer(t, keys.LiftEight).Off == "" {
		t.Error("a lifted layer can be lifted to the same again")
	}
	asked := len(d.Sent)
	d.Do(t, keys.Undo)
	if s := d.View.Render(120, 36); !strings.Contains(s, "first break") || len(d.Sent) != asked {
		t.Errorf("undo runs again, or shows\n%s", s)
	}
	d.Do(t, keys.Redo)
	if s := d.View.Render(120, 36); strings.Contains(s, "first break") || len(d.Sent) != asked {
		t.Errorf("redo runs again, or shows\n%s", s)
	}
	d.Do(t, keys.LiftFloat)
	need, _ = viewtest.Last[msg.NeedDivergence](d)
	if !slices.Equal(need.Lifts, []diverge.Lift{{Name: broken, Bits: plan.Float}}) {
		t.Errorf("to float asks with %+v", need.Lifts)
	}
	d.Do(t, keys.Undo) // while it runs
	if stop, ok := viewtest.Last[msg.StopDivergence](d); !ok || stop.ID != need.ID || of(d).running {
		t.Error("undo leaves the run under way")
	}
	d.Send(msg.DivergenceReady{ID: need.ID, Err: context.Canceled})
	if of(d).stopped {
		t.Error("an answer that is not waited for is taken")
	}

	d.Do(t, keys.KeepPlan)
	keep, ok := viewtest.Last[msg.KeepPlan](d)
	if !ok || !strings.Contains(keep.Label, "8 bits") {
		t.Fatalf("kept %+v", keep)
	}
	subject := plan.Subject{Name: broken, Quantizable: true, Rows: 64, Cols: 64}
	if s := keep.Plan.Decide(subject).Scheme; s == nil || s.Bits != 8 {
		t.Errorf("the plan that is kept gives the layer %v", s)
	}
	subject.Name = worst
	if s := keep.Plan.Decide(subject).Scheme; s == nil || s.Bits != 2 {
		t.Errorf("the plan that is kept gives another layer %v", s)
	}
	d.Do(t, keys.AddColumn)
	column, ok := viewtest.Last[msg.ColumnChosen](d)
	if !ok || column.Path != "/m/vlm" || column.Variant.Name != "int2 + 1 lift" || column.Variant.Key() == variant.INT2().Key() {
		t.Errorf("the column is %+v", column)
	}
	d.Do(t, keys.DropLift)
	if need, _ = viewtest.Last[msg.NeedDivergence](d); len(need.Lifts) != 0 {
		t.Errorf("without the lift it asks with %+v", need.Lifts)
	}
}

// Another question with the same variant keeps the lifts; another variant does not.
func TestLiftsAndQuestions(t *testing.T) {
	d := compared(t, viewtest.Plain(theme.Braille), 120, 36, made()).Do(t, keys.LiftEight)
	answer(t, d, liftedReport(of(d).history.present.lifts))
	d.Send(msg.RequestChanged{Request: infer.Request{Task: infer.OCR}, Variant: variant.INT2()}).Do(t, keys.RunNow)
	if need, _ := viewtest.Last[msg.NeedDivergence](d); len(need.Lifts) != 1 || need.Request.Task != infer.OCR {
		t.Errorf("another question asks %+v", need)
	}
	answer(t, d, made())
	d.Do(t, keys.Undo)
	if need, _ := viewtest.Last[msg.NeedDivergence](d); len(need.Lifts) != 0 {
		t.Error("the report of the other question is shown for this one")
	}
	answer(t, d, made())
	d.Do(t, keys.Redo)
	answer(t, d, made())
	other := variant.Spec{Name: "mine", Plan: &plan.Plan{}}
	d.Send(msg.RequestChanged{Request: infer.Request{Task: infer.OCR}, Variant: other}).Do(t, keys.RunNow)
	if need, _ := viewtest.Last[msg.NeedDivergence](d); len(need.Lifts) != 0 || need.Variant.Name != "mine" {
		t.Errorf("another variant asks %+v", need)
	}
}

func TestCombinations(t *testing.T) {
	d := compared(t, viewtest.Plain(theme.Braille), 120, 36, made()).Do(t, keys.Combinations)
	need, _ := viewtest.Last[msg.NeedDivergence](d)
	if !need.Combinations {
		t.Fatal("the combinations are not asked for")
	}
	d.Send(msg.DivergenceProgress{ID: need.ID, Stage: diverge.StageCombinations, Done: 2, Of: 8})
	if s := d.View.Render(120, 36); !strings.Contains(s, "combinations 2/8") {
		t.Errorf("while they run:\n%s", s)
	}
	answer(t, d, withCombinations())
	if s := d.View.Render(120, 36); strings.Count(s, "● int2") != 12 || !strings.Contains(s, "encoder") {
		t.Errorf("eight combinations of three parts have twelve that are quantized:\n%s", s)
	}
	asked := len(d.Sent)
	d.Do(t, keys.LiftEight).Do(t, keys.LiftFloat).Do(t, keys.DropLift)
	if len(d.Sent) != asked || len(of(d).history.past) != 0 {
		t.Error("a layer is lifted that is not on screen")
	}
	d.Do(t, keys.Back)
	if s := d.View.Render(120, 36); strings.Contains(s, "Which part") || of(d).Cancels() {
		t.Errorf("Esc leaves\n%s", s)
	}
	if d.Do(t, keys.Combinations); len(d.Sent) != asked {
		t.Error("what is known is asked again")
	}
}

func TestSortAndFilter(t *testing.T) {
	d := compared(t, viewtest.Plain(theme.Braille), 120, 36, made())
	names := func() (out []string) {
		for _, i := range of(d).list.shown {
			out = append(out, of(d).report.Rows[i].Name)
		}
		return out
	}
	all := names()
	d.Do(t, keys.SortNext) // by the local figure
	if got := names(); got[0] != worst || len(got) != len(all) || of(d).row().Name != broken {
		t.Errorf("by the local figure: %v, the cursor on %s", got, of(d).row().Name)
	}
	d.Do(t, keys.SortReverse)
	if got := names(); got[0] != all[0] { // the exact one
		t.Errorf("the other way round: %v", got)
	}
	d.Do(t, keys.SortReverse, keys.SortPrev)
	if !slices.Equal(names(), all) {
		t.Error("the order of execution does not come back")
	}
	for text, want := range map[string]int{
		"down_proj": 2, "!down_proj": len(all) - 2, "~dwnprj": 2, "local<6": 1, "part=decoder": 6, "kind=stage": 4, "part=decoder kind!=stage": 4,
		"cumulative<8": 3, "cosine>0.99": 1, "amp>=1": 2, "bits=16": 1, "nothing-like-it": 0,
	} {
		of(d).setFilter(text)
		if got := len(names()); got != want {
			t.Errorf("%q shows %d rows, want %d: %v", text, got, want, names())
		}
	}
	d.Do(t, keys.ClearFilter, keys.Filter)
	d.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("sqnr<")})
	d.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("x")})
	if !of(d).Typing() || !strings.Contains(d.View.Render(120, 36), "x is no number") {
		t.Errorf("a wrong filter:\n%s", d.View.Render(120, 36))
	}
	d.Send(tea.KeyMsg{Type: tea.KeyEnter})
	if !of(d).Typing() {
		t.Error("a wrong filter is taken")
	}
	d.Send(tea.KeyMsg{Type: tea.KeyEsc})
	if of(d).Typing() || !slices.Equal(names(), all) {
		t.Error("Esc does not go back to the filter before")
	}
	for _, wrong := range []string{"(", "!", "depth<3", "part<3", "local<much"} {
		if _, err := parseFilter(wrong); err == nil {
			t.Errorf("%q is a filter", wrong)
		}
	}
}

// What is no number is named and never drawn as a figure.
func TestNotNumbers(t *testing.T) {
	r := made()
	r.Rows[3].NotFinite.Variant, r.Rows[3].CumulativeSQNRdB = 5, report.NA()
	r.FirstBreak = &diverge.Finding{Name: r.Rows[3].Name, CumulativeSQNRdB: report.NA()}
	s := compared(t, viewtest.Plain(theme.Braille), 120, 36, r).View.Render(120, 36)
	if !strings.Contains(s, notNumbers) || !strings.Contains(s, "values that are no numbers") || strings.Contains(s, "NaN") {
		t.Errorf("the screen:\n%s", s)
	}
	if x := decibels("", report.NA()); !math.IsNaN(x) {
		t.Errorf("no figure is %g", x)
	}
	same := made()
	same.Exact = true
	if s := compared(t, viewtest.Plain(theme.Braille), 120, 36, same).View.Render(120, 36); !strings.Contains(s, "no value differs anywhere") {
		t.Errorf("two equal runs:\n%s", s)
	}
}

func TestMouseAndCopy(t *testing.T) {
	d := compared(t, viewtest.Plain(theme.Braille), 120, 36, made())
	p := of(d).placesOf(120, 36)
	d.Send(msg.Mouse{X: 5, Y: p.table + 1, Kind: msg.Click})
	if of(d).scroll.Cursor != of(d).scroll.Offset {
		t.Errorf("a click on the first row leads to %d", of(d).scroll.Cursor)
	}
	d.Send(msg.Mouse{X: 5, Y: p.table, Kind: msg.Click}, msg.Mouse{X: 5, Y: p.table, Kind: msg.Click})
	if o := of(d).list.order; o.ID != "name" || !o.Descending {
		t.Errorf("two clicks on the head order by %+v", o)
	}
	d.Send(msg.Mouse{Kind: msg.WheelDown}, msg.Mouse{Kind: msg.WheelUp})
	d.Do(t, keys.Copy)
	if c, ok := viewtest.Last[msg.Copy](d); !ok || strings.Count(c.Text, "\n") != len(rows())+1 || !strings.Contains(c.Text, worst+"\tdecoder\tlinear\t2b half g64 search\t5\t4.2") {
		t.Errorf("copied %q", c.Text)
	}
}
