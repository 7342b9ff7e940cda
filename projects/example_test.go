package projects

import (
	"maps"
	"slices"
	"testing"

	"github.com/mmtui/mmtui/core/gate"
	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/scan"
	"github.com/mmtui/mmtui/int2"
)

// TestExampleFailsItsGateAsItsReadmeSays scans the bundled model under its
// project, and again with the two hard layers at 4 bits.
func TestExampleFailsItsGateAsItsReadmeSays(t *testing.T) {
	p, err := Load("../examples/tiny-vlm/project.toml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Open(t.Context(), p.ModelPath(), model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	hard := []string{
		"model.text_model.layers.0.self_attn.k_proj.weight",
		"model.vision_model.encoder.layers.1.mlp.fc2.weight",
	}
	if got := failing(t, m, p); !slices.Equal(got, hard) {
		t.Errorf("at 2 bits %q fail, want %q", got, hard)
	}
	for _, name := range hard {
		p = p.WithPlan(p.Plan.WithRule(rule(t, name, "bits=4")))
	}
	if got := failing(t, m, p); len(got) != 0 {
		t.Errorf("at 4 bits %q still fail", got)
	}
}

// TestExampleHasWhatItsReadmeSays demands the name of each planted cause.
func TestExampleHasWhatItsReadmeSays(t *testing.T) {
	m, err := model.Open(t.Context(), "../examples/tiny-vlm", model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	s := scan.New(m, plan.Plan{}, scan.Options{})
	if err := s.Run(t.Context(), func(scan.Event) {}); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, row := range s.Report().Tensors {
		if row.Cause != nil && *row.Cause != "" {
			got[row.Name] = *row.Cause
		}
	}
	want := map[string]string{
		"model.vision_model.encoder.layers.1.mlp.fc2.weight": string(int2.CauseOutlierChannel),
		"model.text_model.layers.0.self_attn.k_proj.weight":  string(int2.CauseDeadZone),
		"model.text_model.layers.1.mlp.gate_proj.weight":     string(int2.CauseClipping),
	}
	if !maps.Equal(got, want) {
		t.Errorf("causes %v\nwant %v", got, want)
	}
}

// failing lists the tensors, sorted, that fail a gate of a project.
func failing(t *testing.T, m *model.Model, p *Project) []string {
	t.Helper()
	s := scan.New(m, p.Plan, scan.Options{BudgetBytes: p.BudgetBytes, NoIdeal: true})
	if err := s.Run(t.Context(), func(scan.Event) {}); err != nil {
		t.Fatal(err)
	}
	result, err := gate.Evaluate(s.Report(), p.Gates)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, g := range result.Gates {
		for _, f := range g.Failures {
			names = append(names, f.Tensor)
		}
	}
	slices.Sort(names)
	return names
}
