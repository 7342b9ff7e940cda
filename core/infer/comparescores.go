package infer

import (
	"context"

	"github.com/mmtui/mmtui/core/metrics"
	"github.com/mmtui/mmtui/core/report"
)

// retrieve scores every pair with every column and holds the scores against
// the reference's. Scores that are no numbers end a column; whatever keeps
// pictures or texts from being embedded ends the comparison.
func (c *comparing) retrieve(ctx context.Context) error {
	texts := make([][]float32, len(c.columns))
	for i, col := range c.columns {
		col.clock.start()
		var err error
		texts[i], err = col.runner.embedTexts(ctx, col.p, nil, col.emit)
		col.clock.pause()
		if err != nil {
			return err
		}
	}
	images, err := c.embedPictures(ctx)
	if err != nil {
		return err
	}
	for i, col := range c.columns {
		col.clock.start()
		err := col.runner.score(ctx, c.q, col.p, col.res, images[i].out, texts[i])
		col.clock.pause()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		col.done = true
		switch ref := c.ref(); {
		case err != nil:
			c.fail(col, err)
		case col != ref && ref.err == nil:
			col.rank(ref, c.q)
		}
	}
	return nil
}

// embedPictures embeds the pictures of every column, those of one folder together.
func (c *comparing) embedPictures(ctx context.Context) ([]*pictureEmbedding, error) {
	out := make([]*pictureEmbedding, len(c.columns))
	for i, first := range c.columns {
		if out[i] != nil {
			continue
		}
		var sharing []*pictureEmbedding
		for j, col := range c.columns[i:] {
			if col.runner.info.Path == first.runner.info.Path {
				out[i+j] = col.runner.newPictureEmbedding(c.q, col.p, col.res, col.clock, col.emit)
				sharing = append(sharing, out[i+j])
			}
		}
		if err := embedPictures(ctx, c.q, sharing...); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// rank holds a column's scores against the reference's.
func (col *column) rank(ref *column, q Request) {
	a, b := ref.res, col.res
	sigmoids := ref.runner.info.Family == familySigLIP
	col.spearman = []report.Number{}
	for i := range a.Scores {
		if sigmoids {
			col.kl = append(col.kl, report.Number(sigmoidKL(a.Scores[i], b.Scores[i])))
		} else {
			col.kl = append(col.kl, report.Number(KL(single(a.Scores[i]), single(b.Scores[i]))))
		}
		rho := metrics.Spearman(a.Scores[i], b.Scores[i])
		col.spearman = append(col.spearman, report.Number(max(-1, min(rho, 1)))) // a sum may round beyond
		col.compared++
		if a.TextsByImage[i][0] == b.TextsByImage[i][0] {
			col.agreed++
		}
		for place, text := range a.TextsByImage[i] {
			if other := b.TextsByImage[i][place]; other != text && col.differs == nil {
				col.differs = &Difference{Index: i, At: place, ID: other, Text: q.Texts[other], ReferenceID: text, ReferenceText: q.Texts[text]}
			}
		}
	}
	same := 0
	for j := range a.ImagesByText {
		if a.ImagesByText[j][0] == b.ImagesByText[j][0] {
			same++
		}
	}
	col.textAgreement = report.Number(float64(same) / float64(len(a.ImagesByText)))
}

// familySigLIP gives every pair a probability of its own; others share one out
// among the texts.
const familySigLIP = "siglip"

// single are scores as the network gave them.
func single(scores []float64) []float32 {
	out := make([]float32, len(scores))
	for i, v := range scores {
		out[i] = float32(v)
	}
	return out
}
