package app

import (
	"context"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/report"
)

// timeless is a runner that keeps what depends on the machine and the moment to
// itself: times, memory and the kind of processor. Pictures of the workbench
// are the same wherever they are drawn.
type timeless struct{ runner }

func (t timeless) Info() infer.Info {
	out := t.runner.Info()
	out.Backend = withoutProcessor(out.Backend)
	return out
}

// withoutProcessor takes what stands in parentheses off a backend's name.
func withoutProcessor(backend string) string {
	name, _, _ := strings.Cut(backend, " (")
	return name
}

func (t timeless) Estimate(ctx context.Context, q infer.Request) (infer.Estimate, error) {
	out, err := t.runner.Estimate(ctx, q)
	return withoutTimes(out), err
}

func withoutTimes(e infer.Estimate) infer.Estimate {
	e.AvailableBytes, e.FirstTokenMS, e.TotalMS = 0, 0, 0
	return e
}

func (t timeless) Run(ctx context.Context, q infer.Request, emit func(infer.Event)) (*infer.Result, error) {
	out, err := t.runner.Run(ctx, q, func(e infer.Event) { emit(eventWithoutTimes(e)) })
	return resultWithoutTimes(out), err
}

func eventWithoutTimes(e infer.Event) infer.Event {
	if e.Estimate != nil {
		one := withoutTimes(*e.Estimate)
		e.Estimate = &one
	}
	return e
}

func resultWithoutTimes(out *infer.Result) *infer.Result {
	if out == nil {
		return nil
	}
	kept := *out
	na := report.NA()
	kept.PreprocessMS, kept.EncoderMS, kept.TimeToFirstToken, kept.TokensPerSecond, kept.TotalMS, kept.PeakMemoryBytes = na, na, na, na, na, na
	kept.Backend = withoutProcessor(kept.Backend)
	return &kept
}

// compareTimeless is compareRunners of such runners.
func compareTimeless(ctx context.Context, all []runner, q infer.Request, emit func(column int, e infer.Event)) (*infer.Comparison, error) {
	real := make([]runner, len(all))
	for i, one := range all {
		real[i] = one
		if t, ok := one.(timeless); ok {
			real[i] = t.runner
		}
	}
	out, err := compareRunners(ctx, real, q, func(column int, e infer.Event) { emit(column, eventWithoutTimes(e)) })
	if out == nil {
		return nil, err
	}
	kept := *out
	kept.PeakMemoryBytes, kept.Variants = report.NA(), slices.Clone(out.Variants)
	for i := range kept.Variants {
		kept.Variants[i].Result = resultWithoutTimes(kept.Variants[i].Result)
	}
	return &kept, err
}
