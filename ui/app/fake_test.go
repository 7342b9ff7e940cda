package app

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/scan"
	"github.com/mmtui/mmtui/int2"
)

// fake is a session over made-up tensors. Run measures a row for every token in step.
type fake struct {
	mu      sync.Mutex
	names   []string
	plan    plan.Plan
	budget  int64
	rows    []report.Tensor
	step    chan struct{} // nil: rows come at once
	closed  bool
	changed []string // what Reopen says
	reopen  error
	tried   []string
	first   []int
}

func newFake(n int) *fake {
	f := &fake{budget: scan.DefaultBudgetBytes}
	for i := range n {
		f.names = append(f.names, fmt.Sprintf("layers.%d.weight", i))
	}
	f.rows = make([]report.Tensor, n)
	f.SetPlan(plan.Plan{})
	return f
}

// row is tensor i under a scheme; the figures follow from i and the bits.
func (f *fake) row(i int, scheme *int2.Scheme, done bool) report.Tensor {
	r := report.Unmeasured()
	r.Name, r.DType, r.Shape, r.Parameters, r.SizeBytes = f.names[i], "F32", []int{64, 64}, 4096, 16384
	r.Scheme, r.State = scheme, report.Pending
	if scheme == nil {
		r.State, r.QuantizedSizeBytes, r.BitsPerWeight, r.Reason = report.Kept, 16384, 32, "kept in float"
		return r
	}
	r.QuantizedSizeBytes = scheme.SizeBytes(64, 64, false)
	r.BitsPerWeight = report.BitsPerWeight(r.QuantizedSizeBytes, r.Parameters)
	if done {
		db := float64(3*scheme.Bits) + float64(i%5)
		r.State, r.SQNRdB, r.SignalEnergy = report.Done, report.Number(db), 1
		r.ErrorEnergy = report.Number(math.Pow(10, -db/10))
		r.RelativeRMSE = report.Number(math.Pow(10, -db/20))
	}
	return r
}

func (f *fake) Report() report.Model {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := report.Model{SchemaVersion: report.SchemaVersion, Tensors: append([]report.Tensor(nil), f.rows...)}
	m.Model = report.ModelInfo{Path: "made-up.safetensors", Files: []string{"made-up.safetensors"}, TensorCount: len(f.rows),
		Parameters: 4096 * int64(len(f.rows)), SizeBytes: 16384 * int64(len(f.rows)), Architecture: "Made"}
	report.SetRanks(m.Tensors)
	m.Total = report.Totals(m.Tensors, f.budget)
	return m
}

func (f *fake) SetPlan(p plan.Plan) []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plan = p
	for i := range f.rows {
		d := p.Decide(plan.Subject{Name: f.names[i], Quantizable: true, Rows: 64, Cols: 64, SizeBytes: 16384})
		if f.rows[i].Name == "" || !sameScheme(f.rows[i].Scheme, d.Scheme) {
			f.rows[i] = f.row(i, d.Scheme, false)
		}
	}
	return nil
}

func (f *fake) SetBudget(b int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.budget = b
}

func (f *fake) Prioritize(rows []int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.first = rows
}

func (f *fake) Run(ctx context.Context, event func(scan.Event)) error {
	for {
		if f.step != nil {
			select {
			case <-f.step:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		e, ok := f.measureNext()
		if !ok {
			return ctx.Err()
		}
		event(e)
	}
}

func (f *fake) measureNext() (scan.Event, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.rows {
		if f.rows[i].State == report.Pending {
			f.rows[i] = f.row(i, f.rows[i].Scheme, true)
			return scan.Event{Index: i, Tensor: f.rows[i], Total: report.Totals(f.rows, f.budget)}, true
		}
	}
	return scan.Event{}, false
}

func (f *fake) Try(_ context.Context, name string, s *int2.Scheme) (report.Tensor, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tried = append(f.tried, name)
	for i := range f.names {
		if f.names[i] == name {
			return f.row(i, s, true), nil
		}
	}
	return report.Tensor{}, errors.New("no such tensor")
}

func (f *fake) Detail(context.Context, string, *int2.Scheme) (*report.TensorDetail, error) {
	return nil, errors.New("the file was cut short while it was read")
}

func (f *fake) GroupValues(context.Context, string, *int2.Scheme, int, int) (*report.GroupValues, error) {
	return nil, errors.New("no values")
}

func (f *fake) Reopen(context.Context) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.reopen != nil {
		return nil, f.reopen
	}
	for _, name := range f.changed {
		for i := range f.names {
			if f.names[i] == name {
				f.rows[i] = f.row(i, f.rows[i].Scheme, false)
			}
		}
	}
	return f.changed, nil
}

func (f *fake) Check() error { return nil }

func (f *fake) Files() []string { return []string{"made-up.safetensors"} }

func (f *fake) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	return nil
}
