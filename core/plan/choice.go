package plan

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/mmtui/mmtui/int2"
)

// Keys of a choice, the same words on the command line and in TOML.
const (
	KeyBits   = "bits"
	KeyGrid   = "grid"
	KeyGroup  = "group"
	KeySolver = "solver"
	KeyZero   = "zero"
)

// Keys lists them in the order in which they are written.
func Keys() []string { return []string{KeyBits, KeyGrid, KeyGroup, KeySolver, KeyZero} }

// FromScheme is the choice that gives exactly this scheme whatever the
// defaults say. A nil scheme is the choice to stay in float.
func FromScheme(s *int2.Scheme) Choice {
	if s == nil {
		bits := Float
		return Choice{Bits: &bits}
	}
	c := *s
	return Choice{Bits: &c.Bits, Grid: &c.Grid, Group: &c.Group, Solver: &c.Solver, IntegerZero: &c.IntegerZero}
}

// Merge returns c with the fields that over sets replaced by over's.
func (c Choice) Merge(over Choice) Choice {
	c.Bits = pick(over.Bits, c.Bits)
	c.Grid = pick(over.Grid, c.Grid)
	c.Group = pick(over.Group, c.Group)
	c.Solver = pick(over.Solver, c.Solver)
	c.IntegerZero = pick(over.IntegerZero, c.IntegerZero)
	return c
}

// pick is a copy of the first that is set, so that no two choices share memory.
func pick[T any](first, second *T) *T {
	if first == nil {
		first = second
	}
	if first == nil {
		return nil
	}
	v := *first
	return &v
}

// Empty reports whether the choice leaves every field to what came before.
func (c Choice) Empty() bool {
	return c.Bits == nil && c.Grid == nil && c.Group == nil && c.Solver == nil && c.IntegerZero == nil
}

// Equal reports whether two choices set the same fields to the same values.
func (c Choice) Equal(o Choice) bool {
	return same(c.Bits, o.Bits) && same(c.Grid, o.Grid) && same(c.Group, o.Group) &&
		same(c.Solver, o.Solver) && same(c.IntegerZero, o.IntegerZero)
}

func same[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// Set gives one field its value from text: bits 2, 3, 4, 8 or 16 (float), grid,
// group, solver, or zero ("integer" or "float"). The error says what is allowed.
func (c *Choice) Set(key, value string) error {
	switch key {
	case KeyBits:
		bits := Float
		if value != strconv.Itoa(Float) {
			var err error
			if bits, err = int2.ParseBits(value); err != nil {
				return err
			}
		}
		c.Bits = &bits
	case KeyGrid:
		grid, err := int2.ParseGrid(value)
		if err != nil {
			return err
		}
		c.Grid = &grid
	case KeyGroup:
		group, err := int2.ParseGroup(value)
		if err != nil {
			return err
		}
		c.Group = &group
	case KeySolver:
		solver, err := int2.ParseSolver(value)
		if err != nil {
			return err
		}
		c.Solver = &solver
	case KeyZero:
		if value != "integer" && value != "float" {
			return fmt.Errorf("zero %q is not known; use float or integer", value)
		}
		integer := value == "integer"
		c.IntegerZero = &integer
	default:
		return fmt.Errorf("%q is no part of a scheme; use %s", key, strings.Join(Keys(), ", "))
	}
	return nil
}

// Get is the text that Set would take for a field; ok is false when it is not set.
func (c Choice) Get(key string) (value string, ok bool) {
	switch {
	case key == KeyBits && c.Bits != nil:
		return strconv.Itoa(*c.Bits), true
	case key == KeyGrid && c.Grid != nil:
		return string(*c.Grid), true
	case key == KeyGroup && c.Group != nil:
		return int2.Scheme{Group: *c.Group}.GroupString(), true
	case key == KeySolver && c.Solver != nil:
		return string(*c.Solver), true
	case key == KeyZero && c.IntegerZero != nil:
		if *c.IntegerZero {
			return "integer", true
		}
		return "float", true
	}
	return "", false
}

// String is the short form of the fields that are set, in the words of
// int2.Scheme.String: "4b half g64 search", "float", "g128 ls", or "default"
// when none is.
func (c Choice) String() string {
	var parts []string
	if c.Bits != nil {
		if *c.Bits == Float {
			return "float"
		}
		parts = append(parts, strconv.Itoa(*c.Bits)+"b")
	}
	if c.Grid != nil {
		parts = append(parts, string(*c.Grid))
	}
	if c.Group != nil {
		group := int2.Scheme{Group: *c.Group}.GroupString()
		if *c.Group != int2.PerChannel {
			group = "g" + group
		}
		parts = append(parts, group)
	}
	if c.Solver != nil {
		parts = append(parts, string(*c.Solver))
	}
	if c.IntegerZero != nil && *c.IntegerZero {
		parts = append(parts, "integer zero")
	}
	if len(parts) == 0 {
		return "default"
	}
	return strings.Join(parts, " ")
}

// Scheme fills the fields that are not set from int2.DefaultScheme and returns
// the scheme, nil for float. A grid that nobody set is the one that the solver
// (or an integer zero) needs. The error names what does not go together.
func (c Choice) Scheme() (*int2.Scheme, error) {
	if c.Bits != nil && *c.Bits == Float {
		return nil, nil
	}
	s := int2.DefaultScheme()
	if c.Bits != nil {
		s.Bits = *c.Bits
	}
	if c.Group != nil {
		s.Group = *c.Group
	}
	if c.Solver != nil {
		s.Solver = *c.Solver
	}
	if c.IntegerZero != nil {
		s.IntegerZero = *c.IntegerZero
	}
	switch {
	case c.Grid != nil:
		s.Grid = *c.Grid
	case s.IntegerZero:
		s.Grid = int2.Affine
	default:
		s.Grid = s.Solver.ImpliedGrid()
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return &s, nil
}
