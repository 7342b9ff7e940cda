package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/mmtui/mmtui/core/live"
	"github.com/mmtui/mmtui/core/report"
)

// watchOptions are the flags of watch.
type watchOptions struct {
	interval time.Duration
	count    int
	pid      int
}

func newWatch(con *console) *cobra.Command {
	var opt watchOptions
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Print live figures of this machine: memory, processor, power, temperature",
		Long: `Print what this machine does, a row a sample, until Ctrl-C or --count rows: memory
and processor share of a process and of the machine, load, clock, temperature, power
of the processor package (RAPL) and of the battery. The first row comes after one
interval, because shares and power are differences.

What cannot be measured here is n/a; why, is said once on stderr, and in the JSON
beside every figure, with its source and how far it can be trusted.`,
		Example: `  mmtui watch
  mmtui watch --interval 200ms --count 50 --format csv > figures.csv
  mmtui watch --pid 4711 --format jsonl`,
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return runWatch(cmd, con, opt) },
	}
	f := cmd.Flags()
	f.DurationVar(&opt.interval, "interval", live.DefaultInterval, "time between two samples, 10ms or more")
	f.IntVar(&opt.count, "count", 0, "rows to print; 0 for no end")
	f.IntVar(&opt.pid, "pid", 0, "the process whose memory and share are read; 0 is this one")
	return cmd
}

// checkWatch refuses what cannot be carried out.
func checkWatch(opt watchOptions, format string) error {
	switch {
	case opt.interval < 10*time.Millisecond:
		return usage(fmt.Sprintf("--interval %v is too short", opt.interval), "give 10ms or more, such as 1s")
	case opt.count < 0:
		return usage(fmt.Sprintf("--count %d is no number of rows", opt.count), "give a number from 1 up, or 0 for no end")
	case opt.pid < 0 || opt.pid > 1<<31-1:
		return usage(fmt.Sprintf("--pid %d is no process", opt.pid), "give the number of a process")
	case format == formatJSON && opt.count == 0:
		return usage("an object of JSON has an end, and no --count is given", "give --count, or use --format jsonl")
	}
	return nil
}

func runWatch(cmd *cobra.Command, con *console, opt watchOptions) error {
	if err := checkWatch(opt, con.format); err != nil {
		return err
	}
	if err := con.printing(); err != nil {
		return err
	}
	sources, _, err := live.Here(cmd.Context(), opt.pid)
	if err != nil {
		return &failure{problem: report.Problem{What: fmt.Sprintf("process %d cannot be read: %v", opt.pid, err), Do: "check the number", ExitCode: exitFailure}, err: err}
	}
	out := watched{con: con, all: live.Watched{SchemaVersion: report.SchemaVersion, IntervalMS: float64(opt.interval) / float64(time.Millisecond)}}
	err = live.Watch(cmd.Context(), live.WatchOptions{Sources: sources, Interval: opt.interval, Count: opt.count}, out.row)
	if err == nil && con.format == formatJSON {
		return report.WriteObject(con.out, out.all)
	}
	return err
}

// watched prints rows as they come.
type watched struct {
	con *console
	all live.Watched // of JSON, which is one object
	n   int
}

func (w *watched) row(r live.Row) error {
	w.n++
	if w.n == 1 {
		for _, m := range r.Metrics {
			if m.Why != "" {
				w.con.say("%s is n/a: %s", m.ID, m.Why)
			}
		}
	}
	var err error
	switch w.con.format {
	case formatJSON:
		w.all.Samples = append(w.all.Samples, r)
		return nil
	case formatJSONL:
		err = r.WriteJSON(w.con.out)
	case formatCSV:
		err = w.table(r.WriteCSVHead, r.WriteCSV)
	default:
		err = w.table(r.WriteHead, r.WriteLine)
	}
	return errors.Join(err, w.con.out.Flush()) // a row is for whoever reads now
}

// table writes a row, and the heads of the columns before the first one.
func (w *watched) table(head, line func(io.Writer) error) error {
	if w.n == 1 {
		if err := head(w.con.out); err != nil {
			return err
		}
	}
	return line(w.con.out)
}
