package plan

// Decider decides as its plan does, and is quick about it when the plan has a
// rule for each of thousands of tensors.
type Decider struct {
	plan  Plan
	exact map[string]int // the last rule for one name, in Plan.Rules
	wild  []int          // rules that may match several names, last first
}

// Decider prepares the plan for many decisions.
func (p Plan) Decider() *Decider {
	d := &Decider{plan: p, exact: map[string]int{}}
	for i := len(p.Rules) - 1; i >= 0; i-- {
		name, exact := p.Rules[i].Match.Literal()
		if !exact {
			d.wild = append(d.wild, i)
		} else if _, later := d.exact[name]; !later {
			d.exact[name] = i
		}
	}
	return d
}

// Decide is Plan.Decide.
func (d *Decider) Decide(s Subject) Decision {
	rule, ok := d.exact[s.Name]
	if !ok {
		rule = -1
	}
	for _, i := range d.wild {
		if i < rule {
			break
		}
		if d.plan.Rules[i].Match.Match(s.Name) {
			rule = i
			break
		}
	}
	return d.plan.decide(s, rule)
}
