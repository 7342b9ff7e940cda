package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/scan"
)

// inspectOptions are the flags of inspect.
type inspectOptions struct {
	path             string
	list             bool
	tensor           string
	channels, groups bool
	filter, sort     string
	reverse          bool
	columns          string
	noIdeal          bool
}

func newInspect(con *console) *cobra.Command {
	var opt inspectOptions
	limits, quant := &limitFlags{}, &quantFlags{}
	cmd := &cobra.Command{
		Use:   "inspect PATH",
		Short: "Print what quantizing costs, tensor by tensor",
		Long: `Print a report of a model under the chosen scheme: shape, size, bits per weight,
signal to noise and more for every tensor. The figures describe a tensor; they do
not predict what quantizing it does to the task. PATH may be a project.`,
		Example: `  mmtui inspect model.safetensors
  mmtui inspect model.safetensors --list
  mmtui inspect model/ --filter 'sqnr<8 params>1e6' --sort sqnr
  mmtui inspect model/ --tensor lm_head.weight --channels --format csv`,
		Args: arguments(1, 1, "the model"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opt.path = args[0]
			return inspect(cmd, con, opt, quant, limits)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&opt.list, "list", false, "read headers only: names, shapes, dtypes and sizes")
	f.StringVar(&opt.tensor, "tensor", "", "what the tensor view shows of this tensor")
	f.BoolVar(&opt.channels, "channels", false, "with --tensor: every output channel")
	f.BoolVar(&opt.groups, "groups", false, "with --tensor: every group")
	f.StringVar(&opt.filter, "filter", "", "rows to print (see `mmtui help filters`)")
	f.StringVar(&opt.sort, "sort", "", "column to sort by")
	f.BoolVar(&opt.reverse, "reverse", false, "sort downwards")
	f.StringVar(&opt.columns, "columns", "", "columns of the table, separated by commas")
	f.BoolVar(&opt.noIdeal, "no-ideal", false, "leave out below_ideal_db and most causes, a second pass over the weights")
	quant.add(f)
	limits.add(f)
	return cmd
}

func (o inspectOptions) check() error {
	switch {
	case (o.channels || o.groups) && o.tensor == "":
		return usage("--channels and --groups go with --tensor", "name a tensor with --tensor NAME")
	case o.channels && o.groups:
		return usage("--channels and --groups are two reports", "give one of them")
	case o.tensor != "" && o.list:
		return usage("--tensor and --list are two reports", "give one of them")
	case o.tensor != "" && (o.filter != "" || o.sort != "" || o.reverse || o.columns != ""):
		return usage("--filter, --sort, --reverse and --columns choose rows of the whole model", "leave them out with --tensor")
	}
	return nil
}

// view is the choice and order of rows.
func (o inspectOptions) view() (report.View, error) {
	filter, err := report.ParseFilter(o.filter)
	if err != nil {
		return report.View{}, usageOf(err)
	}
	v := report.View{Filter: filter, Sort: o.sort, Reverse: o.reverse}
	if _, err := v.Indices(nil); err != nil {
		return report.View{}, usageOf(fmt.Errorf("--sort: %w", err))
	}
	return v, nil
}

func (o inspectOptions) tableOptions() (report.TableOptions, error) {
	opt := report.TableOptions{}
	if o.list {
		opt.Columns = report.ListColumns()
	}
	if o.columns != "" {
		opt.Columns = strings.Split(o.columns, ",")
		if err := report.WriteTable(discard{}, report.Model{}, opt); err != nil {
			return opt, usageOf(fmt.Errorf("--columns: %w", err))
		}
	}
	return opt, nil
}

// discard takes what is written only to check it.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// inspect prints the report of a model or of one of its tensors.
func inspect(cmd *cobra.Command, con *console, opt inspectOptions, quant *quantFlags, limits *limitFlags) error {
	if err := errors.Join(opt.check(), con.printing()); err != nil {
		return err
	}
	view, err := opt.view()
	if err != nil {
		return err
	}
	table, err := opt.tableOptions()
	if err != nil {
		return err
	}
	s, err := con.open(cmd, opt.path, quant, limits)
	if err != nil {
		return err
	}
	defer s.model.Close()
	options := s.session()
	options.NoIdeal = opt.noIdeal
	session := scan.New(s.model, s.plan, options)
	if opt.tensor != "" {
		return inspectTensor(cmd.Context(), con, s, session, opt)
	}
	failed := error(nil)
	if !opt.list {
		if failed, err = con.scan(cmd.Context(), session); err != nil {
			return err
		}
	}
	rep, err := view.Apply(session.Report())
	if err != nil {
		return err
	}
	if err := con.writeModel(rep, table); err != nil {
		return err
	}
	return failed
}

// scan measures everything with progress on a terminal. failed joins the
// tensors that could not be read or quantized; the others are there all the same.
func (c *console) scan(ctx context.Context, session *scan.Session) (failed, err error) {
	bar := c.progress("measuring")
	defer bar.end()
	if err := session.Run(ctx, func(e scan.Event) { bar.step(e.Done, e.Of, e.Tensor.Name) }); err != nil {
		return nil, err
	}
	path := session.Model().Path
	var all []error
	for _, t := range session.Report().Tensors {
		if t.State == report.Failed {
			all = append(all, &failure{problem: report.Problem{
				File: path, What: "tensor " + report.Printable(t.Name) + ": " + t.Reason, ExitCode: exitFailure,
			}})
		}
	}
	return errors.Join(all...), session.Model().Check()
}

// writeModel prints a report in the format that was asked for.
func (c *console) writeModel(rep report.Model, table report.TableOptions) error {
	switch c.format {
	case formatJSON:
		return report.WriteJSON(c.out, rep)
	case formatJSONL:
		return report.WriteJSONL(c.out, rep)
	case formatCSV:
		return report.WriteCSV(c.out, rep)
	}
	return report.WriteTable(c.out, rep, table)
}

// noFormat is the error for a format that a command does not have.
func (c *console) noFormat(command string, have ...string) error {
	return usage(fmt.Sprintf("`mmtui %s` has no --format %s", command, c.format), "use "+strings.Join(have[:len(have)-1], ", ")+" or "+have[len(have)-1])
}
