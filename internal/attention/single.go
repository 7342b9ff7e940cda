package attention

import (
	"context"

	"github.com/mmtui/mmtui/internal/vec"
)

// keysAPart is how many keys a chunk takes where there is one query. A part
// takes all heads, so that it reads its keys and values as they lie; few parts
// are cut at the heads of the keys, so that every worker has some.
const keysAPart = 128

// single is the memory of a call with one query.
type single struct {
	query   []float32 // [Heads, HeadDim], times the scale
	outputs []float32 // [parts, Heads, HeadDim]
	tops    []float32 // [parts, Heads]: the largest score
	sums    []float32 // [parts, Heads]: of the weights below that
	weights []float32 // [workers, keysAPart]
	factors []float32 // [parts]
	cuts    int       // chunks of a part, a divisor of KVHeads
}

// singleTask computes chunk by chunk one part of the keys, for all heads.
type singleTask Kernels

func (k *Kernels) attendSingle(ctx context.Context) error {
	a, s := k.args, &k.single
	if a.Keys == 0 {
		clear(a.Out[:a.Heads*a.HeadDim])
		return ctx.Err()
	}
	parts := (a.Keys + keysAPart - 1) / keysAPart
	s.grow(a, parts, len(k.workers))
	vec.Scale(s.query, a.Q[:a.Heads*a.HeadDim], a.Scale)
	s.cuts = 1
	if parts < 2*len(k.workers) && a.Keys*a.Heads*a.HeadDim >= leastProducts {
		s.cuts = a.KVHeads
	}
	if err := k.pool.Run(ctx, parts*s.cuts, (*singleTask)(k)); err != nil {
		return err
	}
	for h := range a.Heads {
		k.join(h, parts)
	}
	return nil
}

func (s *single) grow(a *Args, parts, workers int) {
	width := a.Heads * a.HeadDim
	s.query = sized(s.query, width)
	s.outputs = sized(s.outputs, parts*width)
	s.tops, s.sums = sized(s.tops, parts*a.Heads), sized(s.sums, parts*a.Heads)
	s.weights = sized(s.weights, workers*keysAPart)
	s.factors = sized(s.factors, parts)
}

// sized is b with n elements. What it grows by leaves room for the keys that
// the next tokens add.
func sized(b []float32, n int) []float32 {
	if cap(b) < n {
		b = aligned(n + n/2)
	}
	return b[:n]
}

// leastProducts is what another worker may wake up for, some microseconds.
const leastProducts = 1 << 15

// Chunk computes one part, or some heads of one.
func (t *singleTask) Chunk(worker, i int) {
	a, s := t.args, &t.single
	part, heads := i/s.cuts, a.Heads/s.cuts
	first := i % s.cuts * heads
	from := part * keysAPart
	n := min(a.Keys-from, keysAPart)
	weights := s.weights[worker*keysAPart:][:n]
	for h := first; h < first+heads; h++ {
		at := h / a.group() * a.HeadDim
		dotsBlock(t.tier, weights, a.K[from*a.KStride+at:], a.KStride, s.query[h*a.HeadDim:][:a.HeadDim])
		if a.Mask != nil {
			hideKeys(weights, a.Mask[from:from+n])
		}
		top := max(vec.Max(weights), lowest)
		i := part*a.Heads + h
		s.tops[i], s.sums[i] = top, vec.ExpSum(weights, weights, top)
		output := s.outputs[i*a.HeadDim:][:a.HeadDim]
		clear(output)
		mixBlock(t.tier, output, a.V[from*a.VStride+at:], a.VStride, weights)
	}
}

func hideKeys(scores []float32, mask []bool) {
	for j, v := range mask {
		if !v {
			scores[j] = hidden()
		}
	}
}

// join puts the parts of one head together.
func (k *Kernels) join(head, parts int) {
	a, s := k.args, &k.single
	top := float32(lowest)
	for p := range parts {
		if v := s.tops[p*a.Heads+head]; !(v <= top) {
			top = v
		}
	}
	var sum float32
	for p := range parts {
		i := p*a.Heads + head
		s.factors[p] = vec.Exponential(max(s.tops[i]-top, -104))
		sum += float32(s.sums[i] * s.factors[p])
	}
	output := a.Out[head*a.HeadDim:][:a.HeadDim]
	clear(output)
	if sum == 0 { // it sees no key
		return
	}
	mixBlock(k.tier, output, s.outputs[head*a.HeadDim:], a.Heads*a.HeadDim, s.factors)
	vec.Scale(output, output, 1/sum)
}
