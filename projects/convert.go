package projects

import (
	"errors"
	"fmt"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/int2"
)

// project makes a Project of a file that could be read, and complains of what
// does not go together.
func (c *collector) project(path string, f *projectFile) *Project {
	p := &Project{Path: path}
	if f.Model != nil {
		p.Model = textOf(f.Model.Path)
	}
	if f.Budget != nil && f.Budget.Size != nil {
		p.BudgetBytes = int64(*f.Budget.Size)
	}
	if f.Quantization != nil {
		p.Plan = c.plan(f.Quantization)
	}
	p.Gates = c.gates(f.Gates)
	p.Tasks = c.tasks(f.Tasks)
	p.Devices = c.devices(f.Devices)
	return p
}

func textOf(v *textValue) string {
	if v == nil {
		return ""
	}
	return string(*v)
}

func (c *collector) plan(q *quantizationTable) plan.Plan {
	p := plan.Plan{Default: choiceOf(q.Bits, q.Grid, q.Group, q.Solver, q.Zero)}
	for _, r := range q.Rules {
		if r.Match == nil {
			c.missing(r.Line, "[[quantization.rule]]", "match", `match = "*.head.*"`)
			continue
		}
		pattern, err := plan.ParsePattern(string(*r.Match))
		if err != nil { // it was read before
			c.add(r.Line, "[[quantization.rule]] "+err.Error(), "")
			continue
		}
		choice := choiceOf(r.Bits, r.Grid, r.Group, r.Solver, r.Zero)
		if choice.Empty() && !c.broken[r.Line] {
			c.add(r.Line, fmt.Sprintf("[[quantization.rule]] with match = %q sets nothing", pattern),
				"give it bits, grid, group, solver or zero; bits = 16 keeps tensors in float")
		}
		p.Rules = append(p.Rules, plan.Rule{Match: pattern, Choice: choice, Line: r.Line})
	}
	c.planErrors(p, q.Line)
	return p
}

// planErrors complains of schemes that cannot be.
func (c *collector) planErrors(p plan.Plan, line int) {
	err := p.Validate()
	if err == nil {
		return
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		c.add(line, "[quantization] "+err.Error(), "")
		return
	}
	// A default that cannot be makes every rule that leaves it alone wrong too.
	for _, e := range joined.Unwrap() {
		var r *plan.RuleError
		switch {
		case !errors.As(e, &r):
			c.add(line, "[quantization] "+e.Error(), "")
		case r.Index < 0:
			c.add(line, "[quantization] "+r.Err.Error(), "")
			return
		default:
			c.add(r.Line, fmt.Sprintf("[[quantization.rule]] with match = %q: %s", r.Match, r.Err), "")
		}
	}
}

// missing complains of a key that a table must have.
func (c *collector) missing(line int, table, key, example string) {
	if c.broken[line] {
		return
	}
	c.add(line, fmt.Sprintf("%s has no %s", table, key), "add a line such as "+example)
}

func (c *collector) tasks(tables []taskTable) []Task {
	var out []Task
	seen := map[string]int{}
	for _, t := range tables {
		task := Task{Name: textOf(t.Name), Data: textOf(t.Data), Line: t.Line}
		if t.Kind == nil {
			c.missing(t.Line, "[[task]]", "kind", `kind = "caption"`)
		} else {
			task.Kind = string(*t.Kind)
		}
		if t.Data == nil {
			c.missing(t.Line, "[[task]]", "data", `data = "captions.jsonl"`)
		}
		c.named(t.Line, "[[task]]", task.Name, seen)
		out = append(out, task)
	}
	return out
}

func (c *collector) devices(tables []deviceTable) []Device {
	var out []Device
	seen := map[string]int{}
	for _, t := range tables {
		device := Device{Name: textOf(t.Name), Serial: textOf(t.Serial), Line: t.Line}
		if t.Kind == nil {
			c.missing(t.Line, "[[device]]", "kind", `kind = "hexagon"`)
		} else {
			device.Kind = string(*t.Kind)
		}
		if device.Serial != "" && device.Kind == "cpu" {
			c.add(t.Line, "[[device]] serial goes with kind = \"hexagon\" only", "remove it, or change kind")
		}
		c.named(t.Line, "[[device]]", device.Name, seen)
		out = append(out, device)
	}
	return out
}

// named checks that a table has a name that no other of its kind has.
func (c *collector) named(line int, table, name string, seen map[string]int) {
	if name == "" {
		c.missing(line, table, "name", `name = "first"`)
		return
	}
	if before, twice := seen[name]; twice {
		c.add(line, fmt.Sprintf("%s name %q is taken by line %d", table, name, before), "use another name")
		return
	}
	seen[name] = line
}

func choiceOf(b *bitsValue, g *gridValue, n *groupValue, s *solverValue, z *zeroValue) plan.Choice {
	c := plan.Choice{Bits: convert[int](b), Group: convert[int](n), Grid: convertText[int2.Grid](g), Solver: convertText[int2.Solver](s)}
	if z != nil {
		integer := *z == zeroInteger
		c.IntegerZero = &integer
	}
	return c
}

// Spellings of zero.
const (
	zeroInteger = "integer"
	zeroFloat   = "float"
)

func convert[T, F ~int](v *F) *T {
	if v == nil {
		return nil
	}
	t := T(*v)
	return &t
}

func convertText[T, F ~string](v *F) *T {
	if v == nil {
		return nil
	}
	t := T(*v)
	return &t
}

func textPointer[F ~string](s string) *F {
	if s == "" {
		return nil
	}
	f := F(s)
	return &f
}

// fileOf is the inverse of collector.project.
func fileOf(p *Project) *projectFile {
	f := &projectFile{Gates: gateTables(p.Gates)}
	if p.Model != "" {
		f.Model = &modelTable{Path: textPointer[textValue](p.Model)}
	}
	if p.BudgetBytes != 0 {
		size := sizeValue(p.BudgetBytes)
		f.Budget = &budgetTable{Size: &size}
	}
	f.Quantization = quantizationOf(p.Plan)
	for _, t := range p.Tasks {
		f.Tasks = append(f.Tasks, taskTable{
			Name: textPointer[textValue](t.Name), Kind: textPointer[taskValue](t.Kind), Data: textPointer[textValue](t.Data),
		})
	}
	for _, d := range p.Devices {
		f.Devices = append(f.Devices, deviceTable{
			Name: textPointer[textValue](d.Name), Kind: textPointer[deviceValue](d.Kind), Serial: textPointer[textValue](d.Serial),
		})
	}
	return f
}

func quantizationOf(p plan.Plan) *quantizationTable {
	d := p.Default
	q := &quantizationTable{Bits: convert[bitsValue](d.Bits), Grid: convertText[gridValue](d.Grid),
		Group: convert[groupValue](d.Group), Solver: convertText[solverValue](d.Solver), Zero: zeroOf(d)}
	for _, r := range p.Rules {
		c := r.Choice
		q.Rules = append(q.Rules, ruleTable{Match: textPointer[patternValue](r.Match.String()),
			Bits: convert[bitsValue](c.Bits), Grid: convertText[gridValue](c.Grid),
			Group: convert[groupValue](c.Group), Solver: convertText[solverValue](c.Solver), Zero: zeroOf(c)})
	}
	return q
}

func zeroOf(c plan.Choice) *zeroValue {
	if c.IntegerZero == nil {
		return nil
	}
	z := zeroValue(zeroFloat)
	if *c.IntegerZero {
		z = zeroInteger
	}
	return &z
}
