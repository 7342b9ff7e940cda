package compare

import (
	"cmp"
	"math"
	"slices"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
)

// line is a tensor on both sides; a side that lacks it is nil.
type line struct {
	name string
	a, b *report.Tensor
}

// row is the tensor of one side, the other's where it is missing.
func (l line) row() *report.Tensor {
	if l.b != nil {
		return l.b
	}
	return l.a
}

// differs reports whether scheme, size or error are not the same on both sides.
func (l line) differs() bool {
	if l.a == nil || l.b == nil {
		return true
	}
	return schemeText(l.a) != schemeText(l.b) || l.a.QuantizedSizeBytes != l.b.QuantizedSizeBytes ||
		!sameNumber(l.a.SQNRdB, l.b.SQNRdB)
}

func sameNumber(a, b report.Number) bool { return a == b || !a.Valid() && !b.Valid() }

// schemeText is a scheme in its short form, "float" for a tensor that stays as it is.
func schemeText(t *report.Tensor) string {
	if t == nil {
		return "absent"
	}
	if t.Scheme == nil {
		return "float"
	}
	s := *t.Scheme
	if s.Solver == int2.Best && t.SolverUsed != "" {
		return s.String() + ":" + t.SolverUsed
	}
	return s.String()
}

// join pairs the tensors of two sides by name, in the order of the first side.
func join(a, b []report.Tensor) []line {
	at := make(map[string]int, len(b))
	for i := range b {
		at[b[i].Name] = i
	}
	out := make([]line, 0, len(a))
	seen := make(map[string]bool, len(a))
	for i := range a {
		l := line{name: a[i].Name, a: &a[i]}
		if j, ok := at[a[i].Name]; ok {
			l.b = &b[j]
		}
		seen[l.name] = true
		out = append(out, l)
	}
	for i := range b {
		if !seen[b[i].Name] {
			out = append(out, line{name: b[i].Name, b: &b[i]})
		}
	}
	return out
}

// rebuilt works out the lines again; the cursor stays on its tensor.
func (v View) rebuilt() View {
	name := ""
	if v.scroll.Cursor < len(v.lines) {
		name = v.lines[v.scroll.Cursor].name
	}
	v.lines, v.differ, v.of = nil, 0, 0
	a, b, ok := v.sides()
	if ok {
		all := join(a.rows, b.rows)
		v.of = len(all)
		for _, l := range all {
			differs := l.differs()
			if differs {
				v.differ++
			}
			if (differs || !v.only) && v.filter.Match(l.row()) {
				v.lines = append(v.lines, l)
			}
		}
		v.sort()
	}
	cursor := 0
	for i := range v.lines {
		if v.lines[i].name == name {
			cursor = i
		}
	}
	v.scroll = v.scroll.Resize(v.tableRows(v.height), len(v.lines)).To(cursor, len(v.lines))
	return v
}

// sort orders the lines by the chosen column; what has no value comes last.
func (v *View) sort() {
	f := figures()[v.figure]
	key := func(l line) float64 {
		x, y := f.of(l.a), f.of(l.b)
		switch v.order.ID {
		case colA:
			return float64(x)
		case colB:
			return float64(y)
		case colSizeDelta:
			return math.Abs(float64(sizeOf(l.b) - sizeOf(l.a)))
		case colDelta:
			return math.Abs(float64(y - x))
		}
		return 0
	}
	if v.order.ID == colName {
		slices.SortStableFunc(v.lines, func(x, y line) int { return v.directed(cmp.Compare(x.name, y.name)) })
		return
	}
	slices.SortStableFunc(v.lines, func(x, y line) int {
		kx, ky := key(x), key(y)
		switch {
		case math.IsNaN(kx) && math.IsNaN(ky):
			return 0
		case math.IsNaN(kx):
			return 1
		case math.IsNaN(ky):
			return -1
		}
		return v.directed(cmp.Compare(kx, ky))
	})
}

func (v *View) directed(c int) int {
	if v.order.Descending {
		return -c
	}
	return c
}

func sizeOf(t *report.Tensor) report.Number {
	if t == nil {
		return 0
	}
	return report.Number(t.QuantizedSizeBytes)
}
