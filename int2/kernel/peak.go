package kernel

import (
	"bytes"
	"context"
	"math"
	"time"

	"github.com/mmtui/mmtui/internal/pool"
)

// Peak is what a machine can do at most, with all workers of a pool.
type Peak struct {
	IntOps    float64 // integer operations a second, two a multiply-add, of the tier's dot product on registers alone
	ReadBytes float64 // bytes a second, streamed from memory
}

// Max is the better of two measurements in each respect.
func (p Peak) Max(q Peak) Peak {
	return Peak{max(p.IntOps, q.IntOps), max(p.ReadBytes, q.ReadBytes)}
}

// Meter measures peaks, and products as shares of them. It holds more memory
// than caches do; let go of it when done. It serves one goroutine.
type Meter struct {
	pool    *pool.Pool
	tier    Tier
	backend backend
	buffer  []byte
	turns   int // of a chunk of dot products
	ops     int // of a turn
	dots    dotTask
	reads   readTask
}

const (
	meterBytes  = 128 << 20 // beyond the caches of most machines
	meterChunk  = 256 << 10 // bytes
	meterChunks = 64        // chunks of dot products a worker
)

// NewMeter prepares a measurement of a tier's kernels, which this machine must
// have (see Tiers).
func NewMeter(p *pool.Pool, t Tier) *Meter { return newMeter(p, t, meterBytes) }

func newMeter(p *pool.Pool, t Tier, size int) *Meter {
	m := &Meter{pool: p, tier: t, backend: backendOf(t), buffer: bytes.Repeat([]byte{0x1b}, size)}
	m.dots.Meter, m.reads.Meter = m, m
	// Chunks of some hundred microseconds, for cancelling and for balance.
	for m.turns = 1 << 10; ; m.turns *= 2 {
		begin := time.Now()
		m.ops = m.backend.dot(m.turns)
		if time.Since(begin) > 200*time.Microsecond || m.turns > 1<<24 {
			return m
		}
	}
}

// Tier is what the meter measures.
func (m *Meter) Tier() Tier { return m.tier }

// dotTask and readTask are the meter's kinds of work; reading begins at a chunk.
type dotTask struct {
	*Meter
	narrow bool
}

type readTask struct {
	*Meter
	from int
}

func (t *dotTask) Chunk(_, _ int) {
	if t.narrow {
		t.backend.narrowDot(t.turns)
		return
	}
	t.backend.dot(t.turns)
}

func (t *readTask) Chunk(_, i int) {
	t.backend.read(t.buffer[(t.from+i)*meterChunk:][:meterChunk], meterChunk/256)
}

// intOps measures n chunks of dot products a worker.
func (m *Meter) intOps(ctx context.Context, n int) (float64, error) {
	n *= m.pool.Workers()
	begin := time.Now()
	err := m.pool.Run(ctx, n, &m.dots)
	return float64(n) * float64(m.turns) * float64(m.ops) / time.Since(begin).Seconds(), err
}

// NarrowOps measures the tier's dot product in registers of half the width, in
// operations a second: where that is Peak.IntOps, wide registers are no faster.
// It is NaN for a tier whose registers have but one width.
func (m *Meter) NarrowOps(ctx context.Context) (float64, error) {
	ops := m.backend.narrowDot(1)
	if ops == 0 {
		return math.NaN(), nil
	}
	n := meterChunks * m.pool.Workers()
	begin := time.Now()
	err := m.pool.Run(ctx, n, &dotTask{m, true})
	return float64(n) * float64(m.turns) * float64(ops) / time.Since(begin).Seconds(), err
}

// bytes measures the reading of n chunks, the ones that were read longest ago.
func (m *Meter) bytes(ctx context.Context, n int) (float64, error) {
	if n = min(n, len(m.buffer)/meterChunk); m.reads.from+n > len(m.buffer)/meterChunk {
		m.reads.from = 0
	}
	begin := time.Now()
	err := m.pool.Run(ctx, n, &m.reads)
	m.reads.from += n
	return float64(n*meterChunk) / time.Since(begin).Seconds(), err
}

// Measure does one round, some 50 ms. Machines are shared and clocks vary, so
// that a caller takes the best of several rounds among those of what it compares.
func (m *Meter) Measure(ctx context.Context) (Peak, error) {
	ops, err := m.intOps(ctx, meterChunks)
	if err != nil {
		return Peak{}, err
	}
	bytes, err := m.bytes(ctx, len(m.buffer)/meterChunk)
	return Peak{ops, bytes}, err
}

// Peaks is the best of rounds measurements of the tier that runs (see Current).
func Peaks(ctx context.Context, p *pool.Pool, rounds int) (Peak, error) {
	m := NewMeter(p, Current())
	var best Peak
	for range max(rounds, 1) {
		peak, err := m.Measure(ctx)
		if err != nil {
			return Peak{}, err
		}
		best = best.Max(peak)
	}
	return best, nil
}
