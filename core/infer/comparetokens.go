package infer

import (
	"context"
	"fmt"

	"github.com/mmtui/mmtui/core/family"
	"github.com/mmtui/mmtui/core/report"
)

// generate lets every column take a token in turn until all have ended. A
// column's logits are held against the reference's of the same round, which
// stay valid until the next.
func (c *comparing) generate(ctx context.Context) error {
	inputs, err := c.inputs(ctx)
	if err != nil {
		return err
	}
	for i, col := range c.columns {
		if col.done {
			continue // nothing to be fed
		}
		col.gen = col.runner.newGeneration(c.q, col.p, col.res, col.clock, col.emit)
		if err := c.turn(ctx, col, func() error { return col.gen.start(ctx, inputs[i]) }); err != nil {
			return err
		}
		inputs[i] = family.Prompt{} // the pictures of a column that has its prompt are not needed again
	}
	for going := true; going; {
		going = false
		for _, col := range c.columns {
			if col.done {
				continue
			}
			going = true
			if err := c.turn(ctx, col, func() error { return col.gen.step(ctx, col.next) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// inputs are the prompts of all columns. Columns of one folder share pictures,
// whose time counts for each of them.
func (c *comparing) inputs(ctx context.Context) ([]family.Prompt, error) {
	out := make([]family.Prompt, len(c.columns))
	for i, first := range c.columns {
		if out[i].IDs != nil {
			continue
		}
		var sharing []*column
		for _, col := range c.columns[i:] {
			if col.runner.info.Path == first.runner.info.Path {
				sharing = append(sharing, col)
			}
		}
		begun := first.runner.now()
		in, err := first.runner.input(ctx, c.q, first.p, func(e Event) {
			for _, col := range sharing {
				col.emit(e)
			}
		})
		if err != nil {
			return nil, err
		}
		took := first.runner.now().Sub(begun)
		for j, col := range c.columns[i:] {
			if col.runner.info.Path == first.runner.info.Path {
				out[i+j] = in
				out[i+j].IDs = col.p.ids
				col.clock.add(took)
				col.res.PreprocessMS = ms(took)
			}
		}
	}
	return out, nil
}

// turn is one token of a column: work makes its logits. Only an ended context
// is an error; what else goes wrong ends the column.
func (c *comparing) turn(ctx context.Context, col *column, work func() error) error {
	col.clock.start()
	err := work()
	var picked chosen
	if err == nil {
		picked, err = col.gen.choose()
	}
	col.clock.pause()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		c.fail(col, err)
		return nil
	}
	e := c.measure(col, picked)
	col.last, col.next = picked, picked.id
	if ref := c.ref(); c.q.TeacherForced && col != ref {
		col.next = ref.last.id
		col.done = !col.gen.follow(picked, e, ref.res.StopReason)
	} else {
		col.done = !col.gen.take(picked, e)
	}
	return nil
}

// fail ends a column. When it is the reference, nothing is compared from there
// on, and what is fed its tokens ends too.
func (c *comparing) fail(col *column, err error) {
	col.done, col.err = true, col.runner.named(err)
	if col != c.ref() {
		col.noKL = "the variant broke off"
		return
	}
	for _, other := range c.columns[1:] {
		other.done = other.done || c.q.TeacherForced
		if other.noKL == "" {
			other.noKL = "the reference broke off"
		}
	}
}

// measure holds a place of a column against the reference's, which is there
// already, and gives the event of its token.
func (c *comparing) measure(col *column, picked chosen) Event {
	ref := c.ref()
	at := len(col.res.TokenIDs)
	if col.noKL == "" && len(ref.res.TokenIDs) <= at {
		col.noKL = "the reference's answer has ended"
	}
	e := Event{KL: report.NA(), NoKL: col.noKL}
	if col.noKL == "" {
		e.KL = report.Number(KL(ref.gen.logits, col.gen.logits))
		col.compared++
		if picked.top[0].id == ref.last.top[0].id {
			col.agreed++
		}
		if picked.id != ref.last.id && col.differs == nil {
			e.Differs = true
			col.differs = &Difference{Index: at, ID: picked.id, Text: col.runner.codec.decode([]int{picked.id}, false),
				ReferenceID: ref.last.id, ReferenceText: ref.runner.codec.decode([]int{ref.last.id}, false)}
			if !c.q.TeacherForced {
				col.noKL = fmt.Sprintf("the answers differ from token %d on", at+1)
			}
		}
	}
	if col != ref {
		col.kl = append(col.kl, e.KL)
	}
	return e
}
