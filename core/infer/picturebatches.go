package infer

import (
	"context"
	"time"
)

// pictureEmbedding puts the pictures of a request through one image tower, a
// batch at a time.
type pictureEmbedding struct {
	runner *Runner
	q      Request
	p      *prepared
	res    *Result
	clock  *stopwatch
	emit   func(Event)
	out    []float32 // [images, dim]

	batch             []int // indexes of pictures
	keys              []contentKey
	pixels            []float32 // of the batch
	loading, encoding time.Duration
}

func (r *Runner) newPictureEmbedding(q Request, p *prepared, res *Result, clock *stopwatch, emit func(Event)) *pictureEmbedding {
	return &pictureEmbedding{runner: r, q: q, p: p, res: res, clock: clock, emit: emit, out: make([]float32, len(q.Images)*r.embed.Dim())}
}

// embedPictures puts every picture through the towers of all embeddings, which
// are variants of one folder. Each picture is loaded once, and only where a
// tower does not know it; the time of that counts for every tower that needs it.
func embedPictures(ctx context.Context, q Request, all ...*pictureEmbedding) error {
	first := all[0]
	from, now := first.runner.pictures, first.runner.now
	var pixels []float32
	for i, path := range q.Images {
		begun := now()
		key, err := from.key(ctx, path)
		if err != nil {
			return err
		}
		var missing []*pictureEmbedding
		for _, e := range all {
			if !e.known(i, key) {
				missing = append(missing, e)
			}
		}
		if len(missing) == 0 {
			continue
		}
		if pixels, _, err = from.load(ctx, path, first.p.option, pixels[:0]); err != nil {
			return err
		}
		took := now().Sub(begun)
		for _, e := range missing {
			e.loading += took
			e.clock.add(e.other(took))
			if err := e.add(ctx, i, key, pixels); err != nil {
				return err
			}
		}
	}
	for _, e := range all {
		if err := e.flush(ctx, len(q.Images)); err != nil {
			return err
		}
		e.res.PreprocessMS, e.res.EncoderMS = ms(e.loading), ms(e.encoding)
	}
	return nil
}

// other is the part of a time that the clock does not count by itself.
func (e *pictureEmbedding) other(d time.Duration) time.Duration {
	if e.clock.running {
		return 0
	}
	return d
}

// known takes the embedding of a picture that was seen before. An observer sees
// every picture.
func (e *pictureEmbedding) known(i int, key contentKey) bool {
	found, ok := e.runner.cache.get(key)
	if !ok || e.q.Observer != nil {
		return false
	}
	copy(e.out[i*e.runner.embed.Dim():], found)
	return true
}

// add takes a picture's pixels, and runs the batch when that is full.
func (e *pictureEmbedding) add(ctx context.Context, i int, key contentKey, pixels []float32) error {
	e.batch, e.keys, e.pixels = append(e.batch, i), append(e.keys, key), append(e.pixels, pixels...)
	e.emit(Event{Kind: Progress, Stage: StagePictures, Done: i + 1, Of: len(e.q.Images)})
	if len(e.batch) == e.runner.imagesAtOnce() {
		return e.flush(ctx, i+1)
	}
	return nil
}

// flush runs the batch; so many pictures are done then.
func (e *pictureEmbedding) flush(ctx context.Context, done int) error {
	if len(e.batch) > 0 {
		begun := e.runner.now()
		rows, err := e.runner.embed.EmbedImages(ctx, e.pixels, len(e.batch), e.q.Observer)
		if err != nil {
			return err
		}
		took := e.runner.now().Sub(begun)
		e.encoding += took
		e.clock.add(e.other(took))
		dim := e.runner.embed.Dim()
		for j, i := range e.batch {
			copy(e.out[i*dim:(i+1)*dim], rows[j*dim:])
			e.runner.cache.put(e.keys[j], rows[j*dim:(j+1)*dim])
		}
		e.batch, e.keys, e.pixels = e.batch[:0], e.keys[:0], e.pixels[:0]
	}
	e.emit(Event{Kind: Progress, Stage: StageEncoder, Done: done, Of: len(e.q.Images)})
	return nil
}
