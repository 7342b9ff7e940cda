package diverge

import (
	"context"
	"fmt"

	"github.com/mmtui/mmtui/core/family"
	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/variant"
	"github.com/mmtui/mmtui/internal/pool"
)

// layers runs both networks in lockstep and fills the report's rows and
// positions.
func (c *comparison) layers(ctx context.Context, set *variant.Set) (err error) {
	task := c.answer.Task
	c.m = newMeasure(
		func(name string) Part { return PartOf(task, name) },
		func(name string) Part { return partOfStage(task, name) },
	)
	plain, err := variant.Open(ctx, c.model, variant.Float(), variant.Options{CacheDir: c.opt.PackDir, Workers: c.opt.Workers})
	if err != nil {
		return err
	}
	workers := pool.New(c.opt.Workers)
	defer workers.Close()
	// The variant's comes first: a float layer is made beside its twin.
	var nets [2]family.Network
	defer func() {
		for _, n := range nets {
			if n == nil {
				continue
			}
			if closing := n.Close(); err == nil {
				err = closing
			}
		}
	}()
	for _, side := range []int{variantSide, floatSide} {
		wrap, of := c.m.variant, set
		if side == floatSide {
			wrap, of = c.m.float, plain
		}
		nets[side], err = family.Open(ctx, c.model, family.Options{Pool: workers, Linears: func(e *nn.Engine, float nn.Linears) nn.Linears {
			return wrap(of.Linears(e, float))
		}})
		if err != nil {
			return err
		}
	}
	total := c.steps()
	c.m.step = func(r *record) { c.advance(total, r.Name) }
	c.m.meeting = newLockstep()
	err = c.m.meeting.together(ctx, func(ctx context.Context, side int) error {
		switch net := nets[side].(type) {
		case family.Generator:
			return c.generate(ctx, side, net)
		case family.Embedder:
			return c.retrieve(ctx, side, net)
		}
		return fmt.Errorf("a network of the family %s neither generates nor embeds", nets[side].Family())
	})
	if err != nil {
		return err
	}
	for _, t := range c.m.lookups {
		if err := t.compare(ctx, workers); err != nil {
			return err
		}
	}
	c.gather(set)
	return nil
}

// steps is how many layers and tokens the comparison will go through, about.
func (c *comparison) steps() int {
	first, rest := 0, 0
	for _, name := range c.m.linears {
		switch c.m.partOf(name) {
		case Encoder, Connector:
			first++
		default:
			rest++
		}
	}
	tiles := 0
	if c.given.shape != nil {
		tiles = c.given.shape[0]
	}
	return first*tiles + rest + len(c.answer.TokenIDs)
}

// advance tells of one more layer or token. Long prompts go through a layer in
// several blocks, which the total does not count.
func (c *comparison) advance(of int, name string) {
	c.done = min(c.done+1, of)
	c.opt.Progress(Progress{StageLayers, c.done, of, name})
}

// generate is one side of a generation: the prompt, then the float answer's
// tokens, whoever would have said them.
func (c *comparison) generate(ctx context.Context, side int, net family.Generator) error {
	ids := c.answer.TokenIDs
	session, err := net.NewSession(len(c.answer.PromptTokenIDs) + max(len(ids), 1) - 1)
	if err != nil {
		return err
	}
	defer session.Close()
	prompt := family.Prompt{IDs: c.answer.PromptTokenIDs, Pixels: c.given.pixels}
	if s := c.given.shape; s != nil {
		prompt.Tiles, prompt.Height, prompt.Width = s[0], s[2], s[3]
		if side == floatSide {
			c.m.skip = net.ImageTokenID() // a feature takes its place
		}
	}
	c.m.on[side] = true
	logits, err := session.Prefill(ctx, prompt, stages{ctx, c.m, side})
	c.m.on[side] = false
	for i := range ids {
		if err != nil {
			return err
		}
		if err := c.logits(ctx, side, i, logits); err != nil {
			return err
		}
		if i < len(ids)-1 {
			logits, err = session.Step(ctx, ids[i], nil)
		}
	}
	return err
}

// mostKept bounds the positions whose logits are kept for combinations.
const mostKept = 256

// logits compares the logits of one position.
func (c *comparison) logits(ctx context.Context, side, i int, logits []float32) error {
	const name = "logits"
	if side == variantSide {
		return c.m.meeting.show(ctx, arrival{name: name, y: logits})
	}
	a, err := c.m.meeting.meet(ctx, name, 0, len(logits))
	if err != nil {
		return err
	}
	if c.opt.Combinations && len(c.kept) < mostKept {
		c.kept = append(c.kept, append([]float32(nil), logits...))
	}
	c.report.Positions = append(c.report.Positions, c.position(i, logits, a.y))
	c.advance(c.steps(), name)
	return c.m.meeting.release(ctx)
}

// position holds the logits of both runs at one position against each other.
func (c *comparison) position(i int, float, other []float32) Position {
	p := Position{Index: i, VariantID: best(other)}
	if c.answer.Task == infer.Retrieval {
		p.ID = best(float)
		p.KL, p.Logprob, p.VariantLog = c.pictureKL(p.ID, float, other)
		p.Text, p.VariantText = c.answer.Texts[p.ID], ""
		if p.VariantID >= 0 {
			p.VariantText = c.answer.Texts[p.VariantID]
		}
		return p
	}
	p.ID = c.answer.TokenIDs[i]
	p.KL = report.Number(infer.KL(float, other))
	p.Logprob, p.VariantLog = report.Number(logprob(float, p.ID)), report.Number(logprob(other, p.ID))
	p.Text = c.texts.DecodeText([]int{p.ID}, false)
	if p.VariantID >= 0 {
		p.VariantText = c.texts.DecodeText([]int{p.VariantID}, false)
	}
	return p
}

// pictureKL is the KL of what the published model makes of one picture's
// logits: a softmax over texts, of SigLIP a sigmoid for each.
func (c *comparison) pictureKL(at int, float, other []float32) (kl, a, b report.Number) {
	if c.answer.Family == "siglip" {
		one := func(v []float32) report.Number { return report.Number(logprob([]float32{v[at], 0}, 0)) }
		return report.Number(bernoulli(float, other)), one(float), one(other)
	}
	return report.Number(infer.KL(float, other)), report.Number(logprob(float, at)), report.Number(logprob(other, at))
}

// gather makes the report's rows and findings.
func (c *comparison) gather(set *variant.Set) {
	schemes := map[string]variant.Layer{}
	for _, l := range set.Layers() {
		schemes[l.Name] = l
	}
	for _, r := range c.m.rows {
		row := r.fill()
		row.Bits = report.NA()
		if t, ok := c.model.Lookup(r.Name); ok && r.Kind != Stage {
			if rows, cols, matrix, _ := t.Matrix(); matrix {
				row.Rows, row.Cols = rows, cols
			}
			row.Scheme, row.Bits = "float", report.Number(8*float64(t.SizeBytes)/float64(t.Parameters))
		}
		if l, ok := schemes[r.Name]; ok && r.Kind != Stage {
			row.Quantized, row.Scheme = true, l.Scheme.String()
			row.Bits = report.Number(l.Scheme.BitsPerWeight(l.Rows, l.Cols, false)) // without a scale per input channel, which the layer does not tell
		}
		c.report.Rows = append(c.report.Rows, row)
	}
	c.report.find()
	c.report.KL = sumUp(c.report.Positions)
	c.report.Variant = set.Spec().Name // a spec without one is called by what runs
	c.report.Warnings = append(append(c.report.Warnings, set.Warnings()...), c.notes()...)
}

// notes tells of values that are no numbers: the rows that name them may be far
// down the table.
func (c *comparison) notes() []string {
	var out []string
	for i := range c.report.Rows {
		if r := &c.report.Rows[i]; r.NotFinite.Any() {
			out = append(out, r.wordBreak(c.report.BreakDB))
			break
		}
	}
	return out
}
