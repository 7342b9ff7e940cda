package attention

import "fmt"

// check refuses arguments that do not fit together.
func (a *Args) check() error {
	if a.Sequences < 0 {
		return fmt.Errorf("attention: %d sequences", a.Sequences)
	}
	if a.Queries < 0 || a.Keys < 0 || a.Heads <= 0 || a.KVHeads <= 0 || a.HeadDim <= 0 {
		return fmt.Errorf("attention: %d queries, %d keys, %d heads, %d key heads of %d elements; none may be negative, nor the last three 0",
			a.Queries, a.Keys, a.Heads, a.KVHeads, a.HeadDim)
	}
	if a.Heads%a.KVHeads != 0 {
		return fmt.Errorf("attention: %d heads cannot share %d key heads evenly", a.Heads, a.KVHeads)
	}
	if a.Causal && a.Keys < a.Queries {
		return fmt.Errorf("attention: %d queries but %d keys; causal attention needs a key for every query", a.Queries, a.Keys)
	}
	if a.Mask != nil && len(a.Mask) != a.sequences()*a.Keys {
		return fmt.Errorf("attention: a mask of %d entries for %d·%d keys", len(a.Mask), a.sequences(), a.Keys)
	}
	for _, m := range []struct {
		name                string
		data                []float32
		rows, stride, heads int
	}{
		{"queries", a.Q, a.Queries, a.QStride, a.Heads},
		{"keys", a.K, a.Keys, a.KStride, a.KVHeads},
		{"values", a.V, a.Keys, a.VStride, a.KVHeads},
		{"output", a.Out, a.Queries, a.OutStride, a.Heads},
	} {
		if m.rows *= a.sequences(); !fits(len(m.data), m.rows, m.stride, m.heads, a.HeadDim) {
			return fmt.Errorf("attention: %d rows of %d heads of %d elements, %d apart, do not fit into the %s (%d elements)",
				m.rows, m.heads, a.HeadDim, m.stride, m.name, len(m.data))
		}
	}
	return nil
}

// fits is whether n elements hold the rows, which may not overlap.
func fits(n, rows, stride, heads, dim int) bool {
	if rows == 0 {
		return true
	}
	if heads > n/dim {
		return false
	}
	width := heads * dim
	return rows == 1 || stride >= width && rows-1 <= (n-width)/stride
}

// sequences is how many there are.
func (a *Args) sequences() int { return max(a.Sequences, 1) }

// sequence is the arguments of one sequence.
func (a *Args) sequence(i int) Args {
	one := *a
	if a.sequences() == 1 {
		return one
	}
	one.Sequences = 1
	one.Q, one.Out = rowsFrom(a.Q, i*a.Queries, a.QStride), rowsFrom(a.Out, i*a.Queries, a.OutStride)
	one.K, one.V = rowsFrom(a.K, i*a.Keys, a.KStride), rowsFrom(a.V, i*a.Keys, a.VStride)
	if a.Mask != nil {
		one.Mask = a.Mask[i*a.Keys : (i+1)*a.Keys]
	}
	return one
}

// rowsFrom is the rows after so many; none may be left.
func rowsFrom(b []float32, rows, stride int) []float32 { return b[min(rows*stride, len(b)):] }

// group is how many query heads share a key head.
func (a *Args) group() int { return a.Heads / a.KVHeads }

// visible is how many of the first keys query i sees, but for the mask.
func (a *Args) visible(i int) int {
	if a.Causal {
		return a.Keys - a.Queries + i + 1
	}
	return a.Keys
}

// shown is whether the mask shows one of these keys.
func (a *Args) shown(from, to int) bool {
	if a.Mask == nil {
		return from < to
	}
	for _, v := range a.Mask[from:to] {
		if v {
			return true
		}
	}
	return false
}
