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
func (r *Runner) generate(ctx context.Context, q Request, p *prepared, res *Result, clock *stopwatch, emit func(Event)) error {
	in, err := r.input(ctx, q, p, emit)
	if err != nil {
		return err
	}
	res.PreprocessMS = ms(clock.elapsed())
	g := r.newGeneration(q, p, res, clock, emit)
	defer g.close()
	if err := g.start(ctx, in); err != nil {
		return err
	}
	for {
		c, err := g.choose()
		if err != nil {
			return err
		}
		if !g.take(c, Event{KL: report.NA()}) {
			return nil
		}
		if err := g.step(ctx, c.id); err != nil {
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

// generation is one answer in the making, a token at a time: start, then
// choose, take and step for every token.
type generation struct {
	runner  *Runner
	q       Request
	p       *prepared
	res     *Result
	clock   *stopwatch
	emit    func(Event)
	stream  stream
	sampler *sampler
	session family.Session // nil before start
	logits  []float32      // [vocabulary] that the next token is chosen from, valid until step
	first   time.Duration  // when the first token came
	last    time.Duration
}

func (r *Runner) newGeneration(q Request, p *prepared, res *Result, clock *stopwatch, emit func(Event)) *generation {
	return &generation{runner: r, q: q, p: p, res: res, clock: clock, emit: emit,
		stream: r.codec.stream(), sampler: newSampler(q.Temperature, q.Seed)}
}

// start runs the prompt.
func (g *generation) start(ctx context.Context, in family.Prompt) (err error) {
	// The last token needs no position: nothing is asked after it.
	positions := min(len(g.p.ids)+g.p.most-1, g.runner.gen.Context())
	if g.session, err = g.runner.gen.NewSession(positions); err != nil {
		return err
	}
	g.logits, err = g.prefill(ctx, in)
	return err
}

// prefill runs the prompt and times the encoder.
func (g *generation) prefill(ctx context.Context, in family.Prompt) ([]float32, error) {
	begun := g.clock.elapsed()
	if in.Tiles > 0 {
		g.emit(Event{Kind: Progress, Stage: StageEncoder, Of: in.Tiles})
	}
	in.Progress = func(done, of int) {
		g.emit(Event{Kind: Progress, Stage: StageEncoder, Done: done, Of: of})
		if done == of {
			g.res.EncoderMS = ms(g.clock.elapsed() - begun)
			g.emit(Event{Kind: Progress, Stage: StagePrompt, Of: len(in.IDs)})
		}
	}
	if in.Tiles == 0 {
		g.emit(Event{Kind: Progress, Stage: StagePrompt, Of: len(in.IDs)})
	}
	begin(g.q.Observer, PhasePrompt)
	logits, err := g.session.Prefill(ctx, in, g.q.Observer)
	end(g.q.Observer, PhasePrompt)
	if err != nil {
		return nil, err
	}
	g.emit(Event{Kind: Progress, Stage: StagePrompt, Done: len(in.IDs), Of: len(in.IDs)})
	return logits, nil
}

// step feeds one id.
func (g *generation) step(ctx context.Context, id int) (err error) {
	begin(g.q.Observer, PhaseToken)
	g.logits, err = g.session.Step(ctx, id, g.q.Observer)
	end(g.q.Observer, PhaseToken)
	return err
}

// choose picks the next token and notes when.
func (g *generation) choose() (chosen, error) {
	c, err := g.sampler.choose(g.logits)
	if err != nil {
		return c, err
	}
	g.last = g.clock.elapsed()
	if len(g.res.TokenIDs) == 0 {
		g.first = g.last
		g.res.TimeToFirstToken = ms(g.first)
	}
	return c, nil
}

// take adds a token to the answer, completes e and tells it, and says whether
// the answer goes on.
func (g *generation) take(c chosen, e Event) (more bool) {
	return g.follow(c, e, g.stop(c.id, len(g.res.TokenIDs)+1))
}

// follow is take where it is known why the answer ends; "" goes on.
func (g *generation) follow(c chosen, e Event, reason string) (more bool) {
	g.res.TokenIDs = append(g.res.TokenIDs, c.id)
	g.res.Logprobs = append(g.res.Logprobs, c.logprob)
	g.res.StopReason = reason
	e.Kind, e.ID, e.Logprob, e.Top = Token, c.id, c.logprob, g.choices(c)
	e.Text = g.stream.Push(c.id)
	if g.res.StopReason != "" {
		e.Text += g.stream.End()
	}
	g.emit(e)
	return g.res.StopReason == ""
}

// stop is the reason why nothing comes after id, the nth token, "" when
// something does.
func (g *generation) stop(id, n int) string {
	switch {
	case slices.Contains(g.p.ends, id):
		return StopEnd
	case n >= g.p.most:
		return StopLength
	case len(g.p.ids)+n > g.runner.gen.Context():
		return StopContext
	}
	return ""
}

func (g *generation) choices(c chosen) []Choice {
	out := make([]Choice, c.found)
	for i, t := range c.top[:c.found] {
		out[i] = Choice{ID: t.id, Text: g.runner.codec.decode([]int{t.id}, false), Logprob: t.logprob}
	}
	return out
}

// close words the answer and sums up, also of one that was cut off.
func (g *generation) close() {
	if g.session != nil {
		g.session.Close()
	}
	g.res.Text = g.runner.codec.decode(g.res.TokenIDs, true)
	if n := len(g.res.TokenIDs); n > 1 {
		if s := (g.last - g.first).Seconds(); s > 0 {
			g.res.TokensPerSecond = report.Number(float64(n-1) / s)
		}
	}
}

// hasPrefix is strings.HasPrefix for a prefix that is not empty.
func hasPrefix(s, prefix string) bool { return prefix != "" && strings.HasPrefix(s, prefix) }
