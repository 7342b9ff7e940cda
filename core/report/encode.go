package report

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// WriteJSON writes a report as one indented object.
func WriteJSON(w io.Writer, m Model) error {
	m.Model.Files = nonNil(m.Model.Files)
	m.Tensors = slices.Clone(nonNil(m.Tensors))
	for i := range m.Tensors {
		m.Tensors[i].Shape = nonNil(m.Tensors[i].Shape)
	}
	return WriteObject(w, m)
}

// WriteDetailJSON writes a tensor's detail as one indented object.
func WriteDetailJSON(w io.Writer, d TensorDetail) error {
	d.Tensor.Shape = nonNil(d.Tensor.Shape)
	d.LevelsMedian = nonNil(d.LevelsMedian)
	d.CodeHistograms = nonNil(d.CodeHistograms)
	d.Outliers = nonNil(d.Outliers)
	d.Verdict.Why = nonNil(d.Verdict.Why)
	d.Verdict.Try = nonNil(d.Verdict.Try)
	return WriteObject(w, d)
}

// WriteJSONL writes one row a line.
func WriteJSONL(w io.Writer, m Model) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i := range m.Tensors {
		row := m.Tensors[i]
		row.Shape = nonNil(row.Shape)
		if err := enc.Encode(row); err != nil {
			return err
		}
	}
	return nil
}

// WriteCSV writes every column of every row under a line with the columns'
// keys. A number that does not exist is an empty cell; the columns are those of
// Columns, in that order.
func WriteCSV(w io.Writer, m Model) error {
	columns := Columns()
	out := csv.NewWriter(w)
	if err := out.Write(columnKeys(columns)); err != nil {
		return err
	}
	cells := make([]string, len(columns))
	for i := range m.Tensors {
		for j, c := range columns {
			cells[j] = c.Text(&m.Tensors[i])
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// WriteObject writes any value of the report types as indented JSON.
func WriteObject(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// ReadJSON reads what WriteJSON wrote.
func ReadJSON(r io.Reader) (Model, error) {
	var m Model
	if err := json.NewDecoder(r).Decode(&m); err != nil {
		return Model{}, fmt.Errorf("not a report of `mmtui inspect --format json`: %w", err)
	}
	if m.SchemaVersion != SchemaVersion {
		return Model{}, fmt.Errorf("the report has schema version %d; this mmtui reads version %d", m.SchemaVersion, SchemaVersion)
	}
	return m, nil
}

func nonNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
