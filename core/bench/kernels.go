package bench

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/int2/kernel"
)

// Kernels is `mmtui bench kernels --format json`.
type Kernels struct {
	SchemaVersion int          `json:"schema_version"`
	Machine       Machine      `json:"machine"`
	Complete      bool         `json:"complete"` // false: it was stopped before all cases
	Peaks         []Peak       `json:"peaks"`
	Cases         []KernelCase `json:"cases"`
}

// Peak is the most that the machine reached with so many threads during the run.
type Peak struct {
	Threads int           `json:"threads"`
	FMA     report.Number `json:"fma_flops_per_second"`  // float32, two a fused product, on registers alone
	Read    report.Number `json:"read_bytes_per_second"` // streamed from memory
	Integer []IntegerPeak `json:"integer"`
}

// IntegerPeak is what a tier's dot products reach on registers alone; a
// multiplication and an addition are two operations.
type IntegerPeak struct {
	Tier string        `json:"tier"`
	Ops  report.Number `json:"ops_per_second"`
}

// KernelCase is one product of one kernel. What it reached and the peaks of its
// shares were measured in turns.
type KernelCase struct {
	Kernel  string       `json:"kernel"` // "w2a8", "float32", "bfloat16"
	Tier    string       `json:"tier"`
	Scheme  *int2.Scheme `json:"scheme"` // nil of float weights
	Threads int          `json:"threads"`
	Shape
	// Streamed weights come from memory, as those of a whole network; others
	// from the caches that hold them.
	Streamed    bool          `json:"streamed"`
	Seconds     report.Number `json:"seconds"` // of one product, activation quantization included
	Ops         report.Number `json:"ops_per_second"`
	Bytes       report.Number `json:"weight_bytes_per_second"`
	PeakOps     report.Number `json:"peak_ops_per_second"`
	PeakRead    report.Number `json:"peak_read_bytes_per_second"`
	ShareOfPeak report.Number `json:"share_of_peak"` // of PeakOps, 0 … 1
	ShareOfRead report.Number `json:"share_of_read"` // of PeakRead; null where caches hold the weights
	Bound       string        `json:"bound"`         // "arithmetic" or "reading", the peak that the case is nearer to
}

// What bounds a case.
const (
	arithmeticBound = "arithmetic"
	readingBound    = "reading"
)

// The kernels of float weights, beside which the integer ones stand.
const (
	float32Kernel  = "float32"
	bfloat16Kernel = "bfloat16"
)

// KernelOptions of MeasureKernels. The zero value is usable.
type KernelOptions struct {
	Tiers    []kernel.Tier // nil: DefaultTiers
	Shapes   []Shape       // nil: DefaultShapes
	Scheme   int2.Scheme   // zero: int2.DefaultScheme
	Length   time.Duration // for each case; 0.1 s
	Workers  int           // threads beside one alone; 0: GOMAXPROCS
	Progress func(done, of int, what string)
	Show     func(Kernels) // is handed a copy after every case

	open func(subject) rater // nil: the real kernels
}

// DefaultTiers is what this machine has. The portable twin, which says what is
// right and not what is fast, is among them only where there is nothing else.
func DefaultTiers() []kernel.Tier {
	all := kernel.Tiers()
	fast := slices.DeleteFunc(slices.Clone(all), func(t kernel.Tier) bool { return t == kernel.Portable })
	if len(fast) == 0 {
		return all
	}
	return fast
}

func (o KernelOptions) filled() KernelOptions {
	if o.Tiers == nil {
		o.Tiers = DefaultTiers()
	}
	if o.Shapes == nil {
		o.Shapes = DefaultShapes()
	}
	if o.Scheme.Bits == 0 {
		o.Scheme = int2.DefaultScheme()
	}
	if o.Length <= 0 {
		o.Length = 100 * time.Millisecond
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Progress == nil {
		o.Progress = func(int, int, string) {}
	}
	if o.Show == nil {
		o.Show = func(Kernels) {}
	}
	if o.open == nil {
		o.open = openRater
	}
	return o
}

// subjects lists what is measured: by threads, the integer tiers and the float kernels.
func (o KernelOptions) subjects(float string) []subject {
	threads := []int{1}
	if o.Workers > 1 {
		threads = append(threads, o.Workers)
	}
	var out []subject
	for _, n := range threads {
		for _, t := range o.Tiers {
			out = append(out, subject{tier: string(t), scheme: &o.Scheme, threads: n})
		}
		out = append(out, subject{tier: float, threads: n})
	}
	return out
}

// MeasureKernels times products tier by tier and shape by shape. When ctx ends
// it returns what there is, with the context's error.
func MeasureKernels(ctx context.Context, opt KernelOptions) (Kernels, error) {
	opt = opt.filled()
	if err := opt.Check(); err != nil {
		return Kernels{}, err
	}
	out := Kernels{SchemaVersion: report.SchemaVersion, Machine: thisMachine(), Peaks: []Peak{}, Cases: []KernelCase{}}
	subjects := opt.subjects(out.Machine.FloatTier)
	done, of := 0, 0
	for _, s := range subjects {
		of += len(s.products(opt.Shapes))
	}
	for _, s := range subjects {
		if err := opt.measure(ctx, s, &out, func(what product) {
			opt.Progress(done, of, s.String()+" "+what.String())
			done++
		}); err != nil {
			return out, err
		}
	}
	out.Complete = true
	opt.Progress(of, of, "")
	return out, nil
}

// Check says what cannot be measured: a tier that this machine does not run, a
// scheme that does not exist, a shape that it cannot sum.
func (o KernelOptions) Check() error {
	o = o.filled()
	has := kernel.Tiers()
	for _, t := range o.Tiers {
		if !slices.Contains(has, t) {
			return fmt.Errorf("%s: this machine does not run these kernels; it has %v", report.Printable(string(t)), has)
		}
	}
	if err := o.Scheme.Validate(); err != nil {
		return err
	}
	for _, s := range o.Shapes {
		if most := o.Scheme.MaxCols(); s.Cols > most {
			return fmt.Errorf("the shape %s has more inputs than the %d that sums of %s can hold; give a narrower one", s, most, o.Scheme)
		}
	}
	return nil
}

// measure adds the cases of one subject to out.
func (o KernelOptions) measure(ctx context.Context, s subject, out *Kernels, next func(product)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := o.open(s)
	defer r.close()
	best, err := r.peak(ctx)
	if err != nil {
		return err
	}
	out.note(s, best)
	for _, what := range s.products(o.Shapes) {
		next(what)
		got, err := r.rate(ctx, what, o.Length)
		if err != nil {
			return err
		}
		out.note(s, got.peak)
		out.Cases = append(out.Cases, s.result(what, got))
		o.Show(out.clone())
	}
	return nil
}

// result is a line of the report.
func (s subject) result(what product, got rated) KernelCase {
	c := KernelCase{
		Kernel: what.kernel, Tier: s.tier, Scheme: s.scheme, Threads: s.threads, Shape: what.Shape, Streamed: what.streamed,
		Seconds: positive(got.seconds), Ops: rate(what.ops(), got.seconds), Bytes: rate(got.bytes, got.seconds),
		PeakOps: positive(got.peak.ops), PeakRead: positive(got.peak.read),
	}
	c.ShareOfPeak, c.ShareOfRead = share(c.Ops, c.PeakOps), report.NA()
	c.Bound = arithmeticBound
	if what.streamed {
		c.ShareOfRead = share(c.Bytes, c.PeakRead)
		if c.ShareOfRead > c.ShareOfPeak {
			c.Bound = readingBound
		}
	}
	return c
}

// note keeps the best of the peaks.
func (k *Kernels) note(s subject, p peaks) {
	i := slices.IndexFunc(k.Peaks, func(p Peak) bool { return p.Threads == s.threads })
	if i < 0 {
		i = len(k.Peaks)
		k.Peaks = append(k.Peaks, Peak{Threads: s.threads, FMA: report.NA(), Read: report.NA(), Integer: []IntegerPeak{}})
	}
	at := &k.Peaks[i]
	at.Read = better(at.Read, p.read)
	if s.scheme == nil {
		at.FMA = better(at.FMA, p.ops)
		return
	}
	j := slices.IndexFunc(at.Integer, func(p IntegerPeak) bool { return p.Tier == s.tier })
	if j < 0 {
		j = len(at.Integer)
		at.Integer = append(at.Integer, IntegerPeak{s.tier, report.NA()})
	}
	at.Integer[j].Ops = better(at.Integer[j].Ops, p.ops)
}

// clone shares nothing that a later case changes.
func (k *Kernels) clone() Kernels {
	out := *k
	out.Peaks, out.Cases = slices.Clone(k.Peaks), slices.Clone(k.Cases)
	for i := range out.Peaks {
		out.Peaks[i].Integer = slices.Clone(out.Peaks[i].Integer)
	}
	return out
}

// positive is v, or no number where it is none.
func positive(v float64) report.Number {
	if !(v > 0) {
		return report.NA()
	}
	return report.Number(v)
}

// better is the larger of a and v; what does not exist is less than anything.
func better(a report.Number, v float64) report.Number {
	if n := positive(v); !a.Valid() || n > a {
		return n
	}
	return a
}

// share is part over whole where both exist.
func share(part, whole report.Number) report.Number {
	if !part.Valid() || !whole.Valid() {
		return report.NA()
	}
	return part / whole
}
