// Package bench times the program's own work and states it as ratios within
// one run: to a plain loop, and to how fast this machine reads memory. Absolute
// times of different runs do not compare; ratios do.
package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
)

// Scan is `mmtui bench scan --format json`.
type Scan struct {
	SchemaVersion int    `json:"schema_version"`
	OS            string `json:"os"`
	Arch          string `json:"arch"`
	Cores         int    `json:"cores"`
	// Weights of the matrix that is measured, Gauss, in float32 in memory.
	Weights int64 `json:"weights"`
	// MemoryReadBytesPerSecond is what one core reads from memory with a plain sum over more than the caches hold.
	MemoryReadBytesPerSecond report.Number `json:"memory_read_bytes_per_second"`
	// PlainWeightsPerSecond is one core rounding to nearest and summing the squared error in a plain loop.
	PlainWeightsPerSecond report.Number `json:"plain_weights_per_second"`
	Solvers               []Solver      `json:"solvers"`
}

// Solver is one line: a solver with every metric but below_ideal_db, on one core.
type Solver struct {
	Scheme           int2.Scheme   `json:"scheme"`
	WeightsPerSecond report.Number `json:"weights_per_second_per_core"`
	BytesPerSecond   report.Number `json:"float32_bytes_per_second_per_core"`
	ShareOfMemory    report.Number `json:"share_of_memory_read_bandwidth"`
	TimesPlain       report.Number `json:"times_plain_loop"`
}

// Options of MeasureScan. The zero value is usable.
type Options struct {
	Rows, Cols  int              // of the matrix; 1024 × 4096
	MemoryBytes int64            // that the memory is read over; 256 MiB
	Least       time.Duration    // time to spend on one figure; 0.3 s
	Schemes     []int2.Scheme    // nil: every solver at 2 bits in groups of 64
	Now         func() time.Time // nil: time.Now
	Progress    func(done, of int, what string)
}

func (o Options) filled() Options {
	if o.Rows <= 0 || o.Cols <= 0 {
		o.Rows, o.Cols = 1024, 4096
	}
	if o.MemoryBytes <= 0 {
		o.MemoryBytes = 256 << 20
	}
	if o.Least <= 0 {
		o.Least = 300 * time.Millisecond
	}
	if o.Schemes == nil {
		for _, s := range int2.Solvers() {
			scheme := int2.DefaultScheme()
			scheme.Solver, scheme.Grid = s, s.ImpliedGrid()
			o.Schemes = append(o.Schemes, scheme)
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Progress == nil {
		o.Progress = func(int, int, string) {}
	}
	return o
}

// MeasureScan times every scheme on one core.
func MeasureScan(ctx context.Context, opt Options) (Scan, error) {
	opt = opt.filled()
	m := gauss(opt.Rows, opt.Cols)
	weights := float64(len(m.values))
	out := Scan{
		SchemaVersion: report.SchemaVersion, OS: runtime.GOOS, Arch: runtime.GOARCH, Cores: runtime.GOMAXPROCS(0),
		Weights: int64(len(m.values)), Solvers: []Solver{},
	}
	steps := len(opt.Schemes) + 2
	opt.Progress(0, steps, "memory")
	seconds, err := fastest(ctx, opt, readMemory(opt.MemoryBytes))
	if err != nil {
		return Scan{}, err
	}
	out.MemoryReadBytesPerSecond = rate(float64(opt.MemoryBytes), seconds)
	opt.Progress(1, steps, "plain loop")
	seconds, err = fastest(ctx, opt, func() error { plainLoop(m, 64); return nil })
	if err != nil {
		return Scan{}, err
	}
	out.PlainWeightsPerSecond = rate(weights, seconds)
	for i, s := range opt.Schemes {
		opt.Progress(2+i, steps, s.String())
		seconds, err := fastest(ctx, opt, func() error {
			_, err := int2.Quantize(ctx, m, s, int2.Options{Workers: 1})
			return err
		})
		if err != nil {
			return Scan{}, fmt.Errorf("%s: %w", s, err)
		}
		perSecond := rate(weights, seconds)
		out.Solvers = append(out.Solvers, Solver{
			Scheme: s, WeightsPerSecond: perSecond, BytesPerSecond: 4 * perSecond,
			ShareOfMemory: 4 * perSecond / out.MemoryReadBytesPerSecond,
			TimesPlain:    perSecond / out.PlainWeightsPerSecond,
		})
	}
	opt.Progress(steps, steps, "")
	return out, nil
}

// rate is amount a second; NA when the clock did not move.
func rate(amount, seconds float64) report.Number {
	if !(seconds > 0) {
		return report.NA()
	}
	return report.Number(amount / seconds)
}

// fastest repeats work for opt.Least and at least three times, and returns the
// shortest time in seconds: what disturbs a run only ever makes it longer.
func fastest(ctx context.Context, opt Options, work func() error) (float64, error) {
	var best, total time.Duration
	for n := 0; n < 3 || total < opt.Least; n++ {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		start := opt.Now()
		if err := work(); err != nil {
			return 0, err
		}
		took := opt.Now().Sub(start)
		total += max(took, time.Microsecond) // a clock that stands still ends too
		if n == 0 || took < best {
			best = took
		}
	}
	return best.Seconds(), nil
}

// matrix is a matrix in memory.
type matrix struct {
	rows, cols int
	values     []float32
}

func (m *matrix) Dims() (rows, cols int) { return m.rows, m.cols }

func (m *matrix) ReadRows(_ context.Context, lo, hi int, dst []float32) error {
	copy(dst, m.values[lo*m.cols:hi*m.cols])
	return nil
}

// gauss is N(0, 0.02²), the same in every run.
func gauss(rows, cols int) *matrix {
	random := rand.New(rand.NewPCG(1, 2))
	m := &matrix{rows: rows, cols: cols, values: make([]float32, rows*cols)}
	for i := range m.values {
		m.values[i] = float32(0.02 * random.NormFloat64())
	}
	return m
}
