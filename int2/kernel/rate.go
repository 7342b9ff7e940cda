package kernel

import (
	"context"
	"fmt"
	"time"

	"github.com/mmtui/mmtui/int2"
)

// Case is a product to be measured: x of Rows rows by weights [Outputs, Cols].
type Case struct {
	Rows, Outputs, Cols int
	Scheme              int2.Scheme
	Streamed            bool // weights come from memory, as in a whole network, and not from the caches that hold them
}

// Rate is what a product reached, the quantization of its activations
// included, beside what the machine reached in between.
type Rate struct {
	Case
	Seconds float64 // of one product
	Ops     float64 // operations a second, two a multiply-add
	Bytes   float64 // bytes of packed weights a second
	Peak    Peak
}

// OpsShare is the part of the peak of dot products, 0 … 1.
func (r Rate) OpsShare() float64 { return r.Ops / r.Peak.IntOps }

// ReadShare is the part of the read bandwidth, 0 … 1: the measure of few rows
// whose weights are streamed.
func (r Rate) ReadShare() float64 { return r.Bytes / r.Peak.ReadBytes }

const (
	burstSeconds  = 500e-6   // of products between two measurements of the peaks
	streamedBytes = 64 << 20 // of weights that take turns
	rateReadBytes = 16 << 20
)

// Rate measures a product for about so long. Products, dot products on
// registers and reading take turns of a fraction of a millisecond, which lie
// between the other uses of a shared machine, and the best of each counts.
//
// Errors are a scheme that is not valid or does not fit the columns, and the
// end of ctx.
func (m *Meter) Rate(ctx context.Context, c Case, length time.Duration) (Rate, error) {
	weights, err := c.weights()
	if err != nil {
		return Rate{}, err
	}
	k := newKernels(m.pool, m.backend)
	x, y := make([]float32, c.Rows*c.Cols), make([]float32, c.Rows*c.Outputs)
	for i := range x {
		x[i] = float32(i%251) - 125
	}
	out := Rate{Case: c}
	calls, next := 1, 0
	for end := time.Now().Add(length); ; {
		begin := time.Now()
		for range calls {
			if err := k.Linear(ctx, y, x, c.Rows, weights[next], nil); err != nil {
				return Rate{}, err
			}
			next = (next + 1) % len(weights)
		}
		spent := time.Since(begin).Seconds()
		if s := spent / float64(calls); out.Seconds == 0 || s < out.Seconds {
			out.Seconds = s
		}
		if spent < burstSeconds {
			calls *= 2
		}
		ops, err := m.intOps(ctx, 2)
		if err != nil {
			return Rate{}, err
		}
		bytes, err := m.bytes(ctx, rateReadBytes/meterChunk)
		if err != nil {
			return Rate{}, err
		}
		out.Peak = out.Peak.Max(Peak{ops, bytes})
		if time.Now().After(end) {
			break
		}
	}
	out.Ops = 2 * float64(c.Rows) * float64(c.Outputs) * float64(c.Cols) / out.Seconds
	out.Bytes = float64(weights[0].SizeBytes()) / out.Seconds
	return out, nil
}

// weights are matrices of the case that take turns: one, or as many as no cache holds.
func (c Case) weights() ([]*Weights, error) {
	if c.Rows < 1 || c.Outputs < 1 || c.Cols < 1 {
		return nil, fmt.Errorf("product of %d rows by [%d, %d]: nothing to measure", c.Rows, c.Outputs, c.Cols)
	}
	p := int2.Packed{Rows: c.Outputs, Cols: c.Cols, Scheme: c.Scheme}
	if err := c.Scheme.Validate(); err != nil {
		return nil, err
	}
	groups := c.Scheme.Groups(c.Cols)
	p.Codes = make([]byte, c.Outputs*c.Scheme.RowBytes(c.Cols))
	p.Mult, p.RowScale = make([]byte, c.Outputs*groups), make([]float32, c.Outputs)
	if c.Scheme.Grid == int2.Affine {
		p.Offset = make([]int16, c.Outputs*groups)
	}
	codes := make([]uint8, c.Cols)
	for r := range c.Outputs {
		for k := range codes {
			codes[k] = uint8((r + k*k) % c.Scheme.Levels())
		}
		int2.PackRow(p.Codes[r*c.Scheme.RowBytes(c.Cols):], codes, c.Scheme.Bits)
		p.RowScale[r] = 0.01
	}
	for i := range p.Mult {
		p.Mult[i] = 1
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	out := []*Weights{Pack(&p)}
	for size := out[0].SizeBytes(); c.Streamed && size*int64(len(out)) < streamedBytes; {
		w := *out[0]
		w.codes = append([]byte(nil), w.codes...)
		out = append(out, &w)
	}
	return out, nil
}
