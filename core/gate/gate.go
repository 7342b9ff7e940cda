// Package gate checks a report against the limits of a project.
package gate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
)

// Scope says what a gate looks at.
type Scope string

// The scopes.
const (
	ScopeTensor Scope = "tensor" // every tensor that the pattern matches; also ""
	ScopeTotal  Scope = "total"  // the model as a whole
)

// Gate is one limit: every tensor that Match matches, or the total, must have
// Metric within Min and Max.
type Gate struct {
	Name     string // as messages call it; "" is the metric
	Metric   string // a numeric field of a row, or of the total, by its JSON name
	Scope    Scope
	Match    plan.Pattern // ignored for ScopeTotal; the zero value matches every tensor
	Min, Max *float64     // nil: no limit on that side
	Line     int          // in the project file, from 1; 0 when unknown
}

// title is what messages call the gate.
func (g Gate) title() string {
	if g.Name == "" {
		return g.Metric
	}
	return g.Name
}

// Metrics lists what a gate of a scope can look at.
func Metrics(scope Scope) []string {
	var keys []string
	if scope == ScopeTotal {
		for _, c := range totalColumns() {
			keys = append(keys, c.Key)
		}
		return keys
	}
	for _, c := range report.Columns() {
		if c.Numeric() {
			keys = append(keys, c.Key)
		}
	}
	return keys
}

// totalColumn is a figure of the total.
type totalColumn struct {
	report.Column
	value func(report.Total) report.Number
}

func totalColumns() []totalColumn {
	column := func(key, unit string, kind report.Kind, value func(report.Total) report.Number) totalColumn {
		return totalColumn{report.Column{Key: key, Unit: unit, Kind: kind}, value}
	}
	return []totalColumn{
		column("size_bytes", "bytes", report.Bytes, func(t report.Total) report.Number { return report.Number(t.SizeBytes) }),
		column("bits_per_weight", "bits per weight", report.Bits, func(t report.Total) report.Number { return t.BitsPerWeight }),
		column("budget_bytes", "bytes", report.Bytes, func(t report.Total) report.Number { return report.Number(t.BudgetBytes) }),
		column("over_budget_bytes", "bytes", report.Bytes, func(t report.Total) report.Number { return report.Number(t.OverBudgetBytes) }),
		column("sqnr_db", "dB", report.Decibel, func(t report.Total) report.Number { return t.SQNRdB }),
	}
}

// Validate checks one gate. The error says what is wrong and what is allowed.
func (g Gate) Validate() error {
	if g.Scope != "" && g.Scope != ScopeTensor && g.Scope != ScopeTotal {
		return fmt.Errorf("scope %q is not known; use tensor or total", g.Scope)
	}
	if g.Metric == "" {
		return errors.New("it has no metric")
	}
	known := Metrics(g.Scope)
	if !slices.Contains(known, g.Metric) {
		return unknownMetric(g, known)
	}
	switch {
	case g.Min == nil && g.Max == nil:
		return errors.New("it has no limit; set min, max or both")
	case g.Min != nil && !report.Number(*g.Min).Valid(), g.Max != nil && !report.Number(*g.Max).Valid():
		return errors.New("a limit must be a finite number")
	case g.Min != nil && g.Max != nil && *g.Min > *g.Max:
		return fmt.Errorf("min %v is above max %v", *g.Min, *g.Max)
	case g.Scope == ScopeTotal && g.Match.String() != "":
		return errors.New("match does not go with scope = \"total\"; leave one of them out")
	}
	return nil
}

// unknownMetric names the nearest metric, and the scope that has the one asked for.
func unknownMetric(g Gate, known []string) error {
	if g.Scope != ScopeTotal && slices.Contains(Metrics(ScopeTotal), g.Metric) {
		return fmt.Errorf("metric %q is one of the whole model; set scope = \"total\"", g.Metric)
	}
	if g.Scope == ScopeTotal && slices.Contains(Metrics(ScopeTensor), g.Metric) {
		return fmt.Errorf("metric %q is one of a tensor; the total has %s", g.Metric, strings.Join(known, ", "))
	}
	if c, ok := report.FindColumn(report.Columns(), g.Metric); ok {
		if c.Numeric() {
			return fmt.Errorf("metric %q is written %q in a gate", g.Metric, c.Key)
		}
		return fmt.Errorf("metric %q is no number; use one of %s", g.Metric, strings.Join(known, ", "))
	}
	best, distance := "", max(2, len(g.Metric)/3)+1
	for _, k := range known {
		if d := levenshtein.ComputeDistance(strings.ToLower(g.Metric), k); d < distance {
			best, distance = k, d
		}
	}
	if best != "" {
		return fmt.Errorf("metric %q is not known; did you mean %q?", g.Metric, best)
	}
	return fmt.Errorf("metric %q is not known; use one of %s", g.Metric, strings.Join(known, ", "))
}

// GateError is a gate that makes no sense.
type GateError struct {
	Index int // among the gates
	Name  string
	Line  int
	Err   error
}

func (e *GateError) Error() string { return fmt.Sprintf("gate %q: %v", e.Name, e.Err) }

func (e *GateError) Unwrap() error { return e.Err }

// Validate checks all gates. The error joins a *GateError for each bad one.
func Validate(gates []Gate) error {
	var problems []error
	for i, g := range gates {
		if err := g.Validate(); err != nil {
			problems = append(problems, &GateError{Index: i, Name: g.title(), Line: g.Line, Err: err})
		}
	}
	return errors.Join(problems...)
}
