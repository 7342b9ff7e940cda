package report

import (
	"fmt"
	"io"
	"strings"
)

// TableOptions choose what WriteTable shows. The zero value is TableColumns.
type TableOptions struct {
	Columns  []string // keys or aliases
	NoHeader bool     // leave out the lines about the whole model
}

// WriteTable writes a report as aligned text for people: two lines about the
// model, then a row a tensor.
func WriteTable(w io.Writer, m Model, opt TableOptions) error {
	keys := opt.Columns
	if len(keys) == 0 {
		keys = TableColumns()
	}
	all := Columns()
	columns := make([]Column, len(keys))
	for i, key := range keys {
		c, ok := FindColumn(all, key)
		if !ok {
			return unknownColumn(all, key)
		}
		columns[i] = c
	}
	if !opt.NoHeader {
		for _, line := range Header(m) {
			if _, err := fmt.Fprintln(w, line); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	table := TextTable{}
	for _, c := range columns {
		table.Add(c.heading(), c.Numeric())
	}
	cells := make([]string, len(columns))
	for i := range m.Tensors {
		t := &m.Tensors[i]
		for j, c := range columns {
			cells[j] = c.tableCell(t)
		}
		table.Row(cells...)
	}
	return table.Write(w)
}

// heading is the title with the unit that the cells leave out.
func (c Column) heading() string {
	if c.Unit == "dB" {
		return c.Title + " dB"
	}
	return c.Title
}

// tableCell is Format, with "-" for the figures that a tensor which stays as it
// is cannot have: a wall of n/a would hide the few that are missing.
func (c Column) tableCell(t *Tensor) string {
	if c.Numeric() && t.State == Kept && !c.number(t).Valid() {
		return "-"
	}
	return c.Format(t)
}

// Header is what a report says of the whole model, in two lines.
func Header(m Model) []string {
	parts := []string{Printable(m.Model.Path)}
	if m.Model.Architecture != "" {
		parts = append(parts, Printable(m.Model.Architecture))
	}
	parts = append(parts,
		Plural(int64(m.Model.TensorCount), "tensor"), Plural(m.Model.Parameters, "parameter"))
	if m.Model.Quantization != "" {
		parts = append(parts, "already quantized by "+m.Model.Quantization)
	}
	t := m.Total
	budget := "within the budget of " + HumanBytes(t.BudgetBytes)
	if t.OverBudgetBytes > 0 {
		budget = HumanBytes(t.OverBudgetBytes) + " over the budget of " + HumanBytes(t.BudgetBytes)
	}
	second := fmt.Sprintf("now %s, at the chosen schemes %s (%s bits per weight), %s, SQNR %s",
		HumanBytes(m.Model.SizeBytes), HumanBytes(t.SizeBytes), FormatNumber(t.BitsPerWeight, Bits), budget,
		Column{Unit: "dB", Kind: Decibel}.FormatUnit(t.SQNRdB))
	return []string{strings.Join(parts, ", "), second}
}

// Plural is a count of things whose name takes an s.
func Plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return GroupDigits(n) + " " + noun + "s"
}
