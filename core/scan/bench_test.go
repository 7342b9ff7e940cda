package scan

import (
	"context"
	"fmt"
	"testing"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/int2"
)

// many is a model of ten thousand small tensors whose quantizer costs nothing,
// so that what is left is the session's own work.
func many(b *testing.B) *Session {
	f := &fake{weights: newFake(nil).weights, model: newFake(nil).model}
	for i := range 10_000 {
		f.add(fmt.Sprintf("model.layers.%d.part%d.weight", i/7, i%7), uint64(i), 4, 32)
	}
	f.quantize = func(_ context.Context, _ string, w int2.RowReader, s int2.Scheme, _ int2.Options) (*int2.Result, error) {
		m := int2.Metrics{Count: 128, Signal: 100, Error: 10, SQNRdB: 10}
		return &int2.Result{Metrics: m, Solver: s.Solver}, nil
	}
	return f.session(plan.Plan{}, Options{NoIdeal: true})
}

func BenchmarkRunTenThousandTensors(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		s := many(b)
		b.StartTimer()
		if err := s.Run(context.Background(), nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReport(b *testing.B) {
	s := many(b)
	for b.Loop() {
		s.Report()
	}
}

// A rule for each of a thousand marked tensors.
func BenchmarkSetPlan(b *testing.B) {
	s := many(b)
	four := 4
	var p plan.Plan
	for i := range 1000 {
		p = p.WithRule(plan.Rule{Match: plan.Exact(fmt.Sprintf("model.layers.%d.part3.weight", i)), Choice: plan.Choice{Bits: &four}})
	}
	for i := 0; b.Loop(); i++ {
		if i%2 == 0 {
			s.SetPlan(p)
		} else {
			s.SetPlan(plan.Plan{})
		}
	}
}
