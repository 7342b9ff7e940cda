package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"

	"github.com/spf13/cobra"

	"github.com/mmtui/mmtui/core/diff"
	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/projects"
)

// diffOptions are the flags of diff.
type diffOptions struct {
	stripA, stripB string
	different      bool
	exitCode       bool
	leavesBelow    float64
}

func newDiff(con *console) *cobra.Command {
	var opt diffOptions
	limits := &limitFlags{}
	cmd := &cobra.Command{
		Use:   "diff A B",
		Short: "Compare two models, traces or reports, tensor by tensor",
		Long: `Compare the values of two models, matched by tensor name. Tensors that are already
quantized, by mmtui or another tool, are compared by the values they stand for: against
the float original that tells how good the quantization is. Two files written by
"mmtui inspect --format json" are compared by their figures.

Two traces ("mmtui trace", or activations dumped from PyTorch under the same names)
are compared layer by layer in the order of the network. The table begins with the
first layer that leaves the other run, the first whose SQNR is below --leaves-below,
and with the layer that amplifies most: whose relative error grows most from its input
to its output.`,
		Example: `  mmtui diff model.safetensors model-int2.safetensors
  mmtui diff model/ model-gptq/ --format json
  mmtui diff before.json after.json
  mmtui diff torch.safetensors mmtui.safetensors --leaves-below 80`,
		Args: arguments(2, 2, "one of the two to compare"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runDiff(cmd, con, args[0], args[1], opt, limits)
		},
	}
	f := cmd.Flags()
	f.StringVar(&opt.stripA, "strip-a", "", "prefix to take off the names of A")
	f.StringVar(&opt.stripB, "strip-b", "", "prefix to take off the names of B")
	f.BoolVar(&opt.different, "only-different", false, "leave rows that are the same out of the table")
	f.BoolVar(&opt.exitCode, "exit-code", false, "exit with 1 when something differs; of traces, when a layer leaves, shapes differ or nothing could be compared")
	f.Float64Var(&opt.leavesBelow, "leaves-below", diff.DefaultLeavesBelowDB, "of traces: a layer leaves the other run when its SQNR in dB is below this")
	f.String("hf-cache", "", "folder of the Hugging Face cache (default as huggingface_hub has it)")
	limits.add(f)
	return cmd
}

func runDiff(cmd *cobra.Command, con *console, a, b string, opt diffOptions, limits *limitFlags) error {
	if err := con.printing(); err != nil {
		return err
	}
	if math.IsNaN(opt.leavesBelow) || math.IsInf(opt.leavesBelow, 0) {
		return usage(fmt.Sprintf("--leaves-below %g is no number of dB", opt.leavesBelow), fmt.Sprintf("give one such as %d", diff.DefaultLeavesBelowDB))
	}
	result, err := con.compare(cmd, a, b, opt, limits)
	if err != nil {
		return err
	}
	if err := con.writeDiff(result, opt); err != nil {
		return err
	}
	if opt.exitCode && result.HasDifference() {
		return printed{exitFailure}
	}
	return nil
}

// compare compares two reports, two traces or two models.
func (c *console) compare(cmd *cobra.Command, a, b string, opt diffOptions, limits *limitFlags) (*diff.Report, error) {
	first, isReport, err := diff.OpenReport(a)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // it may be the name of a model in the cache
		return nil, err
	}
	second, alsoReport, err := diff.OpenReport(b)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case isReport && alsoReport:
		return diff.CompareReports(first, second), nil
	case isReport || alsoReport:
		return nil, usage(fmt.Sprintf("%s and %s are a report and a model", a, b), "compare two of a kind")
	}
	settings, err := c.settings(cmd, nil)
	if err != nil {
		return nil, err
	}
	options := c.modelOptions(settings, limits)
	ma, err := c.weights(cmd.Context(), a, options)
	if err != nil {
		return nil, err
	}
	defer ma.Close()
	mb, err := c.weights(cmd.Context(), b, options)
	if err != nil {
		return nil, err
	}
	defer mb.Close()
	bar := c.progress("comparing")
	defer bar.end()
	how := diff.Options{
		StripA: opt.stripA, StripB: opt.stripB, Workers: settings.Workers, LeavesBelowDB: opt.leavesBelow,
		Progress: func(done, of int) { bar.step(done, of, "") },
	}
	if diff.AreTraces(ma, mb, how) {
		return diff.CompareTraces(cmd.Context(), ma, mb, how)
	}
	return diff.CompareModels(cmd.Context(), ma, mb, how)
}

// weights opens a model, or the one that a project names.
func (c *console) weights(ctx context.Context, path string, options model.Options) (*model.Model, error) {
	if projects.IsProject(path) {
		project, err := projects.Load(path)
		if err != nil {
			return nil, err
		}
		if path = project.ModelPath(); path == "" {
			return nil, noModel(project)
		}
	}
	m, err := model.Open(ctx, path, options)
	if err != nil {
		return nil, err
	}
	for _, w := range m.Warnings {
		c.say("%s", w)
	}
	return m, nil
}

// noModel is the error for a project that names none.
func noModel(p *projects.Project) error {
	return &failure{problem: report.Problem{
		File: p.Path, What: "the project names no model", Do: `add [model] with path = "…"`, ExitCode: exitUsage,
	}}
}

func (c *console) writeDiff(r *diff.Report, opt diffOptions) error {
	switch c.format {
	case formatJSON:
		return diff.WriteJSON(c.out, r)
	case formatJSONL:
		return diff.WriteJSONL(c.out, r)
	case formatCSV:
		return diff.WriteCSV(c.out, r)
	}
	return diff.WriteTable(c.out, r, diff.TableOptions{DifferentOnly: opt.different})
}
