package eval

import (
	_ "embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/mmtui/mmtui/core/report"
)

//go:embed eval.json
var schema []byte // read-only

//go:embed answer.json
var answerSchema []byte // read-only

// Schema is the JSON schema of Report.
func Schema() []byte { return append([]byte(nil), schema...) }

// AnswerSchema is the JSON schema of a line of the file of answers.
func AnswerSchema() []byte { return append([]byte(nil), answerSchema...) }

// scores are all scores of all tasks.
func (r *Report) scores() []Score {
	var all []Score
	for _, t := range r.Tasks {
		all = append(all, t.Scores...)
	}
	return all
}

// WriteJSON writes the report as one object.
func (r *Report) WriteJSON(w io.Writer) error { return report.WriteObject(w, r) }

// WriteJSONL writes one score a line.
func (r *Report) WriteJSONL(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, s := range r.scores() {
		if err := enc.Encode(s); err != nil {
			return err
		}
	}
	return nil
}

// WriteCSV writes one score a line, under the names of the JSON.
func (r *Report) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"task", "metric", "value", "low", "high", "standard_error", "n", "unit", "higher_is_better", "note"}}
	for _, s := range r.scores() {
		rows = append(rows, []string{s.Task, s.Metric, cell(s.Value), cell(s.Low), cell(s.High), cell(s.StandardError),
			strconv.Itoa(s.N), s.Unit, strconv.FormatBool(s.HigherIsBetter), s.Note})
	}
	return out.WriteAll(rows)
}

func cell(n report.Number) string {
	if !n.Valid() {
		return ""
	}
	return strconv.FormatFloat(float64(n), 'g', -1, 64)
}

// WriteTable writes the scores for people.
func (r *Report) WriteTable(w io.Writer) error {
	for i, t := range r.Tasks {
		if i > 0 {
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintln(w, t.heading()); err != nil {
			return err
		}
		var table report.TextTable
		table.Add("METRIC", false)
		table.Add("VALUE", true)
		table.Add(fmt.Sprintf("%g%% INTERVAL", 100*r.ConfidenceLevel), true)
		table.Add("N", true)
		for _, s := range t.Scores {
			table.Row(s.Metric, s.shown(s.Value), s.interval(), strconv.Itoa(s.N))
		}
		if err := table.Write(w); err != nil {
			return err
		}
		for _, s := range t.Scores {
			if s.Note == "" {
				continue
			}
			if _, err := fmt.Fprintf(w, "%s: %s\n", s.Metric, s.Note); err != nil {
				return err
			}
		}
	}
	return nil
}

// heading says what the samples of a task came to.
func (t TaskReport) heading() string {
	s := fmt.Sprintf("%s: %d of %d answered", t.Task, t.AnsweredCount, t.SampleCount)
	if t.FailedCount > 0 {
		s += fmt.Sprintf(", %d failed", t.FailedCount)
	}
	if t.TimeToFirstTokenMS.Valid() {
		s += fmt.Sprintf(", first token after %.2f s", float64(t.TimeToFirstTokenMS)/1000)
	}
	if t.TokensPerSecond.Valid() {
		s += fmt.Sprintf(", %.1f tokens/s", float64(t.TokensPerSecond))
	}
	return s
}

// shown writes a ratio with four decimals, points with two.
func (s Score) shown(n report.Number) string {
	switch {
	case !n.Valid():
		return "n/a"
	case s.Unit == "ratio":
		return strconv.FormatFloat(float64(n), 'f', 4, 64)
	}
	return strconv.FormatFloat(float64(n), 'f', 2, 64)
}

func (s Score) interval() string {
	if !s.Low.Valid() || !s.High.Valid() {
		return "n/a"
	}
	return s.shown(s.Low) + " … " + s.shown(s.High)
}
