package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mmtui/mmtui/core/export"
	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
)

// quantizeOptions are the flags of quantize.
type quantizeOptions struct {
	out         string
	dequantized bool
	export      string
	force       bool
	noIdeal     bool
}

func newQuantize(con *console) *cobra.Command {
	var opt quantizeOptions
	limits, quant := &limitFlags{}, &quantFlags{}
	cmd := &cobra.Command{
		Use:   "quantize PATH -o OUT",
		Short: "Write the quantized model and print its report",
		Long: `Write a model under the chosen scheme, and print the report of what was written.

Without further flags OUT is one safetensors file in mmtui's number format, with the
scheme and the measured figures in its metadata; any safetensors reader lists it.
--dequantized writes float tensors after the round trip, to be loaded in place of the
original. --export gptq and --export compressed-tensors write a folder that those
tools' users load. A folder is refused when it is not empty, unless --force is given.`,
		Example: `  mmtui quantize model.safetensors -o model-int2.safetensors
  mmtui quantize model/ -o model-2bit/ --export gptq --grid twos
  mmtui quantize project.toml -o restored.safetensors --dequantized`,
		Args: arguments(1, 1, "the model"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return quantize(cmd, con, args[0], opt, quant, limits)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&opt.out, "output", "o", "", "file or folder to write")
	f.BoolVar(&opt.dequantized, "dequantized", false, "write float tensors after the round trip")
	f.StringVar(&opt.export, "export", "", "write for other tools: gptq or compressed-tensors")
	f.BoolVar(&opt.force, "force", false, "replace files in an output folder that is not empty")
	f.BoolVar(&opt.noIdeal, "no-ideal", false, "leave out below_ideal_db and most causes, a second pass over the weights")
	quant.add(f)
	limits.add(f)
	return cmd
}

// writer is one of the functions of core/export.
type writer func(context.Context, *model.Model, plan.Plan, string, export.Options) (export.Result, error)

// writer is what the flags ask for.
func (o quantizeOptions) writer() (writer, error) {
	switch {
	case o.out == "":
		return nil, usage("the output is missing", "name it with -o OUT")
	case o.dequantized && o.export != "":
		return nil, usage("--dequantized and --export are two outputs", "give one of them")
	case o.dequantized:
		return export.Dequantized, nil
	}
	switch o.export {
	case "":
		return export.Quantize, nil
	case "gptq":
		return export.GPTQ, nil
	case "compressed-tensors":
		return export.CompressedTensors, nil
	}
	return nil, usage(fmt.Sprintf("--export %q is not known", o.export), "use gptq or compressed-tensors")
}

func quantize(cmd *cobra.Command, con *console, path string, opt quantizeOptions, quant *quantFlags, limits *limitFlags) error {
	write, err := opt.writer()
	if err != nil {
		return err
	}
	s, err := con.open(cmd, path, quant, limits)
	if err != nil {
		return err
	}
	defer s.model.Close()
	bar := con.progress("writing")
	result, err := write(cmd.Context(), s.model, s.plan, opt.out, export.Options{
		BudgetBytes: s.settings.BudgetBytes, Workers: s.settings.Workers, NoIdeal: opt.noIdeal, Replace: opt.force,
		Tool: "mmtui:" + strings.TrimPrefix(thisVersion().Version, "v"), Progress: bar.step,
	})
	bar.end()
	if err != nil {
		return err
	}
	for _, note := range result.Notes {
		con.say("%s", note)
	}
	if len(result.Files) > 0 {
		con.say("wrote %s", report.Printable(opt.out))
	}
	return con.writeModel(result.Report, report.TableOptions{})
}
