package projects

import (
	"fmt"

	"github.com/mmtui/mmtui/core/gate"
	"github.com/mmtui/mmtui/core/plan"
)

// gates makes gates of their tables, and complains of those that make no sense.
func (c *collector) gates(tables []gateTable) []gate.Gate {
	var out []gate.Gate
	for _, t := range tables {
		g := gate.Gate{Name: textOf(t.Name), Metric: textOf(t.Metric), Line: t.Line,
			Min: (*float64)(t.Min), Max: (*float64)(t.Max)}
		if t.Scope != nil {
			g.Scope = gate.Scope(*t.Scope)
		}
		if t.Match != nil {
			g.Match, _ = plan.ParsePattern(string(*t.Match)) // it was read before
		}
		if err := g.Validate(); err != nil && !c.broken[t.Line] {
			c.gateError(t, err)
		}
		out = append(out, g)
	}
	return out
}

func (c *collector) gateError(t gateTable, err error) {
	if t.Metric == nil {
		c.missing(t.Line, "[[gate]]", "metric", `metric = "sqnr_db"`)
		return
	}
	title := textOf(t.Name)
	if title == "" {
		title = textOf(t.Metric)
	}
	c.add(t.Line, fmt.Sprintf("[[gate]] %q: %s", title, err), "")
}

// gateTables is the inverse of collector.gates.
func gateTables(gates []gate.Gate) []gateTable {
	var out []gateTable
	for _, g := range gates {
		out = append(out, gateTable{Name: textPointer[textValue](g.Name), Metric: textPointer[textValue](g.Metric),
			Scope: textPointer[scopeValue](string(g.Scope)), Match: textPointer[patternValue](g.Match.String()),
			Min: (*limitValue)(g.Min), Max: (*limitValue)(g.Max)})
	}
	return out
}
