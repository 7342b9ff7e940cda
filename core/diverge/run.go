package diverge

import (
	"context"
	"fmt"
	"slices"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/core/tokenizer"
	"github.com/mmtui/mmtui/core/variant"
)

// Options of Run. Model, Request and Variant are needed.
type Options struct {
	Model   string        // folder, or a name in the Hugging Face cache
	Request infer.Request // its Temperature and Observer are not used: answers are greedy
	Variant variant.Spec
	Lifts   []Lift
	BreakDB *float64 // nil is DefaultBreakDB
	// Combinations runs all 2³ combinations of float and quantized parts too.
	Combinations bool

	CacheDir string // the Hugging Face cache, as infer.Options has it
	PackDir  string // of packed tensors, likewise
	Workers  int    // threads; 0: GOMAXPROCS
	// Progress, when set, is called from one goroutine at a time.
	Progress func(Progress)
}

// The stages of a run, in their order.
const (
	StageFloat        = "float answer"
	StagePacking      = "quantizing"
	StageLayers       = "layers"
	StageAnswer       = "quantized answer"
	StageCombinations = "combinations"
)

// Progress tells how far a run is.
type Progress struct {
	Stage    string
	Done, Of int
	Name     string // of the tensor or layer, "" for none
}

// comparison is one Run under way.
type comparison struct {
	opt    Options
	spec   variant.Spec // lifted
	model  *model.Model
	texts  *tokenizer.Tokenizer
	report *Report
	given  inputs
	answer *infer.Result // of the float run
	kept   [][]float32   // its logits, a position each, where combinations need them
	m      *measure
	done   int // layers and tokens of StageLayers
}

// Run compares the float run of a request with a variant's, layer by layer.
// Cancelling ctx ends it within one chunk of work.
func Run(ctx context.Context, opt Options) (*Report, error) {
	m, err := model.Open(ctx, opt.Model, model.Options{CacheDir: opt.CacheDir})
	if err != nil {
		return nil, err
	}
	defer m.Close() // read only
	c := &comparison{opt: opt, spec: opt.Variant, model: m}
	c.opt.Request.Temperature, c.opt.Request.Observer = 0, nil
	if c.opt.Progress == nil {
		c.opt.Progress = func(Progress) {}
	}
	if c.opt.Lifts, err = resolve(m, opt.Lifts); err != nil {
		return nil, err
	}
	for _, l := range c.opt.Lifts {
		c.spec = c.spec.Lift(l.Name, l.Bits)
	}
	set, err := variant.Open(ctx, m, c.spec, c.packing())
	if err != nil {
		return nil, err
	}
	if err := c.float(ctx); err != nil {
		return nil, err
	}
	if c.texts, err = tokenizer.Open(m.Root); err != nil {
		return nil, err
	}
	if err := c.layers(ctx, set); err != nil {
		return nil, err
	}
	if err := c.answers(ctx); err != nil {
		return nil, err
	}
	if opt.Combinations {
		if err := c.combine(ctx); err != nil {
			return nil, err
		}
	}
	return c.report, nil
}

// packing are the options of the variant's tensors.
func (c *comparison) packing() variant.Options {
	return variant.Options{CacheDir: c.opt.PackDir, Workers: c.opt.Workers, Progress: func(done, of int, name string) {
		c.opt.Progress(Progress{StagePacking, done, of, name})
	}}
}

// open opens the model for runs that nobody watches.
func (c *comparison) open(ctx context.Context, spec variant.Spec) (*infer.Runner, error) {
	return infer.Open(ctx, c.model.Path, infer.Options{
		CacheDir: c.opt.CacheDir, PackDir: c.opt.PackDir, Workers: c.opt.Workers, Variant: spec,
	})
}

// float gets the answer that both runs are then fed, and what the pictures
// were made into.
func (c *comparison) float(ctx context.Context) error {
	r, err := c.open(ctx, variant.Float())
	if err != nil {
		return err
	}
	defer r.Close() // read only
	q := c.opt.Request
	q.Observer = &c.given
	res, err := r.Run(ctx, q, func(e infer.Event) {
		if e.Kind == infer.Progress {
			c.opt.Progress(Progress{StageFloat, e.Done, e.Of, e.Stage})
		}
	})
	switch {
	case err != nil && ctx.Err() == nil && c.given.broken != "":
		return fmt.Errorf("the first activation of the float run that is no number is %s: %w", safetensors.Printable(c.given.broken), err)
	case err != nil:
		return err
	}
	c.answer = res
	c.report = c.newReport(res)
	return nil
}

// newReport is what is known before the comparison.
func (c *comparison) newReport(res *infer.Result) *Report {
	below := float64(DefaultBreakDB)
	if c.opt.BreakDB != nil {
		below = *c.opt.BreakDB
	}
	r := &Report{
		SchemaVersion: report.SchemaVersion, Task: string(res.Task), Model: res.Model, Family: res.Family, Variant: c.spec.Name,
		Images: res.Images, Prompt: res.Prompt, Texts: res.Texts, Tiles: res.Tiles, PromptTokens: len(res.PromptTokenIDs),
		Lifts: append([]Lift{}, c.opt.Lifts...), Basis: Basis, BreakDB: report.Number(below),
		Rows: []Row{}, Positions: []Position{}, Answer: res.Text, Warnings: slices.Clone(res.Warnings),
	}
	names := make([]string, len(c.model.Tensors))
	for i, t := range c.model.Tensors {
		names[i] = t.Name
	}
	r.Plan = c.spec.PlanFor(names)
	for _, ids := range res.TextTokenIDs {
		r.PromptTokens += len(ids)
	}
	return r
}

// answers gets what the variant says by itself.
func (c *comparison) answers(ctx context.Context) error {
	if c.answer.Task == infer.Retrieval {
		return nil
	}
	if agrees(c.report.Positions) { // it says the same then
		c.report.VariantAnswer = c.report.Answer
		return nil
	}
	c.opt.Progress(Progress{Stage: StageAnswer})
	r, err := c.open(ctx, c.spec)
	if err != nil {
		return err
	}
	defer r.Close() // read only
	c.report.VariantAnswer, err = c.say(ctx, r, c.report.KL)
	return err
}

// say gets the answer of a runner; one whose logits were no numbers has none,
// and a warning tells so.
func (c *comparison) say(ctx context.Context, r *infer.Runner, kl KL) (string, error) {
	res, err := r.Run(ctx, c.opt.Request, func(e infer.Event) {
		if e.Kind == infer.Progress {
			c.opt.Progress(Progress{StageAnswer, e.Done, e.Of, e.Stage})
		}
	})
	switch {
	case err == nil:
		return res.Text, nil
	case ctx.Err() == nil && kl.NotFinite > 0:
		c.report.Warnings = append(c.report.Warnings, err.Error())
		return "", nil
	}
	return "", err
}

// agrees says whether a run that is free would go the way it was led.
func agrees(positions []Position) bool {
	return !slices.ContainsFunc(positions, func(p Position) bool { return p.VariantID != p.ID })
}
