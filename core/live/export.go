package live

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/mmtui/mmtui/core/report"
)

// Value is one value of a metric's history, a line of an export.
type Value struct {
	Time      time.Time `json:"time"`
	ElapsedMS float64   `json:"elapsed_ms"` // since the first value that is exported
	Metric    string    `json:"metric"`
	Value     float64   `json:"value"`
	Unit      Unit      `json:"unit"`
	Source    string    `json:"source"`
}

// Values are all values of the window that is shown, in the order of time.
func (r *Recorder) Values() []Value {
	r.mu.Lock()
	defer r.mu.Unlock()
	end := r.frozen
	if end.IsZero() {
		end = r.now()
	}
	var out []Value
	for _, id := range r.order {
		s := r.series[id]
		points, _ := s.ring.betweenOrNone(end.Add(-r.window).UnixNano(), end.UnixNano())
		for _, p := range points {
			out = append(out, Value{Time: time.Unix(0, p.at).UTC(), Metric: id, Value: p.value, Unit: s.last.Unit, Source: s.last.Source})
		}
	}
	slices.SortStableFunc(out, func(a, b Value) int { return a.Time.Compare(b.Time) })
	for i := range out {
		out[i].ElapsedMS = milliseconds(out[i].Time.Sub(out[0].Time))
	}
	return out
}

// WriteValuesCSV writes values as a table, one a line.
func WriteValuesCSV(w io.Writer, values []Value) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"time", "elapsed_ms", "metric", "value", "unit", "source"}); err != nil {
		return err
	}
	for _, v := range values {
		if err := out.Write([]string{stamp(v.Time), decimal(v.ElapsedMS), v.Metric, decimal(v.Value), string(v.Unit), v.Source}); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// WriteValuesJSONL writes values as objects, one a line.
func WriteValuesJSONL(w io.Writer, values []Value) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, v := range values {
		if err := enc.Encode(v); err != nil {
			return err
		}
	}
	return nil
}

// WriteJSON writes the snapshot as one indented object.
func (s Snapshot) WriteJSON(w io.Writer) error {
	s.Metrics, s.Runs = slices.Clone(s.Metrics), slices.Clone(s.Runs)
	if s.Metrics == nil {
		s.Metrics = []Series{}
	}
	if s.Runs == nil {
		s.Runs = []Run{}
	}
	for i := range s.Runs {
		if s.Runs[i].Figures == nil {
			s.Runs[i].Figures = []Figure{}
		}
	}
	return report.WriteObject(w, s)
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// number is a cell of CSV: empty where there is no value.
func number(n report.Number) string {
	if !n.Valid() {
		return ""
	}
	return decimal(float64(n))
}

// Row is one round of readings, as `mmtui watch` prints it.
type Row struct {
	Time      time.Time `json:"time"`
	ElapsedMS float64   `json:"elapsed_ms"` // since the first reading
	Metrics   []Sample  `json:"metrics"`
}

// Watched is `mmtui watch --format json`.
type Watched struct {
	SchemaVersion int     `json:"schema_version"`
	IntervalMS    float64 `json:"interval_ms"`
	Samples       []Row   `json:"samples"`
}

// WriteCSVHead writes the names of the columns of WriteCSV.
func (r Row) WriteCSVHead(w io.Writer) error {
	cells := []string{"time", "elapsed_ms"}
	for _, m := range r.Metrics {
		cells = append(cells, m.ID)
	}
	return writeCSVLine(w, cells)
}

// WriteCSV writes the row as a line of CSV.
func (r Row) WriteCSV(w io.Writer) error {
	cells := []string{stamp(r.Time), decimal(r.ElapsedMS)}
	for _, m := range r.Metrics {
		cells = append(cells, number(m.Value))
	}
	return writeCSVLine(w, cells)
}

func writeCSVLine(w io.Writer, cells []string) error {
	out := csv.NewWriter(w)
	if err := out.Write(cells); err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// WriteJSON writes the row as one line.
func (r Row) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
}

// The widths of the table that grows while it is printed.
const (
	timeWidth   = 8
	metricWidth = 14
)

// WriteHead writes the heads of the columns of WriteLine.
func (r Row) WriteHead(w io.Writer) error {
	line := fmt.Sprintf("%-*s", timeWidth, "time")
	for _, m := range r.Metrics {
		line += fmt.Sprintf("  %*s", metricWidth, m.Title)
	}
	_, err := fmt.Fprintln(w, line)
	return err
}

// WriteLine writes the row for people, at the local time.
func (r Row) WriteLine(w io.Writer) error {
	line := r.Time.Local().Format(time.TimeOnly)
	for _, m := range r.Metrics {
		line += fmt.Sprintf("  %*s", metricWidth, m.Text())
	}
	_, err := fmt.Fprintln(w, line)
	return err
}
