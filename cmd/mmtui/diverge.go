package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math"

	"github.com/spf13/cobra"

	"github.com/mmtui/mmtui/core/diverge"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/variant"
	"github.com/mmtui/mmtui/projects"
)

// divergeOptions are the flags of diverge.
type divergeOptions struct {
	generate     generateFlags
	question     questionFlags
	lifts        []string
	combinations bool
	breakDB      float64
	savePlan     string
}

func newDiverge(con *console) *cobra.Command {
	var opt divergeOptions
	cmd := &cobra.Command{
		Use:   "diverge TASK --model M --image F",
		Short: "Show where inside the network a quantized run leaves the float run",
		Long: `Run a task in float and quantized (--variant, default int2) side by side, layer by
layer: the SQNR of every layer's output when this layer alone is quantized (local) and
when everything before it is too (cumulative), how far it amplifies the error of its
input, and the KL divergence at every token of the float answer. The table begins with
the first layer that breaks (whose cumulative SQNR falls below --break-db), the one
that amplifies most and the one that is worst by itself.

These figures describe one run. They do not predict which layer hurts the task, nor
which one repairs it: lift a layer to more bits with --lift and look at the answer.
--combinations runs all combinations of quantized and float encoder, connector and
decoder (retrieval: image tower, text tower, projections).

Answers are greedy: a temperature is refused.`,
		Example: `  mmtui diverge vqa --model SmolVLM-256M-Instruct/ --image cat.jpg --prompt "What is this?"
  mmtui diverge caption --model SmolVLM-256M-Instruct/ --image cat.jpg --lift lm_head --lift model.connector.modality_projection.proj:float
  mmtui diverge retrieval --model clip-vit-base-patch32/ --image cat.jpg --text "a cat" --text "a dog" --combinations`,
		Args:      arguments(1, 1, "the task: caption, ocr, vqa or retrieval"),
		ValidArgs: taskNames(),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runDiverge(cmd, con, args[0], &opt)
		},
	}
	f := cmd.Flags()
	opt.generate.add(f)
	opt.question.add(f)
	f.StringArrayVar(&opt.lifts, "lift", nil, "keep this layer at 8 bits, or `NAME:BITS` (2, 3, 4, 8 or float); may be repeated")
	f.BoolVar(&opt.combinations, "combinations", false, "run all combinations of quantized and float parts too")
	f.Float64Var(&opt.breakDB, "break-db", diverge.DefaultBreakDB, "a layer breaks when its cumulative SQNR in dB is below this")
	f.StringVar(&opt.savePlan, "save-plan", "", "write the variant's rules, lifts included, to this project `file`; one that exists keeps the rest")
	cmd.ValidArgsFunction = cobra.FixedCompletions(taskNames(), cobra.ShellCompDirectiveNoFileComp)
	return cmd
}

func runDiverge(cmd *cobra.Command, con *console, task string, opt *divergeOptions) error {
	if err := con.printing(); err != nil {
		return err
	}
	how, err := opt.options(cmd, con, task)
	if err != nil {
		return err
	}
	bar := con.progress("")
	how.Progress = func(p diverge.Progress) {
		bar.what = p.Stage
		bar.step(p.Done, p.Of, p.Name)
	}
	r, err := diverge.Run(cmd.Context(), how)
	bar.end()
	if err != nil {
		return runFailure(variantFailure(err))
	}
	for _, note := range r.Warnings {
		con.say("%s", note)
	}
	if opt.savePlan != "" {
		if err := savePlan(opt.savePlan, how.Model, r); err != nil {
			return err
		}
		con.say("wrote the plan to %s", report.Printable(opt.savePlan))
	}
	switch con.format {
	case formatJSON:
		return r.WriteJSON(con.out)
	case formatJSONL:
		return r.WriteJSONL(con.out)
	case formatCSV:
		return r.WriteCSV(con.out)
	}
	return r.WriteTable(con.out)
}

// options is what the flags ask for.
func (o *divergeOptions) options(cmd *cobra.Command, con *console, task string) (how diverge.Options, err error) {
	if how.Request, err = o.generate.request(cmd); err != nil {
		return how, err
	}
	if err := o.question.fill(con, task, &how.Request); err != nil {
		return how, err
	}
	switch {
	case o.generate.temperature > 0:
		return how, usage("--temperature: runs are compared on the greedy answer", "leave it out")
	case math.IsNaN(o.breakDB) || math.IsInf(o.breakDB, 0):
		return how, usage(fmt.Sprintf("--break-db %g is no number of dB", o.breakDB), fmt.Sprintf("give one such as %d", diverge.DefaultBreakDB))
	}
	for _, text := range o.lifts {
		lift, err := diverge.ParseLift(text)
		if err != nil {
			return how, usageOf(err)
		}
		how.Lifts = append(how.Lifts, lift)
	}
	if how.Variant, err = o.generate.spec(cmd, con, variantINT2); err != nil {
		return how, err
	}
	if err := o.checkSave(how.Variant); err != nil {
		return how, err
	}
	if how.Model, err = o.generate.path(); err != nil {
		return how, err
	}
	settings, err := con.settings(cmd, nil)
	if err != nil {
		return how, err
	}
	how.CacheDir, how.Workers = settings.HFCache, settings.Workers
	how.BreakDB, how.Combinations = &o.breakDB, o.combinations
	return how, nil
}

// checkSave refuses a plan that cannot be saved, before a model is run.
func (o *divergeOptions) checkSave(spec variant.Spec) error {
	switch {
	case o.savePlan == "":
		return nil
	case spec.Weights != "":
		return usage("--save-plan: what the variant's file of weights holds is no plan", "leave it out, or name a variant with rules")
	case !projects.IsProject(o.savePlan):
		return usage(fmt.Sprintf("--save-plan %s is no project file", report.Printable(o.savePlan)), "give a name that ends in .toml")
	}
	return nil
}

// savePlan writes the plan into a project file, one that exists or a new one.
func savePlan(path, model string, r *diverge.Report) error {
	p, err := projects.Load(path)
	if errors.Is(err, fs.ErrNotExist) {
		p, err = &projects.Project{Model: projects.ModelFor(path, model)}, nil
	}
	if err != nil {
		return err
	}
	_, err = projects.Save(path, p.WithPlan(r.Plan), false)
	return err
}
