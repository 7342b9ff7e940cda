package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/core/scan"
)

// inspectTensor prints what the tensor view shows of one tensor.
func inspectTensor(ctx context.Context, con *console, s *subject, session *scan.Session, opt inspectOptions) error {
	t, ok := s.model.Lookup(opt.tensor)
	if !ok {
		return s.noTensor(opt.tensor)
	}
	detail, err := session.Detail(ctx, t.Name, nil)
	if err != nil {
		var changed *safetensors.ChangedError
		if errors.Is(err, context.Canceled) || errors.As(err, &changed) {
			return err
		}
		return &failure{err: err, problem: report.Problem{
			File: s.model.Path, What: fmt.Sprintf("tensor %s: %v", report.Printable(t.Name), err), ExitCode: exitFailure,
		}}
	}
	if !opt.channels {
		detail.Channels = nil
	}
	if !opt.groups {
		detail.Groups = nil
	}
	switch {
	case con.format == formatJSON:
		return report.WriteDetailJSON(con.out, *detail)
	case con.format == formatTable && !opt.channels && !opt.groups:
		return report.WriteDetailTable(con.out, *detail)
	case opt.channels:
		return con.writeRows([]string{"index", "sqnr_db", "max_abs"}, len(detail.Channels), func(i int) []report.Number {
			c := detail.Channels[i]
			return []report.Number{report.Number(c.Index), c.SQNRdB, c.MaxAbs}
		})
	case opt.groups:
		g := detail.Groups
		return con.writeRows([]string{"row", "group", "sqnr_db"}, len(g.SQNRdB), func(i int) []report.Number {
			return []report.Number{report.Number(i / g.PerRow), report.Number(i % g.PerRow), g.SQNRdB[i]}
		})
	}
	return usage(fmt.Sprintf("one tensor has no --format %s", con.format), "use table or json, or add --channels or --groups")
}

// noTensor is the error for a name that the model does not have.
func (s *subject) noTensor(name string) error {
	names := make([]string, len(s.model.Tensors))
	for i, t := range s.model.Tensors {
		names[i] = t.Name
	}
	do := "list them with `mmtui inspect --list`"
	if near := plan.Nearest(plan.Exact(name), names, 1); len(near) == 1 {
		do = fmt.Sprintf("did you mean %s?", near[0])
	}
	return &failure{problem: report.Problem{
		File: s.model.Path, What: fmt.Sprintf("there is no tensor %q", name), Do: do, ExitCode: exitUsage,
	}}
}

// writeRows prints rows of numbers under the names of the JSON.
func (c *console) writeRows(names []string, n int, row func(i int) []report.Number) error {
	switch c.format {
	case formatCSV:
		return c.writeRowsCSV(names, n, row)
	case formatJSONL:
		return c.writeRowsJSONL(names, n, row)
	}
	var table report.TextTable
	for _, name := range names {
		table.Add(name, true)
	}
	for i := range n {
		cells := make([]string, len(names))
		for j, v := range row(i) {
			kind := report.Plain
			switch names[j] {
			case "row", "group", "index":
				kind = report.Ordinal
			case "sqnr_db":
				kind = report.Decibel
			}
			cells[j] = report.FormatNumber(v, kind)
		}
		table.Row(cells...)
	}
	return table.Write(c.out)
}

func (c *console) writeRowsCSV(names []string, n int, row func(i int) []report.Number) error {
	out := csv.NewWriter(c.out)
	if err := out.Write(names); err != nil {
		return err
	}
	cells := make([]string, len(names))
	for i := range n {
		for j, v := range row(i) {
			cells[j] = ""
			if v.Valid() {
				cells[j] = strconv.FormatFloat(float64(v), 'g', -1, 64)
			}
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func (c *console) writeRowsJSONL(names []string, n int, row func(i int) []report.Number) error {
	for i := range n {
		line := []byte{'{'}
		for j, v := range row(i) {
			if j > 0 {
				line = append(line, ',')
			}
			line = strconv.AppendQuote(line, names[j])
			text, err := json.Marshal(v)
			if err != nil {
				return err
			}
			line = append(append(line, ':'), text...)
		}
		if _, err := c.out.Write(append(line, '}', '\n')); err != nil {
			return err
		}
	}
	return nil
}
