package nn

import "context"

// Picture is the shape of pictures [3, Height, Width] and of the square patches
// that they are cut into; what is left at the right and at the bottom is unused,
// as in a convolution without padding whose stride is its kernel.
type Picture struct{ Channels, Height, Width, Patch int }

// Grid is how many patches fit, [rows, columns].
func (p Picture) Grid() (rows, cols int) { return p.Height / p.Patch, p.Width / p.Patch }

// Values is the length of a patch as a row of a matrix.
func (p Picture) Values() int { return p.Channels * p.Patch * p.Patch }

type patchTask struct {
	span
	dst, pixels []float32
	shape       Picture
}

func (t *patchTask) Chunk(_, i int) { t.rows(t.of(i)) }

func (t *patchTask) rows(lo, hi int) {
	p := t.shape
	rows, cols := p.Grid()
	for r := lo; r < hi; r++ {
		picture, at := r/(rows*cols), r%(rows*cols)
		y, x := at/cols*p.Patch, at%cols*p.Patch
		dst := t.dst[r*p.Values():][:p.Values()]
		for c := range p.Channels {
			plane := t.pixels[(picture*p.Channels+c)*p.Height*p.Width:]
			for dy := range p.Patch {
				copy(dst[:p.Patch], plane[(y+dy)*p.Width+x:])
				dst = dst[p.Patch:]
			}
		}
	}
}

// Patches lays the patches of n pictures out as rows [n·grid, Values], in the
// order of a convolution's weights (channel, row, column): the convolution is a
// linear layer then.
func (r *Run) Patches(ctx context.Context, dst, pixels []float32, n int, shape Picture) error {
	rows, cols := shape.Grid()
	r.patches = patchTask{span: cut(n*rows*cols, shape.Values()), dst: dst, pixels: pixels, shape: shape}
	return r.do(ctx, r.patches.span, &r.patches)
}
