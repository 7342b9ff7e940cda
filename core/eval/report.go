package eval

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/metrics"
	"github.com/mmtui/mmtui/core/report"
)

// Report is `mmtui eval --format json`. eval.json describes it.
type Report struct {
	SchemaVersion   int          `json:"schema_version"`
	Data            string       `json:"data"`
	Model           string       `json:"model"`
	Settings        Settings     `json:"settings"`
	Answers         string       `json:"answers"` // the file of answers; "" if none was kept
	SampleCount     int          `json:"sample_count"`
	AnsweredCount   int          `json:"answered_count"` // reused ones included
	ReusedCount     int          `json:"reused_count"`   // taken from the file of answers
	FailedCount     int          `json:"failed_count"`
	ConfidenceLevel float64      `json:"confidence_level"`
	Resamples       int          `json:"resamples"`
	BootstrapSeed   uint64       `json:"bootstrap_seed"`
	Tasks           []TaskReport `json:"tasks"`
	Failures        []Failure    `json:"failures"`
}

// Settings are what an answer depends on beside the model, as a run has them.
type Settings struct {
	Backend      string  `json:"backend"`
	Device       string  `json:"device"`
	MaxNewTokens int     `json:"max_new_tokens"`
	Temperature  float64 `json:"temperature"`
	Seed         uint64  `json:"seed"`       // of the drawn tokens
	ImageSize    string  `json:"image_size"` // "native", "auto" or the longest edge
	Split        *bool   `json:"split"`      // nil is the processor's own
}

// TaskReport is what came of the samples of one task.
type TaskReport struct {
	Task               string        `json:"task"`
	SampleCount        int           `json:"sample_count"`
	AnsweredCount      int           `json:"answered_count"`
	FailedCount        int           `json:"failed_count"`
	TokenCount         int           `json:"token_count"`
	TimeToFirstTokenMS report.Number `json:"time_to_first_token_ms"` // median
	TokensPerSecond    report.Number `json:"tokens_per_second"`      // median
	Scores             []Score       `json:"scores"`
}

// Score is a metric with its confidence interval: percentile bootstrap over the
// samples, of retrieval over the queries.
type Score struct {
	Task           string        `json:"task"`
	Metric         string        `json:"metric"`
	Value          report.Number `json:"value"`
	Low            report.Number `json:"low"`
	High           report.Number `json:"high"`
	StandardError  report.Number `json:"standard_error"`
	N              int           `json:"n"`    // samples, of retrieval queries
	Unit           string        `json:"unit"` // "ratio" of 1, or "points"
	HigherIsBetter bool          `json:"higher_is_better"`
	Note           string        `json:"note,omitempty"` // why there is no value, or how to read it
}

// Failure is a sample that was not answered.
type Failure struct {
	Line    int    `json:"line"`
	ID      string `json:"id,omitempty"`
	Task    string `json:"task"`
	Message string `json:"message"`
}

// CheckMetrics says what is wrong with the names of metrics for a data set.
func CheckMetrics(names, tasks []string) error {
	for _, name := range names {
		if !slices.Contains(MetricNames(), name) {
			return fmt.Errorf("the metric %q is not known; use %s", report.Printable(name), strings.Join(MetricNames(), ", "))
		}
	}
	for _, task := range tasks {
		if len(names) > 0 && !slices.ContainsFunc(names, func(name string) bool { return fits(name, task) }) {
			return fmt.Errorf("none of the metrics that are asked for is one of %s; add some of these: %s", task, strings.Join(namesOf(task), ", "))
		}
	}
	return nil
}

// namesOf are the metrics that can score a task.
func namesOf(task string) []string {
	return slices.DeleteFunc(MetricNames(), func(name string) bool { return !fits(name, task) })
}

// fits reports whether a metric can score a task.
func fits(name, task string) bool {
	ofRanks := slices.ContainsFunc(retrievalMetrics(), func(m rankMetric) bool { return m.name == name })
	return ofRanks == (task == Retrieval)
}

// bootstrap are the settings of the intervals.
type bootstrap struct {
	resamples int
	seed      uint64
	level     float64
}

// taskReport scores the samples of one task that were answered.
func taskReport(ctx context.Context, task string, all []outcome, names []string, b bootstrap) (TaskReport, error) {
	t := TaskReport{Task: task, Scores: []Score{}}
	var samples []Sample
	var answers []Answer
	var c corpus
	var first, speed []float64
	for _, o := range all {
		if o.sample.Task != task {
			continue
		}
		t.SampleCount++
		switch {
		case o.failure != "":
			t.FailedCount++
			continue
		case !o.done:
			continue
		}
		t.AnsweredCount++
		t.TokenCount += o.answer.TokenCount
		samples, answers = append(samples, o.sample), append(answers, o.answer)
		c.got, c.want = append(c.got, o.answer.Text), append(c.want, o.sample.Answers)
		first, speed = appendFinite(first, o.answer.TimeToFirstTokenMS), appendFinite(speed, o.answer.TokensPerSecond)
	}
	t.TimeToFirstTokenMS, t.TokensPerSecond = report.Number(metrics.Median(first)), report.Number(metrics.Median(speed))
	add := func(name string, s scored, lower, points bool) error {
		score := Score{Task: task, Metric: name, N: s.n, Unit: "ratio", HigherIsBetter: !lower, Note: s.note}
		if points {
			score.Unit = "points"
		}
		err := score.measure(ctx, s, b)
		t.Scores = append(t.Scores, score)
		return err
	}
	if task == Retrieval {
		r := gatherRanks(samples, answers)
		for _, m := range retrievalMetrics() {
			if s := m.scored(r); m.asked(names) && (s.n > 0 || strings.HasPrefix(m.name, "image_to_text")) {
				if err := add(m.name, s, m.lower, m.points); err != nil {
					return t, err
				}
			}
		}
		return t, nil
	}
	for _, m := range metricsOf(task, names) {
		if err := add(m.name, m.score(&c), m.lower, m.points); err != nil {
			return t, err
		}
	}
	return t, nil
}

func appendFinite(all []float64, v float64) []float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return all
	}
	return append(all, v)
}

// measure fills in value and interval. One sample alone has no interval, and a
// metric that is undefined has neither.
func (s *Score) measure(ctx context.Context, of scored, b bootstrap) error {
	s.Value, s.Low, s.High, s.StandardError = report.NA(), report.NA(), report.NA(), report.NA()
	if of.n == 0 || of.undefined {
		return nil
	}
	s.Value = report.Number(of.value())
	if of.n == 1 || b.resamples < 2 {
		return nil
	}
	distribution, err := metrics.Resamples(ctx, of.n, b.resamples, b.seed, of.over)
	if err != nil {
		return err
	}
	ends := metrics.Percentile(distribution, b.level, metrics.TwoSided)
	s.Low, s.High = report.Number(ends.Low), report.Number(ends.High)
	s.StandardError = report.Number(math.Sqrt(metrics.Variance(distribution, 1)))
	return nil
}
