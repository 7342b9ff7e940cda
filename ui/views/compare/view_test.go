package compare

import (
	"fmt"
	"math"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/exp/golden"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/ui/internal/sample"
	"github.com/mmtui/mmtui/ui/internal/viewtest"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

// mixed is the sample with every third tensor at four bits.
func mixed() report.Model {
	m := *sample.Report(sample.Scheme())
	four := sample.Report(int2.Scheme{Bits: 4, Grid: int2.Half, Group: 32, Solver: int2.RTN})
	for i := range m.Tensors {
		if i%3 == 0 {
			m.Tensors[i] = four.Tensors[i]
		}
	}
	m.Total = report.Totals(m.Tensors, sample.BudgetBytes)
	return m
}

func opened(th theme.Theme, w, h int) *viewtest.Desk {
	d := &viewtest.Desk{View: New(th, keys.Default())}
	return d.Send(msg.ReportChanged{Report: sample.Report(sample.Scheme())}, msg.Resized{Width: w, Height: h}, msg.Focus{On: true},
		msg.PinsChanged{A: &msg.Pin{Label: "2b half g64 rtn", Report: *sample.Report(sample.Scheme())}, B: &msg.Pin{Label: "2b half g64 rtn + 5 rules", Report: mixed()}})
}

func of(d *viewtest.Desk) View { return d.View.(View) }

func TestGolden(t *testing.T) {
	for _, size := range [][2]int{{60, 20}, {100, 30}, {160, 45}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			frame := opened(viewtest.Plain(theme.Braille), size[0], size[1]).View.Render(size[0], size[1])
			viewtest.Exact(t, frame, size[0], size[1])
			golden.RequireEqual(t, frame)
		})
	}
	t.Run("nothing pinned", func(t *testing.T) {
		d := opened(viewtest.Plain(theme.Braille), 100, 30).Send(msg.PinsChanged{})
		golden.RequireEqual(t, d.View.Render(100, 30))
	})
	t.Run("ascii", func(t *testing.T) {
		frame := opened(viewtest.Plain(theme.ASCII), 120, 24).View.Render(120, 24)
		golden.RequireEqual(t, frame)
		for _, r := range frame {
			if r > 126 {
				t.Fatalf("%q is not ASCII", r)
			}
		}
	})
}

func TestSweep(t *testing.T) {
	viewtest.Sweep(t, opened(viewtest.Theme(theme.Dark, theme.Braille), 120, 36))
	viewtest.Sweep(t, opened(viewtest.Theme(theme.Mono, theme.ASCII), 120, 36).Do(t, keys.Filter))
	viewtest.Sweep(t, opened(viewtest.Plain(theme.Braille), 120, 36).Send(msg.PinsChanged{}))
	viewtest.Sweep(t, &viewtest.Desk{View: New(viewtest.Plain(theme.Braille), keys.Default())})
}

func TestLargestChangeFirst(t *testing.T) {
	d := opened(viewtest.Plain(theme.Braille), 120, 36)
	check := func(f figure) {
		t.Helper()
		last := math.Inf(1)
		for _, l := range of(d).lines {
			change := math.Abs(float64(f.of(l.b) - f.of(l.a)))
			if math.IsNaN(change) {
				change = -1 // comes last
			}
			if change > last {
				t.Fatalf("%s: %s changes by %g and stands below one that changes by %g", f.title, l.name, change, last)
			}
			last = change
		}
	}
	if len(of(d).lines) != 16 {
		t.Fatalf("%d rows, want 16", len(of(d).lines))
	}
	for range figures() {
		check(figures()[of(d).figure])
		d.Do(t, keys.Right)
	}
	if of(d).figure != 0 {
		t.Error("the figures do not go round")
	}
}

func TestCountsWhatDiffers(t *testing.T) {
	d := opened(viewtest.Plain(theme.Braille), 120, 36)
	want := 0
	a, b := sample.Report(sample.Scheme()).Tensors, mixed().Tensors
	for i := range a {
		if a[i].QuantizedSizeBytes != b[i].QuantizedSizeBytes {
			want++
		}
	}
	if of(d).differ != want {
		t.Errorf("%d differ, want %d", of(d).differ, want)
	}
	d.Do(t, keys.OnlyDifferent)
	if got := len(of(d).lines); got != want {
		t.Errorf("%d rows are shown of %d that differ", got, want)
	}
	if frame := d.View.Render(120, 36); !strings.Contains(frame, fmt.Sprintf("%d of 16 tensors differ", want)) {
		t.Error("the count is not on screen")
	}
}

func TestSwapTurnsTheSigns(t *testing.T) {
	d := opened(viewtest.Plain(theme.Braille), 120, 36)
	before := of(d).lines[0]
	d.Do(t, keys.SwapSides)
	after := of(d).lines[0]
	if after.a.SQNRdB != before.b.SQNRdB || after.b.SQNRdB != before.a.SQNRdB {
		t.Error("the sides were not swapped")
	}
	a, b, _ := of(d).sides()
	if a.letter != "B" || b.letter != "A" {
		t.Errorf("the columns are headed %s and %s", a.letter, b.letter)
	}
}

func TestOnePinIsComparedWithThePlan(t *testing.T) {
	d := opened(viewtest.Plain(theme.Braille), 120, 36)
	d.Send(msg.PinsChanged{A: &msg.Pin{Label: "old", Report: mixed()}})
	frame := d.View.Render(120, 36)
	if !strings.Contains(frame, "not pinned") || len(of(d).lines) != 16 {
		t.Fatal("a single pin is not compared with the plan as it is")
	}
	row := sample.Report(sample.Scheme()).Tensors[0]
	row.SQNRdB = 77
	d.Send(msg.RowsScanned{Rows: map[int]report.Tensor{0: row}})
	found := false
	for _, l := range of(d).lines {
		found = found || l.b.SQNRdB == 77
	}
	if !found {
		t.Error("a row that was measured since does not show")
	}
}

func TestTensorsOfOneSideOnly(t *testing.T) {
	lines := join([]report.Tensor{{Name: "x"}, {Name: "y"}}, []report.Tensor{{Name: "z"}, {Name: "y"}})
	got := ""
	for _, l := range lines {
		got += fmt.Sprintf("%s %v %v;", l.name, l.a != nil, l.b != nil)
	}
	if got != "x true false;y true true;z false true;" {
		t.Errorf("joined to %s", got)
	}
	if !lines[0].differs() || lines[0].row() != lines[0].a {
		t.Error("a tensor of one side only does not differ")
	}
}

func TestSchemesAreMerged(t *testing.T) {
	d := opened(viewtest.Plain(theme.Braille), 120, 36)
	s := source{View: of(d)}
	tensor := func(bits, group int, solver int2.Solver) *report.Tensor {
		return &report.Tensor{Scheme: &int2.Scheme{Bits: bits, Grid: int2.Half, Group: group, Solver: solver}}
	}
	for _, c := range []struct {
		l    line
		want string
	}{
		{line{a: tensor(2, 64, int2.RTN), b: tensor(2, 64, int2.RTN)}, "2b half g64 rtn"},
		{line{a: tensor(2, 64, int2.RTN), b: tensor(4, 32, int2.RTN)}, "2b→4b half g64→g32 rtn"},
		{line{a: tensor(2, 64, int2.RTN), b: &report.Tensor{}}, "2b half g64 rtn→float"},
		{line{a: tensor(2, 64, int2.RTN)}, "2b half g64 rtn→absent"},
	} {
		if got := s.scheme(c.l).Text; got != c.want {
			t.Errorf("shown as %q, want %q", got, c.want)
		}
	}
}

func TestFilter(t *testing.T) {
	d := opened(viewtest.Plain(theme.Braille), 120, 36).Do(t, keys.Filter)
	for _, r := range "mlp" {
		d.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
	}
	if got := len(of(d).lines); got != 6 || !of(d).Typing() {
		t.Fatalf("%d rows, typing %v", got, of(d).Typing())
	}
	d.Send(tea.KeyMsg{Type: tea.KeyEnter})
	if of(d).Typing() || !of(d).Cancels() {
		t.Fatal("Enter did not take the filter")
	}
	d.Do(t, keys.Back)
	if got := len(of(d).lines); got != 16 {
		t.Errorf("%d rows after the filter was taken away", got)
	}
	d.Do(t, keys.Filter)
	d.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{'('}}, tea.KeyMsg{Type: tea.KeyEnter})
	if !of(d).Typing() || of(d).wrong == "" {
		t.Error("a filter that cannot be read was taken")
	}
	d.Send(tea.KeyMsg{Type: tea.KeyEsc})
	if of(d).Typing() {
		t.Error("Esc did not end the typing")
	}
}

func TestOpenAndSort(t *testing.T) {
	d := opened(viewtest.Plain(theme.Braille), 120, 36).Do(t, keys.Down, keys.Open)
	if m, ok := viewtest.Last[msg.OpenTensor](d); !ok || m.Name != of(d).lines[1].name {
		t.Errorf("opened %+v", m)
	}
	name := of(d).lines[1].name
	for range sortable() {
		d.Do(t, keys.SortNext)
		if got := of(d).lines[of(d).scroll.Cursor].name; got != name {
			t.Fatalf("sorted by %s the cursor went from %s to %s", of(d).order.ID, name, got)
		}
	}
	if of(d).order.ID != colDelta {
		t.Errorf("after all columns the order is %s", of(d).order.ID)
	}
	d.Send(msg.Mouse{X: 4, Y: 3, Kind: msg.Click})
	if of(d).order.ID != colName {
		t.Errorf("a click on NAME sorts by %s", of(d).order.ID)
	}
	d.Send(msg.Mouse{X: 4, Y: 6, Kind: msg.Click, Double: true})
	if m, _ := viewtest.Last[msg.OpenTensor](d); m.Name != of(d).lines[2].name {
		t.Errorf("a double click on the third row opened %s", m.Name)
	}
}

func TestEmptySaysHowToPin(t *testing.T) {
	d := opened(viewtest.Plain(theme.Braille), 100, 30).Send(msg.PinsChanged{})
	if off := d.Offer(t, keys.SortNext).Off; off != "nothing is pinned" {
		t.Errorf("sort is off because %q", off)
	}
	frame := d.View.Render(100, 30)
	for _, want := range []string{"Press a to keep", "press b to keep side B", "w"} {
		if !strings.Contains(frame, want) {
			t.Errorf("the empty view lacks %q", want)
		}
	}
}

func TestUnpin(t *testing.T) {
	d := opened(viewtest.Plain(theme.Braille), 100, 30).Do(t, keys.ClearPins)
	if m, ok := viewtest.Last[msg.PinsChanged](d); !ok || m.A != nil || m.B != nil {
		t.Errorf("sent %+v, %v", m, ok)
	}
}

func TestCopy(t *testing.T) {
	d := opened(viewtest.Plain(theme.Braille), 100, 30).Do(t, keys.Copy)
	m, _ := viewtest.Last[msg.Copy](d)
	lines := strings.Split(strings.TrimSuffix(m.Text, "\n"), "\n")
	if len(lines) != 17 {
		t.Fatalf("copied %d lines, want a head and 16 rows", len(lines))
	}
	for _, l := range lines {
		if strings.Count(l, "\t") != 6 {
			t.Errorf("%q has not seven fields", l)
		}
	}
}
