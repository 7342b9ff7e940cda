package family

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/internal/large"
)

// idefics3Session is a conversation with an idefics3. It belongs to one
// goroutine at a time.
type idefics3Session struct {
	net       *idefics3
	run       *nn.Run
	text      *decoding // nil when closed
	positions int
	id        [1]int
}

// errClosed is the error of a closed session.
var errClosed = fmt.Errorf("the session is closed: %w", fs.ErrClosed)

// Len is the number of positions used.
func (s *idefics3Session) Len() int {
	if s.text == nil {
		return 0
	}
	return s.text.used
}

// Close gives the cache up.
func (s *idefics3Session) Close() {
	if s.text != nil {
		s.net.memory.give(s.text.block)
		s.text = nil
	}
}

// Prefill appends a prompt; see Session.
func (s *idefics3Session) Prefill(ctx context.Context, p Prompt, o nn.Observer) ([]float32, error) {
	if err := s.check(p.IDs); err != nil {
		return nil, err
	}
	var logits []float32
	err := s.net.during(ctx, func() (err error) {
		logits, err = s.prefill(ctx, &p, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.text.used += len(p.IDs)
	return logits, nil
}

func (s *idefics3Session) prefill(ctx context.Context, p *Prompt, o nn.Observer) ([]float32, error) {
	rows, d := len(p.IDs), s.net.decoder.hidden
	var features []float32
	if p.Tiles > 0 {
		var err error
		if features, err = s.net.encodeAll(ctx, s.run, o, p); err != nil {
			return nil, err
		}
	}
	x := large.Floats(rows * d)
	if err := s.text.lookup(ctx, o, x, p.IDs); err != nil {
		return nil, err
	}
	if err := s.merge(x, features, p); err != nil {
		return nil, err
	}
	if err := s.text.forward(ctx, o, x, rows); err != nil {
		return nil, err
	}
	return s.text.logitsOf(ctx, o, x, rows, p.AllLogits)
}

// merge puts features in the places of the image tokens. Without pictures an
// image token is a token like any other.
func (s *idefics3Session) merge(x, features []float32, p *Prompt) error {
	if p.Tiles == 0 {
		return nil
	}
	d, places := s.net.decoder.hidden, 0
	for _, id := range p.IDs {
		if id == s.net.imageToken {
			places++
		}
	}
	if places*d != len(features) {
		return fmt.Errorf("the prompt has %d image tokens (id %d) for the %d features of its pictures; expand the prompt again", places, s.net.imageToken, len(features)/d)
	}
	for i, id := range p.IDs {
		if id == s.net.imageToken {
			features = features[copy(x[i*d:][:d], features):]
		}
	}
	return nil
}

// Step appends one id; see Session.
func (s *idefics3Session) Step(ctx context.Context, id int, o nn.Observer) ([]float32, error) {
	s.id[0] = id
	if err := s.check(s.id[:]); err != nil {
		return nil, err
	}
	if err := s.net.begin(ctx); err != nil {
		return nil, err
	}
	defer s.net.source.End()
	t := s.text
	err := t.lookup(ctx, o, t.x, s.id[:])
	if err == nil {
		err = t.forward(ctx, o, t.x, 1)
	}
	var logits []float32
	if err == nil {
		logits, err = t.logitsOf(ctx, o, t.x, 1, false)
	}
	if err != nil {
		return nil, s.net.source.Explain(err)
	}
	t.used++
	return logits, nil
}

// check says whether ids can be appended.
func (s *idefics3Session) check(ids []int) error {
	switch {
	case s.text == nil:
		return errClosed
	case len(ids) == 0:
		return errors.New("an empty prompt; give at least one token")
	case len(ids) > s.positions-s.text.used:
		return fmt.Errorf("%d tokens after %d are more than the %d positions of this session", len(ids), s.text.used, s.positions)
	}
	for _, id := range ids {
		if id < 0 || id >= s.net.decoder.vocabulary {
			return fmt.Errorf("token id %d is not below the vocabulary of %d; tokenizer and model are not of one folder", id, s.net.decoder.vocabulary)
		}
	}
	return nil
}
