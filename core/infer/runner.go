package infer

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/mmtui/mmtui/core/family"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/variant"
)

// Runner is a folder that can run tasks. Several runs may follow one another;
// two at once are queued. Runners of several models can be open together.
type Runner struct {
	info           Info
	net            family.Network
	gen            family.Generator // nil for an Embedder
	embed          family.Embedder  // nil for a Generator
	codec          codec
	pictures       pictures
	template       template // nil for an Embedder
	marks          marks
	ends           []int
	padTo          int     // of an Embedder that pads texts; else 0
	longestText    int     // of an Embedder, in tokens
	bytesPerWeight float64 // as stored, over the whole model

	speed   *speedometer
	machine machine
	now     func() time.Time
	cache   embeddings

	turn   chan struct{} // holds a value while nobody runs
	life   sync.RWMutex  // held for reading by whoever uses the pool outside of a turn
	closed bool          // guarded by life
	close  func() error
}

// Info describes the runner.
func (r *Runner) Info() Info { return r.info }

// take waits for the turn to run. release must be called after a nil error.
func (r *Runner) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-r.turn:
	}
	if err := r.open(); err != nil {
		r.release()
		return err
	}
	return nil
}

func (r *Runner) release() { r.turn <- struct{}{} }

// Close releases the weights; a run under way ends first. A second Close does nothing.
func (r *Runner) Close() error {
	<-r.turn
	defer r.release()
	r.life.Lock()
	defer r.life.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	return r.close()
}

// Run answers a request. emit is called from the calling goroutine; nil takes
// no events. When ctx ends in the middle of a run the result so far comes back
// together with the context's error; when it ends before the run begins, nil does.
func (r *Runner) Run(ctx context.Context, q Request, emit func(Event)) (*Result, error) {
	if err := r.take(ctx); err != nil {
		return nil, err
	}
	defer r.release()
	if emit == nil {
		emit = func(Event) {}
	}
	clock := &stopwatch{now: r.now}
	clock.start()
	p, err := r.prepare(ctx, q, q.ImageSize.Auto)
	if err != nil {
		return nil, err
	}
	if err := p.reach(q); err != nil {
		return nil, err
	}
	clock.add(-p.measuring) // the machine was measured, which is no part of the answer
	r.machine.resetPeak()
	res := r.newResult(q, p)
	e := p.estimate
	emit(Event{Kind: Started, Estimate: &e})
	if r.embed != nil {
		err = r.retrieve(ctx, q, p, res, clock, emit)
	} else {
		err = r.generate(ctx, q, p, res, clock, emit)
	}
	res.TotalMS = ms(clock.elapsed())
	if bytes, ok := r.machine.peak(); ok {
		res.PeakMemoryBytes = report.Number(bytes)
	}
	switch {
	case err == nil:
		return res, nil
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		res.StopReason = StopCancelled
		return res, ctx.Err()
	}
	return nil, r.named(err)
}

func ms(d time.Duration) report.Number { return report.Number(float64(d) / float64(time.Millisecond)) }

// newResult is what is known before a run.
func (r *Runner) newResult(q Request, p *prepared) *Result {
	na := report.NA()
	res := &Result{
		SchemaVersion: report.SchemaVersion, Task: q.Task, Model: r.info.Path, Variant: r.variantName(), Family: r.info.Family, Backend: r.info.Backend,
		Images: append([]string{}, q.Images...), Prompt: p.prompt, Temperature: q.Temperature, Seed: q.Seed, TokenIDs: []int{}, Logprobs: []float64{},
		PromptTokenIDs: append([]int{}, p.ids...), Tiles: p.estimate.Tiles, ImageSize: p.size, Texts: q.Texts, TextTokenIDs: p.texts,
		PreprocessMS: na, EncoderMS: na, TimeToFirstToken: na, TokensPerSecond: na, TotalMS: na, PeakMemoryBytes: na,
		WeightBytes: r.net.WeightBytes(), ActivationBytes: p.estimate.MemoryBytes - p.weights,
		Warnings: append(append([]string(nil), r.info.Warnings...), p.warnings...),
	}
	res.Rows, res.Cols = p.estimate.Rows, p.estimate.Cols
	return res
}

// variantName is what reports call the way in which the layers run.
func (r *Runner) variantName() string {
	if r.info.Variant == "" {
		return variant.Float().Name
	}
	return r.info.Variant
}
