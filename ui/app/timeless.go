package app

import (
	"context"
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
	out, err := t.runner.Run(ctx, q, func(e infer.Event) {
		if e.Estimate != nil {
			one := withoutTimes(*e.Estimate)
			e.Estimate = &one
		}
		emit(e)
	})
	if out == nil {
		return nil, err
	}
	kept := *out
	na := report.NA()
	kept.PreprocessMS, kept.EncoderMS, kept.TimeToFirstToken, kept.TokensPerSecond, kept.TotalMS, kept.PeakMemoryBytes = na, na, na, na, na, na
	kept.Backend = withoutProcessor(kept.Backend)
	return &kept, err
}
