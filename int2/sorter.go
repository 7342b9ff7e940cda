package int2

import (
	"math"
	"slices"
)

// sorter orders the weights of a group by magnitude. Its scratch grows to the
// largest group seen and is reused.
//
// A key is the bits of |w| shifted left by one, with the sign in bit 0: keys
// order as magnitudes do.
type sorter struct {
	keys  []uint32
	start []uint32 // bucket bounds
}

// crowded is the number of weights in one bucket from which on the insertion
// sort would be slower than a general one.
const crowded = 32

func sortKey(w float32) uint32 {
	b := math.Float32bits(w)
	return b<<1 | b>>31
}

// keyMagnitude is |w| of a key.
func keyMagnitude(k uint32) float64 { return float64(math.Float32frombits(k >> 1)) }

// keyNegative reports the sign of a key.
func keyNegative(k uint32) bool { return k&1 != 0 }

// sort returns the keys of w in ascending order. peak is the largest magnitude
// in w and finite; the result is valid until the next call.
//
// Weights are spread over as many equal buckets as there are weights, which
// leaves them almost in order, and an insertion sort does the rest.
func (s *sorter) sort(w []float32, peak float32) []uint32 {
	n := len(w)
	if cap(s.keys) < n {
		s.keys = make([]uint32, n)
		s.start = make([]uint32, n+1)
	}
	keys, start := s.keys[:n], s.start[:n+1]
	perUnit := float32(n) / peak
	if !(perUnit <= math.MaxFloat32) { // peak is 0 or so small that the quotient overflows
		perUnit = 0
	}
	clear(start)
	last := uint32(n - 1)
	for _, v := range w {
		start[bucket(v, perUnit, last)+1]++
	}
	most := uint32(0)
	for i := 1; i < len(start); i++ {
		most = max(most, start[i])
		start[i] += start[i-1]
	}
	if most > crowded {
		for i, v := range w {
			keys[i] = sortKey(v)
		}
		slices.Sort(keys)
		return keys
	}
	for _, v := range w {
		b := bucket(v, perUnit, last)
		keys[start[b]] = sortKey(v)
		start[b]++
	}
	insertionSort(keys)
	return keys
}

func bucket(v, perUnit float32, last uint32) uint32 {
	magnitude := math.Float32frombits(math.Float32bits(v) &^ signBit)
	return min(uint32(int32(magnitude*perUnit)), last)
}

func insertionSort(keys []uint32) {
	for i := 1; i < len(keys); i++ {
		k := keys[i]
		j := i
		for ; j > 0 && keys[j-1] > k; j-- {
			keys[j] = keys[j-1]
		}
		keys[j] = k
	}
}
