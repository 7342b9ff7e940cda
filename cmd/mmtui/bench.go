package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mmtui/mmtui/core/bench"
	"github.com/mmtui/mmtui/core/report"
)

// benchOptions are the flags of bench scan.
type benchOptions struct {
	rows, cols int
	memory     string
}

// benchKinds are what can be timed.
func benchKinds() []string { return []string{"scan", "kernels", "model"} }

func newBench(con *console) *cobra.Command {
	var opt benchOptions
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Time solvers, kernels or a model, as shares of what the machine reaches in the same run",
		Long: `Time the program's own work and state it as shares of what this machine reaches in
the same run: bench scan times the solvers (and is what bench alone does), bench
kernels the matrix kernels, bench model a model's variants.`,
		Args: arguments(0, 1, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return usage(fmt.Sprintf("bench %q is not known", args[0]), "use "+strings.Join(benchKinds(), ", "))
			}
			return runBench(cmd, con, opt)
		},
	}
	opt.add(cmd)
	cmd.AddCommand(newBenchScan(con), newBenchKernels(con), newBenchModel(con))
	return cmd
}

func (o *benchOptions) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.IntVar(&o.rows, "rows", 1024, "rows of the matrix")
	f.IntVar(&o.cols, "cols", 4096, "columns of the matrix")
	f.StringVar(&o.memory, "memory", "256MiB", "how much memory is read, more than the caches hold")
}

func newBenchScan(con *console) *cobra.Command {
	var opt benchOptions
	cmd := &cobra.Command{
		Use:   "scan",
		Short: "Time the solvers, as ratios within one run",
		Long: `Time every solver with all its metrics on one core, on a matrix in memory, and state
it as a share of the speed at which this core reads memory in the same run, and as a
multiple of a plain loop.`,
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return runBench(cmd, con, opt) },
	}
	opt.add(cmd)
	return cmd
}

func runBench(cmd *cobra.Command, con *console, opt benchOptions) error {
	memory, err := report.ParseBytes(opt.memory)
	if err != nil {
		return usageOf(fmt.Errorf("--memory: %w", err))
	}
	const most = 1 << 32
	if opt.rows < 1 || opt.cols < 16 || int64(opt.rows)*int64(opt.cols) > most || memory < 4096 || memory > 16*most {
		return usage("the matrix or the memory is of no use", "take 1 row and 16 columns or more, and 4096 bytes of memory or more")
	}
	if err := con.printing(); err != nil {
		return err
	}
	bar := con.progress("timing")
	result, err := bench.MeasureScan(cmd.Context(), bench.Options{Rows: opt.rows, Cols: opt.cols, MemoryBytes: memory, Progress: bar.step})
	bar.end()
	if err != nil {
		return err
	}
	return con.printTimes(result)
}

// times is a report of a benchmark.
type times interface {
	WriteTable(w io.Writer) error
	WriteJSONL(w io.Writer) error
	WriteCSV(w io.Writer) error
}

// printTimes prints a report in the format that was asked for.
func (c *console) printTimes(t times) error {
	switch c.format {
	case formatJSON:
		return report.WriteObject(c.out, t)
	case formatJSONL:
		return t.WriteJSONL(c.out)
	case formatCSV:
		return t.WriteCSV(c.out)
	}
	return t.WriteTable(c.out)
}
