package gate

import (
	"cmp"
	"fmt"
	"math"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
)

// Report is `mmtui check --format json`.
type Report struct {
	SchemaVersion int      `json:"schema_version"`
	Project       string   `json:"project"`
	Model         string   `json:"model"`
	Passed        bool     `json:"passed"`
	Gates         []Result `json:"gates"`
}

// Result is what came of one gate.
type Result struct {
	Name     string        `json:"name"`
	Metric   string        `json:"metric"`
	Scope    Scope         `json:"scope"`
	Match    string        `json:"match"`
	Min      report.Number `json:"min"`
	Max      report.Number `json:"max"`
	Line     int           `json:"line,omitempty"`
	Passed   bool          `json:"passed"`
	Checked  int           `json:"checked"` // tensors that the pattern matches and that have the figure; 1 for the total
	Worst    *Value        `json:"worst"`   // nearest to a limit, or furthest outside
	Failures []Failure     `json:"failures"`
}

// Value is a figure and the tensor it belongs to, "" for the total.
type Value struct {
	Tensor string        `json:"tensor"`
	Value  report.Number `json:"value"`
}

// Failure is one value outside the limits, or missing, or a gate that matches nothing.
type Failure struct {
	Tensor  string        `json:"tensor"`
	Value   report.Number `json:"value"`
	Message string        `json:"message"` // without "FAIL"
}

// Evaluate holds a finished report against gates. Gates that are not valid
// give an error; see Validate.
func Evaluate(m report.Model, gates []Gate) (Report, error) {
	if err := Validate(gates); err != nil {
		return Report{}, err
	}
	out := Report{SchemaVersion: report.SchemaVersion, Model: m.Model.Path, Passed: true, Gates: []Result{}}
	for _, g := range gates {
		r := g.evaluate(&m)
		out.Passed = out.Passed && r.Passed
		out.Gates = append(out.Gates, r)
	}
	return out, nil
}

// evaluate holds a report against one valid gate.
func (g Gate) evaluate(m *report.Model) Result {
	out := Result{
		Name: g.title(), Metric: g.Metric, Scope: cmp.Or(g.Scope, ScopeTensor), Match: g.Match.String(),
		Min: limit(g.Min), Max: limit(g.Max), Line: g.Line, Failures: []Failure{},
	}
	if g.Scope == ScopeTotal {
		g.total(m, &out)
	} else {
		g.tensors(m, &out)
	}
	out.Passed = len(out.Failures) == 0
	return out
}

func limit(v *float64) report.Number {
	if v == nil {
		return report.NA()
	}
	return report.Number(*v)
}

func (g Gate) total(m *report.Model, out *Result) {
	for _, c := range totalColumns() {
		if c.Key == g.Metric {
			out.Checked = 1
			g.value(out, c.Column, "", c.value(m.Total), "no tensor is quantized, or its error is zero")
		}
	}
}

func (g Gate) tensors(m *report.Model, out *Result) {
	column, _ := report.FindColumn(report.Columns(), g.Metric)
	every := g.Match.String() == ""
	untouched := 0
	for i := range m.Tensors {
		t := &m.Tensors[i]
		if !every && !g.Match.Match(t.Name) {
			continue
		}
		v := column.Number(t)
		if !v.Valid() && unharmed(t) {
			untouched++
			continue
		}
		out.Checked++
		g.value(out, column, t.Name, v, whyMissing(t))
	}
	switch {
	case out.Checked > 0:
	case untouched > 0:
		out.fail("", report.NA(), fmt.Sprintf("gate %q: every tensor that %s matches stays exactly as it is, so there is no %s to hold; match quantized tensors", g.title(), out.pattern(), g.Metric))
	default:
		out.fail("", report.NA(), fmt.Sprintf("gate %q: %s matches no tensor%s", g.title(), out.pattern(), nearest(g.Match, m)))
	}
}

// unharmed reports whether a tensor without a figure lost nothing: it stays as
// it is by choice, or its quantized form equals it. A tensor that could not be
// quantized, for a NaN inside or a file that failed, is not unharmed.
func unharmed(t *report.Tensor) bool {
	return t.State == report.Kept && t.Cause == nil || t.State == report.Done && t.ErrorEnergy == 0
}

// pattern is the pattern as messages name it.
func (r *Result) pattern() string {
	if r.Match == "" {
		return "it"
	}
	return fmt.Sprintf("pattern %q", r.Match)
}

func nearest(p plan.Pattern, m *report.Model) string {
	names := make([]string, len(m.Tensors))
	for i := range m.Tensors {
		names[i] = m.Tensors[i].Name
	}
	if near := plan.Nearest(p, names, 1); len(near) > 0 {
		return fmt.Sprintf("; the nearest name is %s", report.Printable(near[0]))
	}
	return ""
}

func whyMissing(t *report.Tensor) string {
	switch {
	case t.Reason != "":
		return t.Reason
	case t.State == report.Pending:
		return "it is not measured yet"
	}
	return "it is not defined for this tensor"
}

// value holds one figure against the limits.
func (g Gate) value(out *Result, c report.Column, tensor string, v report.Number, missing string) {
	of := "of " + report.Printable(tensor)
	if tensor == "" {
		of = "of the model"
	}
	if !v.Valid() {
		out.fail(tensor, v, fmt.Sprintf("gate %q: %s %s does not exist: %s", g.title(), g.Metric, of, report.Printable(missing)))
		return
	}
	if out.Worst == nil || g.margin(v) < g.margin(out.Worst.Value) {
		out.Worst = &Value{Tensor: tensor, Value: v}
	}
	switch {
	case g.Min != nil && float64(v) < *g.Min:
		value, bound := apart(c, v, report.Number(*g.Min))
		out.fail(tensor, v, fmt.Sprintf("gate %q: %s %s is %s, minimum %s", g.title(), g.Metric, of, value, bound))
	case g.Max != nil && float64(v) > *g.Max:
		value, bound := apart(c, v, report.Number(*g.Max))
		out.fail(tensor, v, fmt.Sprintf("gate %q: %s %s is %s, maximum %s", g.title(), g.Metric, of, value, bound))
	}
}

func (r *Result) fail(tensor string, v report.Number, message string) {
	r.Failures = append(r.Failures, Failure{Tensor: tensor, Value: v, Message: message})
}

// margin is how far a value lies inside the nearer limit, negative outside.
func (g Gate) margin(v report.Number) float64 {
	m := math.Inf(1)
	if g.Min != nil {
		m = min(m, float64(v)-*g.Min)
	}
	if g.Max != nil {
		m = min(m, *g.Max-float64(v))
	}
	return m
}

// apart writes a value and the limit that it breaks, in full where rounding
// would make them look the same.
func apart(c report.Column, v, bound report.Number) (value, limit string) {
	value, limit = c.FormatUnit(v), c.FormatUnit(bound)
	if value == limit {
		unit := ""
		if c.Unit != "" {
			unit = " " + c.Unit
		}
		value, limit = fmt.Sprint(float64(v))+unit, fmt.Sprint(float64(bound))+unit
	}
	return value, limit
}
