package variant

import (
	"testing"

	"github.com/mmtui/mmtui/core/plan"
)

func pattern(t *testing.T, text string) plan.Pattern {
	t.Helper()
	p, err := plan.ParsePattern(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const (
	qProj = "model.text_model.layers.0.self_attn.q_proj.weight"
	kProj = "model.text_model.layers.0.self_attn.k_proj.weight"
)

// bitsOf are the bits of every packed tensor.
func bitsOf(s *Set) map[string]int {
	out := map[string]int{}
	for _, l := range s.Layers() {
		out[l.Name] = l.Scheme.Bits
	}
	return out
}

func TestLiftKeepOnly(t *testing.T) {
	t.Parallel()
	m, dir := openModel(t, tinyVLM), t.TempDir()
	base := INT2()
	plain := bitsOf(openSet(t, m, base, dir))
	vision := pattern(t, "*vision_model*")
	for name, c := range map[string]struct {
		spec Spec
		want func(name string, bits int) int // 0: float
	}{
		"lift to 8":     {base.Lift(qProj, 8), func(n string, b int) int { return map[bool]int{true: 8, false: b}[n == qProj] }},
		"lift to float": {base.Lift(qProj, plan.Float), func(n string, b int) int { return map[bool]int{true: 0, false: b}[n == qProj] }},
		"the last lift counts": {base.Lift(qProj, plan.Float).Lift(qProj, 4), func(n string, b int) int {
			return map[bool]int{true: 4, false: b}[n == qProj]
		}},
		"keep": {base.Keep(vision), func(n string, b int) int { return map[bool]int{true: 0, false: b}[vision.Match(n)] }},
		"only": {base.Only(vision), func(n string, b int) int { return map[bool]int{true: b, false: 0}[vision.Match(n)] }},
		"only, and a lift elsewhere": {base.Lift(qProj, 8).Only(vision), func(n string, b int) int {
			return map[bool]int{true: b, false: 0}[vision.Match(n)]
		}},
		"a part that is not there": {base.Keep(pattern(t, "*no_such_part*")), func(_ string, b int) int { return b }},
		"a lift over float":        {Float().Lift(qProj, 3), func(n string, _ int) int { return map[bool]int{true: 3, false: 0}[n == qProj] }},
		"nothing":                  {Float(), func(string, int) int { return 0 }},
		"zero":                     {Spec{}, func(string, int) int { return 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			got := bitsOf(openSet(t, m, c.spec, dir))
			for tensor, bits := range plain {
				if want := c.want(tensor, bits); got[tensor] != want {
					t.Errorf("%s at %d bits, want %d", tensor, got[tensor], want)
				}
			}
			// The plan that a project keeps decides alike.
			p := c.spec.PlanFor(namesOf(m))
			saved := bitsOf(openSet(t, m, Spec{Plan: &p}, dir))
			for tensor := range plain {
				if saved[tensor] != got[tensor] {
					t.Errorf("saved as a plan, %s is at %d bits, not %d", tensor, saved[tensor], got[tensor])
				}
			}
		})
	}
	if base.over != nil || len(plain) == 0 {
		t.Error("the spec itself changed")
	}
}

// Two lifts from one spec do not share memory.
func TestLiftsAreApart(t *testing.T) {
	t.Parallel()
	one := INT2().Lift("a", 8)
	two, three := one.Lift("b", 4), one.Lift("c", 3)
	if len(one.over.rules) != 1 || two.over.rules[1].Match.String() != "b" || three.over.rules[1].Match.String() != "c" {
		t.Errorf("%v, %v, %v", one.over.rules, two.over.rules, three.over.rules)
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	two := 2
	seen := map[string]int{}
	for i, s := range []Spec{
		{}, Float(), INT2(), {Weights: "a"}, {Plan: &plan.Plan{}}, {Plan: &plan.Plan{Default: plan.Choice{Bits: &two}}},
		INT2().Lift("a", 8), INT2().Lift("a", 4), INT2().Keep(pattern(t, "a")), INT2().Only(pattern(t, "a")), INT2().Only(),
	} {
		if j, ok := seen[s.Key()]; ok {
			t.Errorf("specs %d and %d share the key %q", i, j, s.Key())
		}
		seen[s.Key()] = i
	}
	renamed := INT2()
	renamed.Name = "other"
	if renamed.Key() != INT2().Key() {
		t.Error("a name is part of the key")
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	m := openModel(t, tinyVLM)
	for want, spec := range map[string]Spec{"float": {}, "int2": {Plan: INT2().Plan, Loose: true}, "mine": {Name: "mine"}} {
		if got := openSet(t, m, spec, t.TempDir()).Spec().Name; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
