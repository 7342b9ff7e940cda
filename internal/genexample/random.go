package main

import (
	"hash/fnv"
	"math/rand/v2"
)

// weights draws numbers that are the same on every machine: it adds integers
// and only ever multiplies floats, so that no rounding depends on whether the
// processor has a fused multiply-add or on whose logarithm is used.
type weights struct{ source *rand.PCG }

// newWeights gives every tensor a stream of its own, so that a change of one
// leaves the others as they are.
func newWeights(tensor string) weights {
	h := fnv.New64a()
	_, _ = h.Write([]byte(tensor)) // a hash never fails
	return weights{rand.NewPCG(20240229, h.Sum64())}
}

// gauss is close to a standard normal number: the sum of twelve uniform ones.
func (w weights) gauss() float64 {
	var sum int64
	for range 12 {
		sum += int64(w.source.Uint64() >> 33) // 0 … 2^31−1
	}
	return float64(sum-12*(1<<30)) / (1 << 31)
}

// heavy is gauss with the heavier tails of trained weights: a mixture of
// three widths, kurtosis about 5, variance about 1.
func (w weights) heavy() float64 {
	switch pick := w.source.Uint64() >> 58; { // 0 … 63
	case pick < 2:
		return w.gauss() * 2.5
	case pick < 16:
		return w.gauss() * 1.25
	}
	return w.gauss() * 0.8125
}

// chance is true once in n times.
func (w weights) chance(n uint64) bool { return w.source.Uint64()%n == 0 }

// fill draws n numbers of a standard deviation near sigma.
func (w weights) fill(n int, sigma float64) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(w.heavy() * sigma)
	}
	return out
}

// around is fill about a mean, for norms and biases. The mean is added in
// float32 after the product was rounded.
func (w weights) around(n int, mean, sigma float32) []float32 {
	out := w.fill(n, float64(sigma))
	for i, v := range out {
		out[i] = mean + v
	}
	return out
}
