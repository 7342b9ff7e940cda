// Package plan decides which scheme each tensor gets: defaults, then ordered
// rules, of which the last that matches wins.
package plan

import (
	"errors"
	"fmt"
	"slices"

	"github.com/mmtui/mmtui/int2"
)

// Choice is a partial scheme: fields that are nil are left to what came before.
type Choice struct {
	Bits        *int // 2, 3, 4, 8; Float keeps the tensor as it is
	Grid        *int2.Grid
	Group       *int // int2.PerChannel for "channel"
	Solver      *int2.Solver
	IntegerZero *bool
}

// Float as Choice.Bits keeps a tensor in the dtype it is stored in.
const Float = 16

// Rule applies a choice to the tensors whose name its pattern matches.
type Rule struct {
	Match  Pattern
	Choice Choice
	Line   int // where the project file has it, from 1; 0 when it came from elsewhere
}

// Plan is a default scheme and the rules that change it.
type Plan struct {
	Default Choice
	Rules   []Rule
}

// Subject is what a plan needs to know of a tensor.
type Subject struct {
	Name             string
	Quantizable      bool   // false: stays as it is whatever the rules say
	Reason           string // why not, when Quantizable is false
	Small            bool   // quantizable, but kept unless a rule names it
	SmallReason      string
	AlreadyQuantized bool // kept unless a rule names it
	Rows, Cols       int
	SizeBytes        int64 // as stored; 0: unknown. A scheme that does not make it smaller is refused.
}

// Decision for one tensor.
type Decision struct {
	Scheme *int2.Scheme // nil: stays as it is
	Reason string       // why it stays
	Rule   string       // pattern of the rule that decided, "" for the default
}

// Decide gives the scheme of one tensor. The fields that the last matching rule
// leaves out come from the defaults, never from an earlier rule. A rule
// overrides "too few columns" and "already quantized"; nothing overrides a
// tensor that cannot be quantized, that would not get smaller, or whose rows
// are longer than the number format allows.
func (p Plan) Decide(s Subject) Decision {
	for i, r := range slices.Backward(p.Rules) {
		if r.Match.Match(s.Name) {
			return p.decide(s, i)
		}
	}
	return p.decide(s, -1)
}

// decide is Decide when the rule that decides is known, −1 for none.
func (p Plan) decide(s Subject, rule int) Decision {
	switch {
	case !s.Quantizable:
		return Decision{Reason: s.Reason}
	case rule >= 0:
		r := p.Rules[rule]
		return s.apply(p.Default.Merge(r.Choice), r.Match.String())
	case s.AlreadyQuantized:
		return Decision{Reason: orElse(s.Reason, "already quantized")}
	case s.Small:
		return Decision{Reason: s.SmallReason}
	}
	return s.apply(p.Default, "")
}

// Under is the decision for a tensor when exactly this scheme is asked for it,
// as by a rule that names it; nil is the wish to leave it as it is.
func (s Subject) Under(scheme *int2.Scheme) Decision {
	if !s.Quantizable {
		return Decision{Reason: s.Reason}
	}
	return s.apply(FromScheme(scheme), "")
}

// apply resolves a choice for a tensor that may be quantized.
func (s Subject) apply(choice Choice, rule string) Decision {
	scheme, err := choice.Scheme()
	switch {
	case err != nil: // Validate tells the user before it comes to this
		return Decision{Reason: err.Error(), Rule: rule}
	case scheme == nil && rule != "":
		return Decision{Reason: "kept in float by rule " + fmt.Sprintf("%q", rule), Rule: rule}
	case scheme == nil:
		return Decision{Reason: "kept in float"}
	}
	if s.Cols > scheme.MaxCols() {
		return Decision{
			Reason: fmt.Sprintf("rows of %d weights are too long for int32 sums; %s allows %d", s.Cols, scheme, scheme.MaxCols()),
			Rule:   rule,
		}
	}
	// The scale per input channel that SINQ adds is left out here: it is not
	// known yet whether its result is the one that is kept.
	if size := scheme.SizeBytes(s.Rows, s.Cols, false); s.SizeBytes > 0 && size >= s.SizeBytes {
		return Decision{
			Reason: fmt.Sprintf("would not get smaller: %d bytes stored, %d bytes as %s", s.SizeBytes, size, scheme),
			Rule:   rule,
		}
	}
	return Decision{Scheme: scheme, Rule: rule}
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// RuleError is a rule, or the default, that makes no scheme.
type RuleError struct {
	Index int    // in Plan.Rules; −1 for the default
	Match string // the rule's pattern
	Line  int    // Rule.Line
	Err   error
}

func (e *RuleError) Error() string {
	if e.Index < 0 {
		return fmt.Sprintf("default scheme: %v", e.Err)
	}
	return fmt.Sprintf("rule %d (match %q): %v", e.Index+1, e.Match, e.Err)
}

func (e *RuleError) Unwrap() error { return e.Err }

// Validate checks the defaults and every rule on top of them. The error joins
// one *RuleError for each that does not make a scheme.
func (p Plan) Validate() error {
	var problems []error
	if _, err := p.Default.Scheme(); err != nil {
		problems = append(problems, &RuleError{Index: -1, Err: err})
	}
	for i, r := range p.Rules {
		if r.Match.String() == "" {
			problems = append(problems, &RuleError{Index: i, Line: r.Line, Err: errors.New("it has no pattern")})
			continue
		}
		if _, err := p.Default.Merge(r.Choice).Scheme(); err != nil {
			problems = append(problems, &RuleError{Index: i, Match: r.Match.String(), Line: r.Line, Err: err})
		}
	}
	return errors.Join(problems...)
}

// WithRule returns a plan with the rules added at the end, where they win. An
// earlier rule with the same pattern could never decide again and is dropped.
// The receiver does not change.
func (p Plan) WithRule(rules ...Rule) Plan {
	added := make(map[string]int, len(rules))
	for i, r := range rules {
		added[r.Match.String()] = i
	}
	out := make([]Rule, 0, len(p.Rules)+len(rules))
	for _, r := range p.Rules {
		if _, again := added[r.Match.String()]; !again {
			out = append(out, r)
		}
	}
	for i, r := range rules {
		if added[r.Match.String()] == i {
			out = append(out, r)
		}
	}
	return Plan{Default: p.Default, Rules: out}
}

// WithDefault returns a plan whose defaults are changed by a choice.
func (p Plan) WithDefault(c Choice) Plan {
	return Plan{Default: p.Default.Merge(c), Rules: slices.Clone(p.Rules)}
}

// Equal reports whether two plans decide the same way by the same rules.
func (p Plan) Equal(o Plan) bool {
	return p.Default.Equal(o.Default) && slices.EqualFunc(p.Rules, o.Rules, func(a, b Rule) bool {
		return a.Match.String() == b.Match.String() && a.Choice.Equal(b.Choice)
	})
}
