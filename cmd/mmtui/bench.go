package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mmtui/mmtui/core/bench"
	"github.com/mmtui/mmtui/core/report"
)

// benchOptions are the flags of bench.
type benchOptions struct {
	rows, cols int
	memory     string
}

func newBench(con *console) *cobra.Command {
	var opt benchOptions
	cmd := &cobra.Command{
		Use:   "bench scan",
		Short: "Time the solvers, as ratios within one run",
		Long: `Time every solver with all its metrics on one core, on a matrix in memory, and state
it as a share of the speed at which this core reads memory in the same run, and as a
multiple of a plain loop.`,
		Args:      arguments(0, 1, ""),
		ValidArgs: []string{"scan"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				if err := benchKnown(args[0]); err != nil {
					return err
				}
			}
			return runBench(cmd, con, opt)
		},
	}
	f := cmd.Flags()
	f.IntVar(&opt.rows, "rows", 1024, "rows of the matrix")
	f.IntVar(&opt.cols, "cols", 4096, "columns of the matrix")
	f.StringVar(&opt.memory, "memory", "256MiB", "how much memory is read, more than the caches hold")
	return cmd
}

// benchKnown refuses what cannot be timed.
func benchKnown(what string) error {
	switch what {
	case "scan":
		return nil
	case "kernels", "model":
		return usage(fmt.Sprintf("bench %s is not there yet", what), "use `mmtui bench scan`")
	}
	return usage(fmt.Sprintf("bench %q is not known", what), "use `mmtui bench scan`")
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
	switch con.format {
	case formatJSON:
		return report.WriteObject(con.out, result)
	case formatJSONL:
		return result.WriteJSONL(con.out)
	case formatCSV:
		return result.WriteCSV(con.out)
	}
	return result.WriteTable(con.out)
}
