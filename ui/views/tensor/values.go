package tensor

import (
	"fmt"
	"math"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/chart"
	"github.com/mmtui/mmtui/ui/component"
)

// Widths of a weight's line: column, original, code, value and, where there is
// room for it, error.
const (
	numberWidth = 9 // with the blank before it
	valueWidth  = 6 + numberWidth + 4 + numberWidth + numberWidth
)

// groupValues shows the weights of the group under the cursor beside what they become.
func (v View) groupValues(w, h int) content {
	f := v.facts
	if f.perRow == 0 {
		return content{lines: v.why("n/a: no groups", w)}
	}
	place := fmt.Sprintf("row %d, group %d", v.cursor.row, v.cursor.group)
	if v.valErr != nil {
		return content{note: place, lines: v.bad(v.valErr, w)}
	}
	g := v.values
	if g == nil {
		return content{note: place + " " + v.theme.Glyphs.Ellipsis}
	}
	note := fmt.Sprintf("scale %s %s %s", chart.Short(float64(g.Scale)), v.theme.Glyphs.Dot, place)
	if g.SQNRdB.Valid() {
		note = fmt.Sprintf("%.2f dB %s %s", float64(g.SQNRdB), v.theme.Glyphs.Dot, note)
	}
	c := content{note: note}
	if rows := plotRows(h); rows > 0 {
		c.lines = append(append(c.lines, v.plot(g, w, rows)...), "")
		h -= rows + 1
	}
	c.lines = append(c.lines, v.table(g, w, h, &c)...)
	return c
}

// plotRows is the height of the picture above the table, 0 where there is no room for one.
func plotRows(h int) int {
	if h < 14 {
		return 0
	}
	return min(h/3, 9)
}

func weights(g *report.GroupValues) int { return min(len(g.Codes), len(g.Original), len(g.Restored)) }

func valueColumns(w int) int { return max((w+2)/(valueWidth+2), 1) }

// valueRows is the length of the table and how much of it is shown.
func (v View) valueRows(w, h int) (total, shown int) {
	if rows := plotRows(h); rows > 0 {
		h -= rows + 1
	}
	columns := valueColumns(w)
	return (weights(v.values) + columns - 1) / columns, h - 1
}

func (v View) bad(err error, w int) []string {
	var lines []string
	for _, l := range wrap("n/a: "+component.Clean(err.Error()), max(w, 8)) {
		lines = append(lines, v.theme.Bad.Render(l))
	}
	return lines
}

// table lists the weights in as many columns as fit, read from top to bottom.
func (v View) table(g *report.GroupValues, w, h int, c *content) []string {
	n, columns, rows := weights(g), valueColumns(w), h-1
	if rows < 1 {
		return nil
	}
	total := (n + columns - 1) / columns
	from := min(v.scroll[panelValues], max(total-rows, 0))
	if total > rows {
		c.note = more(v.theme, from, total, rows) + " " + v.theme.Glyphs.Dot + " " + c.note
	}
	head := ""
	for i := range columns {
		if i > 0 {
			head += "  "
		}
		head += fmt.Sprintf("%6s%9s%4s%9s", "col", "weight", "q", "becomes")
		if w >= valueWidth {
			head += fmt.Sprintf("%9s", "error")
		}
	}
	lines := []string{v.theme.Dim.Render(head)}
	worst := v.worstError(g, n)
	for r := from; r < min(from+rows, total); r++ {
		line := ""
		for i := range columns {
			k := i*total + r
			if k >= n {
				break
			}
			if i > 0 {
				line += "  "
			}
			line += v.valueLine(g, k, worst, w >= valueWidth)
		}
		lines = append(lines, line)
	}
	return lines
}

// worstError is the largest |error| of a group.
func (v View) worstError(g *report.GroupValues, n int) float64 {
	worst := 0.0
	for k := range n {
		if e := math.Abs(float64(g.Restored[k] - g.Original[k])); e > worst {
			worst = e
		}
	}
	return worst
}

func (v View) valueLine(g *report.GroupValues, k int, worst float64, withError bool) string {
	code := int(g.Codes[k])
	err := float64(g.Restored[k] - g.Original[k])
	ink := chart.Muted
	switch a := math.Abs(err); {
	case a > 0 && a == worst:
		ink = chart.Bad
	case a > worst/2:
		ink = chart.Warn
	}
	line := v.ink(chart.Muted, component.LineRight(whole(g.FirstCol+k), 6, "")) +
		v.ink(chart.Plain, component.LineRight(fixed(float64(g.Original[k])), numberWidth, "")) +
		v.ink(chart.CodeInk(code), component.LineRight(whole(code), 4, "")+component.LineRight(fixed(float64(g.Restored[k])), numberWidth, ""))
	if withError {
		line += v.ink(ink, component.LineRight(signed(err), numberWidth, ""))
	}
	return line
}

// fixed writes a weight in at most eight columns, with as many decimals as fit.
func fixed(x float64) string {
	a := math.Abs(x)
	switch {
	case a != 0 && a < 1e-3 || a >= 1e5:
		return fmt.Sprintf("%.1e", x)
	case a < 9.999995:
		return fmt.Sprintf("%.5f", x)
	case a < 999.9995:
		return fmt.Sprintf("%.3f", x)
	}
	return fmt.Sprintf("%.1f", x)
}

func signed(x float64) string {
	s := fixed(x)
	if x > 0 {
		return "+" + s
	}
	return s
}

// plot draws the weights of a group as dots and the values they become as short lines.
func (v View) plot(g *report.GroupValues, w, h int) []string {
	c := chart.NewCanvas(w, h)
	n := weights(g)
	points := make([]chart.Point, n)
	for k := range n {
		points[k] = chart.Point{Value: float64(g.Original[k]), Level: float64(g.Restored[k]), Ink: chart.CodeInk(int(g.Codes[k]))}
	}
	chart.Scatter(c, points, v.theme.Graph)
	return c.Lines(v.paint)
}
