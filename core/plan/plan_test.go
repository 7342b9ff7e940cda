package plan

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/int2"
)

// choice builds a Choice from "key=value" words.
func choice(t *testing.T, words ...string) Choice {
	t.Helper()
	var c Choice
	for _, w := range words {
		key, value, _ := strings.Cut(w, "=")
		if err := c.Set(key, value); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func rule(t *testing.T, pattern string, words ...string) Rule {
	t.Helper()
	p, err := ParsePattern(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return Rule{Match: p, Choice: choice(t, words...)}
}

func TestDecide(t *testing.T) {
	big := Subject{Name: "model.layers.3.mlp.weight", Quantizable: true, Rows: 64, Cols: 128, SizeBytes: 64 * 128 * 4}
	small := big
	small.Small, small.SmallReason, small.Cols = true, "4 columns a row", 4
	small.SizeBytes = 64 * 4 * 4
	packed := big
	packed.AlreadyQuantized = true
	vector := Subject{Name: "model.layers.3.norm", Reason: "rank 1", Rows: 0, Cols: 0}

	def := "2b half g64 search"
	tests := []struct {
		name    string
		plan    Plan
		subject Subject
		scheme  string // "" for none
		rule    string
		reason  string // contained
	}{
		{"zero plan", Plan{}, big, def, "", ""},
		{"default changed", Plan{Default: choice(t, "bits=4", "group=channel")}, big, "4b half channel search", "", ""},
		{"solver implies grid", Plan{Default: choice(t, "solver=ls")}, big, "2b affine g64 ls", "", ""},
		{"integer zero implies grid", Plan{Default: choice(t, "solver=rtn", "zero=integer")}, big, "2b affine-int g64 rtn", "", ""},
		{"solver of a rule implies grid", Plan{Rules: []Rule{rule(t, "*mlp*", "solver=hqq")}}, big, "2b affine g64 hqq", "*mlp*", ""},
		{"rule and default merge", Plan{Default: choice(t, "bits=3", "group=32"), Rules: []Rule{rule(t, "*", "group=128")}}, big, "3b half g128 search", "*", ""},
		{"last match wins", Plan{Rules: []Rule{rule(t, "*", "bits=4"), rule(t, "*.mlp.*", "bits=8"), rule(t, "head", "bits=3")}}, big, "8b half g64 search", "*.mlp.*", ""},
		{"an earlier rule gives nothing", Plan{Rules: []Rule{rule(t, "*", "bits=4", "group=32"), rule(t, "*.mlp.*", "solver=rtn")}}, big, "2b half g64 rtn", "*.mlp.*", ""},
		{"a rule back to the default", Plan{Rules: []Rule{rule(t, "*", "bits=16"), rule(t, "*.mlp.*")}}, big, def, "*.mlp.*", ""},
		{"float by rule", Plan{Rules: []Rule{rule(t, "*.mlp.*", "bits=16")}}, big, "", "*.mlp.*", `kept in float by rule "*.mlp.*"`},
		{"float by default", Plan{Default: choice(t, "bits=16")}, big, "", "", "kept in float"},
		{"rule over a float default", Plan{Default: choice(t, "bits=16"), Rules: []Rule{rule(t, "*", "bits=2")}}, big, def, "*", ""},
		{"not quantizable", Plan{Rules: []Rule{rule(t, "*", "bits=2")}}, vector, "", "", "rank 1"},
		{"small", Plan{}, small, "", "", "4 columns a row"},
		{"small named by a rule", Plan{Rules: []Rule{rule(t, "*.mlp.*")}}, small, def, "*.mlp.*", ""},
		{"small, rule for another", Plan{Rules: []Rule{rule(t, "head")}}, small, "", "", "4 columns a row"},
		{"already quantized", Plan{}, packed, "", "", "already quantized"},
		{"already quantized, named", Plan{Rules: []Rule{rule(t, "*", "bits=3")}}, packed, "3b half g64 search", "*", ""},
		{"conflict", Plan{Rules: []Rule{rule(t, "*", "solver=hqq", "grid=half")}}, big, "", "*", "affine"},
		{"too wide", Plan{Default: choice(t, "bits=8")}, Subject{Name: "wide", Quantizable: true, Rows: 1, Cols: 1 << 20}, "", "", "rows of 1048576 weights are too long"},
		{"not smaller", Plan{Rules: []Rule{rule(t, "*", "bits=8")}}, Subject{Name: "f8", Quantizable: true, Rows: 2, Cols: 64, SizeBytes: 128}, "", "*", "would not get smaller: 128 bytes stored"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := tt.plan.Decide(tt.subject)
			if again := tt.plan.Decider().Decide(tt.subject); !reflect.DeepEqual(again, d) {
				t.Errorf("the decider says %+v, the plan %+v", again, d)
			}
			got := ""
			if d.Scheme != nil {
				got = d.Scheme.String()
			}
			if got != tt.scheme || d.Rule != tt.rule || !strings.Contains(d.Reason, tt.reason) {
				t.Errorf("Decide = %q by %q because %q, want %q by %q because %q", got, d.Rule, d.Reason, tt.scheme, tt.rule, tt.reason)
			}
			if (d.Reason == "") != (d.Scheme != nil) {
				t.Errorf("scheme %v and reason %q: exactly one is wanted", d.Scheme, d.Reason)
			}
		})
	}
}

// Whatever the order of exact and other rules, a decider and its plan agree.
func TestDeciderAgrees(t *testing.T) {
	patterns := []string{"a", "b", "*", "a*", "[a]", "c", "re:b|c", "?"}
	rng := rand.New(rand.NewPCG(1, 1))
	widths := []string{"bits=2", "bits=3", "bits=4", "bits=8", "bits=16"}
	for range 300 {
		var p Plan
		for range rng.IntN(7) {
			p.Rules = append(p.Rules, rule(t, patterns[rng.IntN(len(patterns))], widths[rng.IntN(len(widths))]))
		}
		d := p.Decider()
		for _, name := range []string{"a", "b", "c", "ab", "d"} {
			s := Subject{Name: name, Quantizable: true, Small: true, SmallReason: "small", Rows: 8, Cols: 64}
			if got, want := d.Decide(s), p.Decide(s); !reflect.DeepEqual(got, want) {
				t.Fatalf("%s under %v: the decider says %+v, the plan %+v", name, p.Rules, got, want)
			}
		}
	}
}

func TestUnder(t *testing.T) {
	s := Subject{Name: "a", Quantizable: true, Small: true, AlreadyQuantized: true, Rows: 4, Cols: 8, SizeBytes: 128}
	scheme := int2.Scheme{Bits: 3, Grid: int2.Twos, Group: 16, Solver: int2.RTN}
	if d := s.Under(&scheme); d.Scheme == nil || *d.Scheme != scheme || d.Scheme == &scheme {
		t.Errorf("Under(%s) = %+v, want a copy of the scheme", scheme, d)
	}
	if d := s.Under(nil); d.Scheme != nil || d.Reason != "kept in float" {
		t.Errorf("Under(nil) = %+v", d)
	}
	if d := (Subject{Reason: "rank 0"}).Under(&scheme); d.Scheme != nil || d.Reason != "rank 0" {
		t.Errorf("not quantizable: %+v", d)
	}
}

func TestValidate(t *testing.T) {
	if err := (Plan{}).Validate(); err != nil {
		t.Errorf("the zero plan: %v", err)
	}
	wide := 512
	bad := rule(t, "*.mlp.*", "solver=hqq", "grid=half")
	bad.Line = 12
	p := Plan{
		Default: choice(t, "bits=4"),
		Rules: []Rule{
			rule(t, "*", "solver=ls"), bad, {Match: Exact("head"), Choice: Choice{Group: &wide}},
			rule(t, "embed", "bits=16", "grid=half", "solver=hqq"), {Choice: choice(t, "bits=2")},
			rule(t, "zero", "zero=integer"),
		},
	}
	err := p.Validate()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`rule 2 (match "*.mlp.*"): solver "hqq" works on the affine grid only`,
		`rule 3 (match "head"): group 512 is not allowed`,
		`rule 5 (match ""): it has no pattern`,
		`rule 6 (match "zero"): an integer zero goes with`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q:\n%v", want, err)
		}
	}
	if n := strings.Count(err.Error(), "\n") + 1; n != 4 {
		t.Errorf("%d problems, want 4:\n%v", n, err)
	}
	var re *RuleError
	if !errors.As(err, &re) || re.Index != 1 || re.Line != 12 {
		t.Errorf("first RuleError = %+v", re)
	}

	explicit := Plan{Default: choice(t, "grid=half"), Rules: []Rule{rule(t, "*", "solver=sinq")}}
	if err := explicit.Validate(); err == nil {
		t.Error("an explicit half grid in the defaults and solver sinq in a rule: no error")
	}
	if err := (Plan{Default: choice(t, "solver=ls", "grid=twos")}).Validate(); err == nil || !strings.HasPrefix(err.Error(), "default scheme: ") {
		t.Errorf("bad default: %v", err)
	}
}

func TestWithRule(t *testing.T) {
	p := Plan{Default: choice(t, "bits=2"), Rules: []Rule{rule(t, "a", "bits=3"), rule(t, "b", "bits=4")}}
	q := p.WithRule(rule(t, "a", "bits=8"), rule(t, "c", "bits=3"), rule(t, "c", "bits=16"))
	var got []string
	for _, r := range q.Rules {
		got = append(got, r.Match.String()+" "+r.Choice.String())
	}
	if want := []string{"b 4b", "a 8b", "c float"}; !slices.Equal(got, want) {
		t.Errorf("rules %q, want %q", got, want)
	}
	if len(p.Rules) != 2 || p.Rules[0].Choice.String() != "3b" {
		t.Errorf("the receiver changed: %+v", p.Rules)
	}
	if p.Equal(q) || !q.Equal(q.WithDefault(Choice{})) {
		t.Error("Equal is wrong")
	}
	if r := p.WithDefault(choice(t, "bits=4")); *r.Default.Bits != 4 || *p.Default.Bits != 2 {
		t.Errorf("WithDefault: %s from %s", r.Default, p.Default)
	}
}

func TestChoice(t *testing.T) {
	s := int2.Scheme{Bits: 4, Grid: int2.Affine, Group: int2.PerChannel, Solver: int2.RTN, IntegerZero: true}
	c := FromScheme(&s)
	back, err := c.Scheme()
	if err != nil || *back != s {
		t.Errorf("FromScheme(%+v).Scheme() = %+v, %v", s, back, err)
	}
	if got, want := c.String(), "4b affine channel rtn integer zero"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
	var again Choice
	for _, key := range Keys() {
		v, ok := c.Get(key)
		if !ok {
			t.Errorf("Get(%q) is not set", key)
		}
		if err := again.Set(key, v); err != nil {
			t.Error(err)
		}
	}
	if !again.Equal(c) {
		t.Errorf("Get and Set: %s became %s", c, again)
	}
	if got := (Choice{}).String(); got != "default" || !(Choice{}).Empty() || c.Empty() {
		t.Errorf("empty choice: %q", got)
	}
	if got := FromScheme(nil).String(); got != "float" {
		t.Errorf("float: %q", got)
	}
	d := int2.DefaultScheme()
	if got := FromScheme(&d).String(); got != d.String() {
		t.Errorf("%q is not %q", got, d.String())
	}
	merged := c.Merge(choice(t, "bits=2"))
	*merged.Group = 32
	if *c.Group != int2.PerChannel {
		t.Error("Merge shares memory with its receiver")
	}
	for _, bad := range [][2]string{{"bits", "5"}, {"bits", "02"}, {"grid", "x"}, {"group", "20"}, {"group", "272"}, {"solver", "gptq"}, {"zero", "yes"}, {"width", "2"}} {
		var c Choice
		if err := c.Set(bad[0], bad[1]); err == nil || !c.Empty() {
			t.Errorf("Set(%q, %q) = %v, choice %s", bad[0], bad[1], err, c)
		}
	}
}

func TestUnmatchedAndNearest(t *testing.T) {
	names := []string{"model.layers.0.mlp.down_proj.weight", "model.layers.1.mlp.down_proj.weight", "model.layers.0.attn.q.weight", "lm_head.weight"}
	p := Plan{Rules: []Rule{rule(t, "*.mlp.*"), rule(t, "*.down_prj.*"), rule(t, "lm_haed.weight"), rule(t, "re:atn")}}
	var got []string
	for _, r := range p.Unmatched(names) {
		got = append(got, r.Match.String())
	}
	if want := []string{"*.down_prj.*", "lm_haed.weight", "re:atn"}; !slices.Equal(got, want) {
		t.Errorf("Unmatched = %q, want %q", got, want)
	}
	for pattern, want := range map[string][]string{
		"*.down_prj.*":     names[:2],
		"lm_haed.weight":   {"lm_head.weight"},
		"nothing_like_it!": nil,
		"*":                nil,
	} {
		parsed, err := ParsePattern(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := Nearest(parsed, names, 2); !slices.Equal(got, want) {
			t.Errorf("Nearest(%q) = %q, want %q", pattern, got, want)
		}
	}
}
