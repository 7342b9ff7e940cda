package int2

// The hot loops of this package are functions over slices whose results are
// defined to the last bit, so that an assembly twin can stand in for any of
// them and a report never depends on the machine that made it:
//
//   - A float64 sum has 8 lanes. Element i of the slice goes to lane i mod 8,
//     in ascending order of i, starting from +0; every product and every sum is
//     rounded on its own (no fused multiply-add). reduce adds the lanes in a
//     fixed order.
//   - Codes come from float32 arithmetic in a fixed order (see quantizeGroup).
//   - Minima, maxima and counts do not depend on an order.
//
// The explicit float64(…) and float32(…) conversions around products are what
// keeps a compiler from fusing them: the Go specification lets x*y + z become
// one operation, and some targets do so.
const lanes = 8

type laneSums [lanes]float64

// reduce adds the lanes as ((0+1)+(2+3)) + ((4+5)+(6+7)).
func (l *laneSums) reduce() float64 {
	return ((l[0] + l[1]) + (l[2] + l[3])) + ((l[4] + l[5]) + (l[6] + l[7]))
}
