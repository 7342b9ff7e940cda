package family

import (
	"context"

	"github.com/mmtui/mmtui/core/nn"
)

// logitRows bounds the rows whose logits are in memory at once.
const logitRows = 64

// logitsOf gives the logits [vocabulary] of the last row of x, which is raw
// after the last layer. An observer sees the last norm of all rows and, when
// asked for, all logits.
func (d *decoding) logitsOf(ctx context.Context, o nn.Observer, x []float32, rows int, all bool) ([]float32, error) {
	if o != nil {
		if err := d.observeLast(ctx, o, x, rows, all); err != nil {
			return nil, err
		}
	}
	last := x[(rows-1)*d.hidden : rows*d.hidden]
	if err := d.norm.run(ctx, o, d.run, d.h[:d.hidden], last, 1); err != nil {
		return nil, err
	}
	if err := d.head.run(ctx, o, d.logits, d.h[:d.hidden], 1); err != nil {
		return nil, err
	}
	return d.logits, nil
}

func (d *decoding) observeLast(ctx context.Context, o nn.Observer, x []float32, rows int, all bool) error {
	normed := make([]float32, rows*d.hidden)
	if err := d.run.Norm(ctx, normed, x, rows, &d.norm.Norm); err != nil {
		return err
	}
	o.Activation("text.norm", []int{1, rows, d.hidden}, normed)
	if !all {
		return nil
	}
	block := make([]float32, min(rows, logitRows)*d.vocabulary)
	for lo := 0; lo < rows; lo += logitRows {
		n := min(logitRows, rows-lo)
		if err := d.head.run(ctx, o, block, normed[lo*d.hidden:], n); err != nil {
			return err
		}
		o.Activation("all_logits", []int{n, d.vocabulary}, block[:n*d.vocabulary])
	}
	return nil
}
