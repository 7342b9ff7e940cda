package scan

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
)

func TestPlanChangeTakesCachedResults(t *testing.T) {
	f := newFake(t)
	f.add("a", 1, 16, 64)
	f.add("b", 2, 16, 64)
	f.add("norm", 3, 64)
	s := f.session(plan.Plan{}, Options{})
	collect(t, s)
	first := s.Report()

	four := plan.Plan{}.WithRule(named("b", bits(4)))
	if changed := s.SetPlan(four); !slices.Equal(changed, []int{1}) {
		t.Errorf("changed rows %v, want [1]", changed)
	}
	if row := s.Report().Tensors[1]; row.State != report.Pending || row.Rule != "b" || row.SQNRdB.Valid() ||
		row.QuantizedSizeBytes <= first.Tensors[1].QuantizedSizeBytes {
		t.Errorf("after the change: %+v", row)
	}
	if !s.Plan().Equal(four) {
		t.Error("Plan is not the one that was set")
	}
	if events := collect(t, s); len(events) != 2 || events[0].Index != 1 {
		t.Errorf("events %+v", events)
	}
	if got := s.Report().Tensors[1].SQNRdB; !(got > first.Tensors[1].SQNRdB) {
		t.Errorf("4 bits have %v dB, 2 bits %v", got, first.Tensors[1].SQNRdB)
	}

	if changed := s.SetPlan(plan.Plan{}); !slices.Equal(changed, []int{1}) {
		t.Errorf("changed rows %v, want [1]", changed)
	}
	back := s.Report()
	if events := collect(t, s); len(events) != 0 {
		t.Errorf("undo measured again: %d events", len(events))
	}
	if back.Tensors[1].SQNRdB != first.Tensors[1].SQNRdB || back.Total != first.Total || back.Tensors[1].Rule != "" {
		t.Errorf("after undo %+v", back.Tensors[1])
	}

	// A rule that changes nothing but who decides.
	if changed := s.SetPlan(plan.Plan{}.WithRule(named("a", bits(2)), named("norm", bits(2)))); len(changed) != 0 {
		t.Errorf("changed rows %v", changed)
	}
	if row := s.Report().Tensors[0]; row.Rule != "a" || row.State != report.Done {
		t.Errorf("%+v", row)
	}
	// Float: the row goes from measured to kept and back.
	if changed := s.SetPlan(plan.Plan{Default: bits(plan.Float)}); !slices.Equal(changed, []int{0, 1}) {
		t.Errorf("changed rows %v", changed)
	}
	if r := s.Report(); r.Total.SizeBytes != f.model.SizeBytes || r.Tensors[0].Reason != "kept in float" || r.Tensors[0].Rank != nil {
		t.Errorf("in float: %+v", r.Total)
	}
}

// A job under way whose scheme is no longer wanted is called off, and the row
// is measured under the new one by the same Run.
func TestPlanChangeInMidRun(t *testing.T) {
	f := newFake(t)
	f.add("a", 1, 16, 64)
	f.add("b", 2, 16, 64)
	started := make(chan struct{})
	var once sync.Once
	f.quantize = func(ctx context.Context, name string, w int2.RowReader, s int2.Scheme, opt int2.Options) (*int2.Result, error) {
		if name == "a" && s.Bits == 2 {
			once.Do(func() { close(started) })
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return fakeQuantize(ctx, w, s, opt)
	}
	s := f.session(plan.Plan{}, Options{Workers: 1})
	done := make(chan error)
	var events []Event
	go func() {
		done <- s.Run(context.Background(), func(e Event) { events = append(events, e) })
	}()
	<-started
	if changed := s.SetPlan(plan.Plan{Default: bits(3)}); !slices.Equal(changed, []int{0, 1}) {
		t.Errorf("changed rows %v", changed)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.Tensor.Scheme.Bits != 3 {
			t.Errorf("an event under the old plan: %s %s", e.Tensor.Name, e.Tensor.Scheme)
		}
	}
	r := s.Report()
	for _, row := range r.Tensors {
		if row.State != report.Done || row.Scheme.Bits != 3 {
			t.Errorf("%s: %s under %s", row.Name, row.State, row.Scheme)
		}
	}
	if last := events[len(events)-1]; last.Total != r.Total {
		t.Errorf("last event %+v, report %+v", last.Total, r.Total)
	}
}

// Away and back while the job runs: the outcome of the job that was called off
// must not be taken for that of the one that replaced it.
func TestPlanAwayAndBackInMidRun(t *testing.T) {
	f := newFake(t)
	f.add("a", 1, 16, 64)
	started := make(chan struct{}, 2)
	var mu sync.Mutex
	calls := 0
	f.quantize = func(ctx context.Context, _ string, w int2.RowReader, s int2.Scheme, opt int2.Options) (*int2.Result, error) {
		mu.Lock()
		calls++
		first := calls == 1
		mu.Unlock()
		if first {
			started <- struct{}{}
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return fakeQuantize(ctx, w, s, opt)
	}
	s := f.session(plan.Plan{}, Options{Workers: 2, NoIdeal: true})
	done := make(chan error)
	go func() { done <- s.Run(context.Background(), nil) }()
	<-started
	s.SetPlan(plan.Plan{Default: bits(3)})
	s.SetPlan(plan.Plan{})
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if row := s.Report().Tensors[0]; row.State != report.Done || row.Scheme.Bits != 2 {
		t.Errorf("%s under %v: %s", row.State, row.Scheme, row.Reason)
	}
}

func TestTry(t *testing.T) {
	f := newFake(t)
	f.add("layer.a", 1, 16, 64)
	f.add("layer.b", 2, 16, 64)
	f.add("norm", 3, 64)
	f.add("bad", 4, 16, 64).values[0] = float32(math.NaN())
	s := f.session(plan.Plan{}, Options{})
	collect(t, s)
	before := s.Report()
	ctx := context.Background()

	three := int2.Scheme{Bits: 3, Grid: int2.Half, Group: 32, Solver: int2.Search}
	row, err := s.Try(ctx, "layer.a", &three)
	if err != nil || row.State != report.Done || *row.Scheme != three || !(row.SQNRdB > before.Tensors[0].SQNRdB) || *row.Rank != 2 {
		t.Errorf("Try = %+v, %v", row, err)
	}
	if _, err := s.Try(ctx, "layer.a", &three); err != nil || f.calls.get("layer.a 3b half g32 search ideal=false") != 1 {
		t.Errorf("the second Try: %v, measured %d times", err, f.calls.get("layer.a 3b half g32 search ideal=false"))
	}
	// The same as the plan's gives the plan's row.
	def := int2.DefaultScheme()
	row, err = s.Try(ctx, "layer.b", &def)
	if err != nil || row.SQNRdB != before.Tensors[1].SQNRdB || *row.Rank != *before.Tensors[1].Rank || row.BelowIdealDB != before.Tensors[1].BelowIdealDB {
		t.Errorf("Try of the plan's scheme: %+v, %v", row, err)
	}
	row, err = s.Try(ctx, "layer.a", nil)
	if err != nil || row.State != report.Kept || row.QuantizedSizeBytes != row.SizeBytes || row.Rank != nil {
		t.Errorf("Try in float: %+v, %v", row, err)
	}
	row, err = s.Try(ctx, "norm", &three)
	if err != nil || row.State != report.Kept || row.Reason != "rank 1: not a matrix" {
		t.Errorf("Try of a vector: %+v, %v", row, err)
	}
	row, err = s.Try(ctx, "bad", &three)
	if err != nil || row.State != report.Kept || row.Reason != "holds 1 NaN" || f.calls.get("bad 3b half g32 search ideal=false") != 0 {
		t.Errorf("Try of a tensor with NaN: %+v, %v", row, err)
	}
	if _, err = s.Try(ctx, "layer.x", &three); err == nil || err.Error() != `the model has no tensor "layer.x"; did you mean "layer.a"?` {
		t.Errorf("unknown tensor: %v", err)
	}
	if _, err = s.Try(ctx, "layer.a", &int2.Scheme{Bits: 5}); err == nil {
		t.Error("5 bits are accepted")
	}
	if after := s.Report(); after.Total != before.Total || !s.Plan().Equal(plan.Plan{}) {
		t.Error("Try changed the session")
	}
}

// Equal tensors are ranked in file order, by Try and events as by the report.
func TestRanksOfEquals(t *testing.T) {
	f := newFake(t)
	f.add("a", 1, 16, 64)
	f.add("b", 1, 16, 64)
	s := f.session(plan.Plan{}, Options{Workers: 1, NoIdeal: true})
	events := collect(t, s)
	r := s.Report()
	for i := range 2 {
		def := int2.DefaultScheme()
		row, err := s.Try(context.Background(), r.Tensors[i].Name, &def)
		if err != nil || *row.Rank != i+1 || *r.Tensors[i].Rank != i+1 {
			t.Errorf("%s: rank %d by Try, %d in the report, %v", row.Name, *row.Rank, *r.Tensors[i].Rank, err)
		}
	}
	if last := events[1]; last.Index != 1 || *last.Tensor.Rank != 2 {
		t.Errorf("the last event is of row %d with rank %d", last.Index, *last.Tensor.Rank)
	}
}

// The outcome of a job that was called off leaves the one that replaced it alone.
func TestOutcomeOfAReplacedJob(t *testing.T) {
	f := newFake(t)
	f.add("a", 1, 16, 64)
	s := f.session(plan.Plan{}, Options{Workers: 2})
	ctx := context.Background()
	first := s.next(ctx, 2)
	s.SetPlan(plan.Plan{Default: bits(3)})
	s.SetPlan(plan.Plan{})
	second := s.next(ctx, 2)
	if first == nil || second == nil || first == second {
		t.Fatalf("jobs %v and %v", first, second)
	}
	if _, ok := s.finish(outcome{first, &measured{}, nil}); ok || s.rows[0].under != second {
		t.Error("the first outcome was taken in")
	}
	if e, ok := s.finish(outcome{second, &measured{solver: int2.Search}, nil}); !ok || e.Tensor.State != report.Done || s.rows[0].under != nil {
		t.Errorf("the second outcome: %+v, %v", e, ok)
	}
}

// Run and Try want the same figures: they are measured once, and when the one
// who measures is called off the other does it.
func TestSameWorkIsDoneOnce(t *testing.T) {
	f := newFake(t)
	f.add("a", 1, 16, 64)
	started := make(chan struct{}, 1)
	goOn := make(chan struct{})
	f.quantize = func(ctx context.Context, _ string, w int2.RowReader, s int2.Scheme, opt int2.Options) (*int2.Result, error) {
		started <- struct{}{}
		select {
		case <-goOn:
			return fakeQuantize(ctx, w, s, opt)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	s := f.session(plan.Plan{}, Options{NoIdeal: true})
	runCtx, stop := context.WithCancel(context.Background())
	run := make(chan error)
	go func() { run <- s.Run(runCtx, nil) }()
	<-started
	def := int2.DefaultScheme()
	tried := make(chan report.Tensor)
	go func() {
		row, err := s.Try(context.Background(), "a", &def)
		if err != nil {
			t.Error(err)
		}
		tried <- row
	}()
	stop()
	if err := <-run; !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
	<-started // Try has taken over
	close(goOn)
	if row := <-tried; row.State != report.Done {
		t.Errorf("Try: %+v", row)
	}
	collect(t, s)
	if n := f.calls.get("a 2b half g64 search ideal=false"); n != 2 {
		t.Errorf("quantized %d times, want once called off and once done", n)
	}
	if row := s.Report().Tensors[0]; row.State != report.Done {
		t.Errorf("%+v", row)
	}
}

func TestBudget(t *testing.T) {
	f := newFake(t)
	f.add("a", 1, 16, 64)
	s := f.session(plan.Plan{}, Options{BudgetBytes: 1})
	s.SetBudget(100)
	if r := s.Report(); r.Total.BudgetBytes != 100 || r.Total.OverBudgetBytes != r.Total.SizeBytes-100 {
		t.Errorf("%+v", r.Total)
	}
}

// Everything at once, for the race detector; in the end all must add up.
func TestEverythingAtOnce(t *testing.T) {
	f := newFake(t)
	for i := range 24 {
		f.add(fmt.Sprintf("w%d", i), uint64(i%20), 16, 32)
	}
	second := f.again()
	f.weights[second.Tensors[3]].values[0] = 50
	s := f.session(plan.Plan{}, Options{Workers: 4})
	ctx := context.Background()
	var wg sync.WaitGroup
	work := func(seed uint64, do func(*rand.Rand)) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			rng := rand.New(rand.NewPCG(seed, 2))
			for range 60 {
				do(rng)
			}
		}()
	}
	work(1, func(rng *rand.Rand) {
		s.SetPlan(plan.Plan{Default: bits([]int{2, 3, 4, 16}[rng.IntN(4)])}.WithRule(named(fmt.Sprintf("w%d", rng.IntN(24)), bits(8))))
	})
	work(2, func(rng *rand.Rand) { s.Prioritize([]int{rng.IntN(30), rng.IntN(30)}) })
	work(3, func(rng *rand.Rand) { s.SetBudget(int64(rng.IntN(10000) + 1)); s.Plan(); s.Model() })
	work(4, func(*rand.Rand) {
		r := s.Report()
		if got := report.Totals(r.Tensors, r.Total.BudgetBytes); fmt.Sprint(got) != fmt.Sprint(r.Total) { // NaN is unequal to itself
			t.Errorf("report total %+v, of its rows %+v", r.Total, got)
		}
	})
	work(5, func(rng *rand.Rand) {
		scheme := int2.Scheme{Bits: 3, Grid: int2.Twos, Group: 32, Solver: int2.RTN}
		if _, err := s.Try(ctx, fmt.Sprintf("w%d", rng.IntN(24)), &scheme); err != nil {
			t.Error(err)
		}
	})
	work(6, func(rng *rand.Rand) {
		m := f.model
		if rng.IntN(2) == 0 {
			m = second
		}
		if _, err := s.SetModel(ctx, m); err != nil {
			t.Error(err)
		}
	})
	work(7, func(rng *rand.Rand) {
		c, cancel := context.WithCancel(ctx)
		n := rng.IntN(20)
		if err := s.Run(c, func(Event) {
			if n--; n == 0 {
				cancel()
			}
		}); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		cancel()
	})
	wg.Wait()
	s.SetPlan(plan.Plan{})
	events := collect(t, s)
	r := s.Report()
	for _, row := range r.Tensors {
		if row.State != report.Done || row.IdealPending || !row.BelowIdealDB.Valid() {
			t.Errorf("%s: %s %s", row.Name, row.State, row.Reason)
		}
	}
	if len(events) > 0 && events[len(events)-1].Total != r.Total {
		t.Errorf("last event %+v, report %+v", events[len(events)-1].Total, r.Total)
	}
}
