package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/mmtui/mmtui/core/family"
	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/variant"
	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/int2/kernel"
	"github.com/mmtui/mmtui/internal/pool"
)

// Model is `mmtui bench model --format json`. The input is random ids and
// random pixels: what they are does not change what a run costs.
type Model struct {
	SchemaVersion int       `json:"schema_version"`
	Machine       Machine   `json:"machine"`
	Complete      bool      `json:"complete"` // false: it was stopped before the end
	Model         string    `json:"model"`
	Family        string    `json:"family"`
	Threads       int       `json:"threads"`
	Peak          Peak      `json:"peak"` // measured among the runs of all variants
	Variants      []Variant `json:"variants"`
}

// Variant is one way that the model's layers run.
type Variant struct {
	Name            string        `json:"variant"`
	LoadMS          report.Number `json:"load_ms"` // opening; of a plan with quantization, or with reading what was quantized before
	WeightBytes     int64         `json:"weight_bytes"`
	QuantizedLayers int           `json:"quantized_layers"`
	PeakMemory      report.Number `json:"peak_memory_bytes"` // of the process: loading, and the buffers that peaks are measured on, included
	Phases          []Phase       `json:"phases"`
}

// Phase is one thing that a model does: the first token of a picture, a prompt,
// a further token, pictures, texts. Times are of the fastest round, layers of
// one more that was watched layer by layer.
type Phase struct {
	Name        string        `json:"phase"` // "first token", "prompt", "decode", "images", "texts"
	Unit        string        `json:"unit"`  // "run", "token", "picture", "text"
	Tiles       int           `json:"tiles"`
	Tokens      int           `json:"tokens"` // of the prompt, or of a text
	MS          report.Number `json:"ms_per_unit"`
	PerSecond   report.Number `json:"units_per_second"`
	P50         report.Number `json:"p50_ms"` // of decoded tokens over all rounds; null elsewhere
	P95         report.Number `json:"p95_ms"`
	IntegerOps  report.Number `json:"integer_ops_per_unit"`
	FloatOps    report.Number `json:"float_ops_per_unit"` // float linear layers and attention
	WeightBytes report.Number `json:"weight_bytes_per_unit"`
	// IdealMS is the operations at the peaks of the run; ShareOfPeak is it over MS.
	IdealMS     report.Number `json:"ideal_ms_per_unit"`
	ShareOfPeak report.Number `json:"share_of_peak"`
	// ShareOfRead is WeightBytes over MS and the read bandwidth.
	ShareOfRead report.Number `json:"share_of_read"`
	Allocations report.Number `json:"allocations_per_unit"` // of the whole process
	Parts       []Part        `json:"parts"`                // of the first token
	Kinds       []LayerCost   `json:"kinds"`
	Layers      []LayerCost   `json:"layers"`

	work work // of one unit, attention included
}

// Part is the time of encoder, connector or prompt in a watched run.
type Part struct {
	Name string        `json:"part"`
	MS   report.Number `json:"ms"`
}

// LayerCost is a layer, or all layers of a kind, in one watched round.
type LayerCost struct {
	Name        string        `json:"name"` // "" of a kind
	Kind        string        `json:"kind"`
	Calls       int           `json:"calls"`
	MS          report.Number `json:"ms"`
	ShareOfTime report.Number `json:"share_of_time"`
	Ops         report.Number `json:"ops"` // null of what is neither linear nor all attention
	Bytes       report.Number `json:"weight_bytes"`
	ShareOfPeak report.Number `json:"share_of_peak"`
	ShareOfRead report.Number `json:"share_of_read"`

	work work // of which the figures above are made
}

// ModelOptions of MeasureModel. The zero value is usable.
type ModelOptions struct {
	Model        model.Options
	Variants     []variant.Spec // nil: float and INT2
	PackDir      string         // of packed tensors; "" is the user's cache folder
	Tokens       int            // decoded in a round; 32
	PromptTokens int            // of the prompt without a picture; 256
	Pictures     int            // of a round of a retrieval model, and as many texts; 8
	Length       time.Duration  // to spend on a phase, at the least; 1 s
	Workers      int            // threads; 0: GOMAXPROCS
	Progress     func(done, of int, what string)
	Show         func(Model) // is handed a copy after every phase

	now  func() time.Time
	open func(subject) rater
}

func (o ModelOptions) filled() ModelOptions {
	if o.Variants == nil {
		o.Variants = []variant.Spec{variant.Float(), variant.INT2()}
	}
	o.Tokens, o.PromptTokens, o.Pictures = orElse(o.Tokens, 32), orElse(o.PromptTokens, 256), orElse(o.Pictures, 8)
	o.Workers = orElse(o.Workers, runtime.GOMAXPROCS(0))
	if o.Length <= 0 {
		o.Length = time.Second
	}
	if o.Progress == nil {
		o.Progress = func(int, int, string) {}
	}
	if o.Show == nil {
		o.Show = func(Model) {}
	}
	if o.now == nil {
		o.now = time.Now
	}
	if o.open == nil {
		o.open = openRater
	}
	return o
}

func orElse(n, otherwise int) int {
	if n <= 0 {
		return otherwise
	}
	return n
}

// MeasureModel times a model folder in every variant. Errors are those of
// opening; when ctx ends it returns what there is, with the context's error.
func MeasureModel(ctx context.Context, path string, opt ModelOptions) (_ Model, err error) {
	opt = opt.filled()
	m, err := model.Open(ctx, path, opt.Model)
	if err != nil {
		return Model{}, err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	name, err := family.Detect(m.Root)
	if err != nil {
		return Model{}, err
	}
	b := newModelBench(opt, m, name)
	defer b.close()
	for _, spec := range opt.Variants {
		if err := b.variant(ctx, spec); err != nil {
			b.finish()
			return b.out, err
		}
	}
	b.out.Complete = true
	b.finish()
	opt.Progress(b.done, b.done, "")
	return b.out, nil
}

// modelBench is a measurement under way.
type modelBench struct {
	ModelOptions
	model          *model.Model
	float, integer rater
	out            Model
	done           int
}

func newModelBench(opt ModelOptions, m *model.Model, name string) *modelBench {
	b := &modelBench{ModelOptions: opt, model: m}
	current := kernel.Current()
	machine := thisMachine()
	scheme := int2.DefaultScheme()
	b.float = opt.open(subject{tier: machine.FloatTier, threads: opt.Workers})
	b.integer = opt.open(subject{tier: string(current), scheme: &scheme, threads: opt.Workers})
	b.out = Model{
		SchemaVersion: report.SchemaVersion, Machine: machine, Model: m.Path, Family: name, Threads: opt.Workers, Variants: []Variant{},
		Peak: Peak{Threads: opt.Workers, FMA: report.NA(), Read: report.NA(), Integer: []IntegerPeak{{string(current), report.NA()}}},
	}
	return b
}

func (b *modelBench) close() {
	b.float.close()
	b.integer.close()
}

// look measures the peaks once more.
func (b *modelBench) look(ctx context.Context) error {
	f, err := b.float.peak(ctx)
	if err != nil {
		return err
	}
	i, err := b.integer.peak(ctx)
	if err != nil {
		return err
	}
	p := &b.out.Peak
	p.FMA, p.Read = better(p.FMA, f.ops), better(p.Read, max(f.read, i.read))
	p.Integer[0].Ops = better(p.Integer[0].Ops, i.ops)
	return nil
}

// begin tells what is measured next. The number of phases is that of a
// generator; a retrieval model has one less.
func (b *modelBench) begin(v, what string) {
	const steps = 4
	b.Progress(b.done, max(steps*len(b.Variants), b.done+1), v+": "+what)
	b.done++
}

// variant opens the model in one way and measures it.
func (b *modelBench) variant(ctx context.Context, spec variant.Spec) (err error) {
	resetPeakMemory()
	b.begin(spec.Name, "loading")
	begin := b.now()
	set, err := variant.Open(ctx, b.model, spec, variant.Options{CacheDir: b.PackDir, Workers: b.Workers})
	if err != nil {
		return err
	}
	p := pool.New(b.Workers)
	defer p.Close()
	t := &tally{}
	net, err := family.Open(ctx, b.model, family.Options{Pool: p, Linears: func(e *nn.Engine, float nn.Linears) nn.Linears {
		return recorded{set.Linears(e, float), b.model, t}
	}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, net.Close()) }()
	out := Variant{
		Name: set.Spec().Name, LoadMS: milliseconds(b.now().Sub(begin)), WeightBytes: net.WeightBytes(), PeakMemory: report.NA(), Phases: []Phase{},
	}
	for _, l := range set.Layers() {
		out.WeightBytes += l.Bytes
		out.QuantizedLayers++
	}
	b.out.Variants = append(b.out.Variants, out)
	switch net := net.(type) {
	case family.Generator:
		err = b.generator(ctx, net, t)
	case family.Embedder:
		err = b.embedder(ctx, net, t)
	default:
		err = fmt.Errorf("%s: nothing is known of how to time the family %s", report.Printable(b.model.Path), net.Family())
	}
	b.current().PeakMemory = peakMemory()
	return err
}

// current is the variant under way.
func (b *modelBench) current() *Variant { return &b.out.Variants[len(b.out.Variants)-1] }

// add takes in a phase and shows it.
func (b *modelBench) add(p Phase) {
	v := b.current()
	v.Phases = append(v.Phases, p)
	v.PeakMemory = peakMemory()
	b.finish()
	b.Show(b.out.clone())
}

func milliseconds(d time.Duration) report.Number { return report.Number(d.Seconds() * 1e3) }
