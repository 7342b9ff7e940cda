package infer

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/mmtui/mmtui/core/family"
	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/core/report"
)

// The names under which an Observer sees the two phases of a generation begin
// and end. Activations of a trace are those of PhasePrompt.
const (
	PhasePrompt = "prompt"
	PhaseToken  = "token" // once for every further token
)

// generate runs a prompt and continues it.
func (r *Runner) generate(ctx context.Context, q Request, p *prepared, res *Result, start time.Time, emit func(Event)) (err error) {
	in, err := r.input(ctx, q, p, emit)
	if err != nil {
		return err
	}
	res.PreprocessMS = ms(r.now().Sub(start))
	// The last token needs no position: nothing is asked after it.
	positions := min(len(p.ids)+p.most-1, r.gen.Context())
	session, err := r.gen.NewSession(positions)
	if err != nil {
		return err
	}
	defer session.Close()
	logits, err := r.prefill(ctx, session, in, q.Observer, res, emit)
	if err != nil {
		return err
	}
	a := &answer{runner: r, p: p, res: res, emit: emit, stream: r.codec.stream(), sampler: newSampler(q.Temperature, q.Seed), start: start}
	defer a.finish()
	for {
		id, more, err := a.take(logits)
		if err != nil || !more {
			return err
		}
		begin(q.Observer, PhaseToken)
		logits, err = session.Step(ctx, id, q.Observer)
		end(q.Observer, PhaseToken)
		if err != nil {
			return err
		}
	}
}

func begin(o nn.Observer, name string) {
	if o != nil {
		o.Begin(name)
	}
}

func end(o nn.Observer, name string) {
	if o != nil {
		o.End(name)
	}
}

// wants says whether an Observer keeps an activation that is costly to make:
// unless it says otherwise, it does.
func wants(o nn.Observer, name string) bool {
	if o == nil {
		return false
	}
	choosy, ok := o.(interface{ Wants(name string) bool })
	return !ok || choosy.Wants(name)
}

// input prepares the pictures of a prompt.
func (r *Runner) input(ctx context.Context, q Request, p *prepared, emit func(Event)) (family.Prompt, error) {
	in := family.Prompt{IDs: p.ids, AllLogits: wants(q.Observer, "all_logits")}
	for i, path := range q.Images {
		emit(Event{Kind: Progress, Stage: StagePictures, Done: i, Of: len(q.Images)})
		if i == 0 {
			in.Pixels = make([]float32, 0, tiles(p.grid)*3*p.grid[0].height*p.grid[0].width)
		}
		pixels, one, err := r.pictures.load(ctx, path, p.option, in.Pixels)
		if err != nil {
			return in, err
		}
		if one.tiles != p.grid[i].tiles || one.rows != p.grid[i].rows || one.cols != p.grid[i].cols {
			return in, errors.New(report.Printable(path) + ": the picture changed while it was read; run again")
		}
		if i == 0 {
			in.Height, in.Width = one.height, one.width
		} else if one.height != in.Height || one.width != in.Width {
			return in, refuse("give pictures one at a time", "the pictures become tiles of different sizes")
		}
		in.Pixels = pixels
		in.Tiles += one.tiles
	}
	if len(q.Images) > 0 {
		emit(Event{Kind: Progress, Stage: StagePictures, Done: len(q.Images), Of: len(q.Images)})
	}
	return in, nil
}

// prefill runs the prompt and times the encoder.
func (r *Runner) prefill(ctx context.Context, session family.Session, in family.Prompt, o nn.Observer, res *Result, emit func(Event)) ([]float32, error) {
	begun := r.now()
	if in.Tiles > 0 {
		emit(Event{Kind: Progress, Stage: StageEncoder, Of: in.Tiles})
	}
	in.Progress = func(done, of int) {
		emit(Event{Kind: Progress, Stage: StageEncoder, Done: done, Of: of})
		if done == of {
			res.EncoderMS = ms(r.now().Sub(begun))
			emit(Event{Kind: Progress, Stage: StagePrompt, Of: len(in.IDs)})
		}
	}
	if in.Tiles == 0 {
		emit(Event{Kind: Progress, Stage: StagePrompt, Of: len(in.IDs)})
	}
	begin(o, PhasePrompt)
	logits, err := session.Prefill(ctx, in, o)
	end(o, PhasePrompt)
	if err != nil {
		return nil, err
	}
	emit(Event{Kind: Progress, Stage: StagePrompt, Done: len(in.IDs), Of: len(in.IDs)})
	return logits, nil
}

// answer gathers what a generation gives.
type answer struct {
	runner  *Runner
	p       *prepared
	res     *Result
	emit    func(Event)
	stream  stream
	sampler *sampler
	start   time.Time
	first   time.Time // when the first token came
	last    time.Time
}

// take chooses the next id, tells it, and says whether the answer goes on.
func (a *answer) take(logits []float32) (id int, more bool, err error) {
	c, err := a.sampler.choose(logits)
	if err != nil {
		return 0, false, err
	}
	a.last = a.runner.now()
	if len(a.res.TokenIDs) == 0 {
		a.first = a.last
		a.res.TimeToFirstToken = ms(a.first.Sub(a.start))
	}
	a.res.TokenIDs = append(a.res.TokenIDs, c.id)
	a.res.Logprobs = append(a.res.Logprobs, c.logprob)
	a.res.StopReason = a.stop(c.id)
	piece := a.stream.Push(c.id)
	if a.res.StopReason != "" {
		piece += a.stream.End()
	}
	a.emit(Event{Kind: Token, ID: c.id, Text: piece, Logprob: c.logprob, Top: a.choices(c)})
	return c.id, a.res.StopReason == "", nil
}

// stop is the reason why nothing comes after id, "" when something does.
func (a *answer) stop(id int) string {
	switch {
	case slices.Contains(a.p.ends, id):
		return StopEnd
	case len(a.res.TokenIDs) >= a.p.most:
		return StopLength
	case len(a.p.ids)+len(a.res.TokenIDs) > a.runner.gen.Context():
		return StopContext
	}
	return ""
}

func (a *answer) choices(c chosen) []Choice {
	out := make([]Choice, c.found)
	for i, t := range c.top[:c.found] {
		out[i] = Choice{ID: t.id, Text: a.runner.codec.decode([]int{t.id}, false), Logprob: t.logprob}
	}
	return out
}

// finish words the answer and sums up, also of one that was cut off.
func (a *answer) finish() {
	a.res.Text = a.runner.codec.decode(a.res.TokenIDs, true)
	if n := len(a.res.TokenIDs); n > 1 {
		if s := a.last.Sub(a.first).Seconds(); s > 0 {
			a.res.TokensPerSecond = report.Number(float64(n-1) / s)
		}
	}
}

// hasPrefix is strings.HasPrefix for a prefix that is not empty.
func hasPrefix(s, prefix string) bool { return prefix != "" && strings.HasPrefix(s, prefix) }
