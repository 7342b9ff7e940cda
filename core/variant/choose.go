package variant

import (
	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/scan"
	"github.com/mmtui/mmtui/int2"
)

// ownMethod is report.Stored.Method of a tensor that `mmtui quantize` packed.
const ownMethod = "mmtui"

// chooser decides where the weights of a tensor come from.
type chooser struct {
	over  *plan.Decider // what was lifted and kept, nil for nothing
	plan  *plan.Decider // nil for no plan
	only  overrides
	float bool
	loose bool
}

func (s Spec) chooser() chooser {
	c := chooser{only: s.overrides(), float: s.Float, loose: s.Loose}
	var choice plan.Choice
	if s.Plan != nil {
		c.plan, choice = s.Plan.Decider(), s.Plan.Default
	}
	if len(c.only.rules) > 0 {
		c.over = plan.Plan{Default: choice, Rules: c.only.rules}.Decider()
	}
	return c
}

// way is what is done with a tensor.
type way int

const (
	asFloat  way = iota // it stays as it is, or is computed in float
	fromFile            // the file of weights holds it
	asPacked            // the folder holds it packed
	byScheme            // it is quantized
)

// of chooses. inFile says whether the file of weights holds the tensor.
func (c chooser) of(t *model.Tensor, inFile bool) (way, int2.Scheme) {
	if !c.only.within(t.Name) {
		return asFloat, int2.Scheme{}
	}
	subject := scan.Subject(t)
	packed := t.Stored != nil && t.Stored.Method == ownMethod
	if w, scheme, decided := decision(c.over, subject, packed, true); decided {
		return w, scheme
	}
	if inFile {
		return fromFile, int2.Scheme{}
	}
	// A plan for any model does not quantize again what is packed already.
	if !(packed && c.loose) {
		if w, scheme, decided := decision(c.plan, subject, packed, false); decided {
			return w, scheme
		}
	}
	if packed && !c.float {
		return asPacked, int2.Scheme{}
	}
	return asFloat, int2.Scheme{}
}

// decision is that of a plan: its rules alone, or its default too. What neither
// decides on is for others.
func decision(d *plan.Decider, subject plan.Subject, packed, rulesOnly bool) (way, int2.Scheme, bool) {
	if d == nil {
		return 0, int2.Scheme{}, false
	}
	got := d.Decide(subject)
	switch {
	case got.Rule == "" && rulesOnly:
		return 0, int2.Scheme{}, false
	case got.Scheme != nil:
		return byScheme, *got.Scheme, true
	case got.Rule == "":
		return 0, int2.Scheme{}, false
	case packed:
		// More bits than the packed tensor has would bring nothing back: it stays
		// packed, unless the rule asks for float.
		subject.SizeBytes = 0
		if d.Decide(subject).Scheme != nil {
			return asPacked, int2.Scheme{}, true
		}
	}
	return asFloat, int2.Scheme{}, true
}
