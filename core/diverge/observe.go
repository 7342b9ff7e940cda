package diverge

import (
	"context"
	"slices"
)

// stages are the activations that the two runs compare between layers.
type stages struct {
	ctx  context.Context // of the run under way
	m    *measure
	side int
}

// Activation compares an activation of the float run, or shows the variant's.
func (s stages) Activation(name string, shape []int, data []float32) {
	if name == "pixel_values" || !s.m.on[s.side] {
		return // both runs see the same pictures
	}
	var err error
	if s.side == variantSide {
		err = s.m.meeting.show(s.ctx, arrival{name: name, y: data})
	} else {
		err = s.compare(name, shape, data)
	}
	if err != nil {
		s.m.meeting.fail(err) // an observer has no error to return: the next layer finds the context ended
	}
}

func (s stages) compare(name string, shape []int, data []float32) error {
	a, err := s.m.meeting.meet(s.ctx, name, 0, len(data))
	if err != nil {
		return err
	}
	width := shape[len(shape)-1]
	r := s.m.record(Stage, name, 0, width)
	r.Samples += int64(len(data) / max(width, 1))
	r.cumulative.add(data, a.y, 1)
	return s.m.meeting.release(s.ctx)
}

// Begin does nothing: times are not measured here.
func (stages) Begin(string) {}

// End does nothing.
func (stages) End(string) {}

// inputs keeps what a run gave its network beside ids: the pictures, as they
// were prepared. It also notes where values first are no numbers.
type inputs struct {
	pixels []float32
	shape  []int // [pictures or tiles, 3, height, width] of all
	broken string
}

// Wants says that nothing costly is to be made.
func (in *inputs) Wants(string) bool { return false }

// Activation takes pixel_values, which come a tile or a batch at a time.
func (in *inputs) Activation(name string, shape []int, data []float32) {
	if name == "pixel_values" {
		if in.shape == nil {
			in.shape = slices.Clone(shape)
			in.shape[0] = 0
		}
		in.shape[0] += shape[0]
		in.pixels = append(in.pixels, data...)
	}
	if in.broken == "" && slices.ContainsFunc(data, func(v float32) bool { return !finite(float64(v)) }) {
		in.broken = name
	}
}

// Begin does nothing.
func (in *inputs) Begin(string) {}

// End does nothing.
func (in *inputs) End(string) {}
