package whatif

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

// opened is the panel on one of the sample's tensors, with two tensors marked.
func opened(name string, th theme.Theme) *viewtest.Desk {
	d := &viewtest.Desk{View: New(th, keys.Default())}
	return d.Send(msg.ReportChanged{Report: sample.Report(sample.Scheme())},
		msg.SelectionChanged{Name: name, Marked: []string{sample.Plain, sample.Outlier}},
		msg.Resized{Width: 42, Height: 30}, msg.SideShown{On: true}, msg.Focus{On: true})
}

func of(d *viewtest.Desk) View { return d.View.(View) }

func TestGolden(t *testing.T) {
	for _, size := range [][2]int{{42, 30}, {54, 15}, {60, 20}, {100, 30}, {160, 45}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			d := opened(sample.Plain, viewtest.Plain(theme.Braille)).Do(t, keys.Right, keys.TryEverySolv)
			d.Send(msg.PinsChanged{A: &msg.Pin{Label: "2b half g64 rtn", Report: *sample.Report(sample.Scheme())}})
			frame := d.View.Render(size[0], size[1])
			viewtest.Exact(t, frame, size[0], size[1])
			golden.RequireEqual(t, frame)
		})
	}
	t.Run("set that does not fit", func(t *testing.T) {
		d := opened(sample.Plain, viewtest.Plain(theme.Braille)).Do(t, keys.NextTarget, keys.Bottom, keys.Right, keys.Right)
		golden.RequireEqual(t, d.View.Render(42, 30))
	})
}

func TestSweep(t *testing.T) {
	d := opened(sample.Plain, viewtest.Theme(theme.Dark, theme.Braille)).Do(t, keys.TryEverySolv)
	viewtest.Sweep(t, d)
	viewtest.Sweep(t, &viewtest.Desk{View: New(viewtest.Plain(theme.ASCII), keys.Default())})
	d.Do(t, keys.EditPattern)
	viewtest.Sweep(t, d)
}

func TestNothingIsMeasuredWhileClosed(t *testing.T) {
	d := &viewtest.Desk{View: New(viewtest.Plain(theme.Braille), keys.Default()), Hold: true}
	d.Send(msg.ReportChanged{Report: sample.Report(sample.Scheme())}, msg.SelectionChanged{Name: sample.Plain})
	if len(d.Sent) != 0 {
		t.Fatalf("a closed panel sent %v", d.Sent)
	}
	d.Send(msg.SideShown{On: true}, msg.Focus{On: true})
	if need, ok := viewtest.Last[msg.NeedTry](d); !ok || need.Name != sample.Plain || *need.Scheme != sample.Scheme() {
		t.Fatalf("after it was opened: %+v, %v", need, ok)
	}
	d.Send(msg.Focus{On: false}, msg.SelectionChanged{Name: sample.Outlier})
	if need, _ := viewtest.Last[msg.NeedTry](d); need.Name != sample.Outlier {
		t.Error("the panel does not follow the cursor of the Layers view while that has the focus")
	}
	d.Send(msg.SideShown{})
	if _, dropped := d.Sent[len(d.Sent)-1].(msg.DropTries); !dropped {
		t.Error("closing the panel does not drop what it asked for")
	}
}

func TestChangeAsksForTheNewScheme(t *testing.T) {
	d := opened(sample.Plain, viewtest.Plain(theme.Braille))
	if got := of(d).choice; got != choiceOf(ptr(sample.Scheme())) {
		t.Fatalf("the panel starts with %+v, not with the plan's scheme", got)
	}
	d.Hold = true
	d.Do(t, keys.Right) // 3 bits
	need, _ := viewtest.Last[msg.NeedTry](d)
	if need.Scheme == nil || need.Scheme.Bits != 3 {
		t.Fatalf("asked for %+v", need)
	}
	d.Do(t, keys.Right) // 4 bits, while 3 is under way
	if _, dropped := viewtest.Last[msg.DropTries](d); !dropped {
		t.Error("what is no longer wanted was not dropped")
	}
	if i, j := lastIndexOf[msg.DropTries](d), lastIndexOf[msg.NeedTry](d); i > j {
		t.Error("the drop comes after the new question and would drop it too")
	}
	row, _ := sample.Row(sample.Plain, need.Scheme)
	d.Send(msg.Tried{Name: sample.Plain, Scheme: need.Scheme, Row: row})
	if _, known := of(d).tries.of(sample.Plain, need.Scheme); known {
		t.Error("took an answer that was dropped")
	}
}

func ptr(s int2.Scheme) *int2.Scheme { return &s }

func lastIndexOf[M tea.Msg](d *viewtest.Desk) int {
	for i := len(d.Sent) - 1; i >= 0; i-- {
		if _, ok := d.Sent[i].(M); ok {
			return i
		}
	}
	return -1
}

// A question must not reach the shell before the drop of those before it.
func TestQuestionsWaitForTheDrop(t *testing.T) {
	v := of(opened(sample.Plain, viewtest.Plain(theme.Braille)))
	three, four := sample.Scheme(), sample.Scheme()
	three.Bits, four.Bits = 3, 4
	v.tries.start(v.names, []*int2.Scheme{&three})
	if cmd := v.tries.start(v.names, []*int2.Scheme{&four}); cmd == nil || len(v.tries.waiting) != 0 {
		t.Fatal("asked before the drop was through")
	}
	if cmd := v.tries.start(v.names, []*int2.Scheme{&three}); cmd != nil {
		t.Fatal("a second drop was sent while the first is on its way")
	}
	_, cmd := v.Update(dropped{})
	if cmd == nil {
		t.Fatal("nothing is asked after the drop")
	}
	if need, ok := cmd().(msg.NeedTry); !ok || *need.Scheme != three {
		t.Errorf("after the drop: %+v; want what was chosen last", need)
	}
}

func TestBeforeAndAfter(t *testing.T) {
	d := opened(sample.Plain, viewtest.Plain(theme.Braille)).Do(t, keys.Right, keys.Right) // 4 bits
	four := sample.Scheme()
	four.Bits = 4
	now, _ := sample.Row(sample.Plain, ptr(sample.Scheme()))
	then, _ := sample.Row(sample.Plain, &four)
	c := of(d).compare()
	same := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9*math.Abs(want) {
			t.Errorf("%s is %g, want %g", what, got, want)
		}
	}
	same("SQNR now", float64(c.now.sqnr()), float64(now.SQNRdB))
	same("SQNR then", float64(c.then.sqnr()), float64(then.SQNRdB))
	same("RMSE then", float64(c.then.rmse()), float64(then.RelativeRMSE))
	same("bits", float64(c.then.bits()), float64(then.BitsPerWeight))
	same("size", float64(c.then.bytes), float64(four.SizeBytes(384, 128, false)))
	whole := sample.Report(sample.Scheme())
	same("model now", float64(c.modelNow.bytes), float64(whole.Total.SizeBytes))
	same("model then", float64(c.modelThen.bytes), float64(whole.Total.SizeBytes+then.QuantizedSizeBytes-now.QuantizedSizeBytes))
	same("model SQNR", float64(c.modelNow.sqnr()), float64(whole.Total.SQNRdB))
	if c.measured != 1 || c.of != 1 || c.estimated {
		t.Errorf("measured %d of %d, estimated %v", c.measured, c.of, c.estimated)
	}
}

// A set's error is that of its tensors taken as one vector.
func TestSetPoolsEnergies(t *testing.T) {
	d := opened(sample.Kept, viewtest.Plain(theme.Braille)).Do(t, keys.NextTarget)
	v := of(d)
	if len(v.names) != 2 {
		t.Fatalf("the marked set is %v", v.names)
	}
	var signal, noise float64
	var bytes int64
	for _, name := range []string{sample.Plain, sample.Outlier} {
		row, _ := sample.Row(name, ptr(sample.Scheme()))
		signal += float64(row.SignalEnergy)
		noise += float64(row.ErrorEnergy)
		bytes += row.QuantizedSizeBytes
	}
	c := v.compare()
	if got, want := float64(c.then.sqnr()), 10*math.Log10(signal/noise); math.Abs(got-want) > 1e-9 {
		t.Errorf("the set's SQNR is %g, want %g", got, want)
	}
	if c.then.bytes != bytes || c.measured != 2 {
		t.Errorf("the set takes %d bytes, measured %d; want %d and 2", c.then.bytes, c.measured, bytes)
	}
}

// Sizes are there before anything is measured.
func TestSizesDoNotWait(t *testing.T) {
	d := opened(sample.Plain, viewtest.Plain(theme.Braille)).Do(t, keys.NextTarget, keys.NextTarget) // all
	d.Hold = true
	d.Do(t, keys.Right, keys.Right, keys.Right) // 8 bits
	v := of(d)
	c := v.compare()
	if !c.estimated || c.measured != 0 {
		t.Fatalf("estimated %v, %d measured", c.estimated, c.measured)
	}
	eight := sample.Scheme()
	eight.Bits = 8
	var want int64
	for _, row := range sample.Report(eight).Tensors {
		want += row.QuantizedSizeBytes
	}
	if c.then.bytes != want {
		t.Errorf("all at 8 bits take %d bytes, want %d", c.then.bytes, want)
	}
	if frame := d.View.Render(70, 30); !strings.Contains(frame, "measuring: 0 of 16 tensors") {
		t.Error("nothing says how far the measuring is")
	}
}

func TestMatrixFromShape(t *testing.T) {
	half := ptr(sample.Scheme())
	for _, c := range []struct {
		shape      []int
		scheme     *int2.Scheme
		size       int64
		rows, cols int
		ok         bool
	}{
		{[]int{640, 256}, nil, 0, 640, 256, true},
		{[]int{64, 3, 7, 7}, nil, 0, 64, 147, true},
		{[]int{8, 16, 3}, nil, 0, 8, 48, true},
		{[]int{4, 50, 64}, nil, 0, 200, 64, true},
		{[]int{512}, nil, 0, 0, 0, false},
		{[]int{0, 5}, nil, 0, 0, 0, false},
		{[]int{768, 2304}, half, half.SizeBytes(2304, 768, false), 2304, 768, true}, // stored transposed
	} {
		row := report.Tensor{DType: "F16", Shape: c.shape, Parameters: 1, Scheme: c.scheme, QuantizedSizeBytes: c.size}
		for _, n := range c.shape {
			row.Parameters *= int64(n)
		}
		rows, cols, ok := matrixOf(&row)
		if rows != c.rows || cols != c.cols || ok != c.ok {
			t.Errorf("%v is a matrix of %d × %d, %v; want %d × %d, %v", c.shape, rows, cols, ok, c.rows, c.cols, c.ok)
		}
	}
}
