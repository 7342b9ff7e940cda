package diverge

import (
	"context"
	"fmt"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/variant"
)

// combine runs the request with every subset of the parts quantized. None and
// all were run already.
func (c *comparison) combine(ctx context.Context) error {
	parts := Parts(c.answer.Task)
	of := 1<<len(parts) - 2
	if len(c.kept) < len(c.report.Positions) {
		c.report.Warnings = append(c.report.Warnings, fmt.Sprintf("combinations are over the first %d positions of %d", len(c.kept), len(c.report.Positions)))
	}
	for mask := range 1 << len(parts) {
		out := Combination{Quantized: []Part{}, Answer: c.report.Answer}
		for i, p := range parts {
			if mask>>i&1 == 1 {
				out.Quantized = append(out.Quantized, p)
			}
		}
		switch mask {
		case 0:
			var same []Position
			for i, row := range c.kept {
				same = append(same, c.position(i, row, row))
			}
			out.KL = sumUp(same)
		case of + 1:
			out.KL, out.Answer = sumUp(c.report.Positions[:len(c.kept)]), c.report.VariantAnswer
		default:
			c.opt.Progress(Progress{StageCombinations, mask - 1, of, fmt.Sprint(out.Quantized)})
			if err := c.combination(ctx, &out); err != nil {
				return err
			}
		}
		c.report.Combinations = append(c.report.Combinations, out)
	}
	c.opt.Progress(Progress{Stage: StageCombinations, Done: of, Of: of})
	return nil
}

// combination runs one subset.
func (c *comparison) combination(ctx context.Context, out *Combination) error {
	r, err := c.open(ctx, c.only(out.Quantized))
	if err != nil {
		return err
	}
	defer r.Close() // read only
	if c.answer.Task == infer.Retrieval {
		return c.combineScores(ctx, r, out)
	}
	var positions []Position
	each := func(i int, logits []float32) error {
		positions = append(positions, c.position(i, c.kept[i], logits))
		return nil
	}
	if err := infer.Forced(ctx, r, c.opt.Request, c.answer.TokenIDs[:len(c.kept)], each); err != nil {
		return err
	}
	out.KL = sumUp(positions)
	if !agrees(positions) || len(positions) < len(c.answer.TokenIDs) {
		out.Answer, err = c.say(ctx, r, out.KL)
	}
	return err
}

// combineScores runs a subset of retrieval.
func (c *comparison) combineScores(ctx context.Context, r *infer.Runner, out *Combination) error {
	res, err := r.Run(ctx, c.opt.Request, nil)
	if err != nil {
		return err
	}
	var positions []Position
	for i, float := range c.kept {
		row := make([]float32, len(res.Scores[i]))
		for j, s := range res.Scores[i] {
			row[j] = float32(s)
		}
		positions = append(positions, c.position(i, float, row))
	}
	out.KL = sumUp(positions)
	return nil
}

// only is the variant with everything outside of some parts in float.
func (c *comparison) only(parts []Part) variant.Spec {
	quantized := map[Part]bool{}
	for _, p := range parts {
		quantized[p] = true
	}
	var keep []plan.Pattern
	for _, t := range c.model.Tensors {
		if !quantized[PartOf(c.answer.Task, t.Name)] {
			keep = append(keep, plan.Exact(t.Name))
		}
	}
	return c.spec.Keep(keep...)
}
