package int2

import (
	"context"
	"math"
)

// Settings of HQQ's default path (mobiusml/hqq 0.2.8, hqq/core/optimize.py,
// optimize_weights_proximal_legacy). That path multiplies β by κ nowhere, so
// there is no κ here.
const (
	hqqNorm       = 0.7
	hqqBeta       = 10
	hqqSteps      = 20
	hqqMaxInverse = 2e4
	hqqNoRange    = 1e-4 // ranges this narrow get scale 1

	// Below this magnitude the shrinkage |e| − |e|^(p−1)/β is negative, hence
	// clamped to 0: the root is β^(−1/(2−p)) = 0.17013.
	hqqShrinkFrom = 0.17
)

// hqqGroups is the state of a run: inverse scale and zero of every group.
type hqqGroups struct {
	f       *format
	m       *Dense
	inverse []float32
	zero    []float32
	rowErr  []float64 // Σ|e| of a row at the last step
}

// solveHQQ is half-quadratic quantization as published: the scale stays
// min-max, only the zero is tuned. It stops at the first step at which the mean
// |error| of the *whole* matrix does not fall, and keeps the zero of that worse
// step: a group's result depends on all others.
func solveHQQ(ctx context.Context, m *Dense, f *format, workers int) (*Params, error) {
	p := newParams(m, f)
	h := &hqqGroups{f: f, m: m, inverse: p.Scale, zero: p.Zero, rowErr: make([]float64, m.Rows)}
	if err := h.perRow(ctx, workers, h.start); err != nil {
		return nil, err
	}
	best := float32(math.Inf(1))
	for range hqqSteps {
		if err := h.perRow(ctx, workers, h.step); err != nil {
			return nil, err
		}
		var sum float64
		for _, e := range h.rowErr {
			sum += e
		}
		mean := float32(sum / float64(m.Rows*m.Cols))
		if !(mean < best) {
			break
		}
		best = mean
	}
	return p, h.perRow(ctx, workers, func(r int) { h.finish(r, p.Codes) })
}

// perRow calls work for every row, blocks of rows at a time.
func (h *hqqGroups) perRow(ctx context.Context, workers int, work func(row int)) error {
	step := blockRows(h.m.Cols)
	return each(ctx, (h.m.Rows+step-1)/step, workers, func(b int) {
		for r := b * step; r < min((b+1)*step, h.m.Rows); r++ {
			work(r)
		}
	})
}

// group returns the weights and the index of a group.
func (h *hqqGroups) group(row, g int) (w []float32, index int) {
	lo, hi := h.f.bounds(g)
	return h.m.Data[row*h.m.Cols+lo : row*h.m.Cols+hi], row*h.f.groups + g
}

func (h *hqqGroups) start(row int) {
	for g := range h.f.groups {
		w, i := h.group(row, g)
		lo, hi, _ := rangeOf(w)
		width := hi - lo
		inverse := float32(1)
		if width > hqqNoRange {
			inverse = min(float32(h.f.top)/width, hqqMaxInverse)
		}
		h.inverse[i], h.zero[i] = inverse, -lo*inverse
	}
}

// step tunes the zeros of a row once and notes its Σ|e| before that.
func (h *hqqGroups) step(row int) {
	h.rowErr[row] = 0
	for g := range h.f.groups {
		w, i := h.group(row, g)
		inverse, zero := h.inverse[i], h.zero[i]
		code := groupCode{inv: inverse, off: zero, top: h.f.top}
		var level [256]float32 // what the codes stand for
		for c := range h.f.scheme.Levels() {
			level[c] = (float32(c) - zero) / inverse
		}
		var sum, errSum float64
		for _, x := range w {
			c := code.code(x)
			e := x - level[c&0xff]
			errSum += math.Abs(float64(e))
			sum += float64(float32(c) - float32((x-hqqShrink(e))*inverse))
		}
		h.zero[i] = float32(sum / float64(len(w)))
		h.rowErr[row] += errSum
	}
}

// hqqShrink is the proximal operator of |e|^p: sign(e)·max(0, |e| − |e|^(p−1)/β).
func hqqShrink(e float32) float32 {
	if e < hqqShrinkFrom && e > -hqqShrinkFrom {
		return 0
	}
	return hqqShrinkFar(e)
}

func hqqShrinkFar(e float32) float32 {
	a := math.Abs(float64(e))
	shrunk := max(0, float32(a)-float32(math.Pow(a, hqqNorm-1))/hqqBeta)
	return float32(math.Copysign(float64(shrunk), float64(e)))
}

// finish chooses the codes of a row and turns its inverse scales into scales.
func (h *hqqGroups) finish(row int, codes []uint8) {
	for g := range h.f.groups {
		w, i := h.group(row, g)
		first, _ := h.f.bounds(g)
		out := codes[row*h.m.Cols+first:][:len(w)]
		for k, x := range w {
			out[k] = roundCode(float32(x*h.inverse[i])+h.zero[i], h.f.top)
		}
		h.inverse[i] = 1 / h.inverse[i]
	}
}
