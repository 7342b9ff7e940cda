package whatif

import (
	"fmt"
	"strconv"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/int2"
)

// choice is what the fields say. Unlike a scheme it may not be valid.
type choice struct {
	bits        int // plan.Float: stays as it is
	grid        int2.Grid
	group       int
	solver      int2.Solver
	integerZero bool
}

// choiceOf is the choice that gives a scheme; nil keeps the tensor in float and
// puts the default scheme in the fields that do not matter then.
func choiceOf(s *int2.Scheme) choice {
	if s == nil {
		c := int2.DefaultScheme()
		return choice{bits: plan.Float, grid: c.Grid, group: c.Group, solver: c.Solver}
	}
	return choice{s.Bits, s.Grid, s.Group, s.Solver, s.IntegerZero}
}

// scheme is what the choice stands for, nil for float; problem says why it
// cannot be used.
func (c choice) scheme() (s *int2.Scheme, problem string) {
	if c.bits == plan.Float {
		return nil, ""
	}
	out := int2.Scheme{Bits: c.bits, Grid: c.grid, Group: c.group, Solver: c.solver,
		IntegerZero: c.integerZero && c.grid == int2.Affine && c.solver == int2.RTN}
	if !c.solver.Fits(c.grid) {
		return nil, fmt.Sprintf("%s needs the %s grid: change the grid, or take another solver", c.solver, c.solver.ImpliedGrid())
	}
	if err := out.Validate(); err != nil {
		return nil, err.Error()
	}
	return &out, ""
}

// ladder is the same choice with every solver, each on its own grid where it
// does not work on the chosen one.
func (c choice) ladder() []*int2.Scheme {
	var out []*int2.Scheme
	for _, solver := range int2.Solvers() {
		next := c
		next.solver = solver
		if !solver.Fits(next.grid) {
			next.grid = solver.ImpliedGrid()
		}
		if s, problem := next.scheme(); problem == "" && s != nil {
			out = append(out, s)
		}
	}
	return out
}

// field is a line of the form.
type field int

const (
	fieldTarget field = iota
	fieldBits
	fieldGrid
	fieldGroup
	fieldSolver
	fields
)

func (f field) String() string { return [...]string{"target", "bits", "grid", "group", "solver"}[f] }

// option is one value of a field.
type option struct {
	text string
	on   bool   // the present value
	off  string // why it cannot be taken with the other fields as they are
	set  func(choice) choice
}

// options lists the values of a field of the scheme.
func (c choice) options(f field) []option {
	var out []option
	add := func(text string, on bool, off string, set func(choice) choice) {
		if c.bits == plan.Float && f != fieldBits {
			off = "a tensor that stays in float has no " + f.String()
		}
		out = append(out, option{text, on, off, set})
	}
	switch f {
	case fieldBits:
		for _, b := range append(int2.BitWidths(), plan.Float) {
			text := strconv.Itoa(b)
			if b == plan.Float {
				text = "float"
			}
			add(text, b == c.bits, "", func(c choice) choice { c.bits = b; return c })
		}
	case fieldGrid:
		for _, g := range int2.Grids() {
			off := ""
			if !c.solver.Fits(g) {
				off = fmt.Sprintf("%s works on the %s grid only", c.solver, c.solver.ImpliedGrid())
			}
			add(string(g), g == c.grid, off, func(c choice) choice { c.grid = g; return c })
		}
	case fieldGroup:
		sizes := int2.GroupSizes()
		if !contains(sizes, c.group) {
			sizes = append([]int{c.group}, sizes...)
		}
		for _, n := range sizes {
			add(int2.Scheme{Group: n}.GroupString(), n == c.group, "", func(c choice) choice { c.group = n; return c })
		}
	case fieldSolver:
		for _, s := range int2.Solvers() {
			off := ""
			if !s.Fits(c.grid) {
				off = fmt.Sprintf("%s works on the %s grid only", s, s.ImpliedGrid())
			}
			add(string(s), s == c.solver, off, func(c choice) choice { c.solver = s; return c })
		}
	}
	return out
}

func contains(list []int, n int) bool {
	for _, x := range list {
		if x == n {
			return true
		}
	}
	return false
}

// step moves a field's value by one; it stops at the ends.
func (c choice) step(f field, by int) choice {
	options := c.options(f)
	for i, o := range options {
		if o.on {
			return options[min(max(i+by, 0), len(options)-1)].set(c)
		}
	}
	return c
}
