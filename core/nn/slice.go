package nn

import "context"

// Slicer is a Linear that can compute some of its outputs alone.
type Slicer interface {
	// Slice is the layer of outputs lo up to hi.
	Slice(lo, hi int) Linear
}

// Outputs is the layer of a fused one's outputs lo up to hi, [hi−lo, in].
func Outputs(l Linear, lo, hi int) Linear {
	if s, ok := l.(Slicer); ok {
		return s.Slice(lo, hi)
	}
	return part{l, lo, hi}
}

// part computes all outputs and keeps some.
type part struct {
	of     Linear
	lo, hi int
}

func (p part) Shape() (out, in int) {
	_, in = p.of.Shape()
	return p.hi - p.lo, in
}

func (p part) Forward(ctx context.Context, y, x []float32, rows int) error {
	out, _ := p.of.Shape()
	all := make([]float32, rows*out)
	if err := p.of.Forward(ctx, all, x, rows); err != nil {
		return err
	}
	for r := range rows {
		copy(y[r*(p.hi-p.lo):][:p.hi-p.lo], all[r*out+p.lo:])
	}
	return nil
}
