package scan

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
)

func TestSetModel(t *testing.T) {
	f := newFake(t)
	for i := range 4 {
		f.add(fmt.Sprintf("w%d", i), uint64(i), 16, 64)
	}
	f.add("norm", 9, 64)
	s := f.session(plan.Plan{}, Options{})
	collect(t, s)
	before := s.Report()

	m := f.again()
	f.weights[m.Tensors[1]].values[5] = 100          // changed
	m.Tensors[2].Shape = []int{32, 32}               // another shape
	m.Tensors[3].Name, m.Tensors[4].Name = "w4", "n" // others
	changed, err := s.SetModel(context.Background(), m)
	if err != nil || !slices.Equal(changed, []string{"w1", "w2", "w4"}) {
		t.Errorf("changed %q, %v", changed, err)
	}
	if s.Model() != m {
		t.Error("Model is not the new one")
	}
	r := s.Report()
	for i, want := range []report.State{report.Done, report.Pending, report.Pending, report.Pending, report.Kept} {
		if r.Tensors[i].State != want {
			t.Errorf("%s is %s, want %s", r.Tensors[i].Name, r.Tensors[i].State, want)
		}
	}
	if r.Tensors[0].SQNRdB != before.Tensors[0].SQNRdB || r.Tensors[0].BelowIdealDB != before.Tensors[0].BelowIdealDB {
		t.Errorf("what stayed: %+v", r.Tensors[0])
	}
	events := collect(t, s)
	for _, e := range events {
		if e.Index == 0 {
			t.Error("what stayed was measured again")
		}
	}
	// w4 has the bytes of w3, which are known.
	if n := f.calls.get("w4 2b half g64 search ideal=false"); n != 0 {
		t.Errorf("bytes that are known under another name were measured again, %d times", n)
	}
	for _, row := range s.Report().Tensors[:4] {
		if row.State != report.Done || row.IdealPending {
			t.Errorf("%s: %s, %s", row.Name, row.State, row.Reason)
		}
	}
}

func TestSetModelKeepsFiguresThatTheCacheDropped(t *testing.T) {
	f := newFake(t)
	f.add("a", 1, 16, 64)
	s := f.session(plan.Plan{}, Options{})
	s.results.limit = 1
	collect(t, s)
	other := int2.Scheme{Bits: 3, Grid: int2.Half, Group: 64, Solver: int2.RTN}
	if _, err := s.Try(context.Background(), "a", &other); err != nil {
		t.Fatal(err)
	}
	changed, err := s.SetModel(context.Background(), f.again())
	if err != nil || len(changed) != 0 || s.Report().Tensors[0].State != report.Done {
		t.Errorf("changed %q, %v, row %+v", changed, err, s.Report().Tensors[0])
	}
	if events := collect(t, s); len(events) != 0 {
		t.Errorf("%d events", len(events))
	}
}

func TestSetModelKeepsWhatHoldsNaN(t *testing.T) {
	f := newFake(t)
	f.add("a", 1, 16, 64).values[7] = float32(math.NaN())
	s := f.session(plan.Plan{}, Options{})
	collect(t, s)
	changed, err := s.SetModel(context.Background(), f.again())
	if row := s.Report().Tensors[0]; err != nil || len(changed) != 0 || row.State != report.Kept || row.Reason != "holds 1 NaN" {
		t.Errorf("changed %q, %v, row %+v", changed, err, row)
	}
	// And knows it under another plan, too.
	s.SetPlan(plan.Plan{Default: bits(4)})
	if row := s.Report().Tensors[0]; row.State != report.Kept {
		t.Errorf("under another plan: %+v", row)
	}
	// And lets it go when the bytes are others.
	m := f.again()
	f.weights[m.Tensors[0]].values[7] = 1
	changed, err = s.SetModel(context.Background(), m)
	if row := s.Report().Tensors[0]; err != nil || len(changed) != 1 || row.State != report.Pending {
		t.Errorf("changed %q, %v, row %+v", changed, err, row)
	}
}

func TestSetModelInMidRun(t *testing.T) {
	f := newFake(t)
	f.add("a", 1, 16, 64)
	f.add("b", 2, 16, 64)
	old := f.model
	started := make(chan struct{})
	var once sync.Once
	stuck := f.weights[old.Tensors[1]]
	f.quantize = func(ctx context.Context, name string, w int2.RowReader, s int2.Scheme, opt int2.Options) (*int2.Result, error) {
		if r, ok := w.(*fakeRows); ok && &r.Data[0] == &stuck.values[0] {
			once.Do(func() { close(started) })
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return fakeQuantize(ctx, w, s, opt)
	}
	s := f.session(plan.Plan{}, Options{Workers: 1})
	done := make(chan error)
	go func() { done <- s.Run(context.Background(), nil) }()
	<-started
	m := f.again()
	f.weights[m.Tensors[0]].values[0] = 7
	changed, err := s.SetModel(context.Background(), m)
	if err != nil || !slices.Equal(changed, []string{"a", "b"}) {
		t.Errorf("changed %q, %v", changed, err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for _, row := range s.Report().Tensors {
		if row.State != report.Done {
			t.Errorf("%s: %s, %s", row.Name, row.State, row.Reason)
		}
	}
}

func TestSetModelGivesUp(t *testing.T) {
	f := newFake(t)
	f.add("a", 1, 16, 64)
	s := f.session(plan.Plan{}, Options{})
	collect(t, s)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.SetModel(ctx, f.again()); !errors.Is(err, context.Canceled) || s.Model() != f.model {
		t.Errorf("SetModel with an ended context: %v", err)
	}
	m := f.again()
	f.weights[m.Tensors[0]].err = errors.New("no longer there")
	changed, err := s.SetModel(context.Background(), m)
	if err != nil || !slices.Equal(changed, []string{"a"}) {
		t.Errorf("changed %q, %v", changed, err)
	}
	collect(t, s)
	if row := s.Report().Tensors[0]; row.State != report.Failed || row.Reason != "no longer there" {
		t.Errorf("%+v", row)
	}
}
