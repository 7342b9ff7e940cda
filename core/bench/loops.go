package bench

import (
	"errors"
	"math"
)

// readMemory returns work that reads n bytes once, 8 at a time, in four
// independent sums, so that the adder is not what is measured.
func readMemory(n int64) func() error {
	words := make([]uint64, n/8)
	for i := range words {
		words[i] = uint64(i) // touch every page
	}
	last := uint64(len(words))
	return func() error {
		var a, b, c, d uint64
		for i := 0; i+4 <= len(words); i += 4 {
			four := words[i : i+4 : i+4]
			a += four[0]
			b += four[1]
			c += four[2]
			d += four[3]
		}
		// The sum of 0 … last−1 keeps the compiler from dropping the loop.
		if last%4 == 0 && a+b+c+d != last*(last-1)/2 {
			return errors.New("memory does not hold what was written to it")
		}
		return nil
	}
}

// plainLoop rounds to the nearest level of the 2-bit half grid with
// s = max|w|/2 in groups, and returns the squared error: what one writes first.
func plainLoop(m *matrix, group int) (sum float64) {
	for r := range m.rows {
		row := m.values[r*m.cols : (r+1)*m.cols]
		for lo := 0; lo < len(row); lo += group {
			g := row[lo:min(lo+group, len(row))]
			var top float64
			for _, w := range g {
				top = math.Max(top, math.Abs(float64(w)))
			}
			s := top / 2
			if s == 0 {
				continue
			}
			for _, w := range g {
				code := math.Min(math.Max(math.Floor(float64(w)/s)+2, 0), 3)
				e := (code-1.5)*s - float64(w)
				sum += e * e
			}
		}
	}
	return sum
}
