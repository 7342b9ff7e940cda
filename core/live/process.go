package live

import (
	"context"
	"os"
	"runtime"
	"runtime/metrics"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// processSource reads a process: resident memory and its share of the processors.
type processSource struct {
	self   bool
	rss    func(ctx context.Context) (bytes uint64, err error)
	busy   func(ctx context.Context) (seconds float64, err error) // processor time since its start
	cpus   int
	now    func() time.Time
	before float64 // seconds, of the last reading
	at     time.Time
}

// ProcessSource reads a process; 0 is this one. The error says that there is no
// such process.
func ProcessSource(ctx context.Context, pid int) (Source, error) {
	self := pid == 0
	if self {
		pid = os.Getpid()
	}
	p, err := process.NewProcessWithContext(ctx, int32(pid))
	if err != nil {
		return nil, err
	}
	return &processSource{
		self: self, cpus: runtime.NumCPU(), now: time.Now,
		rss: func(ctx context.Context) (uint64, error) {
			m, err := p.MemoryInfoWithContext(ctx)
			if err != nil {
				return 0, err
			}
			return m.RSS, nil
		},
		busy: func(ctx context.Context) (float64, error) {
			t, err := p.TimesWithContext(ctx)
			if err != nil {
				return 0, err
			}
			return t.User + t.System, nil
		},
	}, nil
}

// Name says what is asked.
func (p *processSource) Name() string { return "process" }

// Read takes one reading.
func (p *processSource) Read(ctx context.Context) []Sample {
	return []Sample{p.memory(ctx), p.heap(), p.share(ctx)}
}

func (p *processSource) memory(ctx context.Context) Sample {
	const source = "resident set, mapped weights included"
	bytes, err := p.rss(ctx)
	if err != nil {
		return metric(ProcessMemory).failed(source, err)
	}
	return metric(ProcessMemory).value(float64(bytes), source, Measured)
}

// heap is what lives on the heap of Go, without stopping the program to look.
func (p *processSource) heap() Sample {
	const source, name = "runtime/metrics", "/memory/classes/heap/objects:bytes"
	if !p.self {
		return metric(GoHeap).missing(source, "only a process knows its own")
	}
	sample := []metrics.Sample{{Name: name}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return metric(GoHeap).missing(source, "this Go does not tell")
	}
	return metric(GoHeap).value(float64(sample[0].Value.Uint64()), source, Measured)
}

func (p *processSource) share(ctx context.Context) Sample {
	const source = "processor time of the process, of all processors"
	m := metric(ProcessCPU)
	busy, err := p.busy(ctx)
	if err != nil {
		p.at = time.Time{}
		return m.failed(source, err)
	}
	now := p.now()
	before, since := p.before, now.Sub(p.at)
	first := p.at.IsZero()
	p.before, p.at = busy, now
	if first || since <= 0 {
		return m.missing(source, needsTwo)
	}
	out := m.value(100*max(busy-before, 0)/(since.Seconds()*float64(p.cpus)), source, Measured)
	out.Span = since.Seconds()
	return out
}
