package gemm

import (
	"context"
	"time"
)

// Case is a product to be measured: x of Rows rows by weights [Outputs, Cols].
type Case struct {
	Rows, Outputs, Cols int
	Type                Type
}

// Rate is what a product reached, beside what the machine reached in between.
type Rate struct {
	Case
	Seconds float64 // of one product
	Flops   float64 // float32 operations a second
	Bytes   float64 // bytes of weights a second
	Peak    Peak
}

// FMAShare is the part of the FMA peak, 0 … 1: the measure of many rows.
func (r Rate) FMAShare() float64 { return r.Flops / r.Peak.FMAFlops }

// ReadShare is the part of the read bandwidth, 0 … 1: the measure of few rows,
// whose weights are more than any cache holds.
func (r Rate) ReadShare() float64 { return r.Bytes / r.Peak.ReadBytes }

// How many bytes of weights are multiplied by few rows in one go, about what a
// token takes in a layer or two, and how many are read.
const (
	burstBytes = 8 << 20
	readBytes  = 16 << 20
)

// Rate measures a product for about so long. Its weights come from memory and
// not from a cache, as those of a whole network do. Products, FMA and reading
// take turns of a fraction of a millisecond, which lie between the other uses
// of a shared machine, and the best of each counts.
func (m *Meter) Rate(ctx context.Context, c Case, length time.Duration) (Rate, error) {
	k := newKernelsOf(m.pool, m.backend)
	size := c.Outputs * c.Cols * c.Type.Bytes()
	if err := check(&Product{make([]float32, c.Outputs), Weights{m.buffer, c.Type, c.Outputs, c.Cols}, nil}, make([]float32, c.Cols), min(c.Rows, 1)); err != nil {
		return Rate{}, err
	}
	x, y := make([]float32, c.Rows*c.Cols), make([]float32, c.Rows*c.Outputs)
	for i := range x {
		x[i] = 0.5
	}
	out := Rate{Case: c, Seconds: length.Seconds() + 1e9}
	calls := 1
	if c.Rows <= FewRows {
		calls = max(burstBytes/max(size, 1), 1)
	}
	at := 0
	for end := time.Now().Add(length); ; {
		begin := time.Now()
		for range calls {
			if at+size > len(m.buffer) {
				at = 0
			}
			if err := k.Linear(ctx, y, x, c.Rows, Weights{m.buffer[at:], c.Type, c.Outputs, c.Cols}, nil); err != nil {
				return Rate{}, err
			}
			at += size
		}
		out.Seconds = min(out.Seconds, time.Since(begin).Seconds()/float64(calls))
		flops, err := m.flops(ctx, 2)
		if err != nil {
			return Rate{}, err
		}
		bytes, err := m.bytes(ctx, readBytes/meterChunk)
		if err != nil {
			return Rate{}, err
		}
		out.Peak = out.Peak.Max(Peak{flops, bytes})
		if time.Now().After(end) {
			break
		}
	}
	out.Flops = 2 * float64(c.Rows) * float64(c.Outputs) * float64(c.Cols) / out.Seconds
	out.Bytes = float64(size) / out.Seconds
	return out, nil
}
