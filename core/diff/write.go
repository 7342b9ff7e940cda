package diff

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/mmtui/mmtui/core/report"
)

// TableOptions choose what WriteTable shows.
type TableOptions struct {
	DifferentOnly bool // leave out the rows that are the same
}

// WriteTable writes a comparison as aligned text for people.
func WriteTable(w io.Writer, r *Report, opt TableOptions) error {
	for _, line := range append(r.header(), "") {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	columns := modelColumns()
	switch r.Kind {
	case Reports:
		columns = reportColumns()
	case Traces:
		columns = traceColumns()
	}
	table := report.TextTable{}
	for _, c := range columns {
		table.Add(c.title, c.right)
	}
	cells := make([]string, len(columns))
	for i := range r.Tensors {
		row := &r.Tensors[i]
		if opt.DifferentOnly && row.Status == Same {
			continue
		}
		for j, c := range columns {
			cells[j] = c.cell(row)
		}
		table.Row(cells...)
	}
	return table.Write(w)
}

// header says what the comparison is as a whole.
func (r *Report) header() []string {
	side := func(name string, i Info) string {
		tensors := report.Plural(int64(i.TensorCount), "tensor")
		if r.Kind == Traces {
			return fmt.Sprintf("%s  %s, %s, %s, %s", name, report.Printable(i.Path),
				tensors, report.Plural(i.Parameters, "value"), report.HumanBytes(i.SizeBytes))
		}
		return fmt.Sprintf("%s  %s, %s, %s, %s (%s bits per weight)", name, report.Printable(i.Path),
			tensors, report.Plural(i.Parameters, "parameter"), report.HumanBytes(i.SizeBytes), number(i.BitsPerWeight, report.Bits))
	}
	var counts []string
	for _, c := range []struct {
		n    int
		what string
	}{{r.Total.Changed, "changed"}, {r.Total.Same, "the same"}, {r.Total.Shape, "of another shape"}, {r.Total.Failed, "unreadable"},
		{r.Total.OnlyA, "only in A"}, {r.Total.OnlyB, "only in B"}} {
		if c.n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	summary := strings.Join(counts, ", ")
	if summary == "" {
		summary = "no tensors"
	}
	if r.Total.ErrorEnergy.Valid() {
		db := number(r.Total.SQNRdB, report.Decibel)
		if r.Total.SQNRdB.Valid() {
			db += " dB"
		}
		summary += fmt.Sprintf("; together SQNR %s, relative RMSE %s, largest error %s",
			db, number(r.Total.RelativeRMSE, report.Ratio), number(r.Total.MaxAbsError, report.Plain))
	}
	lines := []string{side("A", r.A), side("B", r.B), summary}
	if r.Trace != nil {
		lines = append(lines, r.Trace.Words...)
	}
	for _, s := range r.Suggestions {
		lines = append(lines, s.String())
	}
	return lines
}

// String is the suggestion for people.
func (s Suggestion) String() string {
	names := "names"
	if s.Matches == 1 {
		names = "name"
	}
	return fmt.Sprintf("%d more %s match without the prefix %q of %s: add --strip-%s %s",
		s.Matches, names, report.Printable(s.Prefix), strings.ToUpper(s.Side), s.Side, report.Printable(s.Prefix))
}

func number(n report.Number, k report.Kind) string { return report.FormatNumber(n, k) }

// column of a table.
type column struct {
	title string
	right bool
	cell  func(*Row) string
}

// figure is a column of a number; one that does not exist is a dash.
func figure(title string, k report.Kind, of func(*Row) report.Number) column {
	return column{title, true, func(r *Row) string {
		if n := of(r); n.Valid() {
			return number(n, k)
		}
		return "-"
	}}
}

func modelColumns() []column {
	return append(sideColumns(),
		figure("SQNR dB", report.Decibel, func(r *Row) report.Number { return r.SQNRdB }),
		figure("RMSE", report.Ratio, func(r *Row) report.Number { return r.RelativeRMSE }),
		figure("COS", report.Ratio, func(r *Row) report.Number { return r.Cosine }),
		figure("MAX|E|", report.Plain, func(r *Row) report.Number { return r.MaxAbsError }),
		column{"NOTE", false, func(r *Row) string { return report.Printable(r.Reason) }},
	)
}

// traceColumns show an activation; its bits per weight mean nothing.
func traceColumns() []column {
	sides := sideColumns()
	return append(sides[:len(sides)-1],
		figure("SQNR dB", report.Decibel, func(r *Row) report.Number { return r.SQNRdB }),
		figure("COS", report.Ratio, func(r *Row) report.Number { return r.Cosine }),
		figure("MAX|E|", report.Plain, func(r *Row) report.Number { return r.MaxAbsError }),
		figure("REL ERR", report.Plain, func(r *Row) report.Number { return r.RelativeRMSE }),
		figure("GROWTH", report.Plain, func(r *Row) report.Number {
			if r.Growth == nil {
				return report.NA()
			}
			return *r.Growth
		}),
		column{"NOTE", false, func(r *Row) string { return report.Printable(r.Reason) }},
	)
}

func reportColumns() []column {
	out := sideColumns()
	for _, c := range reportMetrics() {
		switch c.Key {
		case "sqnr_db", "relative_rmse", "below_ideal_db", "quantized_size_bytes":
			out = append(out, deltaColumn(c, " A", func(d Delta) report.Number { return d.A }, false),
				deltaColumn(c, " B", func(d Delta) report.Number { return d.B }, false),
				deltaColumn(c, " B-A", func(d Delta) report.Number { return d.Delta }, true))
		}
	}
	return append(out, column{"NOTE", false, func(r *Row) string { return report.Printable(r.Reason) }})
}

func deltaColumn(c report.Column, suffix string, of func(Delta) report.Number, signed bool) column {
	return column{c.Title + suffix, true, func(r *Row) string {
		for _, d := range r.Deltas {
			if n := of(d); d.Metric == c.Key && n.Valid() {
				if signed && n > 0 {
					return "+" + number(n, c.Kind)
				}
				return number(n, c.Kind)
			}
		}
		return "-"
	}}
}

// sideColumns show the name, the status and both sides' storage.
func sideColumns() []column {
	both := func(title string, right bool, of func(*Side) string) column {
		return column{title, right, func(r *Row) string {
			switch {
			case r.A == nil:
				return of(r.B)
			case r.B == nil || of(r.A) == of(r.B):
				return of(r.A)
			}
			return of(r.A) + " > " + of(r.B)
		}}
	}
	return []column{
		{"NAME", false, func(r *Row) string { return report.Printable(r.Name) }},
		{"STATUS", false, func(r *Row) string { return string(r.Status) }},
		both("SHAPE", false, func(s *Side) string { return report.ShapeString(s.Shape) }),
		both("STORED", false, func(s *Side) string {
			if s.Method != "" {
				return report.Printable(s.Method)
			}
			return s.DType
		}),
		both("B/W", true, func(s *Side) string { return number(s.BitsPerWeight, report.Bits) }),
	}
}

// WriteJSON writes the comparison as one indented object.
func WriteJSON(w io.Writer, r *Report) error { return report.WriteObject(w, r) }

// WriteJSONL writes one row a line.
func WriteJSONL(w io.Writer, r *Report) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i := range r.Tensors {
		if err := enc.Encode(&r.Tensors[i]); err != nil {
			return err
		}
	}
	return nil
}

// WriteCSV writes a line a row; a number that does not exist is an empty cell.
func WriteCSV(w io.Writer, r *Report) error {
	head := []string{"name", "status", "reason"}
	for _, s := range []string{"a.", "b."} {
		head = append(head, s+"dtype", s+"shape", s+"size_bytes", s+"bits_per_weight", s+"method")
	}
	metrics := reportMetrics()
	if r.Kind != Reports {
		head = append(head, "sqnr_db", "relative_rmse", "cosine", "max_abs_error", "signal_energy", "error_energy")
		if r.Kind == Traces {
			head = append(head, "input", "growth")
		}
	} else {
		for _, c := range metrics {
			head = append(head, c.Key+".a", c.Key+".b", c.Key+".delta")
		}
	}
	rows := [][]string{head}
	for i := range r.Tensors {
		row := &r.Tensors[i]
		line := append([]string{row.Name, string(row.Status), row.Reason}, append(row.A.cells(), row.B.cells()...)...)
		if r.Kind != Reports {
			for _, n := range []report.Number{row.SQNRdB, row.RelativeRMSE, row.Cosine, row.MaxAbsError, row.SignalEnergy, row.ErrorEnergy} {
				line = append(line, cell(n))
			}
			if r.Kind == Traces {
				growth := report.NA()
				if row.Growth != nil {
					growth = *row.Growth
				}
				line = append(line, row.Input, cell(growth))
			}
		} else {
			line = append(line, row.deltaCells(metrics)...)
		}
		rows = append(rows, line)
	}
	return csv.NewWriter(w).WriteAll(rows)
}

func (s *Side) cells() []string {
	if s == nil {
		return make([]string, 5)
	}
	return []string{s.DType, strings.ReplaceAll(report.ShapeString(s.Shape), "×", "x"), strconv.FormatInt(s.SizeBytes, 10), cell(s.BitsPerWeight), s.Method}
}

func (r *Row) deltaCells(metrics []report.Column) []string {
	out := make([]string, 0, 3*len(metrics))
	for _, c := range metrics {
		at := Delta{A: report.NA(), B: report.NA(), Delta: report.NA()}
		for _, d := range r.Deltas {
			if d.Metric == c.Key {
				at = d
			}
		}
		out = append(out, cell(at.A), cell(at.B), cell(at.Delta))
	}
	return out
}

func cell(n report.Number) string {
	if !n.Valid() {
		return ""
	}
	return strconv.FormatFloat(float64(n), 'g', -1, 64)
}
