package bench

import (
	"fmt"
	"strconv"
	"strings"
)

// Shape is that of a product: x [Rows, Cols] by weights [Outputs, Cols].
type Shape struct {
	Rows    int `json:"rows"`
	Cols    int `json:"cols"`
	Outputs int `json:"outputs"`
}

// mostElements bounds weights and activations of a shape: beyond it a benchmark
// says nothing that a smaller one does not.
const mostElements = 1 << 27

// DefaultShapes are layers of SmolVLM-256M and of a ViT-B, for a token and for
// a picture of 197 patches.
func DefaultShapes() []Shape {
	var out []Shape
	for _, rows := range []int{1, 197} {
		out = append(out, Shape{rows, 768, 192}, Shape{rows, 1536, 576}, Shape{rows, 768, 3072})
	}
	return out
}

// ParseShape reads MxKxN: rows of activations, columns (inputs) and outputs.
func ParseShape(text string) (Shape, error) {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == 'x' || r == 'X' || r == '×' })
	var n [3]int
	ok := len(parts) == len(n)
	for i := 0; ok && i < len(n); i++ {
		v, err := strconv.Atoi(parts[i])
		n[i], ok = v, err == nil && v > 0 && v <= mostElements
	}
	s := Shape{n[0], n[1], n[2]}
	if !ok {
		return Shape{}, fmt.Errorf("the shape %q is not understood; write rows, inputs and outputs such as 1x1536x576", text)
	}
	if s.Cols*s.Outputs > mostElements || s.Rows*s.Cols > mostElements || s.Rows*s.Outputs > mostElements {
		return Shape{}, fmt.Errorf("the shape %s has a matrix of more than %d elements; give a smaller one", s, mostElements)
	}
	return s, nil
}

// String is the shape as ParseShape takes it.
func (s Shape) String() string { return fmt.Sprintf("%dx%dx%d", s.Rows, s.Cols, s.Outputs) }

// ops is the operations of the product, multiply and add counted as two.
func (s Shape) ops() float64 { return 2 * float64(s.Rows) * float64(s.Cols) * float64(s.Outputs) }

func itoa(n int) string { return strconv.Itoa(n) }
