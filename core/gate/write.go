package gate

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/mmtui/mmtui/core/report"
)

// WriteText writes one line a failure, "FAIL gate …", and one a gate that passed, "ok gate …".
func WriteText(w io.Writer, r Report) error {
	for _, g := range r.Gates {
		for _, f := range g.Failures {
			if _, err := fmt.Fprintf(w, "FAIL %s\n", f.Message); err != nil {
				return err
			}
		}
		if g.Passed {
			if _, err := fmt.Fprintf(w, "ok   %s\n", g.summary()); err != nil {
				return err
			}
		}
	}
	return nil
}

// summary is what is said of a gate that passed.
func (r Result) summary() string {
	of, column := "of the model", report.Column{}
	if r.Scope == ScopeTotal {
		for _, c := range totalColumns() {
			if c.Key == r.Metric {
				column = c.Column
			}
		}
	} else {
		column, _ = report.FindColumn(report.Columns(), r.Metric)
		of = fmt.Sprintf("of %d tensors", r.Checked)
		if r.Checked == 1 {
			of = "of 1 tensor"
		}
	}
	s := fmt.Sprintf("gate %q: %s %s", r.Name, r.Metric, of)
	if r.Worst != nil {
		s += ", nearest to the limit " + column.FormatUnit(r.Worst.Value)
		if r.Worst.Tensor != "" {
			s += " in " + report.Printable(r.Worst.Tensor)
		}
	}
	if r.Min.Valid() {
		s += ", minimum " + column.FormatUnit(r.Min)
	}
	if r.Max.Valid() {
		s += ", maximum " + column.FormatUnit(r.Max)
	}
	return s
}

// WriteJSON writes the report as one indented object.
func WriteJSON(w io.Writer, r Report) error { return report.WriteObject(w, r) }

// WriteJSONL writes one gate a line.
func WriteJSONL(w io.Writer, r Report) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, g := range r.Gates {
		if err := enc.Encode(g); err != nil {
			return err
		}
	}
	return nil
}

// WriteCSV writes one line a failure, and one a gate that passed.
func WriteCSV(w io.Writer, r Report) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"name", "metric", "scope", "match", "min", "max", "line", "passed", "checked", "tensor", "value", "message"}}
	for _, g := range r.Gates {
		head := []string{g.Name, g.Metric, string(g.Scope), g.Match, cell(g.Min), cell(g.Max), strconv.Itoa(g.Line),
			strconv.FormatBool(g.Passed), strconv.Itoa(g.Checked)}
		for _, f := range g.Failures {
			rows = append(rows, append(head[:len(head):len(head)], f.Tensor, cell(f.Value), f.Message))
		}
		if g.Passed {
			tensor, value := "", ""
			if g.Worst != nil {
				tensor, value = g.Worst.Tensor, cell(g.Worst.Value)
			}
			rows = append(rows, append(head, tensor, value, ""))
		}
	}
	if err := out.WriteAll(rows); err != nil {
		return err
	}
	return out.Error()
}

// cell is a number in CSV, nothing for one that does not exist.
func cell(n report.Number) string {
	if !n.Valid() {
		return ""
	}
	return strconv.FormatFloat(float64(n), 'g', -1, 64)
}
