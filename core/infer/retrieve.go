package infer

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/core/report"
)

// The most pictures and texts that go through a tower at once, and the memory
// that a batch may take.
const (
	mostAtOnce = 16
	batchBytes = 256 << 20
)

// layRetrieval lays pictures and texts out and fills in the estimate.
func (r *Runner) layRetrieval(ctx context.Context, q Request, p *prepared, sizes [][2]int) (err error) {
	if p.grid, err = r.layOut(q, sizes, p.option); err != nil {
		return err
	}
	if err := r.layTexts(ctx, q, p); err != nil {
		return err
	}
	length := len(p.texts[0])
	images, texts := r.embed.ImageCost(len(p.grid)), r.embed.TextCost(len(p.texts), length)
	s, err := r.speedFor(ctx, p, images.FLOP+texts.FLOP, 0)
	if err != nil {
		return err
	}
	e := Estimate{Tiles: tiles(p.grid), FLOP: images.FLOP + texts.FLOP}
	for _, ids := range p.texts {
		e.PromptTokens += len(ids)
	}
	e.Rows, e.Cols = grid(p.grid)
	e.FirstTokenMS = picturesMS(p.grid) + 1000*e.FLOP/(share*s.flops)
	e.TotalMS = e.FirstTokenMS
	p.weights = r.net.WeightBytes()
	atOnce := p.grid[:min(len(p.grid), r.imagesAtOnce())]
	e.MemoryBytes = p.weights + max(r.embed.ImageCost(len(atOnce)).MemoryBytes, r.embed.TextCost(min(len(p.texts), mostAtOnce), length).MemoryBytes) +
		r.pictureBytes(atOnce) + 8*int64(len(p.grid))*int64(len(p.texts))
	r.available(&e)
	p.estimate = e
	return nil
}

// layTexts gives all texts the same length, as processor(text, padding=True,
// truncation=True) does: that of the longest, or all positions where the family
// was trained so (SigLIP). What does not fit is cut, and said.
func (r *Runner) layTexts(ctx context.Context, q Request, p *prepared) error {
	length := r.padTo
	for i, text := range q.Texts {
		if err := ctx.Err(); err != nil {
			return err
		}
		ids, full, err := r.codec.encodeShort(text, r.longestText)
		if err != nil {
			return fmt.Errorf("text %d: %w", i+1, err)
		}
		if len(ids) == 0 {
			return refuse("give a text that has words", "text %d has no tokens", i+1)
		}
		if full > len(ids) {
			p.warnings = append(p.warnings, fmt.Sprintf("text %d has %s, and the text model has %s: it was cut to %d",
				i+1, report.Plural(int64(full), "token"), report.Plural(int64(r.longestText), "position"), len(ids)))
		}
		p.texts = append(p.texts, ids)
		length = max(length, len(ids))
	}
	return r.padTexts(p.texts, length)
}

// padTexts gives texts one length and checks their ids against the network.
func (r *Runner) padTexts(texts [][]int, length int) error {
	pad, named := r.codec.padID()
	for i, ids := range texts {
		if missing := length - len(ids); missing > 0 {
			if !named {
				return fmt.Errorf("%s: the tokenizer names no pad_token, and the texts have different lengths; add pad_token to tokenizer_config.json, or give one text at a time",
					report.Printable(r.info.Path))
			}
			filler := slices.Repeat([]int{pad}, missing)
			if r.codec.padsLeft() {
				texts[i] = append(filler, ids...)
			} else {
				texts[i] = append(ids, filler...)
			}
		}
		for _, id := range texts[i] {
			if id < 0 || id >= r.embed.Vocabulary() {
				return r.beyondVocabulary(id, r.embed.Vocabulary())
			}
		}
	}
	return nil
}

// imagesAtOnce bounds a batch by memory.
func (r *Runner) imagesAtOnce() int {
	side := int64(r.embed.ImageSize())
	one := r.embed.ImageCost(1).MemoryBytes + 4*3*side*side
	return int(min(max(batchBytes/max(one, 1), 1), mostAtOnce))
}

// retrieve embeds pictures and texts and scores every pair.
func (r *Runner) retrieve(ctx context.Context, q Request, p *prepared, res *Result, clock *stopwatch, emit func(Event)) error {
	begin(q.Observer, PhasePrompt)
	defer end(q.Observer, PhasePrompt)
	texts, err := r.embedTexts(ctx, p, q.Observer, emit)
	if err != nil {
		return err
	}
	e := r.newPictureEmbedding(q, p, res, clock, emit)
	if err := embedPictures(ctx, q, e); err != nil {
		return err
	}
	return r.score(ctx, q, p, res, e.out, texts)
}

// score holds every picture [images, dim] against every text [texts, dim].
func (r *Runner) score(ctx context.Context, q Request, p *prepared, res *Result, images, texts []float32) error {
	// A picture at a time: of many texts even one takes a while.
	var logits, probabilities []float32
	dim := r.embed.Dim()
	for i := range p.grid {
		if err := ctx.Err(); err != nil {
			return err
		}
		row := r.embed.Logits(images[i*dim:(i+1)*dim], texts)
		logits = append(logits, row...)
		probabilities = append(probabilities, r.embed.Probabilities(row, len(p.texts))...)
	}
	observe(q.Observer, logits, probabilities, len(p.grid), len(p.texts))
	res.Scores = matrix(logits, len(p.texts))
	res.Probabilities = matrix(probabilities, len(p.texts))
	for _, row := range res.Scores {
		for _, v := range row {
			if v != v {
				return errNotNumbers
			}
		}
	}
	res.TextsByImage, res.ImagesByText = rankings(ctx, res.Scores, len(p.texts))
	return ctx.Err()
}

// observe hands over what only the pair of towers gives.
func observe(o nn.Observer, logits, probabilities []float32, images, texts int) {
	if o == nil {
		return
	}
	o.Activation("logits_per_image", []int{images, texts}, logits)
	turned := make([]float32, len(logits))
	for i := range images {
		for j := range texts {
			turned[j*images+i] = logits[i*texts+j]
		}
	}
	o.Activation("logits_per_text", []int{texts, images}, turned)
	o.Activation("probs", []int{images, texts}, probabilities)
}

// embedTexts gives [texts, dim].
func (r *Runner) embedTexts(ctx context.Context, p *prepared, o nn.Observer, emit func(Event)) ([]float32, error) {
	dim := r.embed.Dim()
	out := make([]float32, len(p.texts)*dim)
	var missing []int
	for i, ids := range p.texts {
		if known, ok := r.cache.get(keyOfIDs(ids)); ok && o == nil {
			copy(out[i*dim:], known)
		} else {
			missing = append(missing, i)
		}
	}
	emit(Event{Kind: Progress, Stage: StagePrompt, Done: len(p.texts) - len(missing), Of: len(p.texts)})
	for len(missing) > 0 {
		batch := missing[:min(len(missing), mostAtOnce)]
		missing = missing[len(batch):]
		ids := make([][]int, len(batch))
		for j, i := range batch {
			ids[j] = p.texts[i]
		}
		rows, err := r.embed.EmbedTexts(ctx, ids, o)
		if err != nil {
			return nil, err
		}
		for j, i := range batch {
			copy(out[i*dim:(i+1)*dim], rows[j*dim:])
			r.cache.put(keyOfIDs(ids[j]), rows[j*dim:(j+1)*dim])
		}
		emit(Event{Kind: Progress, Stage: StagePrompt, Done: len(p.texts) - len(missing), Of: len(p.texts)})
	}
	return out, nil
}

// matrix cuts rows of so many columns.
func matrix(values []float32, cols int) [][]float64 {
	out := make([][]float64, len(values)/cols)
	for i := range out {
		out[i] = make([]float64, cols)
		for j, v := range values[i*cols:][:cols] {
			out[i][j] = float64(v)
		}
	}
	return out
}

// rankings orders texts for every picture and pictures for every text, best
// first, earlier ones first among equals. What an ended context leaves out is
// empty.
func rankings(ctx context.Context, scores [][]float64, texts int) (textsByImage, imagesByText [][]int) {
	order := func(n int, score func(int) float64) []int {
		if ctx.Err() != nil {
			return []int{}
		}
		out := make([]int, n)
		for i := range out {
			out[i] = i
		}
		slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(score(b), score(a)) })
		return out
	}
	for _, row := range scores {
		textsByImage = append(textsByImage, order(texts, func(j int) float64 { return row[j] }))
	}
	for j := range texts {
		imagesByText = append(imagesByText, order(len(scores), func(i int) float64 { return scores[i][j] }))
	}
	return textsByImage, imagesByText
}
