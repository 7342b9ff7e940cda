package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/mmtui/mmtui/core/family"
	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/core/report"
)

// textTokens is the length of the question beside a picture's features, as
// those of the published examples are.
const textTokens = 26

// generator measures the first token of a picture, a prompt and decoding.
func (b *modelBench) generator(ctx context.Context, g family.Generator, t *tally) error {
	random := rand.New(rand.NewPCG(1, 2))
	picture := family.Prompt{Tiles: 1, Height: g.TileSize(), Width: g.TileSize(), Pixels: pixels(random, 3*g.TileSize()*g.TileSize())}
	for range g.FeaturesPerTile() {
		picture.IDs = append(picture.IDs, g.ImageTokenID())
	}
	picture.IDs = append(picture.IDs, words(random, g.Vocabulary(), textTokens, g.ImageTokenID())...)
	steps := min(b.Tokens, max(g.Context()/2, 1))
	prompt := family.Prompt{IDs: words(random, g.Vocabulary(), min(b.PromptTokens, max(g.Context()-steps-2, 1)), g.ImageTokenID())}

	if len(picture.IDs) <= g.Context() {
		p, err := b.prefill(ctx, g, t, "first token", "run", 1, picture)
		if err != nil {
			return err
		}
		b.add(p)
	}
	p, err := b.prefill(ctx, g, t, "prompt", "token", len(prompt.IDs), prompt)
	if err != nil {
		return err
	}
	b.add(p)
	if p, err = b.decode(ctx, g, t, prompt, steps); err != nil {
		return err
	}
	b.add(p)
	return nil
}

// prefill measures a prompt of so many units in sessions of its own.
func (b *modelBench) prefill(ctx context.Context, g family.Generator, t *tally, name, unit string, units int, p family.Prompt) (Phase, error) {
	run := func(o nn.Observer) error {
		s, err := g.NewSession(len(p.IDs))
		if err != nil {
			return err
		}
		defer s.Close()
		_, err = s.Prefill(ctx, p, o)
		return err
	}
	phase := Phase{Name: name, Unit: unit, Tiles: p.Tiles, Tokens: len(p.IDs), P50: report.NA(), P95: report.NA(), Allocations: report.NA()}
	best, err := b.rounds(ctx, name, func() error { return run(nil) })
	if err != nil {
		return Phase{}, err
	}
	watch := newStopwatch(b.now, t)
	if err := run(watch); err != nil {
		return Phase{}, err
	}
	watch.finish()
	phase.fill(best, units, g.Prefill(p.Tiles, len(p.IDs)).FLOP, watch, units)
	if p.Tiles > 0 {
		parts := watch.parts()
		for _, part := range []string{encoderPart, connectorPart, promptPart} {
			phase.Parts = append(phase.Parts, Part{part, milliseconds(parts[part])})
		}
	}
	return phase, nil
}

// decode measures further tokens after a prompt.
func (b *modelBench) decode(ctx context.Context, g family.Generator, t *tally, p family.Prompt, steps int) (Phase, error) {
	var all []time.Duration
	allocations := report.NA()
	positions := len(p.IDs) + steps + 2
	decoding := func(steps int, watch *stopwatch) error {
		s, err := g.NewSession(min(positions, g.Context()))
		if err != nil {
			return err
		}
		defer s.Close()
		if _, err := s.Prefill(ctx, p, nil); err != nil {
			return err
		}
		if _, err := s.Step(ctx, p.IDs[0], nil); err != nil { // warms what a step of one row needs
			return err
		}
		if watch != nil {
			watch.last = b.now()
			_, err := s.Step(ctx, p.IDs[0], watch)
			return err
		}
		took := make([]time.Duration, 0, steps)
		before := allocated()
		for range steps {
			begin := b.now()
			if _, err := s.Step(ctx, p.IDs[0], nil); err != nil {
				return err
			}
			took = append(took, b.now().Sub(begin))
		}
		if n := report.Number(float64(allocated()-before) / float64(steps)); !allocations.Valid() || n < allocations {
			allocations = n
		}
		all = append(all, took...)
		return nil
	}
	best := time.Duration(0)
	_, err := b.rounds(ctx, "decode", func() error {
		if err := decoding(steps, nil); err != nil {
			return err
		}
		var sum time.Duration
		for _, d := range all[len(all)-steps:] {
			sum += d
		}
		if best == 0 || sum < best {
			best = sum
		}
		return nil
	})
	if err != nil {
		return Phase{}, err
	}
	watch := newStopwatch(b.now, t)
	if err := decoding(1, watch); err != nil {
		return Phase{}, err
	}
	watch.finish()
	phase := Phase{Name: "decode", Unit: "token", Tokens: len(p.IDs), Allocations: allocations}
	phase.fill(best, steps, g.Decode(len(p.IDs)+1).FLOP, watch, 1)
	slices.Sort(all)
	phase.P50, phase.P95 = quantile(all, 0.5), quantile(all, 0.95)
	return phase, nil
}

// embedder measures pictures and texts.
func (b *modelBench) embedder(ctx context.Context, e family.Embedder, t *tally) error {
	random := rand.New(rand.NewPCG(1, 2))
	n := b.Pictures
	images := pixels(random, n*3*e.ImageSize()*e.ImageSize())
	texts := make([][]int, n)
	for i := range texts {
		texts[i] = words(random, e.Vocabulary(), e.TextPositions(), -1)
	}
	for _, one := range []struct {
		name, unit string
		tokens     int
		flop       float64
		run        func(nn.Observer) error
	}{
		{"images", "picture", 0, e.ImageCost(n).FLOP, func(o nn.Observer) error { _, err := e.EmbedImages(ctx, images, n, o); return err }},
		{"texts", "text", e.TextPositions(), e.TextCost(n, e.TextPositions()).FLOP, func(o nn.Observer) error { _, err := e.EmbedTexts(ctx, texts, o); return err }},
	} {
		best, err := b.rounds(ctx, one.name, func() error { return one.run(nil) })
		if err != nil {
			return err
		}
		watch := newStopwatch(b.now, t)
		if err := one.run(watch); err != nil {
			return err
		}
		watch.finish()
		p := Phase{Name: one.name, Unit: one.unit, Tokens: one.tokens, P50: report.NA(), P95: report.NA(), Allocations: report.NA()}
		p.fill(best, n, one.flop, watch, n)
		b.add(p)
	}
	return nil
}

// rounds repeats work for Length and at least twice, the peaks measured in
// between and that time counted, and returns the shortest.
func (b *modelBench) rounds(ctx context.Context, what string, work func() error) (time.Duration, error) {
	b.begin(b.current().Name, what)
	var best, total time.Duration
	for n := 0; n < 2 || total < b.Length; n++ {
		around := b.now()
		if err := b.look(ctx); err != nil {
			return 0, err
		}
		begin := b.now()
		if err := work(); err != nil {
			return 0, fmt.Errorf("%s: %w", what, err)
		}
		end := b.now()
		total += max(end.Sub(around), time.Millisecond) // a clock that stands still ends too
		if took := end.Sub(begin); n == 0 || took < best {
			best = took
		}
	}
	return best, nil
}

// allocated counts the allocations of the process so far.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// pixels are random and normalised, about −1 … 1.
func pixels(random *rand.Rand, n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = 2*random.Float32() - 1
	}
	return out
}

// words are random ids below a vocabulary, none of them but.
func words(random *rand.Rand, vocabulary, n, but int) []int {
	out := make([]int, n)
	for i := range out {
		if out[i] = random.IntN(vocabulary); out[i] == but {
			out[i] = (but + 1) % vocabulary
		}
	}
	return out
}

// quantile of sorted times, by the nearest rank, in milliseconds.
func quantile(sorted []time.Duration, q float64) report.Number {
	if len(sorted) == 0 {
		return report.NA()
	}
	return milliseconds(sorted[min(int(q*float64(len(sorted))), len(sorted)-1)])
}
