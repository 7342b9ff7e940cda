package tensor

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
)

// metricLines explains every figure of a row and of the detail, with its value for this tensor.
func (v View) metricLines(w int) []string {
	t := v.measured()
	columns := report.Columns()
	const title, value = 11, 18
	var lines []string
	for _, d := range report.Definitions() {
		if strings.HasPrefix(d.Key, "total.") || d.Key == "name" {
			continue
		}
		shown := ""
		if c, ok := report.FindColumn(columns, d.Key); ok && c.Key == d.Key && d.Key != "code_occupancy" {
			shown = c.Format(t)
			if c.Numeric() {
				shown = c.FormatUnit(c.Number(t))
			}
		}
		head := v.theme.Accent.Render(component.Line(component.Cut(d.Title, title-1, ""), title, "")) +
			v.theme.Strong.Render(component.Line(component.Cut(shown, value-2, v.theme.Glyphs.Ellipsis), value, ""))
		for i, l := range wrap(d.Text, max(w-title-value-1, 16)) {
			if i > 0 {
				lines = append(lines, component.Spaces(title+value)+v.theme.Text.Render(l))
				continue
			}
			lines = append(lines, head+v.theme.Text.Render(l))
		}
	}
	return lines
}

func (v View) renderMetrics(width, height int) string {
	lines := v.metricLines(width - 2)
	page := max(height-2, 1)
	from := min(v.definitionsFrom, max(len(lines)-page, 0))
	note := ""
	if len(lines) > page {
		note = more(v.theme, from, len(lines), page) + " " + v.theme.Glyphs.Dot + " "
	}
	if b, ok := v.keys.Binding(keys.Metrics, keys.Tensor); ok {
		note += b.First() + " or Esc closes"
	}
	title := "What the figures mean " + v.theme.Glyphs.Dot + " " + component.CutLeft(component.Clean(v.row.Name), 40, v.theme.Glyphs.Ellipsis)
	body := lines[from:min(from+page, len(lines))]
	for i := range body {
		body[i] = " " + body[i]
	}
	return component.Box(v.theme, title+"  "+note, strings.Join(body, "\n"), width, height, true)
}

// doMetrics scrolls and closes the definitions.
func (v View) doMetrics(a keys.Action) (component.View, tea.Cmd, bool) {
	page := max(v.height-3, 1)
	last := max(len(v.metricLines(max(v.width-2, 1)))-max(v.height-2, 1), 0)
	at := v.definitionsFrom
	switch a {
	case keys.Metrics, keys.Back:
		v.metrics = false
		return v, nil, true
	case keys.Up:
		at--
	case keys.Down:
		at++
	case keys.PageUp:
		at -= page
	case keys.PageDown:
		at += page
	case keys.HalfUp:
		at -= page / 2
	case keys.HalfDown:
		at += page / 2
	case keys.Top:
		at = 0
	case keys.Bottom:
		at = last
	default:
		return v, nil, false
	}
	v.definitionsFrom = min(max(at, 0), last)
	return v, nil, true
}
