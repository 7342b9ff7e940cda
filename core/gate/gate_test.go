package gate

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/report/schematest"
)

func at(v float64) *float64 { return &v }

func match(t *testing.T, text string) plan.Pattern {
	t.Helper()
	p, err := plan.ParsePattern(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// sample is a finished report; withBroken adds a tensor that could not be quantized.
func sample(withBroken bool) report.Model {
	row := func(name string, sqnr report.Number) report.Tensor {
		t := report.Unmeasured()
		t.Name, t.SQNRdB, t.State, t.Parameters, t.QuantizedSizeBytes = name, sqnr, report.Done, 1000, 270
		t.ClippedRatio, t.SignalEnergy, t.ErrorEnergy = 0.02, 100, 10
		return t
	}
	norm := report.Unmeasured()
	norm.Name, norm.State, norm.Reason, norm.Parameters, norm.QuantizedSizeBytes = "model.norm", report.Kept, "rank 1: not a matrix", 10, 40
	broken, cause := norm, "degenerate tensor"
	broken.Name, broken.Reason, broken.Cause, broken.Parameters, broken.QuantizedSizeBytes = "broken", "holds 3 NaN", &cause, 0, 0
	m := report.Model{SchemaVersion: report.SchemaVersion, Tensors: []report.Tensor{
		row("model.layers.3.mlp.down_proj.weight", 7.91), row("model.layers.3.mlp.up_proj.weight", 9.5), norm, row("lm_head", 7.99999)}}
	if withBroken {
		m.Tensors = append(m.Tensors, broken)
	}
	m.Model.Path = "m.safetensors"
	m.Total = report.Totals(m.Tensors, 500)
	return m
}

// lines evaluates one gate and returns what is printed.
func lines(t *testing.T, g Gate) []string {
	t.Helper()
	r, err := Evaluate(sample(g.Match.String() == "broken"), []Gate{g})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := WriteText(&b, r); err != nil {
		t.Fatal(err)
	}
	out := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if failed := strings.HasPrefix(out[0], "FAIL"); failed == r.Passed || r.Passed != r.Gates[0].Passed {
		t.Errorf("passed is %v, printed is %q", r.Passed, out)
	}
	return out
}

func TestEvaluate(t *testing.T) {
	tests := []struct {
		name string
		gate Gate
		want []string
	}{
		{"below the minimum", Gate{Name: "mlp", Metric: "sqnr_db", Match: match(t, "*.mlp.*"), Min: at(8)},
			[]string{`FAIL gate "mlp": sqnr_db of model.layers.3.mlp.down_proj.weight is 7.91 dB, minimum 8.00 dB`}},
		{"passes", Gate{Name: "mlp", Metric: "sqnr_db", Match: match(t, "*.mlp.*"), Min: at(7.5)},
			[]string{`ok   gate "mlp": sqnr_db of 2 tensors, nearest to the limit 7.91 dB in model.layers.3.mlp.down_proj.weight, minimum 7.50 dB`}},
		{"equal to the limit passes", Gate{Metric: "sqnr_db", Match: match(t, "*up_proj*"), Min: at(9.5), Max: at(9.5)},
			[]string{`ok   gate "sqnr_db": sqnr_db of 1 tensor, nearest to the limit 9.50 dB in model.layers.3.mlp.up_proj.weight, minimum 9.50 dB, maximum 9.50 dB`}},
		{"a hair below", Gate{Metric: "sqnr_db", Match: match(t, "lm_head"), Min: at(8)},
			[]string{`FAIL gate "sqnr_db": sqnr_db of lm_head is 7.99999 dB, minimum 8 dB`}},
		{"above the maximum", Gate{Name: "clip", Metric: "clipped_ratio", Match: match(t, "lm_head"), Max: at(0.01)},
			[]string{`FAIL gate "clip": clipped_ratio of lm_head is 2.00%, maximum 1.00%`}},
		{"matches nothing", Gate{Name: "x", Metric: "sqnr_db", Match: match(t, "*.downproj.*"), Min: at(1)},
			[]string{`FAIL gate "x": pattern "*.downproj.*" matches no tensor; the nearest name is model.layers.3.mlp.down_proj.weight`}},
		{"a tensor that stays as it is harms nobody", Gate{Name: "all", Metric: "sqnr_db", Min: at(7)},
			[]string{`ok   gate "all": sqnr_db of 3 tensors, nearest to the limit 7.91 dB in model.layers.3.mlp.down_proj.weight, minimum 7.00 dB`}},
		{"nothing to hold", Gate{Name: "norms", Metric: "sqnr_db", Match: match(t, "model.norm"), Min: at(7)},
			[]string{`FAIL gate "norms": every tensor that pattern "model.norm" matches stays exactly as it is, so there is no sqnr_db to hold; match quantized tensors`}},
		{"NaN inside", Gate{Name: "all", Metric: "sqnr_db", Match: match(t, "broken"), Min: at(7)},
			[]string{`FAIL gate "all": sqnr_db of broken does not exist: holds 3 NaN`}},
		{"undefined", Gate{Name: "k", Metric: "kurtosis", Match: match(t, "lm_head"), Max: at(7)},
			[]string{`FAIL gate "k": kurtosis of lm_head does not exist: it is not defined for this tensor`}},
		{"size", Gate{Name: "size", Metric: "size_bytes", Scope: ScopeTotal, Max: at(800)},
			[]string{`FAIL gate "size": size_bytes of the model is 850 B, maximum 800 B`}},
		{"over budget", Gate{Name: "budget", Metric: "over_budget_bytes", Scope: ScopeTotal, Max: at(0)},
			[]string{`FAIL gate "budget": over_budget_bytes of the model is 350 B, maximum 0 B`}},
		{"total sqnr", Gate{Name: "model", Metric: "sqnr_db", Scope: ScopeTotal, Min: at(9)},
			[]string{`ok   gate "model": sqnr_db of the model, nearest to the limit 10.00 dB, minimum 9.00 dB`}},
		{"total bits", Gate{Name: "bits", Metric: "bits_per_weight", Scope: ScopeTotal, Max: at(2)},
			[]string{`FAIL gate "bits": bits_per_weight of the model is 2.259 bits per weight, maximum 2.000 bits per weight`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := lines(t, tt.gate); strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

func TestTotalWithoutAnError(t *testing.T) {
	m := report.Model{Total: report.Totals(nil, 5)}
	r, err := Evaluate(m, []Gate{{Metric: "sqnr_db", Scope: ScopeTotal, Min: at(1)}, {Metric: "sqnr_db", Min: at(1)}})
	if err != nil || r.Passed || len(r.Gates[0].Failures) != 1 || len(r.Gates[1].Failures) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if got := r.Gates[1].Failures[0].Message; got != `gate "sqnr_db": it matches no tensor` {
		t.Errorf("message %q", got)
	}
}

func TestValidate(t *testing.T) {
	tests := []struct {
		gate Gate
		want string
	}{
		{Gate{Metric: "sqnr_db", Scope: "layer", Min: at(1)}, "use tensor or total"},
		{Gate{Min: at(1)}, "no metric"},
		{Gate{Metric: "sqrn_db", Min: at(1)}, `did you mean "sqnr_db"?`},
		{Gate{Metric: "sqnr", Min: at(1)}, `"sqnr" is written "sqnr_db"`},
		{Gate{Metric: "dtype", Min: at(1)}, "is no number"},
		{Gate{Metric: "over_budget_bytes", Min: at(1)}, `set scope = "total"`},
		{Gate{Metric: "cosine", Scope: ScopeTotal, Min: at(1)}, "is one of a tensor; the total has size_bytes"},
		{Gate{Metric: "completely different", Min: at(1)}, "use one of parameters"},
		{Gate{Metric: "sqnr_db"}, "no limit"},
		{Gate{Metric: "sqnr_db", Min: at(2), Max: at(1)}, "min 2 is above max 1"},
		{Gate{Metric: "sqnr_db", Min: at(float64(report.NA()))}, "finite"},
		{Gate{Metric: "sqnr_db", Scope: ScopeTotal, Match: match(t, "*"), Min: at(1)}, "match does not go with"},
	}
	for i, tt := range tests {
		if err := tt.gate.Validate(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("gate %d: %v, want an error with %q", i, err, tt.want)
		}
	}
	_, err := Evaluate(sample(false), []Gate{{Metric: "sqnr_db", Min: at(1)}, {Name: "b", Metric: "x", Min: at(1), Line: 7}, {Metric: "sqnr_db"}})
	var ge *GateError
	if !errors.As(err, &ge) || ge.Index != 1 || ge.Line != 7 || !strings.Contains(err.Error(), `gate "b": metric "x"`) || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("%v", err)
	}
	for _, scope := range []Scope{"", ScopeTensor, ScopeTotal} {
		for _, metric := range Metrics(scope) {
			if err := (Gate{Metric: metric, Scope: scope, Max: at(1)}).Validate(); err != nil {
				t.Errorf("%s %s: %v", scope, metric, err)
			}
		}
	}
}

func TestEncodings(t *testing.T) {
	r, err := Evaluate(sample(false), []Gate{
		{Name: "all", Metric: "sqnr_db", Min: at(8), Line: 3},
		{Name: "fine", Metric: "sqnr_db", Scope: ScopeTotal, Max: at(90)},
		{Name: "none", Metric: "cosine", Match: match(t, "nothing"), Max: at(1)},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Project = "project.toml"
	var b bytes.Buffer
	if err := WriteJSON(&b, r); err != nil {
		t.Fatal(err)
	}
	schematest.Validate(t, "check", b.Bytes())
	b.Reset()
	if err := WriteJSONL(&b, r); err != nil {
		t.Fatal(err)
	}
	for _, line := range bytes.Split(bytes.TrimSpace(b.Bytes()), []byte("\n")) {
		schematest.ValidateLine(t, "check", "gate", line)
	}
	b.Reset()
	if err := WriteCSV(&b, r); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(records) != 1+2+1+1 {
		t.Errorf("%d records, %v: %q", len(records), err, records)
	}
	empty, err := Evaluate(sample(false), nil)
	if err != nil || !empty.Passed {
		t.Errorf("no gates: %+v, %v", empty, err)
	}
	b.Reset()
	if err := WriteJSON(&b, empty); err != nil {
		t.Fatal(err)
	}
	schematest.Validate(t, "check", b.Bytes())
}
