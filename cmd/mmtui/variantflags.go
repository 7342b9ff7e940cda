package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/variant"
	"github.com/mmtui/mmtui/projects"
)

// The names of variants that need no file.
const (
	variantFloat = "float"
	variantINT2  = "int2"
	variantPlan  = "plan" // the rules of the project that --model names
)

// variantFlags say how the layers of a model run.
type variantFlags struct {
	name    string // --variant
	weights string
	quant   quantFlags // match and plan
}

func (v *variantFlags) add(f *pflag.FlagSet) {
	f.StringVar(&v.name, "variant", "", "float, int2, a project TOML (its rules) or a file that quantize wrote (default float; int2 with flags of a scheme)")
	f.StringVar(&v.weights, "weights", "", "`file` that quantize wrote: the tensors it holds stand in for the model's")
	f.String("bits", "2", "2, 3, 4 or 8; 16 keeps tensors in float")
	f.String("grid", "half", "half, twos or affine")
	f.String("group", "64", "weights that share a scale: a multiple of 16 from 16 to 256, or channel")
	f.String("solver", "search", "rtn, search, ls, hqq, sinq or best")
	f.String("zero", "float", "zero point of rtn on the affine grid: float or integer")
	f.StringArrayVar(&v.quant.match, "match", nil, "quantize only tensors whose name matches this `pattern`; may be repeated (see mmtui help patterns)")
	f.StringVar(&v.quant.plan, "plan", "", "take the rules of this project file")
}

// spec is the variant that the flags ask for; where they ask for none it is
// the one called fallback (see parseVariant), "" for the model as it is stored.
// With --weights alone what the file lacks is as the folder stores it.
func (g *generateFlags) spec(cmd *cobra.Command, con *console, fallback string) (variant.Spec, error) {
	project, err := g.project()
	if err != nil {
		return variant.Spec{}, err
	}
	if g.variant.weights != "" {
		fallback = "" // the file is the variant, whether it is compared or runs alone
	}
	spec, err := g.chosen(cmd, con, project, fallback)
	if err != nil || g.variant.weights == "" {
		return spec, err
	}
	if err := checkWeights(g.variant.weights); err != nil {
		return spec, err
	}
	if spec.Float { // a file of packed tensors under this name would not be what it says
		return spec, usage("--variant float and --weights are two choices", "leave out one of them")
	}
	if spec.Name == "" {
		spec.Name = nameOf(g.variant.weights)
	}
	spec.Weights = g.variant.weights
	return spec, nil
}

// chosen is the spec without --weights.
func (g *generateFlags) chosen(cmd *cobra.Command, con *console, project *projects.Project, fallback string) (variant.Spec, error) {
	flags := given(cmd)
	asked := g.variant.quant.plan != "" || len(g.variant.quant.match) > 0 ||
		slices.ContainsFunc(plan.Keys(), func(key string) bool { _, ok := flags[key]; return ok })
	switch {
	case !asked:
		name := g.variant.name
		if name == "" {
			name = fallback
		}
		if name == "" {
			return variant.Spec{}, nil
		}
		return namedVariant(project, name)
	case g.variant.name != "" && g.variant.name != variantINT2:
		return variant.Spec{}, usage(fmt.Sprintf("--variant %s and flags of a scheme are two choices", report.Printable(g.variant.name)),
			"leave out one of them")
	}
	return g.planned(cmd, con, project)
}

// planned is the plan that `mmtui quantize` would make of the same flags.
func (g *generateFlags) planned(cmd *cobra.Command, con *console, project *projects.Project) (variant.Spec, error) {
	rules := project
	if file := g.variant.quant.plan; file != "" {
		var err error
		if rules, err = projects.Load(file); err != nil {
			return variant.Spec{}, err
		}
	}
	settings, err := con.settings(cmd, rules)
	if err != nil {
		return variant.Spec{}, err
	}
	patterns, err := g.variant.quant.patterns()
	if err != nil {
		return variant.Spec{}, err
	}
	p := settings.Plan(rules)
	spec := variant.Spec{Name: variantINT2, Plan: &p}
	if rules != nil {
		spec.Name, spec.PlanFile = variantPlan, rules.Path
	}
	if len(patterns) == 0 {
		return spec, nil
	}
	flags := given(cmd)
	if len(p.Rules) > 0 && !slices.ContainsFunc(plan.Keys(), func(key string) bool { _, ok := flags[key]; return ok }) {
		return spec.Only(patterns...), nil
	}
	p = matching(p.Default, patterns)
	spec.PlanFile = ""
	return spec, nil
}

// parseVariant reads a variant as --variant and --compare name it: float,
// int2, a project TOML or a folder of one, or a file that quantize wrote. Of a
// project that --model names, "int2" is its rules where it has some, and so is
// "plan". Whether rules and tensors fit a model is found when it is opened.
func (g *generateFlags) parseVariant(_ *console, text string) (variant.Spec, error) {
	project, err := g.project()
	if err != nil {
		return variant.Spec{}, err
	}
	return namedVariant(project, text)
}

func namedVariant(project *projects.Project, text string) (variant.Spec, error) {
	hasPlan := project != nil && (len(project.Plan.Rules) > 0 || !project.Plan.Default.Empty())
	switch {
	case text == variantFloat:
		return variant.Float(), nil
	case text == variantPlan || text == variantINT2 && hasPlan:
		if !hasPlan {
			return variant.Spec{}, usage("--variant plan: no project with rules is given", "name a project TOML with --model or --variant")
		}
		return ofProject(project, variantPlan), nil
	case text == variantINT2:
		return variant.INT2(), nil
	case projects.IsProject(text):
		other, err := projects.Load(text)
		if err != nil {
			return variant.Spec{}, err
		}
		return ofProject(other, nameOf(other.Path)), nil
	case strings.EqualFold(filepath.Ext(text), ".safetensors"):
		if err := checkWeights(text); err != nil {
			return variant.Spec{}, err
		}
		return variant.Spec{Name: nameOf(text), Weights: text}, nil
	}
	return variant.Spec{}, usage(fmt.Sprintf("the variant %q is not known", text), "use float, int2, a project TOML or a .safetensors file that `mmtui quantize` wrote")
}

func ofProject(p *projects.Project, name string) variant.Spec {
	rules := p.Plan
	return variant.Spec{Name: name, Plan: &rules, PlanFile: p.Path}
}

// checkWeights refuses a file that is not there, before a model is opened.
func checkWeights(path string) error {
	_, err := os.Stat(path)
	var at *fs.PathError
	if !errors.As(err, &at) {
		return err
	}
	p := opened(report.Problem{What: err.Error(), ExitCode: exitUsage}, at)
	return &failure{problem: p, err: err}
}

// nameOf is what a file is called in a report: a project.toml as its folder.
func nameOf(path string) string {
	base := filepath.Base(path)
	if base == projects.FileName {
		if full, err := filepath.Abs(path); err == nil {
			return filepath.Base(filepath.Dir(full))
		}
	}
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// variantFailure makes usage errors of rules that match no tensor, one a rule.
func variantFailure(err error) error {
	var e *variant.UnmatchedError
	if !errors.As(err, &e) {
		return err
	}
	var all projects.Problems
	for i, r := range e.Rules {
		p := report.Problem{What: fmt.Sprintf("pattern %q matches no tensor of the model", r.Match.String()), Do: e.Advice(i), ExitCode: exitUsage}
		if e.File != "" {
			p.File, p.Line = report.Printable(e.File), r.Line
		}
		all = append(all, p)
	}
	return all
}
