package export

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/core/scan"
	"github.com/mmtui/mmtui/int2"
)

// GPTQ writes a folder that GPTQModel, vLLM and transformers load: see docs/export.md.
func GPTQ(ctx context.Context, m *model.Model, p plan.Plan, out string, opt Options) (Result, error) {
	return checkpoint(ctx, m, p, out, opt, gptqFormat{opt.tool()})
}

// CompressedTensors writes a folder that vLLM and transformers load through
// compressed-tensors: see docs/export.md.
func CompressedTensors(ctx context.Context, m *model.Model, p plan.Plan, out string, opt Options) (Result, error) {
	return checkpoint(ctx, m, p, out, opt, compressedFormat{opt.tool()})
}

// format is one of the checkpoint formats of other tools.
type format interface {
	target() target
	scaleType(source string) safetensors.DType
	pack(l *levels) *packedLevels
	// takes says why a linear layer of the source cannot be one here.
	takes(t *model.Tensor) error
	entries(layers []layer) []safetensors.Entry
	// configs are the configuration files beside the weights; source is config.json.
	configs(source *object, layers []layer, float []string) map[string]any
}

// layer is one linear layer on its way into a file.
type layer struct {
	linear
	index     int // in the model and the report
	scaleType safetensors.DType
	levels    *packedLevels
	rechosen  int // groups whose codes were chosen again
}

// checkpoint writes a folder in a format of another tool, opens it again, and
// measures what it holds against the source.
func checkpoint(ctx context.Context, m *model.Model, p plan.Plan, out string, opt Options, f format) (Result, error) {
	if err := protect(m, out); err != nil {
		return Result{}, err
	}
	if m.Quantization != "" {
		return Result{}, fmt.Errorf("%s: the model is already quantized by %s; export the float original, or write floats with --dequantized first",
			m.Path, m.Quantization)
	}
	dir, err := newFolder(out, opt.Replace)
	if err != nil {
		return Result{}, err
	}
	defer dir.discard()
	e := &exporter{m: m, opt: opt, format: f, why: map[string]string{}}
	if err := e.choose(p); err != nil {
		return Result{}, err
	}
	if err := e.pack(ctx); err != nil {
		return Result{}, err
	}
	if len(e.layers) == 0 {
		return Result{}, fmt.Errorf("%s: no linear layer is quantized under this plan, so there is nothing to export as %s; %s",
			m.Path, f.target().method, e.firstReason())
	}
	if err := e.write(ctx, dir); err != nil {
		return Result{}, err
	}
	if err := e.verify(ctx, dir); err != nil {
		return Result{}, err
	}
	res := Result{Report: e.report, Notes: e.notes()}
	if err := m.Check(); err != nil {
		return Result{}, err
	}
	res.Files, err = dir.publish()
	return res, err
}

// exporter carries one export from step to step.
type exporter struct {
	m      *model.Model
	opt    Options
	format format
	plan   plan.Plan
	report report.Model
	layers []layer
	why    map[string]string // of tensors that the plan would quantize and the format cannot hold
}

// choose finds the tensors that become layers: those that the plan quantizes
// and the format can hold. The others stay float, by a rule each.
func (e *exporter) choose(p plan.Plan) error {
	rows := scan.New(e.m, p, e.opt.session()).Report().Tensors
	var rules []plan.Rule
	for i, t := range e.m.Tensors {
		if rows[i].Scheme == nil {
			continue
		}
		if err := e.fits(t, *rows[i].Scheme); err != nil {
			e.why[t.Name] = err.Error()
			rules = append(rules, plan.Rule{Match: plan.Exact(t.Name), Choice: plan.FromScheme(nil)})
		}
	}
	e.plan = p.WithRule(rules...)
	return nil
}

func (e *exporter) fits(t *model.Tensor, s int2.Scheme) error {
	if err := isLinear(t); err != nil {
		return err
	}
	if err := e.format.takes(t); err != nil {
		return err
	}
	rows, cols, _, _ := t.Matrix()
	_, err := e.format.target().shapeOf(s, rows, cols)
	return err
}

// isLinear says why a tensor is not the weight of a linear layer, as those
// tools quantize nothing else. A file does not say what a module is: rank and
// the names that models give to embeddings and output heads have to do.
func isLinear(t *model.Tensor) error {
	module, ok := strings.CutSuffix(t.Name, ".weight")
	switch {
	case !ok:
		return errors.New("its name does not end in .weight, so no linear layer owns it")
	case len(t.Shape) != 2:
		return fmt.Errorf("rank %d: not the weight of a linear layer", len(t.Shape))
	}
	last := strings.ToLower(module[strings.LastIndexByte(module, '.')+1:])
	switch {
	case strings.Contains(last, "emb"), last == "wte", last == "wpe", last == "shared", last == "relative_attention_bias":
		return errors.New("an embedding: these tools quantize linear layers")
	case last == "lm_head":
		return errors.New("the output head: these tools keep it in float")
	}
	return nil
}

// pack measures everything under the plan and packs the layers.
func (e *exporter) pack(ctx context.Context) error {
	const steps = 3
	rep, packed, err := scanned(ctx, e.m, e.plan, e.opt, steps)
	if err != nil {
		return err
	}
	todo := 0
	for i := range rep.Tensors {
		if rep.Tensors[i].Scheme != nil {
			todo++
		}
	}
	for i, t := range e.m.Tensors {
		row := &rep.Tensors[i]
		if row.Scheme == nil {
			if why := e.why[t.Name]; why != "" {
				row.Reason, row.Rule = why, ""
			}
			continue
		}
		e.opt.progress(todo+len(e.layers), steps*todo, t.Name)
		l, err := e.layer(ctx, i, t, *row.Scheme, packed)
		var unfit *unfitError
		if errors.As(err, &unfit) {
			e.why[t.Name] = unfit.Error()
			*row = keptRow(*row, unfit.Error())
			continue
		}
		if err != nil {
			return err
		}
		e.layers = append(e.layers, l)
	}
	e.report = rep
	return nil
}

// layer quantizes one tensor and puts it in the format's terms.
func (e *exporter) layer(ctx context.Context, i int, t *model.Tensor, s int2.Scheme, packed *matrices) (l layer, err error) {
	matrix, err := packed.take(ctx, t, s, e.opt)
	if err != nil {
		return layer{}, err
	}
	rows, err := t.Rows(ctx)
	if err != nil {
		return layer{}, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	target := e.format.target()
	sh, err := target.shapeOf(matrix.Scheme, matrix.Rows, matrix.Cols)
	if err != nil {
		return layer{}, &unfitError{err}
	}
	d := e.format.scaleType(t.DType)
	levels, err := target.express(ctx, matrix, sh, rows, rounding(d))
	if err != nil {
		return layer{}, err
	}
	group := sh.group
	if group == sh.cols && matrix.Scheme.Group != group {
		group = -1 // one group a row
	}
	return layer{
		linear: linear{module: strings.TrimSuffix(t.Name, ".weight"), bits: sh.bits, group: group, symmetric: sh.symmetric, parameters: t.Parameters},
		index:  i, scaleType: d, levels: e.format.pack(levels), rechosen: levels.rechosen,
	}, nil
}

// unfitError says that a tensor turned out not to fit the format.
type unfitError struct{ err error }

func (u *unfitError) Error() string { return u.err.Error() }
func (u *unfitError) Unwrap() error { return u.err }

// firstReason tells why the first tensor that the plan meant to quantize stays.
func (e *exporter) firstReason() string {
	for _, t := range e.m.Tensors {
		if why := e.why[t.Name]; why != "" {
			return fmt.Sprintf("tensor %s: %s", report.Printable(t.Name), why)
		}
	}
	return "choose a plan that quantizes some"
}

// float lists the modules of matrices that stay in float: tools that look at
// module classes must be told.
func (e *exporter) float() []string {
	var names []string
	for i, t := range e.m.Tensors {
		if module, ok := strings.CutSuffix(t.Name, ".weight"); ok && len(t.Shape) == 2 && e.report.Tensors[i].Scheme == nil {
			names = append(names, module)
		}
	}
	return names
}

// write fills the folder.
func (e *exporter) write(ctx context.Context, dir *folder) error {
	config, err := sourceConfig(e.m)
	if err != nil {
		return err
	}
	entries := e.format.entries(e.layers)
	for i, t := range e.m.Tensors {
		if e.report.Tensors[i].Scheme == nil {
			entries = append(entries, t.CopyEntries()...)
		}
	}
	return dir.fill(ctx, e.m, entries, map[string]string{"format": "pt"}, e.format.configs(config, e.layers, e.float()))
}
