package family

import (
	"context"
	"errors"
	"fmt"

	"github.com/mmtui/mmtui/core/nn"
)

// groupRows is about how many tokens of pictures or texts go through a tower at
// once: enough to keep the kernels busy, with scratch memory that has a bound.
const groupRows = 1024

// textTower is the text encoder of CLIP or SigLIP.
type textTower struct {
	tokens    nn.Table
	words     int       // in the vocabulary
	places    []float32 // position embeddings [positions, hidden]
	positions int
	encoder   *encoder
	final     namedNorm
	causal    bool
	// padding, when set, tells where the padding of a text begins. The library
	// masks it: that changes no pooled token, but what a trace shows of the rest.
	padding func(ids []int) int
}

type textConfig struct {
	encoder               encoderConfig
	vocabulary, positions int
}

func (l *loader) textTower(c textConfig, causal bool) textTower {
	const at = "text_model."
	d := c.encoder.hidden
	return textTower{
		tokens:    l.table(at+"embeddings.token_embedding.weight", c.vocabulary, d),
		places:    l.vector(at+"embeddings.position_embedding.weight", c.positions, d),
		words:     c.vocabulary,
		positions: c.positions,
		encoder:   l.encoder(at+"encoder", "text", c.encoder),
		final:     l.norm(at+"final_layer_norm", d, c.encoder.eps, true),
		causal:    causal,
	}
}

// check says what is wrong with texts and gives their length.
func (t *textTower) check(ids [][]int) (tokens int, err error) {
	tokens = len(ids[0])
	if tokens == 0 {
		return 0, errors.New("an empty text; give at least one token")
	}
	if tokens > t.positions {
		return 0, fmt.Errorf("a text of %d tokens: this model reads at most %d; shorten it", tokens, t.positions)
	}
	for i, row := range ids {
		if len(row) != tokens {
			return 0, fmt.Errorf("text %d has %d tokens, the first %d; pad them to one length", i, len(row), tokens)
		}
		for _, id := range row {
			if id < 0 || id >= t.words {
				return 0, fmt.Errorf("token id %d is not below the vocabulary of %d; tokenizer and model are not of one folder", id, t.words)
			}
		}
	}
	return tokens, nil
}

// encode calls use for every group of texts, with the output of the final norm
// [texts, tokens, hidden].
func (t *textTower) encode(ctx context.Context, r *nn.Run, o nn.Observer, ids [][]int, use func(first int, ids [][]int, p *encoding) error) error {
	tokens, err := t.check(ids)
	if err != nil {
		return err
	}
	group := min(max(1, groupRows/tokens), len(ids))
	p := t.encoder.encoding(r, o, group, tokens)
	defer p.release()
	p.causal = t.causal
	flat := make([]int, 0, group*tokens)
	for lo := 0; lo < len(ids); lo += group {
		rows := ids[lo:min(lo+group, len(ids))]
		p.resize(len(rows))
		flat = flat[:0]
		for _, row := range rows {
			flat = append(flat, row...)
		}
		if err := t.embed(ctx, p, flat); err != nil {
			return err
		}
		p.mask = t.mask(rows)
		p.observe(0)
		if err := p.forward(ctx); err != nil {
			return err
		}
		if err := t.final.run(ctx, o, r, p.h, p.x, len(flat)); err != nil {
			return err
		}
		if o != nil {
			o.Activation("text.norm", []int{p.batch, tokens, p.hidden}, p.h)
		}
		if err := use(lo, rows, p); err != nil {
			return err
		}
	}
	return nil
}

func (t *textTower) embed(ctx context.Context, p *encoding, flat []int) error {
	if err := p.run.Lookup(ctx, p.x, p.hidden, t.tokens, flat); err != nil {
		return err
	}
	return p.run.Add(ctx, p.x, t.places[:p.tokens*p.hidden], len(flat), p.hidden)
}

// mask hides the padding of texts as keys, [texts, tokens]; nil hides nothing.
func (t *textTower) mask(ids [][]int) []bool {
	if t.padding == nil {
		return nil
	}
	mask, padded := make([]bool, 0, len(ids)*len(ids[0])), false
	for _, row := range ids {
		end := t.padding(row)
		padded = padded || end < len(row)
		for i := range row {
			mask = append(mask, i < end)
		}
	}
	if !padded {
		return nil
	}
	return mask
}
