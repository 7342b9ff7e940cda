package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mmtui/mmtui/core/bench"
	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/int2/kernel"
)

// benchKernelsFlags are the flags of bench kernels.
type benchKernelsFlags struct {
	tiers, shapes []string
	bits          int
	seconds       float64
}

func newBenchKernels(con *console) *cobra.Command {
	var flags benchKernelsFlags
	cmd := &cobra.Command{
		Use:   "kernels",
		Short: "Time the matrix kernels tier by tier and shape by shape",
		Long: `Time products of quantized weights, the quantization of their activations included,
tier by tier and shape by shape, on one thread and on all, with the float32 and bfloat16
kernels beside them. What the machine reaches at most, multiply-adds on registers and
memory read, is measured in turns with every product, and figures are shares of that.
Products of few rows are measured twice: with weights that the caches hold, and with
weights that come from memory, as those of a whole network do.`,
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return runBenchKernels(cmd, con, flags) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&flags.tiers, "tier", nil, "kernels of this `tier` of instructions; may be repeated (default all that the machine has, portable only where there is no other)")
	f.StringArrayVar(&flags.shapes, "shape", nil, "`MxKxN`: rows of activations, inputs, outputs; may be repeated (default layers of SmolVLM-256M and of a ViT-B)")
	f.IntVar(&flags.bits, "bits", 2, "2, 3, 4 or 8 bits a weight")
	f.Float64Var(&flags.seconds, "seconds", 0.1, "time for each product")
	return cmd
}

// options are the flags in the benchmark's terms.
func (b *benchKernelsFlags) options() (bench.KernelOptions, error) {
	var opt bench.KernelOptions
	has := kernel.Tiers()
	for _, name := range b.tiers {
		t := kernel.Tier(strings.ToLower(name))
		if !slices.Contains(has, t) {
			return opt, usage(fmt.Sprintf("--tier %q is not among the kernels that this machine runs", name), "use "+joined(has))
		}
		opt.Tiers = append(opt.Tiers, t)
	}
	for _, text := range b.shapes {
		s, err := bench.ParseShape(text)
		if err != nil {
			return opt, usageOf(fmt.Errorf("--shape: %w", err))
		}
		opt.Shapes = append(opt.Shapes, s)
	}
	const longest = 600
	if !(b.seconds > 0 && b.seconds <= longest) || math.IsInf(b.seconds, 0) {
		return opt, usage(fmt.Sprintf("--seconds %g is no time for a product", b.seconds), fmt.Sprintf("give a number above 0, up to %d", longest))
	}
	opt.Length = time.Duration(b.seconds * float64(time.Second))
	opt.Scheme = int2.DefaultScheme()
	opt.Scheme.Bits = b.bits
	return opt, usageOf(opt.Check())
}

// joined lists tiers.
func joined(tiers []kernel.Tier) string {
	names := make([]string, len(tiers))
	for i, t := range tiers {
		names[i] = string(t)
	}
	return strings.Join(names, ", ")
}

func runBenchKernels(cmd *cobra.Command, con *console, flags benchKernelsFlags) error {
	opt, err := flags.options()
	if err != nil {
		return err
	}
	settings, err := con.settings(cmd, nil)
	if err != nil {
		return err
	}
	if err := con.printing(); err != nil {
		return err
	}
	bar := con.progress("timing")
	opt.Workers, opt.Progress = settings.Workers, bar.step
	result, err := bench.MeasureKernels(cmd.Context(), opt)
	bar.end()
	return con.printStopped(result, len(result.Cases) > 0, err)
}

// printStopped prints a report, also what there is of one that was interrupted.
func (c *console) printStopped(t times, some bool, err error) error {
	if err != nil && !(some && errors.Is(err, context.Canceled)) {
		return err
	}
	return errors.Join(err, c.printTimes(t))
}
