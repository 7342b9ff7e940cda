// Package nn holds the layers that networks are made of: linear layers behind
// one small interface, norms, attention blocks, and what watches them run.
package nn

import "context"

// Linear computes y = x·Wᵀ + b. What is behind it, float weights mapped from a
// file, 2-bit codes or a device, is nobody's business but its own.
type Linear interface {
	// Shape is [out, in].
	Shape() (out, in int)
	// Forward fills y [rows, out] from x [rows, in].
	Forward(ctx context.Context, y, x []float32, rows int) error
}

// Linears makes linear layers from weights. name is the weight's tensor name;
// bias is [out] or nil.
type Linears interface {
	Linear(name string, bias []float32) (Linear, error)
	// Table gives a weight that is looked up row by row.
	Table(name string) (Table, error)
}

// Table is an embedding table.
type Table interface {
	// Row writes row r, which must exist, to dst, which has a row's length.
	Row(dst []float32, r int)
}

// Observer watches a run. A nil Observer costs one comparison a layer.
type Observer interface {
	// Activation hands over a named activation, row-major. data is the
	// network's own memory: it is valid during the call and must not be changed.
	Activation(name string, shape []int, data []float32)
	// Begin and End enclose the layer of that name, from the run's goroutine.
	// Layers do not nest, and one whose rows go in blocks comes several times.
	Begin(name string)
	End(name string)
}
