package variant

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/plan"
)

// Spec says how the layers of a folder run. The zero value runs them as they
// are stored: float weights in float, and those that `mmtui quantize` packed as
// they are packed.
type Spec struct {
	Name    string     // what screens and reports call it: "float", "int2", a file's name; "" takes that of what runs
	Plan    *plan.Plan // nil: nothing is quantized on loading
	Weights string     // a file that `mmtui quantize` wrote for this folder: the tensors it holds stand in for the folder's; "" is none

	// Float runs every layer in float, also those that are packed in the folder.
	Float bool
	// Loose lets rules of Plan match no tensor, as those of a plan for any model do.
	Loose bool
	// PlanFile is where Plan was read, for messages; "" for none.
	PlanFile string

	over *overrides
}

// overrides are what was changed after the spec was chosen. They are never
// written to once they are in a Spec.
type overrides struct {
	rules []plan.Rule    // over plan and weights, the last wins
	only  []plan.Pattern // when not nil: the rest stays in float
}

// Float is the folder in float arithmetic.
func Float() Spec { return Spec{Name: "float", Float: true} }

// INT2 is the plan of a first look: 2 bits for the layers of encoder and
// decoder, 4 for embeddings, head and connector, 8 for the patches' embedding.
func INT2() Spec {
	p := DefaultPlan()
	return Spec{Name: "int2", Plan: &p, Loose: true}
}

// DefaultPlan is the plan of INT2. It is made for every family, so that some of
// its rules match nothing in a model.
func DefaultPlan() plan.Plan {
	bits := func(pattern string, n int) plan.Rule {
		p, err := plan.ParsePattern(pattern)
		if err != nil {
			panic(err) // the patterns are those below
		}
		return plan.Rule{Match: p, Choice: plan.Choice{Bits: &n}}
	}
	return plan.Plan{Rules: []plan.Rule{
		bits("*embed_tokens.weight", 4), bits("*token_embedding.weight", 4), bits("*lm_head.weight", 4),
		bits("*connector.*", 4), bits("*patch_embedding.weight", 8),
	}}
}

// Lift is s with one tensor, by its exact name, at so many bits (2, 3, 4 or 8),
// or as the folder has it at plan.Float. It counts over plan and weights.
func (s Spec) Lift(name string, bits int) Spec {
	return s.with(plan.Rule{Match: plan.Exact(name), Choice: plan.Choice{Bits: &bits}})
}

// Keep is s with the tensors that match a pattern in float; a pattern may match
// none. It is how a part of a network stays as it is.
func (s Spec) Keep(patterns ...plan.Pattern) Spec {
	rules := make([]plan.Rule, len(patterns))
	for i, p := range patterns {
		rules[i] = plan.Rule{Match: p, Choice: plan.FromScheme(nil)}
	}
	return s.with(rules...)
}

// Only is s with every tensor in float that matches none of the patterns, the
// lifted ones too.
func (s Spec) Only(patterns ...plan.Pattern) Spec {
	o := s.overrides()
	o.only = slices.Clone(patterns)
	if o.only == nil {
		o.only = []plan.Pattern{}
	}
	s.over = &o
	return s
}

func (s Spec) with(rules ...plan.Rule) Spec {
	o := s.overrides()
	o.rules = append(o.rules, rules...)
	s.over = &o
	return s
}

// overrides is a copy of what there is.
func (s Spec) overrides() overrides {
	if s.over == nil {
		return overrides{}
	}
	return overrides{rules: slices.Clone(s.over.rules), only: s.over.only}
}

// PlanFor is the plan of the spec for a model with tensors of these names, as a
// project can keep it: with what was lifted and kept, without rules that match
// nothing. What a file of weights holds is not in it.
func (s Spec) PlanFor(names []string) plan.Plan {
	p := plan.Plan{Default: plan.FromScheme(nil)}
	if s.Plan != nil {
		p = s.Plan.WithRule()
	}
	o := s.overrides()
	p = p.WithRule(o.rules...)
	if o.only != nil {
		var rest []plan.Rule
		for _, name := range names {
			if !o.within(name) {
				rest = append(rest, plan.Rule{Match: plan.Exact(name), Choice: plan.FromScheme(nil)})
			}
		}
		p = p.WithRule(rest...)
	}
	p.Rules = slices.DeleteFunc(p.Rules, func(r plan.Rule) bool { return !slices.ContainsFunc(names, r.Match.Match) })
	return p
}

// within says whether a tensor may be other than float.
func (o *overrides) within(name string) bool {
	return o.only == nil || slices.ContainsFunc(o.only, func(p plan.Pattern) bool { return p.Match(name) })
}

// Key is a text that two specs share when they run a model alike, whatever they
// are called.
func (s Spec) Key() string {
	var b strings.Builder
	fmt.Fprintf(&b, "float %v weights %q", s.Float, s.Weights)
	rules := func(list []plan.Rule) {
		for _, r := range list {
			fmt.Fprintf(&b, "; %q %s", r.Match.String(), choiceKey(r.Choice))
		}
	}
	if s.Plan != nil {
		fmt.Fprintf(&b, "; plan %s", choiceKey(s.Plan.Default))
		rules(s.Plan.Rules)
	}
	if s.over != nil {
		b.WriteString("; lifts")
		rules(s.over.rules)
		if s.over.only != nil {
			b.WriteString("; only")
			for _, p := range s.over.only {
				fmt.Fprintf(&b, " %q", p.String())
			}
		}
	}
	return b.String()
}

// choiceKey is every field of a choice that is set.
func choiceKey(c plan.Choice) string {
	var parts []string
	for _, key := range plan.Keys() {
		if v, ok := c.Get(key); ok {
			parts = append(parts, key+"="+v)
		}
	}
	return strings.Join(parts, " ")
}
