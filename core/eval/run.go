package eval

import (
	"context"
	"errors"
	"fmt"

	"github.com/mmtui/mmtui/core/report"
)

// The defaults of Options.
const (
	DefaultResamples = 1000
	DefaultLevel     = 0.95
)

// Options of Run. The zero value keeps no file of answers, ends at the first
// failure, and takes the default intervals.
type Options struct {
	// Model and Settings are shown in the report.
	Model    string
	Settings Settings
	// Fingerprint stands for the model and the settings: an answer is reused only
	// under the same one.
	Fingerprint string
	// Output is the file that answers are appended to; "" keeps none.
	Output string
	// Resume takes answers from Output that are there already; without it a file
	// with answers is refused.
	Resume bool
	// Metrics are those to compute; none means the default ones of each task.
	Metrics []string
	// KeepGoing goes on after a sample that fails.
	KeepGoing bool
	Seed      uint64  // of the resamples
	Resamples int     // 0 is DefaultResamples; less than 0 gives no intervals
	Level     float64 // 0 is DefaultLevel
	// Progress is told before each sample and at the end.
	Progress func(done, of int, note string)
}

// outcome is what came of a sample.
type outcome struct {
	sample  Sample
	done    bool
	answer  Answer
	failure string // why there is no answer; "" with one
}

// Run answers all samples of a set, one after another, and scores them. When ctx
// ends it stops in the middle of a sample; the file of answers keeps those that
// are whole, and the report of them comes back together with the context's error.
func Run(ctx context.Context, set *Set, a Answerer, opt Options) (*Report, error) {
	if err := CheckMetrics(opt.Metrics, set.Tasks()); err != nil {
		return nil, err
	}
	var file *answers
	if opt.Output != "" {
		var err error
		if file, err = openAnswers(opt.Output, opt.Resume); err != nil {
			return nil, err
		}
	}
	r := &runner{set: set, model: a, opt: opt, file: file, sums: map[string]string{}}
	runErr := r.all(ctx)
	if file != nil {
		runErr = errors.Join(runErr, file.close())
	}
	if runErr != nil && ctx.Err() == nil {
		return nil, runErr
	}
	// What is there is scored even when the context has ended in the middle.
	if ctx.Err() != nil {
		r.opt.Resamples = -1 // intervals take a while
		rep, err := r.report(context.WithoutCancel(ctx))
		return rep, errors.Join(ctx.Err(), err)
	}
	return r.report(ctx)
}

// runner is the state of one run.
type runner struct {
	set      *Set
	model    Answerer
	opt      Options
	file     *answers
	sums     map[string]string // of pictures, by path
	outcomes []outcome
	reused   int
}

func (r *runner) progress(done int, note string) {
	if r.opt.Progress != nil {
		r.opt.Progress(done, len(r.set.Samples), note)
	}
}

func (r *runner) all(ctx context.Context) error {
	r.outcomes = make([]outcome, len(r.set.Samples))
	for i, s := range pooled(r.set.Samples) {
		r.outcomes[i].sample = s
	}
	for i := range r.outcomes {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.progress(i, note(r.outcomes[i].sample))
		if err := r.one(ctx, &r.outcomes[i]); err != nil {
			return err
		}
	}
	r.progress(len(r.outcomes), "")
	return nil
}

func note(s Sample) string {
	if s.ID != "" {
		return s.Task + " " + s.ID
	}
	return fmt.Sprintf("%s, line %d", s.Task, s.Line)
}

// one answers a sample, or takes the answer from the file.
func (r *runner) one(ctx context.Context, o *outcome) error {
	key := ""
	if r.file != nil {
		var err error
		if key, err = keyOf(ctx, r.opt.Fingerprint, o.sample, r.sums); err != nil {
			return r.at(o.sample, err)
		}
		if old, ok := r.file.done[key]; ok && wellFormed(o.sample, old.answer()) == nil {
			o.answer, o.done = old.answer(), true
			r.reused++
			return nil
		}
	}
	answer, err := r.model.Answer(ctx, o.sample)
	if ctx.Err() != nil {
		return ctx.Err() // an answer cut short is none
	}
	if err == nil {
		err = wellFormed(o.sample, answer)
	}
	if err != nil && !r.opt.KeepGoing {
		return r.at(o.sample, err)
	}
	if err != nil {
		o.failure = err.Error()
	} else {
		o.answer, o.done = answer, true
	}
	if r.file == nil {
		return nil
	}
	record := newRecord(key, o.sample, answer, err)
	if err := r.file.add(record); err != nil {
		return fmt.Errorf("%s: %w", report.Printable(r.file.path), err)
	}
	if o.done {
		r.file.done[key] = record
	}
	return nil
}

// wellFormed checks that scores of retrieval are [images × texts].
func wellFormed(s Sample, a Answer) error {
	if s.Task != Retrieval {
		return nil
	}
	if len(a.Scores) != len(s.Images) {
		return fmt.Errorf("there are scores for %s, not for %d", counted(len(a.Scores), "picture"), len(s.Images))
	}
	for _, row := range a.Scores {
		if len(row) != len(s.Texts) {
			return fmt.Errorf("there are scores for %s, not for %d", counted(len(row), "text"), len(s.Texts))
		}
	}
	return nil
}

// at names the line of a sample in front of an error.
func (r *runner) at(s Sample, err error) error {
	return &SampleError{Path: r.set.Path, Line: s.Line, Err: err}
}

// SampleError is the failure of a sample that ended a run.
type SampleError struct {
	Path string
	Line int
	Err  error
}

func (e *SampleError) Error() string {
	return fmt.Sprintf("%s:%d: %v", report.Printable(e.Path), e.Line, e.Err)
}

func (e *SampleError) Unwrap() error { return e.Err }

// report scores what was answered.
func (r *runner) report(ctx context.Context) (*Report, error) {
	b := bootstrap{resamples: r.opt.Resamples, seed: r.opt.Seed, level: r.opt.Level}
	if b.resamples == 0 {
		b.resamples = DefaultResamples
	}
	if b.level == 0 {
		b.level = DefaultLevel
	}
	rep := &Report{
		SchemaVersion: report.SchemaVersion, Data: r.set.Path, Model: r.opt.Model, Settings: r.opt.Settings, Answers: r.opt.Output,
		SampleCount: len(r.outcomes), ReusedCount: r.reused, ConfidenceLevel: b.level, Resamples: max(0, b.resamples), BootstrapSeed: b.seed,
		Tasks: []TaskReport{}, Failures: []Failure{},
	}
	for _, o := range r.outcomes {
		switch {
		case o.failure != "":
			rep.FailedCount++
			rep.Failures = append(rep.Failures, Failure{o.sample.Line, o.sample.ID, o.sample.Task, o.failure})
		case o.done:
			rep.AnsweredCount++
		}
	}
	for _, task := range r.set.Tasks() {
		t, err := taskReport(ctx, task, r.outcomes, r.opt.Metrics, b)
		if err != nil {
			return nil, err
		}
		rep.Tasks = append(rep.Tasks, t)
	}
	return rep, nil
}
