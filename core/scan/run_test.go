package scan

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
)

// collect runs a session to its end and returns the events.
func collect(t *testing.T, s *Session) []Event {
	t.Helper()
	var events []Event
	if err := s.Run(context.Background(), func(e Event) { events = append(events, e) }); err != nil {
		t.Fatal(err)
	}
	return events
}

func TestNewDecides(t *testing.T) {
	f := newFake(t)
	f.add("a.weight", 1, 32, 64)
	f.add("a.norm", 2, 64)
	f.add("conv", 3, 8, 2, 3, 3) // 18 columns
	f.add("thin", 4, 64, 8)
	f.add("scalar", 5)
	f.add("empty", 6, 4, 0)
	f.add("ids", 7, 4, 64).tensor.DType = "I64"
	f.add("table", 8, 1, 7, 32)
	packed := f.add("packed", 9, 32, 64)
	packed.tensor.Stored = &report.Stored{Method: "gptq", Bits: 4, Group: 128, Detail: "act-order"}
	packed.tensor.SizeBytes = 1200
	s := f.session(plan.Plan{}, Options{})
	want := map[string]string{
		"a.weight": "pending", "a.norm": "kept: rank 1: not a matrix", "conv": "pending", "thin": "kept: 8 columns a row, fewer than 16",
		"scalar": "kept: rank 0: not a matrix", "empty": "kept: empty", "ids": "kept: not floating point: I64", "table": "pending",
		"packed": "kept: already quantized: gptq, 4 bits, group 128, act-order",
	}
	r := s.Report()
	for _, row := range r.Tensors {
		got := string(row.State)
		if row.State == report.Kept {
			got += ": " + row.Reason
		}
		if got != want[row.Name] {
			t.Errorf("%s is %q, want %q", row.Name, got, want[row.Name])
		}
		if (row.Scheme == nil) != (row.State == report.Kept) {
			t.Errorf("%s: scheme %v in state %s", row.Name, row.Scheme, row.State)
		}
		if row.Shape == nil {
			t.Errorf("%s has no shape at all", row.Name)
		}
	}
	if got, want := r.Tensors[0].QuantizedSizeBytes, int2.DefaultScheme().SizeBytes(32, 64, false); got != want {
		t.Errorf("size of a pending row %d, want %d", got, want)
	}
	if got := float64(r.Tensors[8].BitsPerWeight); math.Abs(got-1200*8/2048.0) > 1e-12 {
		t.Errorf("bits per weight as stored: %v", got)
	}
	if got := r.Total.BudgetBytes; got != DefaultBudgetBytes {
		t.Errorf("budget %d", got)
	}
	if r.Model.TensorCount != 9 || r.SchemaVersion != report.SchemaVersion {
		t.Errorf("model info %+v", r.Model)
	}
}

func TestRunReportsEveryRowTwice(t *testing.T) {
	for _, noIdeal := range []bool{false, true} {
		f := newFake(t)
		for i := range 7 {
			f.add(fmt.Sprintf("w%d", i), uint64(i), 16, 32)
		}
		f.add("norm", 99, 32)
		s := f.session(plan.Plan{}, Options{Workers: 3, NoIdeal: noIdeal, BudgetBytes: 1000})
		events := collect(t, s)
		r := s.Report()

		times := 2
		if noIdeal {
			times = 1
		}
		if len(events) != 7*times {
			t.Fatalf("NoIdeal %v: %d events, want %d", noIdeal, len(events), 7*times)
		}
		seen := map[int]int{}
		for i, e := range events {
			seen[e.Index]++
			row := r.Tensors[e.Index]
			if e.Tensor.Name != row.Name || e.Tensor.SQNRdB != row.SQNRdB || e.Of != 7 {
				t.Errorf("event %d: %+v", i, e)
			}
			first := seen[e.Index] == 1
			if e.Tensor.BelowIdealDB.Valid() == first {
				t.Errorf("%s: below_ideal_db %v the %d. time", row.Name, e.Tensor.BelowIdealDB, seen[e.Index])
			}
			if e.Tensor.IdealPending != (first && !noIdeal) {
				t.Errorf("%s: IdealPending %v the %d. time", row.Name, e.Tensor.IdealPending, seen[e.Index])
			}
		}
		last := events[len(events)-1]
		if last.Total != r.Total || last.Done != 7 {
			t.Errorf("the last event has %+v, %d done; the report %+v", last.Total, last.Done, r.Total)
		}
		if got := report.Totals(r.Tensors, 1000); got != r.Total || !got.SQNRdB.Valid() || got.OverBudgetBytes == 0 {
			t.Errorf("totals %+v, report %+v", got, r.Total)
		}
		ranks := make([]int, 0, 7)
		for _, row := range r.Tensors[:7] {
			ranks = append(ranks, *row.Rank)
			for _, other := range r.Tensors[:7] {
				if row.SQNRdB < other.SQNRdB && *row.Rank > *other.Rank {
					t.Errorf("%s has rank %d with %v dB, %s %d with %v", row.Name, *row.Rank, row.SQNRdB, other.Name, *other.Rank, other.SQNRdB)
				}
			}
		}
		slices.Sort(ranks)
		if !slices.Equal(ranks, []int{1, 2, 3, 4, 5, 6, 7}) || r.Tensors[7].Rank != nil {
			t.Errorf("ranks %v, of the kept one %v", ranks, r.Tensors[7].Rank)
		}
		if more := collect(t, s); len(more) != 0 {
			t.Errorf("a second run has %d events", len(more))
		}
	}
}

func TestReportIsTheCallers(t *testing.T) {
	f := newFake(t)
	f.add("a", 1, 16, 32)
	s := f.session(plan.Plan{}, Options{})
	collect(t, s)
	r := s.Report()
	r.Tensors[0].Shape[0], r.Tensors[0].Scheme.Bits, r.Tensors[0].CodeOccupancy[0] = -1, 8, 9
	again := s.Report().Tensors[0]
	if again.Shape[0] != 16 || again.Scheme.Bits != 2 || again.CodeOccupancy[0] == 9 {
		t.Error("changing a report changed the session")
	}
}

func TestRowsThatCannotBeMeasured(t *testing.T) {
	f := newFake(t)
	f.add("fine", 1, 16, 32)
	bad := f.add("bad", 2, 16, 32)
	nan := float32(math.NaN())
	bad.values[3], bad.values[9], bad.values[11], bad.values[12] = nan, nan, nan, float32(math.Inf(-1))
	f.add("gone", 3, 16, 32).err = errors.New("gone.safetensors changed on disk")
	s := f.session(plan.Plan{}, Options{})
	events := collect(t, s)
	r := s.Report()

	row := r.Tensors[1]
	if row.State != report.Kept || row.Reason != "holds 3 NaN and 1 Inf" || row.Cause == nil || *row.Cause != "degenerate tensor" ||
		row.Scheme != nil || row.QuantizedSizeBytes != row.SizeBytes || row.SQNRdB.Valid() {
		t.Errorf("NaN: %+v", row)
	}
	row = r.Tensors[2]
	if row.State != report.Failed || row.Reason != "gone.safetensors changed on disk" || row.QuantizedSizeBytes != row.SizeBytes || row.SQNRdB.Valid() {
		t.Errorf("unreadable: %+v", row)
	}
	if last := events[len(events)-1]; last.Done != 3 || last.Of != 3 || last.Total != r.Total {
		t.Errorf("last event %+v, total %+v", last, r.Total)
	}
	// What is known to hold NaN is not read again under another scheme.
	before := f.calls.get("bad " + int2.DefaultScheme().String() + " ideal=false")
	if changed := s.SetPlan(plan.Plan{Default: bits(4)}); !slices.Equal(changed, []int{0, 1, 2}) {
		t.Errorf("changed rows %v", changed)
	}
	collect(t, s)
	if row := s.Report().Tensors[1]; row.State != report.Kept || f.calls.get("bad 4b half g64 search ideal=false") != 0 || before != 1 {
		t.Errorf("after a change of plan: %+v", row)
	}
}

func TestIdealThatFailsLeavesTheRow(t *testing.T) {
	f := newFake(t)
	f.add("a", 1, 16, 32)
	f.quantize = func(ctx context.Context, _ string, w int2.RowReader, s int2.Scheme, opt int2.Options) (*int2.Result, error) {
		if opt.Ideal {
			return nil, errors.New("truncated")
		}
		return fakeQuantize(ctx, w, s, opt)
	}
	s := f.session(plan.Plan{}, Options{})
	collect(t, s)
	row := s.Report().Tensors[0]
	if row.State != report.Done || !row.SQNRdB.Valid() || row.Reason != "below_ideal_db is missing: truncated" || row.IdealPending {
		t.Errorf("row %+v", row)
	}
}

// order records which tensors are quantized, in their order.
type order struct {
	mu   sync.Mutex
	list []string
}

func (o *order) add(s string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.list = append(o.list, s)
}

func TestVisibleRowsComeFirst(t *testing.T) {
	f := newFake(t)
	for i := range 6 {
		f.add(fmt.Sprint(i), uint64(i), 16, 32)
	}
	var o order
	started, goOn := make(chan struct{}), make(chan struct{})
	f.quantize = func(ctx context.Context, name string, w int2.RowReader, s int2.Scheme, opt int2.Options) (*int2.Result, error) {
		o.add(fmt.Sprint(name, map[bool]string{true: "i", false: ""}[opt.Ideal]))
		if name == "0" && !opt.Ideal {
			close(started)
			<-goOn
		}
		return fakeQuantize(ctx, w, s, opt)
	}
	s := f.session(plan.Plan{}, Options{Workers: 1})
	done := make(chan error)
	go func() { done <- s.Run(context.Background(), nil) }()
	<-started
	s.Prioritize([]int{2})
	s.Prioritize([]int{5, 3, 5, -1, 99})
	close(goOn)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(o.list, " "), "0 5 3 1 2 4 5i 3i 0i 1i 2i 4i"; got != want {
		t.Errorf("order %s, want %s", got, want)
	}
}

func TestCancel(t *testing.T) {
	f := newFake(t)
	for i := range 4 {
		f.add(fmt.Sprint(i), uint64(i), 16, 32)
	}
	ctx, cancel := context.WithCancel(context.Background())
	block := true
	var mu sync.Mutex
	under, most := 0, 0
	f.quantize = func(ctx context.Context, name string, w int2.RowReader, s int2.Scheme, opt int2.Options) (*int2.Result, error) {
		mu.Lock()
		under++
		most = max(most, under)
		blocked := block && name != "0"
		if under == 2 && block {
			cancel()
		}
		mu.Unlock()
		defer func() { mu.Lock(); under--; mu.Unlock() }()
		if blocked {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return fakeQuantize(ctx, w, s, opt)
	}
	s := f.session(plan.Plan{}, Options{Workers: 2, NoIdeal: true})
	err := s.Run(ctx, nil)
	mu.Lock()
	left := under
	block = false
	mu.Unlock()
	if !errors.Is(err, context.Canceled) || left != 0 {
		t.Fatalf("Run = %v with %d quantizers left", err, left)
	}
	for _, row := range s.Report().Tensors[1:] {
		if row.State != report.Pending {
			t.Errorf("%s is %s after a cancelled run", row.Name, row.State)
		}
	}
	collect(t, s)
	for _, row := range s.Report().Tensors {
		if row.State != report.Done {
			t.Errorf("%s is %s: %s", row.Name, row.State, row.Reason)
		}
	}
	if most > 2 {
		t.Errorf("%d quantizers at a time with 2 workers", most)
	}
	if err := s.Run(ctx, nil); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("Run with an ended context: %v", err)
	}
}

// A quantizer that says "canceled" though nobody cancelled must not be asked for ever.
func TestSpuriousCancelIsAFailure(t *testing.T) {
	f := newFake(t)
	f.add("a", 1, 16, 32)
	f.quantize = func(context.Context, string, int2.RowReader, int2.Scheme, int2.Options) (*int2.Result, error) {
		return nil, context.Canceled
	}
	s := f.session(plan.Plan{}, Options{})
	collect(t, s)
	if row := s.Report().Tensors[0]; row.State != report.Failed {
		t.Errorf("row %+v", row)
	}
}

func TestWorkersAreShared(t *testing.T) {
	f := newFake(t)
	f.add("small", 1, 16, 32)
	big := f.add("big", 2, 16, 32)
	huge := f.add("huge", 3, 16, 32)
	f.add("last", 4, 16, 32)
	big.tensor.Parameters, huge.tensor.Parameters = 3*weightsPerWorker, 1<<40
	const workers = 4
	var mu sync.Mutex
	inUse := 0
	asked := map[string]int{}
	f.quantize = func(ctx context.Context, name string, w int2.RowReader, s int2.Scheme, opt int2.Options) (*int2.Result, error) {
		mu.Lock()
		inUse += opt.Workers
		asked[name] = opt.Workers
		if inUse > workers {
			t.Errorf("%d goroutines in use, %d allowed", inUse, workers)
		}
		mu.Unlock()
		defer func() { mu.Lock(); inUse -= opt.Workers; mu.Unlock() }()
		return fakeQuantize(ctx, w, s, opt)
	}
	collect(t, f.session(plan.Plan{}, Options{Workers: workers}))
	if want := map[string]int{"small": 1, "big": 3, "huge": 4, "last": 1}; !reflect.DeepEqual(asked, want) {
		t.Errorf("goroutines a tensor: %v, want %v", asked, want)
	}
}

func TestRunsWaitForEachOther(t *testing.T) {
	f := newFake(t)
	f.add("a", 1, 16, 32)
	started, goOn := make(chan struct{}), make(chan struct{})
	f.quantize = func(ctx context.Context, _ string, w int2.RowReader, s int2.Scheme, opt int2.Options) (*int2.Result, error) {
		if !opt.Ideal {
			close(started)
			<-goOn
		}
		return fakeQuantize(ctx, w, s, opt)
	}
	s := f.session(plan.Plan{}, Options{})
	first := make(chan error)
	go func() { first <- s.Run(context.Background(), nil) }()
	<-started
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Run(ended, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a second Run whose context has ended: %v", err)
	}
	second := make(chan error)
	go func() { second <- s.Run(context.Background(), nil) }()
	close(goOn)
	if err := errors.Join(<-first, <-second); err != nil {
		t.Error(err)
	}
	if n := f.calls.get("a 2b half g64 search ideal=false"); n != 1 {
		t.Errorf("quantized %d times", n)
	}
}

func TestRecordedFigures(t *testing.T) {
	f := newFake(t)
	w := f.add("a", 1, 16, 64)
	scheme := int2.DefaultScheme()
	recorded := report.Unmeasured()
	recorded.SQNRdB, recorded.SignalEnergy, recorded.ErrorEnergy, recorded.Scheme = 9.5, 100, 11, &scheme
	recorded.CodeOccupancy = []report.Number{0.1, 0.4, 0.4, 0.1}
	w.tensor.Stored, w.tensor.Recorded = &report.Stored{Method: "mmtui", Bits: 2, Group: 64}, &recorded
	w.tensor.SizeBytes = 300
	s := f.session(plan.Plan{}, Options{})
	if events := collect(t, s); len(events) != 0 {
		t.Errorf("%d events for a kept row", len(events))
	}
	r := s.Report()
	row := r.Tensors[0]
	if row.State != report.Kept || row.SQNRdB != 9.5 || row.Rank == nil || *row.Rank != 1 || len(row.CodeOccupancy) != 4 || row.Scheme != nil ||
		!strings.Contains(row.Reason, "2b half g64 search") {
		t.Errorf("row %+v", row)
	}
	if want := report.PooledSQNR(100, 11); r.Total.SQNRdB != want {
		t.Errorf("total %v, want %v", r.Total.SQNRdB, want)
	}
}

func TestSubjectOfTransposed(t *testing.T) {
	s := Subject(&model.Tensor{Name: "c_fc.weight", DType: "F32", Shape: []int{64, 8}, Transposed: true, SizeBytes: 2048})
	if s.Rows != 8 || s.Cols != 64 || s.Small || !s.Quantizable {
		t.Errorf("%+v", s)
	}
}
