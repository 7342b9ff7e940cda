package infer

import (
	"context"
	"errors"
	"fmt"

	"github.com/mmtui/mmtui/core/report"
)

// Forced feeds a network the prompt of a request and then the given ids, those
// of another run's answer (teacher forcing). each gets the logits [vocabulary]
// that ids[i] is chosen from, before it is fed: len(ids) calls, the first after
// the prompt. The logits are valid during the call; an error of each ends the
// run and comes back. The Observer of the request sees the phases as in Run.
// Ids beyond the context or the vocabulary are a RequestError; retrieval has no
// ids, and is one too.
func Forced(ctx context.Context, r *Runner, q Request, ids []int, each func(i int, logits []float32) error) error {
	if err := r.take(ctx); err != nil {
		return err
	}
	defer r.release()
	if q.Task == Retrieval {
		return refuse("ask for another task", "retrieval has no tokens to feed")
	}
	q.MaxNewTokens = max(len(ids), 1)
	p, err := r.prepare(ctx, q, q.ImageSize.Auto)
	if err != nil {
		return err
	}
	if err := r.checkForced(p, ids); err != nil {
		return err
	}
	if err := p.reach(q); err != nil {
		return err
	}
	quiet := func(Event) {}
	in, err := r.input(ctx, q, p, quiet)
	if err != nil {
		return err
	}
	g := r.newGeneration(q, p, r.newResult(q, p), &stopwatch{now: r.now}, quiet)
	defer g.close()
	if err := g.start(ctx, in); err != nil {
		return r.named(err)
	}
	for i, id := range ids {
		if err := each(i, g.logits); err != nil {
			return err
		}
		if i == len(ids)-1 {
			break // nothing is asked after the last id
		}
		if err := g.step(ctx, id); err != nil {
			return r.named(err)
		}
	}
	return nil
}

// checkForced says whether ids can follow a prompt.
func (r *Runner) checkForced(p *prepared, ids []int) error {
	if room := r.gen.Context() - len(p.ids) + 1; len(ids) > room {
		return refuse("give a shorter answer", "the answer has %s, and after the prompt there is room for %d", report.Plural(int64(len(ids)), "token"), room)
	}
	for _, id := range ids {
		if id < 0 || id >= r.gen.Vocabulary() {
			return refuse("take the answer of a model with the same tokenizer", "the answer holds the id %d, and the network knows ids below %d", id, r.gen.Vocabulary())
		}
	}
	return nil
}

// named puts the model before the error of a network that is broken.
func (r *Runner) named(err error) error {
	if errors.Is(err, errNotNumbers) {
		return fmt.Errorf("%s: %w", report.Printable(r.info.Path), err)
	}
	return err
}
