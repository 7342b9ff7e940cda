package diverge

import (
	"cmp"
	"slices"

	"github.com/mmtui/mmtui/core/diverge"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/table"
)

// list is the layers in the order and choice on screen.
type list struct {
	report *diverge.Report
	shown  []int // indexes of the report's rows
	order  table.Sort
	keeps  filter
}

// set takes over a report, nil for none.
func (l *list) set(r *diverge.Report) {
	l.report = r
	l.rebuild()
}

// rebuild filters and sorts.
func (l *list) rebuild() {
	l.shown = nil
	if l.report == nil {
		return
	}
	for i := range l.report.Rows {
		if l.keeps.match(&l.report.Rows[i]) {
			l.shown = append(l.shown, i)
		}
	}
	compare := orders()[l.order.ID]
	if compare == nil {
		return
	}
	slices.SortStableFunc(l.shown, func(a, b int) int {
		return compare(&l.report.Rows[a], &l.report.Rows[b], l.order.Descending)
	})
}

// orderIDs are the columns that order the rows, "" the order of execution.
func orderIDs() []string {
	return []string{"", "local", "cumulative", "cosine", "amplification", "name"}
}

// orders are the comparisons of columns.
func orders() map[string]func(a, b *diverge.Row, descending bool) int {
	figure := func(of func(*diverge.Row) float64) func(a, b *diverge.Row, descending bool) int {
		return func(a, b *diverge.Row, descending bool) int {
			x, y := of(a), of(b)
			switch nx, ny := x != x, y != y; {
			case nx || ny: // without a figure: last in either order
				return cmp.Compare(truth(nx), truth(ny))
			case descending:
				return cmp.Compare(y, x)
			}
			return cmp.Compare(x, y)
		}
	}
	return map[string]func(a, b *diverge.Row, descending bool) int{
		"local":         figure(func(r *diverge.Row) float64 { return decibels(localText(r), r.LocalSQNRdB) }),
		"cumulative":    figure(func(r *diverge.Row) float64 { return decibels(cumulativeText(r), r.CumulativeSQNRdB) }),
		"cosine":        figure(func(r *diverge.Row) float64 { return float64(r.Cosine) }),
		"amplification": figure(func(r *diverge.Row) float64 { return float64(r.AmplificationDB) }),
		"name": func(a, b *diverge.Row, descending bool) int {
			if descending {
				a, b = b, a
			}
			return report.CompareNames(a.Name, b.Name)
		},
	}
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// finding is a layer that stands out, and why.
type finding struct {
	name  string
	glyph string
	what  string
	bad   bool
}

// findings are the layers that stand out, in the order of execution.
func (v *View) findings() []finding {
	r, g := v.report, v.theme.Glyphs
	if r == nil {
		return nil
	}
	var found []diverge.Finding
	var out []finding
	add := func(one *diverge.Finding, glyph, what string, bad bool) {
		if one != nil {
			found = append(found, *one)
			out = append(out, finding{one.Name, glyph, what, bad})
		}
	}
	add(r.FirstBreak, g.Warning, "first break", true)
	add(r.MostAmplifying, g.Up, "amplifies most", false)
	add(r.WorstLocal, g.Down, "worst by itself", false)
	at := map[string]int{}
	for _, f := range found {
		at[f.Name] = f.Order
	}
	slices.SortStableFunc(out, func(a, b finding) int { return at[a.name] - at[b.name] })
	return out
}

// findingsShown are the places in the table of the layers that stand out.
func (v *View) findingsShown() []int {
	var out []int
	names := map[string]bool{}
	for _, f := range v.findings() {
		names[f.name] = true
	}
	for i, at := range v.list.shown {
		if names[v.report.Rows[at].Name] {
			out = append(out, i)
		}
	}
	return out
}

// stepFinding goes to the next or the previous layer that stands out, around the end.
func (v *View) stepFinding(by int) {
	at := v.findingsShown()
	if len(at) == 0 {
		return
	}
	to := at[0]
	if by < 0 {
		to = at[len(at)-1]
		for _, i := range at {
			if i < v.scroll.Cursor {
				to = i
			}
		}
	} else {
		for _, i := range slices.Backward(at) {
			if i > v.scroll.Cursor {
				to = i
			}
		}
	}
	v.scroll = v.scroll.To(to, len(v.list.shown))
}
