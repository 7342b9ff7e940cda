package gemm

import (
	"bytes"
	"context"
	"time"

	"github.com/mmtui/mmtui/internal/isa"
	"github.com/mmtui/mmtui/internal/pool"
)

// Peak is what a machine can do at most, with all workers of a pool.
type Peak struct {
	FMAFlops  float64 // float32 operations a second, two a fused product, on registers alone
	ReadBytes float64 // bytes a second, streamed from memory
}

// Meter measures peaks, and products as shares of them. It holds more memory
// than caches do; let go of it when done. It serves one goroutine.
type Meter struct {
	pool    *pool.Pool
	backend backend
	buffer  []byte
	turns   int // of an FMA chunk
	fma     fmaTask
	read    readTask
}

const (
	meterBytes  = 128 << 20 // beyond the caches of most machines
	meterChunk  = 256 << 10 // bytes
	meterChunks = 64        // FMA chunks a worker
	meterByte   = 0x3c      // of a number near 1, whatever its type: subnormals would be slow
)

// NewMeter prepares a measurement with the tier that runs (isa.Current).
func NewMeter(p *pool.Pool) *Meter { return newMeter(p, isa.Current(), meterBytes) }

func newMeter(p *pool.Pool, tier isa.Tier, size int) *Meter {
	m := &Meter{pool: p, backend: backendOf(tier), buffer: bytes.Repeat([]byte{meterByte}, size)}
	m.fma.Meter, m.read.Meter = m, m
	// Chunks of some hundred microseconds, for cancelling and for balance.
	m.turns = 1 << 10
	for {
		begin := time.Now()
		m.backend.fma(m.turns)
		if time.Since(begin) > 200*time.Microsecond || m.turns > 1<<24 {
			return m
		}
		m.turns *= 2
	}
}

// fmaTask and readTask are the meter's two kinds of work; reading begins at a chunk.
type fmaTask struct{ *Meter }

type readTask struct {
	*Meter
	from int
}

func (t *fmaTask) Chunk(_, _ int) { t.backend.fma(t.turns) }

func (t *readTask) Chunk(_, i int) {
	t.backend.read(t.buffer[(t.from+i)*meterChunk:][:meterChunk], meterChunk/256)
}

// flops measures n chunks of FMA a worker.
func (m *Meter) flops(ctx context.Context, n int) (float64, error) {
	n *= m.pool.Workers()
	begin := time.Now()
	err := m.pool.Run(ctx, n, &m.fma)
	return 2 * float64(n) * float64(m.turns) * fmaChains * float64(m.backend.shape().lanes) / time.Since(begin).Seconds(), err
}

// bytes measures the reading of n chunks, the ones that were read longest ago.
func (m *Meter) bytes(ctx context.Context, n int) (float64, error) {
	if n = min(n, len(m.buffer)/meterChunk); m.read.from+n > len(m.buffer)/meterChunk {
		m.read.from = 0
	}
	begin := time.Now()
	err := m.pool.Run(ctx, n, &m.read)
	m.read.from += n
	return float64(n*meterChunk) / time.Since(begin).Seconds(), err
}

// Measure does one round, some 50 ms. Machines are shared and clocks vary, so
// that a caller takes the best of several rounds among those of what it compares.
func (m *Meter) Measure(ctx context.Context) (Peak, error) {
	flops, err := m.flops(ctx, meterChunks)
	if err != nil {
		return Peak{}, err
	}
	bytes, err := m.bytes(ctx, len(m.buffer)/meterChunk)
	return Peak{flops, bytes}, err
}

// Max is the better of two measurements in each respect.
func (p Peak) Max(q Peak) Peak {
	return Peak{max(p.FMAFlops, q.FMAFlops), max(p.ReadBytes, q.ReadBytes)}
}

// Peaks is the best of rounds measurements.
func Peaks(ctx context.Context, p *pool.Pool, rounds int) (Peak, error) {
	m := NewMeter(p)
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
